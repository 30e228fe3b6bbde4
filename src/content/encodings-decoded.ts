import { limits } from '../limits.ts';
import { filtered, segments } from './encodings.ts';
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

/** Collects printable runs of bytes. A NUL is passed over: text of two bytes per character is full of them. */
interface Runs {
  readonly out: string[];
  readonly starts: number[];
  readonly sources: number[];
  size: number;
  run: string;
  from: number;
}

const newRuns = (): Runs => ({ out: [], starts: [], sources: [], size: 0, run: '', from: 0 });

function closeRun(runs: Runs): void {
  if (runs.run.length >= limits.egressDecodedRunMin) {
    runs.starts.push(runs.size);
    runs.sources.push(runs.from);
    runs.out.push(runs.run);
    runs.size += runs.run.length + 1;
  }
  runs.run = '';
}

function byte(runs: Runs, value: number, source: number): void {
  if ((value >= 0x20 && value < 0x7f) || value === 10 || value === 13 || value === 9) {
    if (runs.run === '') runs.from = source;
    runs.run += String.fromCharCode(value);
  } else if (value !== 0) closeRun(runs);
}

function runsView(view: View, runs: Runs, how: string, per: number): View | null {
  closeRun(runs);
  if (runs.out.length === 0) return null;
  const place = segments({ starts: runs.starts, sources: runs.sources, per });
  return { text: runs.out.join('\n'), how: [...view.how, how], origin: (at) => view.origin(place(at)) };
}

function decodeAt(stream: View, phase: number, bits: 6 | 4): View | null {
  const table = bits === 6 ? sixBits : fourBits;
  const runs = newRuns();
  const { text } = stream;
  let [held, count] = [0, 0];
  for (let at = phase; at < text.length; at++) {
    held = ((held << bits) | (table[text.charCodeAt(at)] ?? 0)) & 0xffff;
    count += bits;
    if (count < 8) continue;
    count -= 8;
    byte(runs, (held >> count) & 0xff, at - 1);
  }
  return runsView(stream, runs, bits === 6 ? 'base64-encoded' : 'hex-encoded', 8 / bits);
}

const present = (views: readonly (View | null)[]): readonly View[] => views.filter((view) => view !== null);

/** What a text says as base64 of either alphabet, whatever stands between its characters; `narrow` takes `+/-_` for such separators too. */
export function base64Views(view: View, narrow: boolean): readonly View[] {
  const stream = filtered(view, view.how, (code) => {
    const value = code < 128 ? (sixBits[code] ?? -1) : -1;
    return value >= 0 && (value < 62 || !narrow) ? code : 0;
  });
  return present([0, 1, 2, 3].map((phase) => decodeAt(stream, phase, 6)));
}

/** True for the digits that only say that hexadecimal ones follow: `0x67`, and the zeros of `\u0067`. */
function introduces(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1) | 0x20;
  if (text[at] !== '0') return false;
  if (next === 0x78) return true;
  const [before, twice] = [text.charCodeAt(at - 1) | 0x20, text.charCodeAt(at - 2) | 0x20];
  return before === 0x75 || (before === 0x30 && twice === 0x75) || text.startsWith('U+0', at - 2) || text.startsWith('U+00', at - 3);
}

/** What a text says as hexadecimal digits, whatever stands between them. */
export function hexViews(view: View): readonly View[] {
  const { text } = view;
  const stream = filtered(view, view.how, (code, at) => (code < 128 && (fourBits[code] ?? -1) >= 0 && !introduces(text, at) ? code : 0));
  return present([0, 1].map((phase) => decodeAt(stream, phase, 4)));
}

/** What the numbers in a text say as character codes: `103, 104, 112`, `&#103;&#104;`. */
export function codesView(view: View): View | null {
  const runs = newRuns();
  // One unit per number; its place is kept apart, because numbers have no fixed width.
  const places: number[] = [];
  for (const found of view.text.matchAll(/\d{1,9}/g)) {
    const value = found[0].length <= 3 ? Number(found[0]) : 128;
    byte(runs, value === 0 ? 128 : value, places.length);
    places.push(found.index);
  }
  const numbers: View = { ...view, origin: (at) => view.origin(places[at] ?? view.text.length) };
  return runsView(numbers, runs, 'as character codes', 1);
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
    if (itself === undefined && (code < 0x20 || code > 0x7e)) continue;
    add(text.slice(copied, found.index), copied);
    add(itself ?? String.fromCharCode(code), found.index);
    copied = found.index + whole.length;
  }
  if (copied === 0) return null;
  add(text.slice(copied), copied);
  const place = segments({ starts, sources, per: 1 });
  return { text: out.join(''), how: [...view.how, 'escaped'], origin: (at) => view.origin(place(at)) };
}
