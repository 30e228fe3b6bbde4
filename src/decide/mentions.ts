import { isoUtc } from '../action/time.ts';
import { limits } from '../limits.ts';

/*
 * What the user's own words mention. The words come from the host application, never through the model, but they are prose:
 * what is found in them is only ever compared with things that exist, it never makes one up.
 *
 * The rules err towards "not mentioned": a person is then asked, and nothing is lost.
 */

/** A text of the user and when it was said, for `today` and `tomorrow`. */
export interface UserText {
  readonly text: string;
  readonly atMs: number;
}

interface Word {
  /** As written, without the punctuation around it. */
  readonly text: string;
  readonly lower: string;
  /** `#general`, `@alice`. */
  readonly marked: boolean;
}

/** What the user's words mention. */
export interface Mentions {
  /** What stands between white space, quotes and brackets: addresses, ids, names of files. Lower case. */
  readonly atoms: ReadonlySet<string>;
  /** The same, as they are written: in an address the case can matter. */
  readonly written: ReadonlySet<string>;
  /** What stands in quotes, as words joined by a space, lower case. */
  readonly quoted: ReadonlySet<string>;
  readonly words: readonly Word[];
  /** ISO dates. */
  readonly dates: ReadonlySet<string>;
}

const edges = /^[\s"'`“”‘’«»‹›„()[\]{}<>,;:.!?*_|]+|[\s"'`“”‘’«»‹›„()[\]{}<>,;:.!?*_|]+$/gu;
const wordPattern = /[#@]?[\p{L}\p{N}\p{M}]+/gu;
const quotePattern =
  /(?:^|[\s([{:,])(?:'([^'\n]{1,200})'|"([^"\n]{1,200})"|`([^`\n]{1,200})`|“([^”\n]{1,200})”|‘([^’\n]{1,200})’|«([^»\n]{1,200})»|„([^“”\n]{1,200})[“”])/gu;

/** Words as they are compared: letters and digits, in order, lower case. */
export function wordsOf(text: string): readonly string[] {
  return Array.from(text.normalize('NFKC').matchAll(/[\p{L}\p{N}\p{M}]+/gu), ([word]) => word.toLowerCase());
}

function wordsIn(text: string): Word[] {
  return Array.from(text.matchAll(wordPattern), (match) => {
    const bare = match[0].replace(/^[#@]/, '');
    return {
      text: bare,
      lower: bare.toLowerCase(),
      marked: bare !== match[0],
    };
  });
}

const months = 'january february march april may june july august september october november december'.split(' ');
const monthOf = (word: string): number => months.findIndex((month) => month === word || (word.length >= 3 && month.startsWith(word)));
const two = (n: number): string => String(n).padStart(2, '0');
const iso = (year: number, month: number, day: number): string => `${year}-${two(month)}-${two(day)}`;
const dayMs = 24 * 60 * 60_000;
/** The day of a time, which is the gateway's signed one: nothing here may know the clock. */
const dayOf = (ms: number): string => isoUtc(ms).slice(0, 'yyyy-mm-dd'.length);

function datesIn({ text, atMs }: UserText): string[] {
  const found = Array.from(text.matchAll(/\b(\d{4})-(\d{2})-(\d{2})\b/g), ([whole]) => whole);
  const thisYear = Number(dayOf(atMs).slice(0, 4));
  const day = '(\\d{1,2})(?:st|nd|rd|th)?';
  const month = '([A-Za-z]{3,9})';
  const year = '(?:,?\\s{1,3}(\\d{4}))?';
  for (const [, name = '', date = '', of] of text.matchAll(new RegExp(`\\b${month}\\.?\\s{1,3}${day}\\b${year}`, 'g')))
    if (monthOf(name.toLowerCase()) >= 0) found.push(iso(Number(of ?? thisYear), monthOf(name.toLowerCase()) + 1, Number(date)));
  for (const [, date = '', name = '', of] of text.matchAll(new RegExp(`\\b${day}\\s{1,3}(?:of\\s{1,3})?${month}\\b${year}`, 'g')))
    if (monthOf(name.toLowerCase()) >= 0) found.push(iso(Number(of ?? thisYear), monthOf(name.toLowerCase()) + 1, Number(date)));
  const relative = { today: 0, tomorrow: 1, yesterday: -1 } as const;
  for (const [word, days] of Object.entries(relative))
    if (new RegExp(`\\b${word}\\b`, 'i').test(text)) found.push(dayOf(atMs + days * dayMs));
  return found;
}

/** Reads the user's texts. What is beyond `limits.wordsTextsMax` texts is not read, and so binds nothing. */
export function mentionsOf(texts: readonly UserText[]): Mentions {
  const read = texts.slice(0, limits.wordsTextsMax).map((one) => ({ ...one, text: one.text.normalize('NFKC') }));
  const atoms = read
    .flatMap(({ text }) =>
      text.split(/[\s"`“”«»<>()[\]{}|]+/u).flatMap((atom) => [atom.replaceAll(edges, ''), atom.replace(/^[,;]+|[,;]+$/g, '')]),
    )
    .filter((atom) => atom !== '');
  const quoted = read.flatMap(({ text }) =>
    Array.from(text.matchAll(quotePattern), (match) => wordsOf(match.slice(1).find((part) => part !== undefined) ?? '').join(' ')),
  );
  return {
    atoms: new Set(atoms.map((atom) => atom.toLowerCase())),
    written: new Set(atoms),
    quoted: new Set(quoted.filter((words) => words !== '')),
    words: read.flatMap(({ text }) => wordsIn(text)),
    dates: new Set(read.flatMap(datesIn)),
  };
}
