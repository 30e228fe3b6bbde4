import { unseen } from '../action/characters.ts';
import { limits } from '../limits.ts';
import { bareView, plainView } from './encodings.ts';

/*
 * Values that must never leave, and any twelve characters of one. Case, spaces and punctuation do not count on either
 * side, so that it does not matter what was put between or around the characters; what is left is searched with one
 * rolling hash per length. The value's own encodings are searched beside it.
 */

/** A value with our own name for it. */
export interface Guarded {
  readonly name: string;
  readonly value: string;
}

interface Gram {
  readonly name: string;
  readonly how: string;
  /** The folded value, and where in it the gram begins. */
  readonly units: Uint16Array;
  readonly from: number;
}

/** What to look for, by length. */
export interface Guard {
  readonly windows: ReadonlyMap<number, ReadonlyMap<number, readonly Gram[]>>;
  /** Values that are too short for a part of them to say anything: only the whole word counts. */
  readonly words: readonly Guarded[];
}

/** A part of a value was seen. */
export interface Sighting {
  readonly name: string;
  readonly how: string;
  readonly from: number;
  readonly end: number;
}

/** One entry per UTF-16 unit: what it counts as; 0: it does not count. */
const folds = new Uint16Array(0x1_0000);
for (let code = 0; code < folds.length; code++) {
  const char = String.fromCharCode(code);
  const alone = code >= 0xd800 && code <= 0xdfff;
  const counts = code < 128 ? /[A-Za-z0-9]/.test(char) : alone || !unseen.test(char);
  folds[code] = counts ? char.toLowerCase().charCodeAt(0) : 0;
}

interface Folded {
  readonly units: Uint16Array;
  readonly places: Uint32Array;
}

function fold(text: string): Folded {
  const units = new Uint16Array(text.length);
  const places = new Uint32Array(text.length);
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = folds[text.charCodeAt(at)] ?? 0;
    if (unit === 0) continue;
    units[size] = unit;
    places[size++] = at;
  }
  return { units: units.subarray(0, size), places: places.subarray(0, size) };
}

/** UTF-8, one unit per byte. The pure rooms have no `TextEncoder`; `encodeURIComponent` says the same. */
function bytesOf(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 of the bytes as it is when `skip` other bytes stand before them, without the digits that those bytes share. */
function base64(bytes: string, skip: 0 | 1 | 2): string {
  let out = '';
  let [held, count] = [0, 0];
  const padded = '\0'.repeat(skip) + bytes;
  for (let at = 0; at < padded.length; at++) {
    held = ((held << 8) | padded.charCodeAt(at)) & 0xffff;
    for (count += 8; count >= 6; count -= 6) out += digits[(held >> (count - 6)) & 63] ?? '';
  }
  return out.slice(skip === 0 ? 0 : skip + 1);
}

/** What is no secret in a value although it is long: armour, a token's header, scheme and host of an address. */
const known =
  /-----(?:BEGIN|END)[A-Z0-9 ]{1,40}-----|\beyJ[A-Za-z0-9_-]{10,120}\.(?=eyJ)|\b[a-z][a-z0-9+.-]{1,20}:\/\/(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,20}(?=[/:?])/g;

const min = limits.egressGuardedCharsMin;
const base = 0x01000193;

function hashOf(units: Uint16Array, from: number, size: number): number {
  let hash = 0;
  for (let at = from; at < from + size; at++) hash = (Math.imul(hash, base) + (units[at] ?? 0)) | 0;
  return hash;
}

type Windows = Map<number, Map<number, Gram[]>>;

function addGrams(windows: Windows, size: number, gram: Omit<Gram, 'from'>): void {
  const grams = windows.get(size) ?? new Map<number, Gram[]>();
  windows.set(size, grams);
  for (let from = 0; from + size <= gram.units.length; from++) {
    const hash = hashOf(gram.units, from, size);
    const list = grams.get(hash);
    if (list === undefined) grams.set(hash, [{ ...gram, from }]);
    else if (!list.some((one) => same(one, gram.units, from, size))) list.push({ ...gram, from });
  }
}

function same(gram: Gram, units: Uint16Array, from: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (gram.units[gram.from + i] !== units[from + i]) return false;
  return true;
}

const backwards = (text: string): string => Array.from(text).toReversed().join('');

/** The ways in which a value could be written. The first is how it is. */
function spellings(value: string): readonly (readonly [string, string])[] {
  const bytes = bytesOf(value);
  const back = bytesOf(backwards(value));
  const encoded = ([0, 1, 2] as const).flatMap((skip) => [
    ['base64-encoded', base64(bytes, skip)] as const,
    ['reversed and base64-encoded', base64(back, skip)] as const,
  ]);
  const hex = Array.from(bytes, (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  return [
    ['', value],
    ['reversed', backwards(value)],
    ...encoded,
    ['hex-encoded', hex],
    ['', bytes],
    ['', bareView(plainView(value)).text],
  ];
}

/** Prepares the search. A value whose letters and digits are fewer than twelve counts only whole. */
export function guardFor(guarded: readonly Guarded[]): Guard {
  const windows: Windows = new Map();
  const words: Guarded[] = [];
  for (const { name, value } of guarded) {
    const secret = value.replaceAll(known, '');
    const kept = fold(secret).units.length >= min ? secret : value;
    const length = fold(kept).units.length;
    if (length < min / 2 || (value.length >= min && length < min)) words.push({ name, value });
    if (length < min / 2) continue;
    for (const [how, spelling] of spellings(kept)) {
      const { units } = fold(spelling);
      if (units.length > 0) addGrams(windows, length < min ? units.length : min, { name, how, units });
    }
  }
  return { windows, words };
}

function slide(folded: Folded, size: number, grams: ReadonlyMap<number, readonly Gram[]>): Sighting[] {
  const { units, places } = folded;
  const found = new Map<string, Sighting>();
  let out = 1;
  for (let i = 1; i < size; i++) out = Math.imul(out, base);
  let hash = hashOf(units, 0, size);
  for (let from = 0; from + size <= units.length; from++) {
    const gram = grams.get(hash)?.find((one) => same(one, units, from, size));
    const seen = gram === undefined ? undefined : found.get(gram.name);
    const end = (places[from + size - 1] ?? 0) + 1;
    if (gram !== undefined)
      found.set(gram.name, { name: gram.name, how: seen?.how ?? gram.how, from: seen?.from ?? places[from] ?? 0, end });
    hash = (Math.imul((hash - Math.imul(units[from] ?? 0, out)) | 0, base) + (units[from + size] ?? 0)) | 0;
  }
  return [...found.values()];
}

const letterOrDigit = /[\p{L}\p{N}]/u;

function* wholeWords(text: string, { name, value }: Guarded): Generator<Sighting> {
  if (value === '') return;
  for (const [how, written] of [
    ['', value],
    ['reversed', backwards(value)],
  ] as const)
    for (let from = text.indexOf(written); from !== -1; from = text.indexOf(written, from + written.length)) {
      const end = from + written.length;
      const inside = letterOrDigit.test(text[from - 1] ?? '') || letterOrDigit.test(text[end] ?? '');
      if (!inside || value.length >= min / 2) return yield { name, how, from, end };
    }
}

/** Which values a text holds, or parts of: for each the first place that does, up to the last. */
export function guardedIn(text: string, guard: Guard): readonly Sighting[] {
  if (guard.windows.size === 0 && guard.words.length === 0) return [];
  const folded = fold(text);
  const slid = [...guard.windows].flatMap(([size, grams]) => slide(folded, size, grams));
  return [...slid, ...guard.words.flatMap((word) => [...wholeWords(text, word)])];
}
