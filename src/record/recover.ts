import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Checkpoint } from '../proof/checkpoint.ts';
import { emptyEdge } from '../proof/edge.ts';
import type { Edge } from '../proof/edge.ts';
import { sameBytes } from '../proof/hash.ts';
import type { NoteKey } from '../proof/note.ts';
import { parseTilePath, tilePath, tileWidth, widthAt } from '../proof/tiles.ts';
import type { FiledEntry, Store } from '../store/store.ts';
import { openCheckpointFile } from './checkpoint-file.ts';
import { leafBytes } from './leaf.ts';
import type { LogFiles } from './log-files.ts';
import { checkpointPath } from './log-parts.ts';
import { walkLog } from './walk-log.ts';

/** Where a ledger begins: the tree as the store has it, and how much of it the last checkpoint covers. */
export interface Recovered {
  readonly edge: Edge;
  /** The entries of the unfinished bundle. */
  readonly tail: readonly Uint8Array[];
  /** The size under the last checkpoint; null if there has never been one. */
  readonly published: number | null;
  /** The position in the store of the last entry that has a place, or -1. */
  readonly pos: number;
}

/** The places to recover from. */
export interface RecoverOptions {
  readonly store: Store;
  readonly files: LogFiles;
  readonly origin: string;
  readonly keys: readonly NoteKey[];
  /** Is told every statement of the log, in order. */
  readonly entry: (entry: FiledEntry) => void;
}

function corrupt(what: string): never {
  throw new CountersignError(
    'log-corrupt',
    `${what}. Nothing more is sealed: look at \`countersign log verify\`, and restore the log and the store from the same backup`,
  );
}

/** The entries of the store that have a place, in order. */
async function* sequenced(store: Store, lastPos: number): AsyncGenerator<{ readonly seq: number; readonly entry: FiledEntry }> {
  for (let pos = -1; pos < lastPos;) {
    const entries = await store.entriesAfter(pos, limits.sealBatchMax);
    if (entries.length === 0) return;
    for (const entry of entries) {
      pos = entry.pos;
      const seq = pos > lastPos ? null : await store.placeOf(pos);
      if (seq !== null) yield { seq, entry };
    }
  }
}

/** What a crash can leave beyond the tree of the store: tiles that were written before their entries got places. */
async function removeBeyond(files: LogFiles, size: number): Promise<void> {
  for (const path of await files.list()) {
    const id = parseTilePath(path);
    if (id === null) continue;
    const width = widthAt(id, size);
    // Of a full tile, the partial ones are not needed any more; a crash may have come before they were removed.
    if (id.width > width || (width === tileWidth && id.width < tileWidth)) await files.remove(path);
  }
}

async function published({ files, origin, keys }: RecoverOptions, size: number): Promise<Checkpoint | null> {
  const bytes = await files.read(checkpointPath);
  if (bytes === null) {
    // The first checkpoint, of an empty tree, is written before anything else: no crash leaves tiles or places without one.
    const others = (await files.list()).some((path) => parseTilePath(path) !== null);
    return size === 0 && !others ? null : corrupt('the log has no checkpoint, although entries have been sealed');
  }
  const checkpoint = openCheckpointFile(bytes, origin, keys);
  if (!checkpoint.ok) return corrupt(`the checkpoint of the log is not good: ${checkpoint.message}`);
  if (checkpoint.value.size > size) return corrupt('the store has fewer sealed entries than the checkpoint of the log');
  return checkpoint.value;
}

/**
 * Finds out where the ledger stands, out of the store, the files and the last checkpoint. Three sizes matter, and a crash
 * at any moment leaves them in this order: checkpoint <= store <= files.
 *
 * Everything is computed again: entries against tiles, tiles against tiles, the root against the checkpoint, and each
 * entry against the statement of the store that has its place. Any disagreement refuses. What cannot be seen from here
 * is that all three were rolled back together to an earlier state: only somebody who kept a later checkpoint can tell.
 *
 * @throws CountersignError `log-corrupt`
 */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const { store, files } = options;
  const last = await store.lastSequenced();
  const size = last === null ? 0 : last.seq + 1;
  const covered = await published(options, size);
  const places = sequenced(store, last?.pos ?? -1);
  const walked = await walkLog({
    files,
    size,
    marks: [covered?.size ?? 0],
    problem: ({ at, message }) => corrupt(`${at}: ${message}`),
    entries: async (first, entries) => {
      for (const [i, entry] of entries.entries()) {
        const next = await places.next();
        if (next.done === true || next.value.seq !== first + i || !sameBytes(leafBytes(next.value.entry), entry))
          corrupt(`the store and the log disagree about entry ${first + i}`);
        else options.entry(next.value.entry);
      }
    },
  });
  if ((await places.next()).done !== true) corrupt('the store has more sealed entries than the log');
  const root = covered === null ? undefined : walked.roots.get(covered.size);
  if (covered !== null && (root === undefined || !sameBytes(covered.root, root)))
    corrupt('the tree of the log is not the one that the checkpoint signs');
  await removeBeyond(files, size);
  await files.sweep();
  return { edge: walked.edge ?? emptyEdge, tail: walked.tail, published: covered?.size ?? null, pos: last?.pos ?? -1 };
}

/** The partial files that a full tile makes superfluous. */
export function partialsOf(tile: { readonly level: number; readonly index: number }): readonly string[] {
  const folder = (level: number | 'entries'): string => `${tilePath({ level, index: tile.index, width: tileWidth })}.p`;
  return tile.level === 0 ? [folder(0), folder('entries')] : [folder(tile.level)];
}
