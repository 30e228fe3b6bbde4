import { emptyEdge, edgeRoot, grow, partialTiles } from '../proof/edge.ts';
import type { Edge, Tile } from '../proof/edge.ts';
import { emptyRoot, leafHash, sameBytes } from '../proof/hash.ts';
import type { Hash } from '../proof/hash.ts';
import { tileWidth } from '../proof/tiles.ts';
import { bundlesOf, entriesIn, hashesIn, readPlace } from './log-parts.ts';
import type { LogFiles } from './log-files.ts';

/** One thing that is wrong with a log. `at` is a path below its folder, or `entry 12`. */
export interface LogProblem {
  readonly code: string;
  readonly at: string;
  readonly message: string;
}

/** What to walk and whom to tell. A callback that throws ends the walk. */
export interface WalkOptions {
  readonly files: LogFiles;
  /** How many entries the log claims to have. May be a lie: the walk only ever asks for one file at a time. */
  readonly size: number;
  /** Sizes whose root is wanted. */
  readonly marks: readonly number[];
  readonly problem: (problem: LogProblem) => void;
  readonly entries: (first: number, entries: readonly Uint8Array[]) => Promise<void> | void;
}

/** What a walk found. `edge` is null if a part was missing, and then no later root is known. */
export interface Walked {
  readonly edge: Edge | null;
  readonly roots: ReadonlyMap<number, Hash>;
  /** The entries of the unfinished bundle at the end. */
  readonly tail: readonly Uint8Array[];
}

/** Reads one tile or bundle; null and a problem if it is missing or malformed. */
async function part(options: WalkOptions, place: { level: number | 'entries'; index: number }, width: number): Promise<Uint8Array | null> {
  const { path, bytes } = await readPlace(options.files, place, width);
  if (typeof bytes !== 'string') return bytes;
  options.problem(
    bytes === 'missing'
      ? { code: 'missing-file', at: path, message: 'this file of the log is missing' }
      : { code: 'broken-file', at: path, message: 'this file does not hold what its name says' },
  );
  return null;
}

/** The leaves of one bundle, checked against its tile. Null if neither can be read. */
async function leavesOf(
  options: WalkOptions,
  index: number,
  width: number,
): Promise<{ leaves: readonly Hash[] | null; entries: readonly Uint8Array[] }> {
  const bundle = await part(options, { level: 'entries', index }, width);
  const tile = await part(options, { level: 0, index }, width);
  const entries = bundle === null ? [] : entriesIn(bundle, width);
  const own = entries.map(leafHash);
  const leaves = tile === null ? (bundle === null ? null : own) : hashesIn(tile, width);
  own.forEach((hash, i) => {
    if (leaves?.[i] !== undefined && sameBytes(hash, leaves[i])) return;
    options.problem({
      code: 'entry-differs',
      at: `entry ${index * tileWidth + i}`,
      message: 'the entry is not the one that its tile was made from',
    });
  });
  return { leaves, entries };
}

/** Compares the tiles above the leaves with those that the tiles below them make. */
async function compare(options: WalkOptions, tiles: readonly Tile[]): Promise<void> {
  for (const tile of tiles.filter((made) => made.level > 0)) {
    const bytes = await part(options, tile, tile.width);
    if (bytes !== null && !sameBytes(bytes, tile.bytes))
      options.problem({
        code: 'tile-differs',
        at: `tile/${tile.level}, number ${tile.index}`,
        message: 'the tile is not the one that the tiles below it make',
      });
  }
}

/** Reads a log from its first entry to its last, and checks every entry against its tile and every tile against those below it. */
export async function walkLog(options: WalkOptions): Promise<Walked> {
  const marks = [...new Set(options.marks)].filter((mark) => mark <= options.size).toSorted((a, b) => a - b);
  const roots = new Map<number, Hash>(marks.includes(0) ? [[0, emptyRoot]] : []);
  let edge: Edge | null = emptyEdge;
  let tail: readonly Uint8Array[] = [];
  for (const { index, width } of bundlesOf(options.size)) {
    const { leaves, entries } = await leavesOf(options, index, width);
    if (entries.length > 0) await options.entries(index * tileWidth, entries);
    tail = width < tileWidth ? entries : [];
    if (leaves === null) edge = null;
    if (edge === null || leaves === null) continue;
    const first = edge.size;
    const stops = [...marks.filter((mark) => mark > first && mark < first + width), first + width];
    for (const stop of stops) {
      const grown: ReturnType<typeof grow> = grow(edge, leaves.slice(edge.size - first, stop - first));
      edge = grown.edge;
      if (marks.includes(stop)) roots.set(stop, edgeRoot(edge));
      await compare(options, grown.full);
    }
  }
  if (edge !== null) await compare(options, partialTiles(edge));
  return { edge, roots, tail };
}
