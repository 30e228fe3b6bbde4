import { concatBytes } from '@noble/hashes/utils.js';
import { emptyRoot, nodeHash, perfectRoot } from './hash.ts';
import type { Hash } from './hash.ts';
import { tileWidth } from './tiles.ts';
import type { TileId } from './tiles.ts';

/** The right edge of a tree: what has to be kept to add to it. `rows[l]` are the hashes of the unfinished tile at level l, fewer than 256. */
export interface Edge {
  readonly size: number;
  readonly rows: readonly (readonly Hash[])[];
}

/** A tile and its bytes. */
export interface Tile extends TileId {
  readonly level: number;
  readonly bytes: Uint8Array;
}

/** The edge of a tree without leaves. */
export const emptyEdge: Edge = { size: 0, rows: [] };

/** Adds leaves. Returns the new edge and the tiles that became full, lowest first. */
export function grow(edge: Edge, leaves: readonly Hash[]): { readonly edge: Edge; readonly full: readonly Tile[] } {
  const rows = edge.rows.map((row) => [...row]);
  const full: Tile[] = [];
  let size = edge.size;
  const push = (level: number, hash: Hash): void => {
    const row = (rows[level] ??= []);
    row.push(hash);
    if (row.length < tileWidth) return;
    full.push({ level, index: size / tileWidth ** (level + 1) - 1, width: tileWidth, bytes: concatBytes(...row) });
    rows[level] = [];
    push(level + 1, perfectRoot(row));
  };
  for (const leaf of leaves) {
    size++;
    push(0, leaf);
  }
  return { edge: { size, rows }, full };
}

/** The unfinished tiles of an edge. */
export function partialTiles(edge: Edge): readonly Tile[] {
  return edge.rows.flatMap((row, level) =>
    row.length === 0
      ? []
      : [{ level, index: Math.floor(edge.size / tileWidth ** (level + 1)), width: row.length, bytes: concatBytes(...row) }],
  );
}

function peaksOf(row: readonly Hash[]): readonly Hash[] {
  const peaks: Hash[] = [];
  let at = 0;
  for (let width = tileWidth / 2; width >= 1; width /= 2) {
    if (row.length - at < width) continue;
    peaks.push(perfectRoot(row.slice(at, at + width)));
    at += width;
  }
  return peaks;
}

/** The root of the tree with this edge. */
export function edgeRoot(edge: Edge): Hash {
  // Full subtrees from the largest on the left to the smallest on the right, then joined from the right.
  const peaks = edge.rows.toReversed().flatMap(peaksOf);
  const last = peaks.at(-1);
  return last === undefined ? emptyRoot : peaks.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}
