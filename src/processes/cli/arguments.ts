import { closeSync, openSync, readSync } from 'node:fs';
import { Exit, exits } from './context.ts';

/** The first bytes of a file, one more than `bytesMax` at most: what a pipe or a device holds, no look at it beforehand tells. */
function firstBytes(file: string, bytesMax: number): Buffer {
  const handle = openSync(file, 'r');
  try {
    const parts: Buffer[] = [];
    for (let left = bytesMax + 1; left > 0;) {
      const part = Buffer.allocUnsafe(Math.min(left, 64 * 1024));
      const length = readSync(handle, part);
      if (length === 0) break;
      parts.push(part.subarray(0, length));
      left -= length;
    }
    return Buffer.concat(parts);
  } finally {
    closeSync(handle);
  }
}

/** The bytes of a file that was named to a command, if they are at most `bytesMax`. Ends the command with `problem` otherwise. */
export function fileBytes(file: string, bytesMax: number, problem: string): Buffer {
  try {
    const bytes = firstBytes(file, bytesMax);
    if (bytes.length <= bytesMax) return bytes;
  } catch {
    // said below, in the same words
  }
  throw new Exit(exits.usage, 'usage', `${file} cannot be read, or ${problem}`);
}

/** The same as text. */
export function fileText(file: string, bytesMax: number, problem: string): string {
  return fileBytes(file, bytesMax, problem).toString('utf8');
}

/** One day, in milliseconds. */
export const dayMs: number = 24 * 60 * 60_000;

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 60 * 60_000, d: dayMs };

/** A length of time as people write it (`90d`, `12h`, `30m`), in milliseconds. Null for any other text, and for none at all. */
export function durationMs(text: string): number | null {
  const [, count, unit = ''] = /^([1-9]\d{0,6})([mhd])$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (unitsMs[unit] ?? Number.NaN);
}
