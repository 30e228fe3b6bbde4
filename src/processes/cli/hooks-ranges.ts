import { resolve } from 'node:path';
import { ok } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { writeAtomically } from '../hooks-rotation.ts';
import { fetchPublished, publishers, rangesText, readPublished } from '../published-ranges.ts';
import { fileText } from './arguments.ts';
import { exitRefused } from './context.ts';
import type { Context } from './context.ts';

/** What `hooks ranges` is asked for. */
export interface RangesWish {
  readonly write?: string;
  readonly from?: string;
}

/**
 * `hooks ranges`: the ranges that a sender publishes, checked, on the screen or in a file. A file that is there is replaced only by a whole
 * good list.
 */
export async function writeRanges(context: Context, provider: string, wish: RangesWish): Promise<void> {
  const document =
    wish.from === undefined
      ? await fetchPublished(provider)
      : ok(fileText(resolve(wish.from), limits.hooksRangesFileBytesMax, 'is larger than a list of ranges'));
  if (!document.ok) throw exitRefused(document);
  const ranges = readPublished(provider, document.value);
  if (!ranges.ok) throw exitRefused(ranges);
  const text = rangesText(provider, ranges.value, Date.now());
  const file = wish.write === undefined ? null : resolve(wish.write);
  if (file !== null) writeAtomically(file, () => text, 0o644);
  context.say(
    { provider, url: publishers.get(provider)?.url, ranges: ranges.value, file },
    file === null
      ? text.trimEnd().split('\n')
      : [`${ranges.value.length} ranges of ${provider} are in ${file}: an endpoint follows it with source.file`],
  );
}
