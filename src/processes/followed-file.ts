import { readFileSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';

/** What a followed file said last, and what is wrong with it at this moment. */
export interface Followed<T> {
  /** The last good reading; null: there was none yet. */
  readonly value: T | null;
  /** Null: the file is as it was read. */
  readonly problem: Refusal | null;
}

/** How a file is followed. */
export interface Following<T> {
  readonly bytesMax: number;
  /** At most so often is it looked at. */
  readonly everyMs: number;
  readonly read: (text: string) => Result<T>;
  /** True if whoever can write the file could pass for the sender: then nobody else may be able to. */
  readonly guarded?: true;
  readonly now?: () => number;
}

/** Whether only this user, or the system's own, can write a file. */
function onlyOurs({ uid, mode }: Stats): boolean {
  return (uid === process.getuid?.() || uid === 0) && (mode & 0o022) === 0;
}

function reading<T>(file: string, stats: Stats, { bytesMax, read, guarded }: Following<T>): Result<T> {
  if (!stats.isFile() || stats.size > bytesMax) return refuse('bad-file', `${file} is not a file of the expected size`);
  if (guarded === true && !onlyOurs(stats))
    return refuse('bad-file', `${file} must belong to this user and be closed to what others write (mode 0644 or 0600)`);
  return read(readFileSync(file, 'utf8'));
}

/**
 * Follows a file: it is read again when it has changed. One that is gone or has an error in it changes nothing: the last good
 * reading stays, and never does a door open because a list is missing.
 */
export function followFile<T>(file: string, following: Following<T>): () => Followed<T> {
  const { everyMs, now = Date.now } = following;
  let lookedAtMs = -Infinity;
  let stamp = '';
  let last: Followed<T> = { value: null, problem: null };
  const look = (): Result<T> | null => {
    try {
      const stats = statSync(file);
      const { mtimeMs, ctimeMs, size, ino } = stats;
      const found = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
      if (found === stamp) return null;
      const result = reading(file, stats, following);
      stamp = found;
      return result;
    } catch {
      stamp = '';
      return refuse('bad-file', `${file} is not there, or cannot be read`);
    }
  };
  return () => {
    const passedMs = now() - lookedAtMs;
    // A clock that was put back is no reason not to look.
    if (passedMs >= 0 && passedMs < everyMs) return last;
    lookedAtMs = now();
    const result = look();
    if (result !== null) last = result.ok ? { value: result.value, problem: null } : { value: last.value, problem: result };
    return last;
  };
}

/** Reads a file once, as it would be followed. */
export function readOnce<T>(file: string, following: Omit<Following<T>, 'everyMs'>): Result<T> {
  const { value, problem } = followFile(file, { ...following, everyMs: 0 })();
  return problem ?? ok(value as T);
}
