import { limits } from '../limits.ts';
import { mark, pointAt, unseen } from './characters.ts';

/*
 * Nothing that a person is asked to sign may hold a character that cannot be seen. The text shown here may come from
 * anybody: third parties choose names and titles, the model chooses arguments.
 *
 * What counts as invisible is taken from the Unicode tables of the runtime. Two runtimes of different Unicode versions
 * can render a character that is new to one of them differently; the display digests then differ and nothing is signed.
 */

/** How line breaks are shown: kept as line breaks, or escaped so that the text stays on one line. */
export type Breaks = 'kept' | 'escaped';

/** One unit of visible text that must not be cut in two: a character with its marks, an emoji, or an escape. */
export interface Piece {
  readonly text: string;
  /** True if it stands for something that could not be seen: a warning to the person who reads it. */
  readonly hidden: boolean;
}

/** Made when it is first needed: its tables take 30 ms, and most processes show nothing but ASCII. */
let emoji: RegExp | undefined;
const plain = /^[\x21-\x5b\x5d-\x7e]+(?: [\x21-\x5b\x5d-\x7e]+)*$/;
const bearer = /[\p{L}\p{N}\p{M}]/u;
const eastAsian = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}、。「」『』・!?]/u;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function escape(point: string): string {
  return short[point] ?? `\\u{${(point.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`;
}

/** An emoji sequence that Unicode recommends: the only place where joiners, selectors and tags are legitimate. */
function emojiAt(text: string, at: number): string | null {
  // The only ones that begin in ASCII are keycaps: a digit, # or *, and the selector.
  if (text.charCodeAt(at) < 0x80 && text.charCodeAt(at + 1) !== 0xfe0f) return null;
  emoji ??= new RegExp('\\p{RGI_Emoji}', 'vy');
  emoji.lastIndex = at;
  const found = emoji.exec(text)?.[0] ?? null;
  // A digit alone is an emoji by the tables, and ordinary text to everybody else.
  return found !== null && (found.length > 1 || found > '\u{7f}') ? found : null;
}

/** A space is seen only between two things that are seen. */
function spaceSeen(text: string, at: number, breaks: Breaks): boolean {
  const next = text[at + 1];
  if (next === undefined || next === '\n' || next === '\r') return false;
  return at > 0 || breaks === 'kept';
}

/** True if `point`, put after `cluster`, is shown as itself and cannot be mistaken for another spelling of the same look. */
function seen(cluster: string, point: string): boolean {
  if (point === '\u{3000}') return eastAsian.test(cluster);
  if (unseen.test(point)) return false;
  // A mark with nothing to sit on would be drawn over our own frame; a pile of marks would be drawn over other lines.
  if (mark.test(point) && (!bearer.test(Array.from(cluster).at(-1) ?? '') || marksIn(cluster) >= limits.cardMarksPerLetterMax))
    return false;
  // Two spellings of one look (`e` with an accent, Kelvin for K): only the composed one is shown as itself.
  return (cluster + point).normalize('NFC') === cluster + point;
}

function marksIn(cluster: string): number {
  let count = 0;
  for (const point of cluster) if (mark.test(point)) count++;
  return count;
}

function* split(text: string, breaks: Breaks): Generator<Piece> {
  let cluster = '';
  for (let at = 0; at < text.length;) {
    const point = String.fromCodePoint(pointAt(text, at));
    const picture = emojiAt(text, at);
    if (picture !== null) {
      if (cluster !== '') yield { text: cluster, hidden: false };
      cluster = '';
      yield { text: picture, hidden: false };
      at += picture.length;
      continue;
    }
    const asItself =
      point === ' ' ? spaceSeen(text, at, breaks) : point !== '\\' && (point === '\n' ? breaks === 'kept' : seen(cluster, point));
    if (asItself && mark.test(point)) {
      cluster += point;
    } else {
      if (cluster !== '') yield { text: cluster, hidden: false };
      cluster = asItself ? point : '';
      if (!asItself) yield { text: escape(point), hidden: !' \n\t\\'.includes(point) };
    }
    at += point.length;
  }
  if (cluster !== '') yield { text: cluster, hidden: false };
}

/** The pieces of a text, in order. Joined, they are `visible(text, breaks)`. */
export function pieces(text: string, breaks: Breaks = 'escaped'): readonly Piece[] {
  return [...split(text, breaks)];
}

/**
 * Text in which every character can be seen: anything invisible, and the backslash, becomes an escape (`\u{202E}`,
 * `\r`, `\\`). Different texts always give different results. Text in any script and well-formed emoji stay as they
 * are; joiners between letters (Persian, Indic scripts) are shown, because they are also how names are forged.
 * A space at an end of the text or of a line is shown too.
 */
export function visible(text: string, breaks: Breaks = 'escaped'): string {
  if (plain.test(text)) return text;
  let out = '';
  for (const piece of split(text, breaks)) out += piece.text;
  return out;
}

/** In how many places a text holds something that cannot be seen. Line breaks, tabs and spaces are not counted. */
export function hiddenCount(text: string): number {
  if (plain.test(text)) return 0;
  let count = 0;
  for (const piece of split(text, 'kept')) if (piece.hidden) count++;
  return count;
}

const word = /[\p{L}\p{M}\p{N}]+/gu;
const latin = /\p{Script=Latin}/u;
const cyrillic = /\p{Script=Cyrillic}/u;
const greek = /\p{Script=Greek}/u;
/** Greek letters that nobody takes for Latin ones: `Δt`, `kΩ`, `μm` are not forgeries. */
const ownLook = /[ΓΔΘΛΞΠΣΦΨΩβδεζθλμξπσςφψ]/gu;

/**
 * True if a word mixes Latin with Cyrillic or Greek letters, or Cyrillic with Greek: the usual way to forge a name.
 * Conservative: a word written wholly in another script is not marked. Invisible characters cannot break a word up.
 */
export function lookalike(text: string): boolean {
  const joined = Array.from(text)
    .filter((point) => point === ' ' || point === '\n' || !unseen.test(point))
    .join('');
  for (const [found] of joined.matchAll(word)) {
    const greekish = greek.test(found.replaceAll(ownLook, ''));
    const scripts = [latin.test(found), cyrillic.test(found), greekish].filter(Boolean).length;
    if (scripts > 1) return true;
  }
  return false;
}

/** True if a text holds letters that run from right to left, so that a screen may show its parts in another order. */
export function rightToLeft(text: string): boolean {
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Samaritan}\p{Script=Mandaic}]/u.test(
    text,
  );
}
