import { bytesToText } from './decode.ts';
import type { HiddenKind } from './sanitised.ts';

/*
 * Alphabets that carry text without a look: tag characters (an ASCII copy at U+E0000), variation selectors (one byte
 * each: VS1-16 and VS17-256, Paul Butler 2025) and two zero-width characters as bits.
 */

function tags(raw: string): string {
  let out = '';
  for (const point of raw) {
    const code = (point.codePointAt(0) ?? 0) - 0xe0000;
    if (code >= 0x20 && code < 0x7f) out += String.fromCharCode(code);
  }
  return out;
}

function selectors(raw: string): string {
  const bytes: number[] = [];
  for (const point of raw) {
    const code = point.codePointAt(0) ?? 0;
    if (code >= 0xfe00 && code <= 0xfe0f) bytes.push(code - 0xfe00);
    else if (code >= 0xe0100 && code <= 0xe01ef) bytes.push(code - 0xe0100 + 16);
  }
  return bytesToText(Uint8Array.from(bytes));
}

function bits(raw: string): string {
  const [zero, one, more] = [...new Set(raw)].toSorted();
  if (zero === undefined || one === undefined || more !== undefined) return '';
  const bytes = new Uint8Array(Math.floor(raw.length / 8));
  for (let i = 0; i < bytes.length * 8; i++) if (raw[i] === one) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (0x80 >> (i & 7));
  return bytesToText(bytes);
}

/** What removed characters of one kind say, if they are an alphabet that is known; else as escapes. */
export function unsmuggle(kind: HiddenKind, raw: string): string {
  const said = kind === 'tags' ? tags(raw) : kind === 'variation' ? selectors(raw) : kind === 'zero-width' ? bits(raw) : '';
  if (said !== '' || kind === 'tags') return said;
  if (kind === 'ansi' || kind === 'entity') return raw.replaceAll(/[^\x20-\x7e]/g, '');
  return '';
}
