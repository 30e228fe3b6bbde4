import { pointAt } from '../action/characters.ts';
import type { Json } from '../action/json.ts';
import { limits } from '../limits.ts';

const hidden = /^[\p{C}\p{Zl}\p{Zp}]$/u;

/**
 * One entry per UTF-16 unit: 1 if it stands for something that cannot be seen. Half of a pair has to be looked at with its
 * other half. Filled in when the first text comes.
 */
let filled: Uint8Array | undefined;
const tableOf = (): Uint8Array =>
  (filled ??= Uint8Array.from({ length: 0x1_0000 }, (_, code) => (hidden.test(String.fromCharCode(code)) ? 1 : 0)));

/**
 * Replaces every control, format (bidirectional, zero-width, tag), private, unassigned character, line and paragraph
 * separator and lone surrogate. By a table, because a hostile text of nothing else must cost about as much as any other.
 */
function escapeHidden(text: string, escape: (hiddenCharacter: string) => string): string {
  const table = tableOf();
  const parts: string[] = [];
  let kept = 0;
  for (let at = 0; at < text.length; at++) {
    if (table[text.charCodeAt(at)] === 0) continue;
    const char = String.fromCodePoint(pointAt(text, at));
    if (char.length === 1 || hidden.test(char)) {
      parts.push(text.slice(kept, at), escape(char));
      kept = at + char.length;
    }
    at += char.length - 1;
  }
  return kept === 0 ? text : parts.join('') + text.slice(kept);
}

const codeOf = (char: string): string => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
const unit = (code: number): string => `\\u${(code + 0x1_0000).toString(16).slice(1)}`;
const unitsOf = (char: string): string =>
  char.length === 1 ? unit(char.charCodeAt(0)) : unit(char.charCodeAt(0)) + unit(char.charCodeAt(1));

/**
 * Text as one line that can hide nothing and is not longer than `charsMax`: line breaks, controls, bidirectional and
 * other invisible characters are written out. For short texts, whoever controls them.
 */
export function visibleLine(text: string, charsMax: number = limits.answerLineCharsMax): string {
  const shown = escapeHidden(text.slice(0, charsMax + 1), codeOf);
  return shown.length > charsMax ? `${shown.slice(0, charsMax).replace(/[\uD800-\uDBFF]$/, '')}…` : shown;
}

/**
 * JSON on one line in which a reader sees everything: what could be taken for a line break, or is invisible, is
 * escaped. It parses to the same value.
 */
export function visibleJson(value: Json): string {
  return escapeHidden(JSON.stringify(value), unitsOf);
}
