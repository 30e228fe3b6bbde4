/*
 * What UTF-16 units are, as tables: asked once per character, a pattern costs more than all that is done with the answer.
 */

/** A table over all UTF-16 units: 1 where the pattern finds something in the unit alone. */
export function tableOf(pattern: RegExp): Uint8Array {
  return asked(pattern, 0x1_0000);
}

/** `tableOf` for a pattern that finds only ASCII: the others are not asked, which takes a while. */
export function asciiTableOf(pattern: RegExp): Uint8Array {
  return asked(pattern, 128);
}

function asked(pattern: RegExp, count: number): Uint8Array {
  const table = new Uint8Array(0x1_0000);
  for (let code = 0; code < count; code++) if (pattern.test(String.fromCharCode(code))) table[code] = 1;
  return table;
}

/**
 * Pieces as one string. For very many short ones the engine's own `join` takes several times as long; and what is put
 * together piece by piece is best put together with `+=` for the same reason.
 */
export function written(pieces: readonly string[]): string {
  let out = '';
  for (const piece of pieces) out += piece;
  return out;
}

/** True if at least so many characters of a text differ. */
export function varied(text: string, least: number): boolean {
  const seen = new Int32Array(4);
  let count = 0;
  for (let at = 0; at < text.length && count < least; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return new Set(text).size >= least;
    const [row, bit] = [code >> 5, 1 << (code & 31)];
    if (((seen[row] ?? 0) & bit) !== 0) continue;
    seen[row] = (seen[row] ?? 0) | bit;
    count++;
  }
  return count >= least;
}

/** Where the run of such units ends that a place stands in. Places are asked for in their order, so each run is walked once. */
export function runEnds(text: string, unit: Uint8Array): (at: number) => number {
  let end = 0;
  return (at) => {
    if (end < at) end = at;
    if (at === end) while (end < text.length && unit[text.charCodeAt(end)] === 1) end++;
    return end;
  };
}

/** White space, as `\s` has it. */
export const isSpace: Uint8Array = tableOf(/\s/);

/** Letters and digits of any script. Half of a surrogate pair is none. */
export const isWordUnit: Uint8Array = tableOf(/[\p{L}\p{N}]/u);

/** True for a letter of ASCII. What is not there (`NaN` behind the end of a text) is none. */
export const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
