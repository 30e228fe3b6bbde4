import { unescapeEntities } from './escapes.ts';
import { fold, fromUnits, wideGap } from './fold.ts';
import { corrected, isKnown, mayBeSlip, segmented } from './lexicon.ts';
import { looksLike, pairLooksLike } from './lookalikes.ts';
import { isSpace } from './units.ts';

/*
 * What a text says if one squints: letters that look like others as those, digits in words as letters, letters set apart
 * or strung together as words, slips mended. It is only looked at, never shown, and may be wrong about a single word.
 */

const blank = 32;
/** Signs within words that only dress them. */
const dressing = new Uint8Array(0x1_0000);
for (const char of '*~\\^') dressing[char.charCodeAt(0)] = 1;
/** Signs that stand between words as blanks do. */
const dividing = new Uint8Array(0x1_0000);
for (const char of '_+·•‧') dividing[char.charCodeAt(0)] = 1;

const hyphen = 45;
const isWord = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 127;

/** 1 for the units of ASCII that are never anything else. A hyphen may be, and so may a blank behind another. */
const alwaysItself = new Uint8Array(0x1_0000);
for (let code = 0; code < 128; code++)
  if (looksLike(code) === code && dressing[code] === 0 && dividing[code] === 0 && code !== hyphen && (code < 65 || code > 90))
    alwaysItself[code] = 1;

/** Where the first unit stands that may be something else; the length of the text if there is none. */
function firstOther(plain: string): number {
  let at = 0;
  for (; at < plain.length; at++) {
    const unit = plain.charCodeAt(at);
    if (alwaysItself[unit] === 0 || (unit === blank && at > 0 && plain.charCodeAt(at - 1) === blank)) break;
  }
  return at;
}

function alike(plain: string): string {
  const first = firstOther(plain);
  return first === plain.length ? plain : plain.slice(0, first) + alikeFrom(plain, first);
}

/** The rest of a text. What stands before `first` is as it was. */
function alikeFrom(plain: string, first: number): string {
  const out = new Uint16Array(plain.length - first);
  let length = 0;
  const last = (): number => (length > 0 ? (out[length - 1] ?? 0) : first > 0 ? plain.charCodeAt(first - 1) : 0);
  for (let at = first; at < plain.length; at++) {
    const unit = plain.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00 && at + 1 < plain.length) {
      const pair = pairLooksLike(unit, plain.charCodeAt(at + 1));
      if (pair !== 0) {
        at++;
        out[length++] = pair;
        continue;
      }
    }
    if (dressing[unit] === 1) continue;
    const seen = looksLike(unit);
    const divides =
      dividing[seen] === 1 || (seen === hyphen && at > 0 && isWord(plain.charCodeAt(at - 1)) && isWord(plain.charCodeAt(at + 1)));
    const to = divides ? blank : seen >= 65 && seen <= 90 ? seen + 32 : seen;
    if (to !== blank || last() !== blank) out[length++] = to;
  }
  return fromUnits(out, length);
}

/** In words: a bit per letter, and one for all digits and signs that may stand for a letter. 0: the unit ends a word. */
const wordBits = new Int32Array(0x1_0000);
const sign = 1 << 26;
for (const char of '0123456789@$!|') wordBits[char.charCodeAt(0)] = sign;
for (let letter = 0; letter < 26; letter++) wordBits[97 + letter] = 1 << letter;
const bitOf = (text: string, at: number): number => (at < text.length ? (wordBits[text.charCodeAt(at)] ?? 0) : 0);
const wordAt = (text: string, at: number): boolean => bitOf(text, at) !== 0;

const digits: Readonly<Record<string, string>> = {
  '0': 'o',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
};

/** `1gn0r3` as `ignore`. A one is an i or an l: whichever makes a word that is known. */
function lettered(word: string): string {
  let letters = '';
  for (const sign of word) letters += digits[sign] ?? sign;
  if (!letters.includes('1')) return letters;
  const tries = [
    letters.replaceAll('11', 'll').replace(/1$/, 'l').replaceAll('1', 'i'),
    letters.replaceAll('1', 'l'),
    letters.replaceAll('1', 'i'),
  ];
  return tries.find(isKnown) ?? tries.find((one) => corrected(one) !== one) ?? tries[0] ?? letters;
}

/** A word on its own, with so many letters and other signs. */
function mended(word: string, letters: number): string {
  const others = word.length - letters;
  if (letters === 0 || word.length > 60) return word;
  if (others === 0) return letters >= 14 ? segmented(word) : corrected(word);
  const bare = word.replace(/[!|]{1,60}$/, '');
  if (others > letters + 2 || bare.length < 3) return word;
  return corrected(/[^a-z]/.test(bare) ? lettered(bare) : bare) + word.slice(bare.length);
}

/** Where letters that are set apart one by one end: `i g n o r e`, `i-g-n-o-r-e`. Two or three signs between them are the end of a word. */
function apartEnd(text: string, at: number): { readonly end: number; readonly letters: string } {
  let letters = text[at] ?? '';
  let [end, next] = [at + 1, at + 1];
  for (;;) {
    while (next < text.length && next - end < 4 && !wordAt(text, next)) next++;
    if (next === end || next >= text.length || !wordAt(text, next) || wordAt(text, next + 1)) return { end, letters };
    letters += (next - end > 1 || text[end] === wideGap ? ' ' : '') + (text[next] ?? '');
    end = ++next;
  }
}

const sets = new Uint8Array(0x1_0000);
for (const char of ' .-') sets[char.charCodeAt(0)] = 1;

const spaceAt = (text: string, at: number): boolean => at < 0 || at >= text.length || isSpace[text.charCodeAt(at)] === 1;

/** True if letters stand in a text that are set apart as a word of four (`a b c d`), so that a wide gap may be the end of a word. */
function setsApart(text: string): boolean {
  for (let at = 1; at + 5 < text.length; at++) {
    if (sets[text.charCodeAt(at)] === 0 || sets[text.charCodeAt(at + 2)] === 0 || sets[text.charCodeAt(at + 4)] === 0) continue;
    const letters = !spaceAt(text, at - 1) && !spaceAt(text, at + 1) && !spaceAt(text, at + 3) && !spaceAt(text, at + 5);
    if (letters && spaceAt(text, at - 2) && spaceAt(text, at + 6)) return true;
  }
  return false;
}

/** The skeleton of a text; `plain` is its plain form. */
export function skeletonOf(text: string, plain: string): string {
  return setsApart(text) ? skeleton(fold(text, true)).replaceAll(wideGap, ' ') : skeleton(plain);
}

/** What the words of one text are meant to be; null: what they are. A text says the same word again and again: those seen last are told at once. */
function meanings(text: string): (at: number, end: number, letters: number, set: number) => string | null {
  const known = new Map<string, string | null>();
  const recent: string[] = [];
  const meant: (string | null)[] = [];
  return (at, end, letters, set) => {
    const slot = Math.imul(set, 0x9e3779b1) >>> 26;
    const last = recent[slot];
    if (last !== undefined && last.length === end - at && text.startsWith(last, at)) return meant[slot] ?? null;
    const word = text.slice(at, end);
    let other = known.get(word);
    if (other === undefined) {
      const said = mended(word, letters);
      other = said === word ? null : said;
      known.set(word, other);
    }
    recent[slot] = word;
    meant[slot] = other;
    return other;
  };
}

/** The skeleton of a text in its plain form. */
export function skeleton(plain: string): string {
  const text = alike(plain.includes('&#') ? fold(unescapeEntities(plain)) : plain);
  let meaning: ReturnType<typeof meanings> | null = null;
  let out = '';
  let copied = 0;
  const put = (from: number, end: number, write: string): void => {
    out += text.slice(copied, from) + write;
    copied = end;
  };
  for (let at = 0; at < text.length;) {
    let [end, letters, set] = [at, 0, 0];
    for (let bit = bitOf(text, end); bit !== 0; bit = bitOf(text, ++end)) {
      if (bit === sign) continue;
      letters++;
      set |= bit;
    }
    const length = end - at;
    if (length === 1) {
      const apart = apartEnd(text, at);
      if (apart.letters.length >= 8) put(at, (end = apart.end), unspaced(apart.letters));
    } else if (length >= 3 && letters > 0 && (letters < length || length >= 14 || mayBeSlip(length, set))) {
      const meant = (meaning ??= meanings(text))(at, end, letters, set);
      if (meant !== null) put(at, end, meant);
    }
    at = end === at ? at + 1 : end;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

/** Letters that were set apart. Where words are farther apart than letters, they are known; otherwise they have to be found. */
function unspaced(letters: string): string {
  const words = letters.split(' ').map((word) => (/[^a-z]/.test(word) ? lettered(word) : word));
  return words.length > 1 ? words.map(corrected).join(' ') : isKnown(words[0] ?? '') ? letters : segmented(words[0] ?? '');
}
