import { pointAt } from '../action/characters.ts';

/*
 * The plain form of a text, in which phrases are looked for: lower case, Latin and Greek letters without accents, one
 * blank for any run of blanks, one line break for the end of a paragraph. It is only looked at, never shown.
 */

const drop = 0xffff;

/** What each UTF-16 unit becomes. Blanks are 32, line breaks 10, what is dropped `drop`. */
const table = new Uint16Array(0x1_0000);
const set = (chars: string, to: string): void => {
  for (let i = 0; i < chars.length; i++) table[chars.charCodeAt(i)] = to.charCodeAt(0);
};
const setRange = (from: number, to: number, value: number): void => {
  for (let code = from; code <= to; code++) table[code] = value;
};

/** Lower case and without an accent, if that is one unit; otherwise as it was. */
function bare(code: number): number {
  const char = String.fromCharCode(code);
  const lower = char.toLowerCase().normalize('NFD').charCodeAt(0);
  return lower >= 0x300 && lower < 0x370 ? code : lower;
}

for (let code = 0; code < table.length; code++) table[code] = code;
for (let code = 65; code <= 90; code++) table[code] = code + 32;
for (const [from, to] of [
  [0xc0, 0x24f],
  [0x370, 0x3ff],
  [0x1e00, 0x1fff],
] as const)
  // prettier-ignore
  for (let code = from; code <= to; code++) table[code] = bare(code);
for (let code = 0x400; code <= 0x58f; code++) table[code] = String.fromCharCode(code).toLowerCase().charCodeAt(0);
set('øØ', 'o');
set('łŁ', 'l');
set('đĐ', 'd');
set('ı', 'i');
set('ß', 's');
set('ёЁ', 'е');
set('أإآٱ', 'ا');
set('ة', 'ه');
set('ى', 'ي');
set('‘’‚‛′ʼ`´'.replace('`', ''), "'");
set('“”„‟″«»「」『』＂', '"');
set('‐‑‒–—―−﹣－', '-');
set('。．｡।؟！？', '.');
set('，、،', ',');
set('：', ':');
for (const [from, to] of [
  [0x300, 0x36f],
  [0x591, 0x5c7],
  [0x610, 0x61a],
  [0x640, 0x640],
  [0x64b, 0x65f],
  [0x670, 0x670],
  [0x93c, 0x93c],
] as const)
  // prettier-ignore
  setRange(from, to, drop);
// Devanagari letters that are one with a dot below, as the letters without it.
for (const [i, base] of Array.from('कखगजडढफय').entries()) table[0x958 + i] = base.charCodeAt(0);
set('\t\r\f\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000', ' ');

/** Called with a typed array as its list of arguments: an array-like, which the types of `apply` do not take. */
const fromCharCode = (_: null, units: Uint16Array): string => Reflect.apply(String.fromCharCode, null, units);

/** UTF-16 units as a string; a call can only take so many arguments. */
export function fromUnits(units: Uint16Array, length: number): string {
  const pieces: string[] = [];
  for (let from = 0; from < length; from += 8192) pieces.push(fromCharCode(null, units.subarray(from, Math.min(length, from + 8192))));
  return pieces.join('');
}

/** The code points of a text from its end to its beginning. */
export function reversed(text: string): string {
  const out = new Uint16Array(text.length);
  for (let at = 0; at < text.length;) {
    const size = pointAt(text, at) > 0xffff ? 2 : 1;
    for (let i = 0; i < size; i++) out[text.length - at - size + i] = text.charCodeAt(at + i);
    at += size;
  }
  return fromUnits(out, text.length);
}

/** In place of two or more blanks, where a wide gap means something. No text has one: controls were taken out. */
export const wideGap = '\v';

/** What changes in the plain form, but for capitals: all that is not on one line of ASCII, or blanks that stand together or at the end. */
const changes = /[^ -\x7f]| (?: |$)/;

/** The plain form. It is never longer than the text. `wide`: more than one blank on a line becomes `wideGap`. */
export function fold(text: string, wide = false): string {
  if (!changes.test(text)) return /[A-Z]/.test(text) ? text.toLowerCase() : text;
  const out = new Uint16Array(text.length);
  let [length, blanks, breaks] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const unit = table[text.charCodeAt(at)] ?? 0;
    if (unit === 32 || unit === 10) {
      blanks++;
      if (unit === 10) breaks++;
      continue;
    }
    if (unit === drop) continue;
    if (blanks > 0) out[length++] = breaks > 1 ? 10 : wide && blanks > 1 && breaks === 0 ? 11 : 32;
    blanks = breaks = 0;
    out[length++] = unit;
  }
  return fromUnits(out, length);
}
