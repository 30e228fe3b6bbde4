import { limits } from '../limits.ts';
import { segments, unitsToText } from './encodings.ts';
import type { View } from './encodings.ts';

/*
 * Base64, hexadecimal, character codes and escapes, read without asking where one begins: a text is read whole, at every
 * alignment, and of what comes out the runs of printable characters are kept. Ordinary text gives next to none.
 */

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The value of each unit that is a digit; -1 for all others. */
function digitsOf(values: Iterable<readonly [string, number]>): Int8Array {
  const table = new Int8Array(0x1_0000).fill(-1);
  for (const [char, value] of values) table[char.charCodeAt(0)] = value;
  return table;
}

const narrowBits = digitsOf(Array.from(letters, (char, value) => [char, value] as const));
const sixBits = narrowBits.slice();
for (const [char, value] of [['+', 62], ['-', 62], ['/', 63], ['_', 63]] as const) sixBits[char.charCodeAt(0)] = value; // prettier-ignore
const fourBits = digitsOf(Array.from('0123456789abcdefABCDEF', (char) => [char, parseInt(char, 16)] as const));

/** Which bytes are text: 1 printable, 0 not, 2 passed over (text of two bytes per character is full of NULs). */
const printable = new Uint8Array(256);
for (let value = 0x20; value < 0x7f; value++) printable[value] = 1;
for (const value of [9, 10, 13]) printable[value] = 1;
printable[0] = 2;

/** Collects printable runs of bytes; those that are too short are written over by the next. */
interface Runs {
  readonly bytes: Uint8Array;
  readonly starts: number[];
  readonly sources: number[];
  /** Where the run begins that is open, and where the next byte goes. */
  open: number;
  size: number;
  from: number;
}

const newRuns = (most: number): Runs => ({ bytes: new Uint8Array(most + 1), starts: [], sources: [], open: 0, size: 0, from: 0 });

function closeRun(runs: Runs): void {
  if (runs.size - runs.open >= limits.egressDecodedRunMin) {
    runs.starts.push(runs.open);
    runs.sources.push(runs.from);
    runs.bytes[runs.size++] = 10;
    runs.open = runs.size;
  } else runs.size = runs.open;
}

function byte(runs: Runs, value: number, source: number): void {
  const kind = printable[value] ?? 0;
  if (kind === 1) {
    if (runs.size === runs.open) runs.from = source;
    runs.bytes[runs.size++] = value;
  } else if (kind === 0 && runs.size > runs.open) closeRun(runs);
}

function runsView(view: View, runs: Runs, how: string, per: number): View | null {
  closeRun(runs);
  if (runs.starts.length === 0) return null;
  const place = segments({ starts: runs.starts, sources: runs.sources, per });
  return { text: unitsToText(runs.bytes.subarray(0, runs.open)), how: [...view.how, how], origin: (at) => view.origin(place(at)) };
}

/** The digits in a text, as their values, and the view that leads from their numbers to the text. */
interface Stream {
  readonly digits: Uint8Array;
  readonly view: View;
}

/** `leavesOut`: asked of zeros, which may not be digits of what is written. */
function streamOf(view: View, table: Int8Array, leavesOut: ((text: string, at: number) => boolean) | null): Stream {
  const { text } = view;
  const digits = new Uint8Array(text.length);
  const places = new Uint32Array(text.length);
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const value = table[text.charCodeAt(at)] ?? -1;
    if (value < 0 || (value === 0 && leavesOut !== null && leavesOut(text, at))) continue;
    digits[size] = value;
    places[size++] = at;
  }
  return { digits: digits.subarray(0, size), view: { ...view, origin: (at) => view.origin(places[at] ?? text.length) } };
}

function decodeAt({ digits, view }: Stream, phase: number, bits: 6 | 4): View | null {
  const runs = newRuns(Math.ceil((digits.length * bits) / 8) + 1);
  let [held, count] = [0, 0];
  for (let at = phase; at < digits.length; at++) {
    held = ((held << bits) | (digits[at] ?? 0)) & 0xffff;
    count += bits;
    if (count < 8) continue;
    count -= 8;
    const value = (held >> count) & 0xff;
    // Most bytes of a text that is not encoded are no text, and stand between others that are none.
    if (printable[value] !== 0 || runs.size > runs.open) byte(runs, value, at - 1);
  }
  return runsView(view, runs, bits === 6 ? 'base64-encoded' : 'hex-encoded', 8 / bits);
}

const present = (views: readonly (View | null)[]): readonly View[] => views.filter((view) => view !== null);

/** What a text says as base64 of either alphabet, whatever stands between its characters; `narrow` takes `+/-_` for such separators too. */
export function base64Views(view: View, narrow: boolean): readonly View[] {
  const stream = streamOf(view, narrow ? narrowBits : sixBits, null);
  return present([0, 1, 2, 3].map((phase) => decodeAt(stream, phase, 6)));
}

const [plus, zero, nine, backslash, letterU, letterX] = [0x2b, 0x30, 0x39, 0x5c, 0x75, 0x78];

/** True for the zeros that only say that hexadecimal ones follow: `0x67`, and the zeros of `\u0067` and `U+0067`. */
function introduces(text: string, at: number): boolean {
  if ((text.charCodeAt(at + 1) | 0x20) === letterX) return true;
  const last = text.charCodeAt(at - 1) === zero ? at - 2 : at - 1;
  const [before, code] = [text.charCodeAt(last - 1), text.charCodeAt(last)];
  return ((code | 0x20) === letterU && before === backslash) || (code === plus && (before | 0x20) === letterU);
}

/** What a text says as hexadecimal digits, whatever stands between them. */
export function hexViews(view: View): readonly View[] {
  const stream = streamOf(view, fourBits, introduces);
  return present([0, 1].map((phase) => decodeAt(stream, phase, 4)));
}

/** A longer run of digits is cut, as no character has such a code. */
const numberDigitsMax = 9;

/** What the numbers in a text say as character codes: `103, 104, 112`, `&#103;&#104;`. */
export function codesView(view: View): View | null {
  const { text } = view;
  const runs = newRuns(text.length);
  const places: number[] = []; // of each number: they have no fixed width
  for (let at = 0; at < text.length; at++) {
    let [end, value] = [at, 0];
    for (let code = text.charCodeAt(end); code >= zero && code <= nine && end - at < numberDigitsMax; code = text.charCodeAt(end)) {
      value = 10 * value + code - zero;
      end++;
    }
    if (end === at) continue;
    byte(runs, value === 0 || value > 255 || end - at > 3 ? 255 : value, places.length);
    places.push(at);
    at = end - 1;
  }
  return runsView({ ...view, origin: (at) => view.origin(places[at] ?? text.length) }, runs, 'as character codes', 1);
}

const escaped = /(?:%|=|\\x|\\u00|\\u\{0{0,4}|&#x0{0,4})([0-9a-fA-F]{2})[};]?|&#0{0,4}(\d{2,3});?|\\([^A-Za-z0-9\s])/g;

/** With escapes written out (`%67`, `\x67`, `\u0067`, `=67`, `&#103;`, `\_`), once. Null: there are none. */
export function escapesView(view: View): View | null {
  const { text } = view;
  const out: string[] = [];
  const [starts, sources]: [number[], number[]] = [[], []];
  let [size, copied] = [0, 0];
  const add = (piece: string, source: number): void => {
    if (piece === '') return;
    starts.push(size);
    sources.push(source);
    out.push(piece);
    size += piece.length;
  };
  for (const found of text.matchAll(escaped)) {
    const [whole, hex, decimal, itself] = found;
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    if (itself === undefined && printable[code] !== 1) continue;
    add(text.slice(copied, found.index), copied);
    add(itself ?? String.fromCharCode(code), found.index);
    copied = found.index + whole.length;
  }
  if (copied === 0) return null;
  add(text.slice(copied), copied);
  const place = segments({ starts, sources, per: 1 });
  return { text: out.join(''), how: [...view.how, 'escaped'], origin: (at) => view.origin(place(at)) };
}
