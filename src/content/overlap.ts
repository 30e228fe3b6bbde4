import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import { unseen } from '../action/characters.ts';
import { limits } from '../limits.ts';

/*
 * Copied text, told by fingerprints: hashes of twelve words in a row, of which the least one of every six neighbours is
 * kept (winnowing: Schleimer, Wilkerson, Aiken 2003). Two texts that share 23 words in a row share at least two. Case,
 * punctuation, line breaks and characters without a look do not count. Whoever rewrites every twelfth word is not seen.
 */

const size = limits.overlapShingleWords;
const window = limits.overlapWindow;
const base = 0x01000193;

/** What a unit does: 0 nothing, 1 ends a word, 2 belongs to one, 3 is a word (scripts that write no spaces). */
const roles = new Uint8Array(0x1_0000);
for (let code = 0; code < roles.length; code++) {
  const char = String.fromCharCode(code);
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  if (surrogate || /[\p{L}\p{N}\p{M}]/u.test(char)) roles[code] = 2;
  else if (/[\s\p{Z}]/u.test(char)) roles[code] = 1;
  else roles[code] = "'’‘`*_~".includes(char) || unseen.test(char) ? 0 : 1; // `don't`, `**bold**`
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u.test(char))
    roles[code] = 3;
}

/** The hash of every word. */
function words(text: string): Int32Array {
  const folded = text.normalize('NFKC').toLowerCase();
  const out = new Int32Array(folded.length);
  let [count, hash, inside] = [0, 0, false];
  for (let at = 0; at <= folded.length; at++) {
    const code = folded.charCodeAt(at); // NaN behind the end
    const role = at === folded.length ? 1 : (roles[code] ?? 1);
    if (role === 0) continue;
    if (inside && role !== 2) {
      out[count++] = mixed(hash);
      [hash, inside] = [0, false];
    }
    if (role === 3) out[count++] = mixed(code + 1);
    if (role !== 2) continue;
    hash = (Math.imul(hash, base) + code) | 0;
    inside = true;
  }
  return out.subarray(0, count);
}

/** Spreads a hash over all its bits (the end of MurmurHash3): the least of several must be any of them. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The hash of every twelve words in a row. */
function shingles(text: string): Int32Array {
  const hashes = words(text);
  const count = Math.max(0, hashes.length - size + 1);
  const out = new Int32Array(count);
  let leaving = 1;
  for (let i = 1; i < size; i++) leaving = Math.imul(leaving, base);
  let hash = 0;
  for (let at = 0; at < hashes.length; at++) {
    if (at >= size) hash = (hash - Math.imul(hashes[at - size] ?? 0, leaving)) | 0;
    hash = (Math.imul(hash, base) + (hashes[at] ?? 0)) | 0;
    if (at >= size - 1) out[at - size + 1] = mixed(hash);
  }
  return out;
}

/** The least of every `window` neighbours, the last one of equals. A text of fewer keeps all. */
function winnowed(all: Int32Array): readonly number[] {
  if (all.length <= 2 * window) return [...all];
  const kept: number[] = [];
  let least = -1;
  for (let from = 0; from + window <= all.length; from++) {
    const before = least;
    if (least < from) {
      least = from;
      for (let at = from + 1; at < from + window; at++) if ((all[at] ?? 0) <= (all[least] ?? 0)) least = at;
    } else if ((all[from + window - 1] ?? 0) <= (all[least] ?? 0)) least = from + window - 1;
    if (least !== before) kept.push(all[least] ?? 0);
  }
  return kept;
}

/** At most `limits.fingerprintsMax` of them, evenly. */
function sampled(prints: readonly number[]): readonly number[] {
  const distinct = [...new Set(prints)];
  const max = limits.fingerprintsMax;
  if (distinct.length <= max) return distinct;
  return Array.from({ length: max }, (_, i) => distinct[Math.floor((i * distinct.length) / max)] ?? 0);
}

/** The fingerprints of a text. One of fewer than twelve words has none; one of very many is sampled, and only longer copies of it are seen. */
export function fingerprint(text: string): readonly number[] {
  return sampled(winnowed(shingles(text)));
}

function strings(value: Json, out: string[], depth: number): void {
  if (depth > limits.jsonDepthMax) return;
  if (typeof value === 'string') out.push(value);
  else if (Array.isArray(value)) for (const item of value as readonly Json[]) strings(item, out, depth + 1);
  else if (isObject(value)) for (const item of Object.values(value)) strings(item, out, depth + 1);
}

/** The fingerprints of all strings of a value, as one text in their order. */
export function fingerprintJson(value: Json): readonly number[] {
  const all: string[] = [];
  strings(value, all, 0);
  return fingerprint(all.join('\n'));
}

/** How much of a text is copied. */
export interface Overlap {
  /** The longest run of copied words, as far as it is known: from the first to the last print of it. More than twelve: at least two prints. */
  readonly words: number;
  /** The share of the text's own prints that are known, from 0 to 1. */
  readonly share: number;
}

/** Compares a text with fingerprints of others. Every twelve words of it are looked up, not only those that would be kept. */
export function overlap(text: string, prints: ReadonlySet<number>): Overlap {
  if (prints.size === 0) return { words: 0, share: 0 };
  const all = shingles(text);
  let [first, last, longest] = [-1, -1, 0];
  for (let at = 0; at < all.length; at++) {
    if (!prints.has(all[at] ?? 0)) continue;
    if (first === -1 || at - last > limits.overlapGapWords) first = at;
    last = at;
    longest = Math.max(longest, last - first + size);
  }
  const own = winnowed(all);
  const known = own.filter((print) => prints.has(print)).length;
  return { words: longest, share: own.length === 0 ? 0 : known / own.length };
}
