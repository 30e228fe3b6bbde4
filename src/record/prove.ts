import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { leafHash, sameBytes } from '../proof/hash.ts';
import type { Hash } from '../proof/hash.ts';
import type { NoteKey } from '../proof/note.ts';
import { proofText } from '../proof/proof-text.ts';
import { subtreesOf, tilePath, tileWidth, widthAt } from '../proof/tiles.ts';
import { inclusionProof, rootOf } from '../proof/tree.ts';
import { openCheckpointFile } from './checkpoint-file.ts';
import { openLogFiles } from './log-files.ts';
import type { LogFiles } from './log-files.ts';
import { checkpointPath, entriesIn, hashesIn, readPlace } from './log-parts.ts';

/** A log in files, and who may sign its checkpoints. */
export interface LogSource {
  readonly folder: string;
  readonly origin: string;
  readonly keys: readonly NoteKey[];
}

async function whole(files: LogFiles, place: { level: number | 'entries'; index: number }, size: number): Promise<Uint8Array> {
  const { path, bytes } = await readPlace(files, place, widthAt(place, size));
  if (typeof bytes === 'string') throw new CountersignError('log-corrupt', `${path} is ${bytes}: see \`countersign log verify\``);
  return bytes;
}

/** The tiles that proofs about one entry need: at each level the one that the entry is under, and the last one. */
async function tilesAround(files: LogFiles, index: number, size: number): Promise<ReadonlyMap<string, readonly Hash[]>> {
  const tiles = new Map<string, readonly Hash[]>();
  for (let level = 0, count = size, at = index; count > 0; level++) {
    for (const place of new Set([Math.floor(at / tileWidth), Math.floor((count - 1) / tileWidth)])) {
      const width = widthAt({ level, index: place }, size);
      if (width === 0) continue; // not under a full tile yet
      tiles.set(tilePath({ level, index: place, width: tileWidth }), hashesIn(await whole(files, { level, index: place }, size), width));
    }
    count = Math.floor(count / tileWidth);
    at = Math.floor(at / tileWidth);
  }
  return tiles;
}

/**
 * Makes the proof that an entry stands in the log, as text that is complete in itself (C2SP tlog-proof). The tree is
 * checked against the signed root first: a proof that could not be verified is not handed out.
 * @throws CountersignError `log-corrupt`
 */
export async function proveEntry({ folder, origin, keys }: LogSource, seq: number): Promise<Result<string>> {
  const files = openLogFiles(folder);
  const bytes = await files.read(checkpointPath);
  if (bytes === null) return refuse('not-found', 'there is no log here: nothing has been sealed yet');
  const head = openCheckpointFile(bytes, origin, keys);
  if (!head.ok) throw new CountersignError('log-corrupt', `the checkpoint is not good: ${head.message}`);
  const { size, root, text } = head.value;
  if (seq >= size) return refuse('not-found', `there is no entry ${seq}: the log has ${size}`);
  const tiles = await tilesAround(files, seq, size);
  const at = subtreesOf((level, index) => {
    const tile = tiles.get(tilePath({ level, index, width: tileWidth }));
    if (tile === undefined) throw new CountersignError('bug', 'a proof needs a tile that was not read');
    return tile;
  });
  const index = Math.floor(seq / tileWidth);
  const width = widthAt({ level: 'entries', index }, size);
  const entry = entriesIn(await whole(files, { level: 'entries', index }, size), width)[seq % tileWidth];
  if (entry === undefined || !sameBytes(leafHash(entry), at(0, seq)) || !sameBytes(rootOf(size, at), root))
    throw new CountersignError('log-corrupt', 'the tiles are not those that the checkpoint signs: see `countersign log verify`');
  return ok(proofText({ index: seq, entry, hashes: inclusionProof(seq, size, at), checkpoint: text }));
}
