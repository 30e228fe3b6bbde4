import { unseen } from '../action/characters.ts';
import { isLetter } from './units.ts';

/*
 * Two ways to write what is not a character of its own: terminal sequences (ECMA-48, and the OSC of xterm) and HTML's
 * character references.
 */

// oxlint-disable no-control-regex -- controls are what these are about
const csi = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/y;
/** A string that a terminal takes in silently (titles, hyperlinks), ended by BEL or ST; no escape inside of it, and on one line. */
const osc = /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f\n]*(?:\u0007|\u001b\\|\u009c)/y;
const other = /\u001b(?:[ -/]{1,4}[0-~]|[78=>c])/y;

// oxlint-enable no-control-regex -- as above

/** Where the terminal sequence at `at` ends; `at` itself if none is there. Each pattern stops at the next escape, so a text is looked at once. */
export function ansiEnd(text: string, at: number): number {
  for (const pattern of [osc, csi, other]) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  return at;
}

/** A character reference: by number, or by name. */
interface Reference {
  readonly end: number;
  /** The code point; -1 for a reference by name. */
  readonly code: number;
  /** The name, without its semicolon; empty for a number. */
  readonly name: string;
}

const [numberSign, zero, nine, semicolon] = [0x23, 0x30, 0x39, 0x3b];

/** The value of a digit, 16 if it is none. */
function digitOf(unit: number): number {
  if (unit >= zero && unit <= nine) return unit - zero;
  const small = unit | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : 16;
}

/** The numeric reference whose digits start at `at`: as many of them as count, and a semicolon if one is there. */
function numberAt(text: string, at: number, { base, most }: { readonly base: 10 | 16; readonly most: number }): Reference | null {
  let [end, code] = [at, 0];
  for (let digit = digitOf(text.charCodeAt(end)); digit < base && end - at < most; digit = digitOf(text.charCodeAt(end))) {
    code = code * base + digit;
    end++;
  }
  if (end === at) return null;
  return { end: text.charCodeAt(end) === semicolon ? end + 1 : end, code, name: '' };
}

/** The character reference at the `&` at `at`. */
function referenceAt(text: string, at: number): Reference | null {
  if (text.charCodeAt(at + 1) === numberSign) {
    const hex = (text.charCodeAt(at + 2) | 0x20) === 0x78;
    return hex ? numberAt(text, at + 3, { base: 16, most: 12 }) : numberAt(text, at + 2, { base: 10, most: 16 });
  }
  let end = at + 1;
  while (isLetter(text.charCodeAt(end)) && end - at <= longestName) end++;
  return end === at + 1 ? null : { end: text.charCodeAt(end) === semicolon ? end + 1 : end, code: -1, name: text.slice(at + 1, end) };
}

/** The longest name that is looked for, in letters. */
const longestName = 18;
const invisible: ReadonlySet<string> = new Set('zwnj zwj shy lrm rlm ZeroWidthSpace NoBreak InvisibleTimes InvisibleComma'.split(' '));

/** True for a reference to what has no look. Blanks and line breaks have one. */
function isUnseen(text: string, { end, code, name }: Reference): boolean {
  if (code === -1) return invisible.has(name) && text.charCodeAt(end - 1) === semicolon;
  if (code === 9 || code === 10 || code === 13 || code === 32 || code === 160) return false;
  return code > 0x10ffff || unseen.test(String.fromCodePoint(code));
}

/**
 * Writes out the `&` of every character reference that stands for something without a look, so that it shows in any
 * reader: `&#8203;` becomes `&amp;#8203;`. Taking it out instead could join what is around it to a new reference.
 */
export function showEntities(text: string, note: (raw: string) => void): string {
  let out = '';
  let copied = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    const found = referenceAt(text, at);
    if (found === null || !isUnseen(text, found)) continue;
    note(text.slice(at, found.end));
    out += `${text.slice(copied, at)}&amp;`;
    copied = at + 1;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

const named: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    colon: ':',
    sol: '/',
    bsol: '\\',
    period: '.',
    num: '#',
    quest: '?',
    equals: '=',
    lpar: '(',
    rpar: ')',
    commat: '@',
    percnt: '%',
    semi: ';',
    Tab: '',
    NewLine: '',
  }),
);

/** Text with character references written out, once: what a browser makes of an attribute's value. */
export function unescapeEntities(text: string): string {
  let out = '';
  let copied = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    const found = referenceAt(text, at);
    if (found === null) continue;
    const { code, end } = found;
    const said = code === -1 ? named.get(found.name) : code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    if (said === undefined) continue;
    out += text.slice(copied, at) + said;
    copied = end;
    at = end - 1;
  }
  return copied === 0 ? text : out + text.slice(copied);
}
