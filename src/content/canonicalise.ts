import { mark, pointAt, unseen } from '../action/characters.ts';
import { limits } from '../limits.ts';
import { part, spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { ansiEnd, showEntities } from './escapes.ts';
import type { Hidden, HiddenKind } from './sanitised.ts';
import { unsmuggle } from './smuggled.ts';
import { written } from './units.ts';

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
const ignorable = /\p{Default_Ignorable_Code_Point}/u;
const beforeJoin = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\u{FE0F}]/u;

const blackFlag = '\u{1F3F4}';
/** The tag sequences that Unicode recommends: England, Scotland, Wales (UTS 51, emoji-sequences.txt). */
const subdivisions = ['gbeng', 'gbsct', 'gbwls'].map(
  (code) => Array.from(code, (char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('') + '\u{E007F}',
);

/** What a UTF-16 unit is, as bits, so that no pattern of Unicode properties is asked once per character. Pairs are always looked at, as a pair. */
const seen = { hidden: 1, mark: 2, ignorable: 4, space: 8 } as const;
const look = new Uint8Array(0x1_0000);
for (let code = 0; code < look.length; code++) {
  const char = String.fromCharCode(code);
  if (char === ' ' || char === '\n' || char === '\t') continue;
  if (unseen.test(char))
    look[code] = seen.hidden | (ignorable.test(char) ? seen.ignorable : 0) | (/[\p{Zs}\u2800]/u.test(char) ? seen.space : 0);
  else if (mark.test(char)) look[code] = seen.mark;
}

/** The same bits for any code point. From U+E0000 on, all is invisible: tags, selectors, private use, unassigned. */
function bitsOf(code: number): number {
  if (code < 0x1_0000) return look[code] ?? 0;
  if (code >= 0xe0000) return seen.hidden;
  const point = String.fromCodePoint(code);
  return unseen.test(point) ? seen.hidden | (ignorable.test(point) ? seen.ignorable : 0) : mark.test(point) ? seen.mark : 0;
}

interface Scan {
  readonly text: string;
  /** The last code point that was kept. */
  last: string;
  marks: number;
}

const charAt = (text: string, at: number): string => (at < text.length ? String.fromCodePoint(pointAt(text, at)) : '');

function kindOf(code: number, bits: number): HiddenKind {
  if (code >= 0xe0000 && code <= 0xe007f) return 'tags';
  if ((code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef) || (code >= 0x180b && code <= 0x180f)) return 'variation';
  if (code === 0x61c || code === 0x200e || code === 0x200f || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
    return 'bidi';
  return (bits & seen.ignorable) !== 0 || (code >= 0xe0080 && code <= 0xe0fff) ? 'zero-width' : 'control';
}

/** The spelling of a character that breaks a line or is a space of another width; null if it is neither. */
function ordinary(code: number, bits: number, next: string | undefined): string | null {
  if (code === 0x0d) return next === '\n' ? '' : '\n';
  if (code === 0x0b || code === 0x0c || code === 0x85 || code === 0x2028 || code === 0x2029) return '\n';
  if (code === 0x3000) return '\u3000'; // East Asian writing indents with it
  return (bits & seen.space) !== 0 ? ' ' : null;
}

const spells = (point: string): boolean => joining.test(point) && letter.test(point) && !unseen.test(point);

/** True if an invisible character is part of how a script or an emoji is spelled. */
function belongs(point: string, { text, last }: Scan, at: number): boolean {
  const next = charAt(text, at + point.length);
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

/** Only these begin a sequence for a terminal: ESC, and the controls of C1. */
const beginsEscape = (code: number): boolean => code === 0x1b || (code >= 0x80 && code <= 0x9f);

function readAt(scan: Scan, at: number): Read {
  const { text, last } = scan;
  const code = pointAt(text, at);
  const bits = bitsOf(code);
  const end = at + (code > 0xffff ? 2 : 1);
  const point = text.slice(at, end);
  if ((bits & seen.mark) !== 0) return markAt(scan, point, end);
  if (bits === 0) return { end, keep: point, kind: null };
  const spelled = ordinary(code, bits, text[end]);
  if (spelled !== null) return { end, keep: spelled, kind: null };
  if (last === blackFlag) {
    const flag = subdivisions.find((tags) => text.startsWith(tags, at));
    if (flag !== undefined) return { end: at + flag.length, keep: flag, kind: null };
  }
  if (belongs(point, scan, at)) return { end, keep: point, kind: null };
  const escape = beginsEscape(code) ? ansiEnd(text, at) : at;
  return escape > at ? { end: escape, keep: '', kind: 'ansi' } : { end, keep: '', kind: kindOf(code, bits) };
}

/** What was taken out of one kind, in pieces that stood together. */
interface Taken {
  readonly raws: string[];
  /** Where the last piece began, and where it ended. */
  from: number;
  end: number;
  /** The longest piece, in code points. */
  run: number;
  length: number;
  /** How many stood between two letters of ASCII. */
  inside: number;
}

/** Notes what was taken out. Pieces of one kind that stand together are one, so that a run costs no more than its length. */
function take(kinds: Map<HiddenKind, Taken>, kind: HiddenKind, text: string, [from, end]: readonly [number, number]): void {
  const taken = kinds.get(kind);
  const inside = isLetter(text.charCodeAt(from - 1)) && isLetter(text.charCodeAt(end)) ? 1 : 0;
  if (taken === undefined) {
    kinds.set(kind, { raws: [], from, end, run: 1, length: 1, inside });
    return;
  }
  taken.inside += inside;
  if (taken.end === from) {
    taken.end = end;
    taken.run = Math.max(taken.run, ++taken.length);
    return;
  }
  taken.raws.push(text.slice(taken.from, taken.end));
  taken.from = from;
  taken.end = end;
  taken.length = 1;
}

const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122;

/** The visible characters of a text, and what was taken out, one segment per kind. */
export function canonicalise(text: string, budget: Budget): { readonly text: string; readonly hidden: readonly Hidden[] } {
  const scan: Scan = { text, last: '', marks: 0 };
  const taken = new Map<HiddenKind, Taken>();
  let out = '';
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
    if (read.keep === '' || read.keep.length !== read.end - at || !text.startsWith(read.keep, at)) {
      out += text.slice(copied, at) + read.keep;
      copied = read.end;
    }
    if (read.keep !== '') {
      if ((bitsOf(pointAt(read.keep, 0)) & seen.mark) === 0) scan.marks = 0;
      scan.last = read.keep.length <= 2 ? read.keep : '\u{e007f}'; // a flag ends in the tag that cancels
    }
    if (read.kind !== null) take(taken, read.kind, text, [at, read.end]);
    at = looked = read.end;
  }
  const visible = copied === 0 ? text : out + text.slice(copied);
  const entities: string[] = [];
  const shown = showEntities(visible, (raw) => entities.push(raw));
  const hidden = [...taken].map(([kind, one]) => segment(kind, written(one.raws) + text.slice(one.from, one.end), one, budget));
  if (entities.length > 0) hidden.push(segment('entity', written(entities), { run: 1, inside: 0 }, budget));
  return { text: shown, hidden };
}

function segment(kind: HiddenKind, raw: string, { run, inside }: Pick<Taken, 'run' | 'inside'>, budget: Budget): Hidden {
  part(budget);
  return { kind, chars: raw.length, text: unsmuggle(kind, raw), run, inside };
}
