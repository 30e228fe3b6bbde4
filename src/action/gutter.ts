import { limits } from '../limits.ts';
import type { Json, JsonObject } from './json.ts';
import { pieces } from './visible.ts';
import type { Breaks } from './visible.ts';

/*
 * Foreign text on a card stands behind a gutter: `| ` begins a line of it, `|+` continues the line above. Rows are short
 * enough for a terminal not to break them, so that content can never stand where the card itself speaks.
 */

/** How wide a piece may be on a terminal, at most: everything from the East Asian blocks up counts twice. */
function columns(text: string): number {
  let width = 0;
  for (const point of text) width += (point.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1;
  return width;
}

/** Puts visible pieces behind the gutter. Nothing is cut away; long lines are continued. A piece `\n` begins a new line. */
export function rows(shown: readonly string[], bar = '|'): string[] {
  const done: string[] = [];
  let row = `${bar} `;
  let width = 2;
  for (const piece of shown) {
    const wide = columns(piece);
    if (piece === '\n' || width + wide > limits.cardColumns) {
      done.push(row);
      [row, width] = [piece === '\n' ? `${bar} ` : `${bar}+`, 2];
    }
    if (piece === '\n') continue;
    row += piece;
    width += wide;
  }
  return [...done, row].map((line) => (line === `${bar} ` ? bar : line));
}

/** The visible pieces of foreign text. */
export function piecesOf(text: string, breaks: Breaks): string[] {
  return pieces(text, breaks).map((piece) => piece.text);
}

/** Rows of foreign text that is one line. */
export function behind(text: string): string[] {
  return rows(piecesOf(text, 'escaped'));
}

function quote(text: string, out: string[]): void {
  out.push('"');
  // A backslash is shown doubled, so that an escaped quotation mark is only ever ours.
  for (const piece of piecesOf(text, 'escaped')) out.push(piece === '"' ? '\\"' : piece);
  out.push('"');
}

function put(json: Json, depth: number, out: string[]): void {
  if (typeof json === 'string') return quote(json, out);
  if (typeof json !== 'object' || json === null) return void out.push(JSON.stringify(json));
  const list = Array.isArray(json);
  const entries: [string, Json][] = Object.entries(json as JsonObject);
  // Deep nesting is not indented for ever: whoever chooses the arguments would choose the size of the card.
  const begin = (level: number): void => void out.push('\n', '  '.repeat(Math.min(level, limits.cardIndentMax)));
  out.push(list ? '[' : '{');
  entries.forEach(([key, item], i) => {
    begin(depth + 1);
    if (!list) {
      quote(key, out);
      out.push(': ');
    }
    put(item, depth + 1, out);
    if (i < entries.length - 1) out.push(',');
  });
  if (entries.length > 0) begin(depth);
  out.push(list ? ']' : '}');
}

/** JSON spread over lines, as visible pieces. Strings keep their own line breaks escaped, so that every line is ours. */
export function spread(json: Json): string[] {
  const out: string[] = [];
  put(json, 0, out);
  return out;
}
