import { hashBytes } from '../proof/hash.ts';
import type { Hash } from '../proof/hash.ts';
import { parseBundle, parseTile, tilePath, tileWidth, widthAt } from '../proof/tiles.ts';
import type { TileId } from '../proof/tiles.ts';
import type { LogFiles } from './log-files.ts';

/** The path of the signed head of a log. */
export const checkpointPath = 'checkpoint';

/** A tile without its width: where it stands. */
export type TilePlace = Pick<TileId, 'level' | 'index'>;

/** The first `width` items of a tile or bundle, or null if the bytes do not begin with so many. The bytes may come from anybody. */
export function firstItems(place: TilePlace, bytes: Uint8Array, width: number): Uint8Array | null {
  let end = 0;
  if (place.level !== 'entries') end = width * hashBytes;
  else
    for (let i = 0; i < width; i++) {
      const [high, low] = [bytes[end], bytes[end + 1]];
      if (high === undefined || low === undefined) return null;
      end += 2 + high * 256 + low;
    }
  return end <= bytes.length ? bytes.subarray(0, end) : null;
}

/** True if the bytes are exactly `width` items. */
export function isWhole(place: TilePlace, bytes: Uint8Array, width: number): boolean {
  return firstItems(place, bytes, width)?.length === bytes.length;
}

/**
 * The first `width` items of the tile or bundle at a place, as its file has them: the partial file of that width, or
 * else the full one (C2SP tlog-tiles lets a log drop partial files once the full one is there).
 * Missing and unusable are told apart for whoever reports it.
 */
export async function readPlace(
  files: LogFiles,
  place: TilePlace,
  width: number,
): Promise<{ readonly path: string; readonly bytes: Uint8Array | 'missing' | 'broken' }> {
  const exact = tilePath({ ...place, width });
  const bytes = await files.read(exact);
  if (bytes !== null) return { path: exact, bytes: isWhole(place, bytes, width) ? bytes : 'broken' };
  const path = tilePath({ ...place, width: tileWidth });
  const full = width < tileWidth ? await files.read(path) : null;
  if (full === null) return { path: exact, bytes: 'missing' };
  return { path, bytes: isWhole(place, full, tileWidth) ? (firstItems(place, full, width) ?? 'broken') : 'broken' };
}

/** The entries of a bundle that `readPlace` found whole. */
export function entriesIn(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  return parseBundle(bytes, width) ?? [];
}

/** The hashes of a tile that `readPlace` found whole. */
export function hashesIn(bytes: Uint8Array, width: number): readonly Hash[] {
  return parseTile(bytes, width) ?? [];
}

/** The bundles of a log of `size` entries, first to last, with the number of entries that each has. */
export function* bundlesOf(size: number): Generator<{ readonly index: number; readonly width: number }> {
  for (let index = 0; index * tileWidth < size; index++) yield { index, width: widthAt({ level: 'entries', index }, size) };
}
