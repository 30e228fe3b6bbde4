import { concatBytes } from '@noble/hashes/utils.js';
import { hashBytes, perfectRoot } from './hash.ts';
import type { Hash } from './hash.ts';
import type { Subtree } from './tree.ts';

/* The files of a log, by C2SP tlog-tiles: where they lie and what is in them. */

/** How many hashes or entries a full tile or bundle has. */
export const tileWidth = 256;

/** How many levels of the tree a tile spans. */
const tileHeight = 8;

/** Where a tile of hashes or a bundle of entries lies. `width` is 256 if it is full. */
export interface TileId {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/** The path below the log's folder: `tile/0/x001/234`, `tile/entries/000.p/17`. */
export function tilePath({ level, index, width }: TileId): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${name}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** The inverse of `tilePath`. Null for any other path, so that one tile has one name. The path may come from anybody. */
export function parseTilePath(path: string): TileId | null {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return null;
  const [, level = '', name = '', width] = match;
  const id: TileId = {
    level: level === 'entries' ? level : Number(level),
    index: Number(name.replace(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  };
  const inRange = id.width >= 1 && id.width <= tileWidth && (id.level === 'entries' || id.level < 64);
  return inRange && tilePath(id) === path ? id : null;
}

/** How wide the tile at this place is in a log of `size` entries: 0 if it is not there yet. */
export function widthAt(place: Pick<TileId, 'level' | 'index'>, size: number): number {
  const level = place.level === 'entries' ? 0 : place.level;
  const hashes = Math.floor(size / tileWidth ** level);
  return Math.min(tileWidth, Math.max(0, hashes - place.index * tileWidth));
}

/** The hashes of a tile, or null if the bytes are not as long as `width` hashes. */
export function parseTile(bytes: Uint8Array, width: number): readonly Hash[] | null {
  if (bytes.length !== width * hashBytes) return null;
  return Array.from({ length: width }, (_, i) => bytes.slice(i * hashBytes, (i + 1) * hashBytes));
}

/** A bundle of entries: each behind its length in two bytes. Every entry must fit `limits.logEntryBytesMax`. */
export function bundleBytes(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]));
}

/** The entries of a bundle, or null if the bytes are not exactly `width` entries. The bytes may come from anybody. */
export function parseBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] | null {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && entries.length < width) {
    const high = bytes[at];
    const low = bytes[at + 1];
    if (high === undefined || low === undefined) return null;
    const end = at + 2 + high * 256 + low;
    if (end > bytes.length) return null;
    entries.push(bytes.slice(at + 2, end));
    at = end;
  }
  return at === bytes.length && entries.length === width ? entries : null;
}

/** Looks subtrees up in tiles. `tile` returns the hashes of the tile at a place, or throws; it is asked for nothing that is not full. */
export function subtreesOf(tile: (level: number, index: number) => readonly Hash[]): Subtree {
  return (level, index) => {
    const tileLevel = Math.floor(level / tileHeight);
    const span = 2 ** (level - tileLevel * tileHeight);
    const first = index * span;
    const tileIndex = Math.floor(first / tileWidth);
    const offset = first - tileIndex * tileWidth;
    return perfectRoot(tile(tileLevel, tileIndex).slice(offset, offset + span));
  };
}
