import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { checkpointText } from '../proof/checkpoint.ts';
import { edgeRoot, grow, partialTiles } from '../proof/edge.ts';
import type { Edge } from '../proof/edge.ts';
import { leafHash } from '../proof/hash.ts';
import { signNote } from '../proof/note.ts';
import type { NoteKey } from '../proof/note.ts';
import { bundleBytes, tilePath, tileWidth } from '../proof/tiles.ts';
import type { TileId } from '../proof/tiles.ts';
import { takeLock } from '../store/lock.ts';
import type { Store } from '../store/store.ts';
import type { Identity, Trust } from './identity.ts';
import { openInspector } from './inspect.ts';
import type { Accepted } from './inspect.ts';
import { lockName, openLogFiles } from './log-files.ts';
import type { LogFiles } from './log-files.ts';
import { checkpointPath } from './log-parts.ts';
import { ledgerKeys, noteKeyOf } from './note-keys.ts';
import type { Recorder } from './recorder.ts';
import { partialsOf, recover } from './recover.ts';

/** What a ledger works with. */
export interface LedgerOptions {
  readonly store: Store;
  /** The folder of the log. One ledger at a time. */
  readonly folder: string;
  /** The name of the log, also that of the key on its checkpoints: `countersign.local/<installation>`. */
  readonly origin: string;
  /** A ledger's identity; its key must be one of `trust`. */
  readonly identity: Identity;
  readonly trust: Trust;
  /** Of the same identity: alarms about entries that get no place are written through it. */
  readonly recorder: Recorder;
  /** The files in `folder`, unless something else stands for them. */
  readonly files?: LogFiles;
}

/** The one writer of a log. */
export interface Ledger {
  /**
   * Gives places to what was recorded since the last time, at most `limits.sealBatchMax` entries, and signs the new tree.
   * Returns how many entries the log has and how many of them are new. After a failure it can be called again.
   * @throws CountersignError `store-failed` or `log-corrupt`, or an error of the file system
   */
  seal(): Promise<{ readonly size: number; readonly sealed: number }>;
  /** Lets go of the folder. Seals nothing more. */
  close(): Promise<void>;
}

interface State {
  edge: Edge;
  /** The entries of the unfinished bundle. */
  tail: readonly Uint8Array[];
  /** How much the checkpoint on disk covers. -1: there is none. */
  published: number;
  /** How far the store has been read. */
  pos: number;
}

/** The file of every bundle that new entries touch. */
function bundles(before: number, entries: readonly Uint8Array[]): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  const files = [];
  for (let at = 0; at < entries.length; at += tileWidth) {
    const some = entries.slice(at, at + tileWidth);
    const id: TileId = { level: 'entries', index: Math.floor((before + at) / tileWidth), width: some.length };
    files.push({ path: tilePath(id), bytes: bundleBytes(some) });
  }
  return files;
}

/** Signs the tree and puts the checkpoint in its place. */
async function publish(state: State, files: LogFiles, sign: (edge: Edge) => string): Promise<void> {
  if (state.published === state.edge.size) return;
  // A crash before the rename leaves the old checkpoint over a longer tree; the next ledger signs the longer tree.
  // Ed25519 signs the same text with the same bytes, so that a second attempt writes the same file.
  await files.write(checkpointPath, Buffer.from(sign(state.edge)));
  state.published = state.edge.size;
}

/** Adds accepted entries to the log. Every step can be repeated: a second attempt begins with the same entries in the same order. */
async function add(
  state: State,
  accepted: readonly Accepted[],
  options: LedgerOptions & { readonly files: LogFiles },
): Promise<readonly string[]> {
  const { store, files } = options;
  const before = state.edge.size;
  const { edge, full } = grow(
    state.edge,
    accepted.map(({ leaf }) => leafHash(leaf)),
  );
  const pending = [...state.tail, ...accepted.map(({ leaf }) => leaf)];
  const had = new Set(partialTiles(state.edge).map(tilePath));
  const tiles = [...full, ...partialTiles(edge)].filter((tile) => !had.has(tilePath(tile)));

  // 1. Bundles and tiles. A crash here leaves files beyond the tree that the store knows. No checkpoint covers them: the
  // next ledger removes them and begins the batch again.
  for (const bundle of bundles(before - state.tail.length, pending)) await files.write(bundle.path, bundle.bytes);
  for (const tile of tiles) await files.write(tilePath(tile), tile.bytes);

  // 2. Places. A crash after this leaves entries that have their place and their files, but no checkpoint: the next
  // ledger signs one. If the answer is lost, the same places are asked for again, which the store accepts.
  await store.sequence(accepted.map(({ entry }, i) => ({ seq: before + i, pos: entry.pos })));

  state.edge = edge;
  state.tail = pending.slice(pending.length - (edge.size % tileWidth));
  return full.flatMap(partialsOf);
}

/**
 * Opens the log in a folder, making it if need be, and finishes what a crash interrupted.
 *
 * The ledger cannot make, change or drop an entry: it places what processes signed. An entry that nobody trusted has
 * signed, or that was placed before, gets no place and raises an alarm.
 *
 * @throws CountersignError `log-corrupt` if files and store disagree, `bad-key` if the identity cannot sign this log,
 * `store-failed` if another ledger has the folder
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const files = options.files ?? openLogFiles(options.folder);
  const key = ownKey(options);
  const lock = takeLock(`${options.folder}/${lockName}`, 'the log');
  try {
    const inspector = openInspector(options);
    const start = await recover({ ...options, files, keys: ledgerKeys(options.origin, options.trust), entry: inspector.known });
    const state: State = { ...start, published: start.published ?? -1 };
    const sign = (edge: Edge): string =>
      signNote(checkpointText({ origin: options.origin, size: edge.size, root: edgeRoot(edge) }), key, signer(options.identity));
    await publish(state, files, sign);

    const seal = async (): Promise<{ size: number; sealed: number }> => {
      await publish(state, files, sign);
      const entries = await options.store.entriesAfter(state.pos, limits.sealBatchMax);
      const last = entries.at(-1);
      if (last === undefined) return { size: state.edge.size, sealed: 0 };
      const { accepted, settle } = await inspector.inspect(entries);
      const superfluous = accepted.length === 0 ? [] : await add(state, accepted, { ...options, files });
      settle();
      state.pos = last.pos;
      await publish(state, files, sign);
      // A crash before this leaves partial files that no checkpoint needs; the next ledger removes them.
      for (const path of superfluous) await files.remove(path);
      return { size: state.edge.size, sealed: accepted.length };
    };
    return serialised(seal, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

function signer(identity: Identity): (text: Uint8Array) => Uint8Array {
  if (identity.signNote === undefined) throw new CountersignError('bad-key', 'the identity of the ledger cannot sign checkpoints');
  return identity.signNote;
}

function ownKey({ identity, trust, origin }: LedgerOptions): NoteKey {
  const own = trust.get(identity.keyId);
  if (own?.name !== 'ledger' || identity.name !== 'ledger')
    throw new CountersignError(
      'bad-key',
      'the key of the ledger is not one that the configuration trusts: put its public half under trust.ledger',
    );
  signer(identity);
  return noteKeyOf(origin, own.key);
}

/** One step at a time; closing waits for the step that runs. */
function serialised(seal: Ledger['seal'], release: () => void): Ledger {
  let running: Promise<unknown> = Promise.resolve();
  let closed = false;
  return {
    seal: async () => {
      if (closed) throw new CountersignError('bug', 'the ledger is closed');
      const step = running.then(seal, seal);
      running = step;
      return step;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await running.catch(() => null);
      release();
    },
  };
}
