import { mark, unseen } from '../action/characters.ts';
import { limits } from '../limits.ts';
import { part, spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { ansiEnd, showEntities } from './escapes.ts';
import type { Hidden, HiddenKind } from './sanitised.ts';
import { unsmuggle } from './smuggled.ts';

/*
 * The first pass: characters. What has no look is taken out, what has a look stays. The result is for a reader of logical
 * order (a model), so bidirectional marks say nothing in it and go as well; what a script needs to be spelled (joiners
 * between letters of joining scripts, Mongolian selectors, emoji sequences) stays.
 *
 * A character is kept because of the one kept before it and the one that follows in the input, and only if that one will
 * be kept too: so a second pass finds the same neighbours and changes nothing.
 */

const joining =
  /[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}]/u;
/** A word may end in a joiner behind these: an Arabic letter that keeps its joined form, a virama (Malayalam's older spelling). */
const endsJoined = /[\p{Script=Arabic}\p{Mn}\p{Mc}]/u;
/** What ends a word, and is never replaced by a later pass. */
const afterWord = /^[\t\n .,;:?)"'-]?$/;
const letter = /[\p{L}\p{M}]/u;
const mongolian = /\p{Script=Mongolian}/u;
const emoji = /\p{Emoji}/u;
const picture = /\p{Extended_Pictographic}/u;
const beforeJoin = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}]/u;

const blackFlag = '\u{1F3F4}';
/** The tag sequences that Unicode recommends: England, Scotland, Wales (UTS 51, emoji-sequences.txt). */
const subdivisions = ['gbeng', 'gbsct', 'gbwls'].map(
  (code) => Array.from(code, (char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('') + '\u{E007F}',
);

/** One entry per UTF-16 unit: 1 if the unit has to be looked at. Pairs are always looked at, as a pair. */
const look = new Uint8Array(0x1_0000);
for (let code = 0; code < look.length; code++) {
  const char = String.fromCharCode(code);
  look[code] = char !== ' ' && char !== '\n' && char !== '\t' && (unseen.test(char) || mark.test(char)) ? 1 : 0;
}

interface Scan {
  readonly text: string;
  /** The last code point that was kept. */
  last: string;
  marks: number;
}

const pointAt = (text: string, at: number): string => (at < text.length ? String.fromCodePoint(text.codePointAt(at) ?? 0) : '');

function kindOf(code: number): HiddenKind {
  if (code >= 0xe0000 && code <= 0xe007f) return 'tags';
  if ((code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef) || (code >= 0x180b && code <= 0x180f)) return 'variation';
  if (code === 0x61c || code === 0x200e || code === 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
    return 'bidi';
  if (/\p{Default_Ignorable_Code_Point}/u.test(String.fromCodePoint(code))) return 'zero-width';
  return 'control';
}

/** The spelling of a character that breaks a line or is a space of another width; null if it is neither. */
function ordinary(point: string, text: string, at: number): string | null {
  if (point === '\r') return text[at + 1] === '\n' ? '' : '\n';
  if ('\v\f\u0085\u2028\u2029'.includes(point)) return '\n';
  if (point === '\u3000') return point; // East Asian writing indents with it
  return /[\p{Zs}\u2800]/u.test(point) ? ' ' : null;
}

const spells = (point: string): boolean => joining.test(point) && letter.test(point) && !unseen.test(point);

/** True if an invisible character is part of how a script or an emoji is spelled. */
function belongs(point: string, { text, last }: Scan, at: number): boolean {
  const next = pointAt(text, at + point.length);
  switch (point) {
    case '\u200c':
    case '\u200d':
      if (spells(last) && (spells(next) || (point === '\u200d' && endsJoined.test(last) && afterWord.test(next)))) return true;
      return point === '\u200d' && beforeJoin.test(last) && picture.test(next) && !unseen.test(next); // some code points are reserved for pictures to come
    case '\ufe0f':
      return emoji.test(last) && (last > '\u{7f}' || next === '\u20e3');
    case '\u180b':
    case '\u180c':
    case '\u180d':
    case '\u180e':
    case '\u180f':
      return mongolian.test(last) && spells(last);
    default:
      return false;
  }
}

/** What is read at one place: how far it goes, what is kept of it, and what kind was taken out. */
interface Read {
  readonly end: number;
  readonly keep: string;
  readonly kind: HiddenKind | null;
}

function markAt(scan: Scan, point: string, end: number): Read {
  const over = ++scan.marks > limits.contentMarksPerLetterMax;
  return { end, keep: over ? '' : point, kind: over ? 'marks' : null };
}

function readAt(scan: Scan, at: number): Read {
  const { text, last } = scan;
  const point = pointAt(text, at);
  const end = at + point.length;
  if (mark.test(point) && !unseen.test(point)) return markAt(scan, point, end);
  if (!unseen.test(point)) return { end, keep: point, kind: null };
  const spelled = ordinary(point, text, at);
  if (spelled !== null) return { end, keep: spelled, kind: null };
  if (last === blackFlag) {
    const flag = subdivisions.find((tags) => text.startsWith(tags, at));
    if (flag !== undefined) return { end: at + flag.length, keep: flag, kind: null };
  }
  if (belongs(point, scan, at)) return { end, keep: point, kind: null };
  const escape = ansiEnd(text, at);
  return escape > at ? { end: escape, keep: '', kind: 'ansi' } : { end, keep: '', kind: kindOf(point.codePointAt(0) ?? 0) };
}

/** The visible characters of a text, and what was taken out, one segment per kind. */
export function canonicalise(text: string, budget: Budget): { readonly text: string; readonly hidden: readonly Hidden[] } {
  const scan: Scan = { text, last: '', marks: 0 };
  const taken = new Map<HiddenKind, string[]>();
  const out: string[] = [];
  let copied = 0; // everything before it is in `out`
  let looked = 0; // where the last look ended
  spend(budget, text.length);
  for (let at = 0; at < text.length;) {
    if (look[text.charCodeAt(at)] === 0) {
      at++;
      continue;
    }
    if (at > looked) {
      scan.last = text[at - 1] ?? ''; // one unit: pairs are looked at
      scan.marks = 0;
    }
    const read = readAt(scan, at);
    if (!spend(budget, read.end - at)) break;
    const raw = text.slice(at, read.end);
    if (read.keep !== raw) {
      out.push(text.slice(copied, at), read.keep);
      copied = read.end;
    }
    if (read.keep !== '') {
      if (!mark.test(read.keep)) scan.marks = 0;
      scan.last = Array.from(read.keep).at(-1) ?? '';
    }
    if (read.kind !== null) take(taken, read.kind, raw);
    at = looked = read.end;
  }
  const visible = copied === 0 ? text : out.join('') + text.slice(copied);
  return {
    text: showEntities(visible, (raw) => take(taken, 'entity', raw)),
    hidden: [...taken].map(([kind, raws]) => segment(kind, raws, budget)),
  };
}

function take(taken: Map<HiddenKind, string[]>, kind: HiddenKind, raw: string): void {
  const list = taken.get(kind);
  if (list === undefined) taken.set(kind, [raw]);
  else list.push(raw);
}

function segment(kind: HiddenKind, raws: readonly string[], budget: Budget): Hidden {
  part(budget);
  const raw = raws.join('');
  return { kind, chars: raw.length, text: unsmuggle(kind, raw) };
}
