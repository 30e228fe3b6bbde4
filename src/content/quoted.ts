import { asciiTableOf } from './units.ts';

/*
 * What is quoted: code fences, code spans and words in quotation marks. A text about attacks quotes them. In a text that
 * is mostly one quotation, or that is JSON by itself, the marks say nothing.
 */

/** Places of the plain form, in order. */
export type Ranges = readonly (readonly [from: number, end: number])[];

const quotedMax = 400;

/** An apostrophe counts where a word begins or ends. */
const marks = /```|~~~|`|"|\n|(?<![a-z0-9])'(?=[a-z])|(?<=[a-z0-9.,!?])'(?![a-z0-9])/y;

/** 1 for the units with which a mark begins. */
const begins = asciiTableOf(/[`~"'\n]/);

/** The next mark of a quotation. */
function markFrom(plain: string, from: number): RegExpExecArray | null {
  for (let at = from; at < plain.length; at++) {
    if (begins[plain.charCodeAt(at)] === 0) continue;
    marks.lastIndex = at;
    const found = marks.exec(plain);
    if (found !== null) return found;
  }
  return null;
}

/** The quotations of a text in its plain form. */
export function quotations(plain: string): Ranges {
  if (/^ ?[[{]/.test(plain)) return [];
  const found: [number, number][] = [];
  const open = new Map<string, number>();
  let fence = -1;
  for (let next = markFrom(plain, 0); next !== null; next = markFrom(plain, next.index + next[0].length)) {
    const { 0: mark, index } = next;
    if (mark.length === 3) {
      if (fence === -1) fence = index;
      else {
        found.push([fence, index + 3]);
        fence = -1;
      }
      open.clear();
      continue;
    }
    if (fence !== -1) continue;
    if (mark === '\n') {
      open.clear(); // no quotation goes on over the end of a paragraph
      continue;
    }
    const from = open.get(mark);
    if (mark === "'" && from === undefined && /[a-z0-9.,!?]/.test(plain[index - 1] ?? '')) continue; // it only ends one
    if (from === undefined || index - from > quotedMax) open.set(mark, index);
    else {
      found.push([from, index + 1]);
      open.delete(mark);
    }
  }
  // A paragraph behind `>` is what somebody else said.
  if (plain.startsWith('>') || plain.includes('\n>'))
    for (const { index, 0: paragraph } of plain.matchAll(/(?:^|\n)> ?[^\n]{1,2000}/g)) found.push([index, index + paragraph.length]);
  const chars = found.reduce((sum, [from, end]) => sum + end - from, 0);
  return 10 * chars > 7 * plain.length ? [] : found.toSorted(([a], [b]) => a - b);
}

/** True if a place lies in one of the ranges. */
export function within(ranges: Ranges, at: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.[1] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range !== undefined && range[0] <= at;
}
