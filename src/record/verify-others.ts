import { visible } from '../action/visible.ts';
import { limits } from '../limits.ts';
import { sameBytes } from '../proof/hash.ts';
import { parseTilePath, tilePath, tileWidth, widthAt } from '../proof/tiles.ts';
import type { TileId } from '../proof/tiles.ts';
import type { LogFiles } from './log-files.ts';
import { checkpointPath, firstItems, isWhole, readPlace } from './log-parts.ts';
import type { LogProblem } from './walk-log.ts';

/** What is wrong with a tile that the walk of the log did not read; null if nothing is. */
async function wrongWith(files: LogFiles, id: TileId, path: string, covered: number): Promise<LogProblem | null> {
  const bytes = await files.read(path);
  // A ledger at work removes partial files once the full one is there.
  if (bytes === null && !(await files.list()).includes(path)) return null;
  if (bytes === null || !isWhole(id, bytes, id.width))
    return { code: 'broken-file', at: path, message: 'this file does not hold what its name says' };
  const common = Math.min(covered, id.width);
  const walked = common === 0 ? 'missing' : (await readPlace(files, id, covered)).bytes;
  if (typeof walked === 'string') return null; // nothing in common, or reported by the walk
  const mine = firstItems(id, bytes, common);
  const theirs = firstItems(id, walked, common);
  return mine !== null && theirs !== null && sameBytes(mine, theirs)
    ? null
    : { code: 'file-differs', at: path, message: 'this file and the one that took its place differ' };
}

/**
 * Checks the files that the tree of `size` entries does not need: partial tiles of earlier checkpoints must be the
 * beginning of what was verified, files beyond the checkpoint must begin with it, and nothing else may lie there.
 * Returns how many entries the files have beyond `size`.
 */
export async function verifyOthers(files: LogFiles, size: number, add: (problem: LogProblem) => void): Promise<number> {
  let beyond = 0;
  for (const path of (await files.list()).toSorted()) {
    if (path === checkpointPath) continue;
    const id = parseTilePath(path);
    if (id === null) {
      add({ code: 'foreign-file', at: visible(path).slice(0, limits.nameCharsMax), message: 'this file is not part of a log' });
      continue;
    }
    if (id.level === 'entries') beyond = Math.max(beyond, id.index * tileWidth + id.width - size);
    const covered = widthAt(id, size);
    const problem = covered > 0 && path === tilePath({ ...id, width: covered }) ? null : await wrongWith(files, id, path, covered);
    if (problem !== null) add(problem);
  }
  return beyond;
}
