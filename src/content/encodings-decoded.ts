import { limits } from '../limits.ts';
import { segments, unitsToText } from './encodings.ts';
import type { View } from './encodings.ts';

/*
 * Base64, hexadecimal, character codes and escapes, read without asking where one begins: a text is read whole, at every
 * alignment, and of what comes out the runs of printable characters are kept. Ordinary text gives next to none.
 */

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const sixBits = new Int8Array(128).fill(-1);
for (let value = 0; value < letters.length; value++) sixBits[letters.charCodeAt(value)] = value;
for (const [char, value] of [['+', 62], ['-', 62], ['/', 63], ['_', 63]] as const) sixBits[char.charCodeAt(0)] = value; // prettier-ignore
const fourBits = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value++) {
  fourBits[value.toString(16).charCodeAt(0)] = value;
  fourBits[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

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

function streamOf(view: View, table: Int8Array, passes: (text: string, at: number, value: number) => boolean): Stream {
  const { text } = view;
  const digits = new Uint8Array(text.length);
  const places = new Uint32Array(text.length);
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? (table[code] ?? -1) : -1;
    if (value < 0 || !passes(text, at, value)) continue;
    digits[size] = value;
    places[size++] = at;
  }
  return { digits: digits.subarray(0, size), view: { ...view, origin: (at) => view.origin(places[at] ?? text.length) } };
}

function decodeAt({ digits, view }: Stream, phase: number, bits: 6 | 4): View | null {
  const runs = newRuns(digits.length);
  let [held, count] = [0, 0];
  for (let at = phase; at < digits.length; at++) {
    held = ((held << bits) | (digits[at] ?? 0)) & 0xffff;
    count += bits;
    if (count < 8) continue;
    count -= 8;
    byte(runs, (held >> count) & 0xff, at - 1);
  }
  return runsView(view, runs, bits === 6 ? 'base64-encoded' : 'hex-encoded', 8 / bits);
}

const present = (views: readonly (View | null)[]): readonly View[] => views.filter((view) => view !== null);

/** What a text says as base64 of either alphabet, whatever stands between its characters; `narrow` takes `+/-_` for such separators too. */
export function base64Views(view: View, narrow: boolean): readonly View[] {
  const stream = streamOf(view, sixBits, (_, __, value) => value < 62 || !narrow);
  return present([0, 1, 2, 3].map((phase) => decodeAt(stream, phase, 6)));
}

/** True for the zeros that only say that hexadecimal ones follow: `0x67`, and the zeros of `\u0067`. */
function introduces(text: string, at: number): boolean {
  if ((text.charCodeAt(at + 1) | 0x20) === 0x78) return true;
  const before = text.slice(Math.max(0, at - 3), at).toLowerCase();
  return /\\u0?$|u\+0?$/.test(before);
}

/** What a text says as hexadecimal digits, whatever stands between them. */
export function hexViews(view: View): readonly View[] {
  const stream = streamOf(view, fourBits, (text, at, value) => value !== 0 || !introduces(text, at));
  return present([0, 1].map((phase) => decodeAt(stream, phase, 4)));
}

/** What the numbers in a text say as character codes: `103, 104, 112`, `&#103;&#104;`. */
export function codesView(view: View): View | null {
  const runs = newRuns(view.text.length);
  const places: number[] = []; // of each number: they have no fixed width
  for (const found of view.text.matchAll(/\d{1,9}/g)) {
    const value = found[0].length <= 3 ? Number(found[0]) : 255;
    byte(runs, value === 0 || value > 255 ? 255 : value, places.length);
    places.push(found.index);
  }
  return runsView({ ...view, origin: (at) => view.origin(places[at] ?? view.text.length) }, runs, 'as character codes', 1);
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
