import { readFileSync, statSync } from 'node:fs';
import { Exit, exits } from './context.ts';

/** The text of a file that was named to a command, read only if it has at most `bytesMax`. Ends the command with `problem` otherwise. */
export function fileText(file: string, bytesMax: number, problem: string): string {
  try {
    if (statSync(file).size > bytesMax) throw new Error('large');
    return readFileSync(file, 'utf8');
  } catch {
    throw new Exit(exits.usage, 'usage', `${file} cannot be read, or ${problem}`);
  }
}

/** One day, in milliseconds. */
export const dayMs: number = 24 * 60 * 60_000;

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 60 * 60_000, d: dayMs };

/** A length of time as people write it (`90d`, `12h`, `30m`), in milliseconds. Null for any other text, and for none at all. */
export function durationMs(text: string): number | null {
  const [, count, unit = ''] = /^([1-9]\d{0,6})([mhd])$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (unitsMs[unit] ?? Number.NaN);
}
