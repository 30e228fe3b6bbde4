import { limits } from '../limits.ts';
import { spend } from './budget.ts';
import type { Budget } from './budget.ts';
import type { Decoded } from './sanitised.ts';
import { asciiTableOf } from './units.ts';

/*
 * Readable text inside of base64 and hex. One document in eight holds such runs, so the finding is what they say, not
 * that they are there.
 */

const runs = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
const runMin = 24;
const runUnit = asciiTableOf(/[A-Za-z0-9+/_-]/);
const hex = /^(?:[0-9a-fA-F]{2})+$/;

const sixBits = new Int8Array(128).fill(-1);
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
for (let value = 0; value < digits.length; value++) sixBits[digits.charCodeAt(value)] = value;
sixBits['-'.charCodeAt(0)] = 62;
sixBits['_'.charCodeAt(0)] = 63;

function fromBase64(run: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((run.length * 6) / 8));
  let [held, bits, at] = [0, 0, 0];
  for (let i = 0; i < run.length; i++) {
    const value = sixBits[run.charCodeAt(i)] ?? -1;
    if (value < 0) break; // padding
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (held >> bits) & 0xff;
  }
  return bytes.subarray(0, at);
}

function fromHex(run: string): Uint8Array {
  const bytes = new Uint8Array(run.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(run.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** How many bytes the UTF-8 sequence has that starts with this one. 0: none starts so. */
const sequence = (lead: number): number =>
  lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;

/** Bytes as UTF-8 text, or the empty string if they are not text: bad sequences, or controls. The pure rooms have no `TextDecoder`. */
export function bytesToText(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i] ?? 0;
    const length = sequence(lead);
    if (length === 0 || i + length > bytes.length || (lead < 0x20 && lead !== 10 && lead !== 13 && lead !== 9) || lead === 0x7f) return '';
    let point = length === 1 ? lead : lead & (0xff >> (length + 1));
    for (let k = 1; k < length; k++) {
      const next = bytes[i + k] ?? 0;
      if ((next & 0xc0) !== 0x80) return '';
      point = (point << 6) | (next & 0x3f);
    }
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return '';
    out += String.fromCodePoint(point);
    i += length;
  }
  return out;
}

/** Base64 of either alphabet as text, or the empty string if it is none. */
export function base64Text(run: string): string {
  return bytesToText(fromBase64(run));
}

function readable(run: string): Omit<Decoded, 'depth'> | null {
  const bare = run.replace(/=+$/, '');
  if (hex.test(bare)) {
    const text = bytesToText(fromHex(bare));
    return text === '' ? null : { encoding: 'hex', text };
  }
  const text = base64Text(bare);
  return text === '' ? null : { encoding: 'base64', text };
}

/** What `runs` finds, in one walk: the pattern would look at each part of a run that is too short again. */
function* runsOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    if (runUnit[text.charCodeAt(at)] === 0) continue;
    let end = at + 1;
    while (end < text.length && runUnit[text.charCodeAt(end)] === 1) end++;
    if (end - at >= runMin) {
      const padding = text[end] !== '=' ? 0 : text[end + 1] === '=' ? 2 : 1;
      yield text.slice(at, end + padding);
    }
    at = end;
  }
}

/**
 * The readable blocks of a text. What is decoded of one run is at most `limits.contentDecodedCharsMax` units of it, from its
 * beginning (a payload that is longer still says what it is); `more` tells that blocks beyond the bound were left out.
 */
export function decodedBlocks(text: string, budget: Budget): { readonly found: readonly Decoded[]; readonly more: boolean } {
  const found: Decoded[] = [];
  let level: readonly string[] = [text];
  for (let depth = 1; depth <= limits.contentDecodedDepthMax; depth++) {
    const next: string[] = [];
    for (const source of level) {
      if (!spend(budget, source.length)) return { found, more: true };
      for (const run of runsOf(source)) {
        const head = run.length <= limits.contentDecodedCharsMax ? run : run.slice(0, limits.contentDecodedCharsMax);
        if (!spend(budget, head.length)) return { found, more: true };
        const block = readable(head);
        if (block === null) continue;
        if (found.length >= limits.contentDecodedBlocksMax) return { found, more: true };
        found.push({ ...block, depth });
        next.push(block.text);
      }
    }
    level = next;
  }
  return { found, more: false };
}

/** Text with `%41` written out where it is readable; the same string if nothing is. */
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/(?:%[0-9A-Fa-f]{2}){1,4096}/g, (run) => {
    const said = bytesToText(fromHex(run.replaceAll('%', '')));
    return said === '' ? run : said;
  });
}

/** Text in which each readable run of base64 or hex is what `write` says of it. */
export function replaceDecoded(text: string, write: (said: string, run: string) => string): string {
  return text.replaceAll(runs, (run) => {
    const block = run.length <= limits.contentDecodedCharsMax ? readable(run) : null;
    return block === null ? run : write(block.text, run);
  });
}
