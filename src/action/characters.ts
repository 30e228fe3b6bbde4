/*
 * Which characters cannot be seen. One table for what is shown to people (`visible.ts`) and for what is taken out of
 * third-party content before a model reads it (`content/`). It follows the Unicode tables of the runtime.
 */

/**
 * What has no look of its own: controls, formats (zero-width, bidirectional, tags), separators, surrogates, private use
 * and unassigned code points, everything that Unicode lets a renderer ignore (variation selectors, fillers), and the
 * few that are assigned, printable by category and yet blank. Spaces and line breaks are among them.
 */
export const unseen: RegExp = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}\u{FFFC}\u{13441}-\u{13446}\u{16FE4}\u{1D159}]/u;

/** A combining mark: drawn over the character before it. */
export const mark: RegExp = /\p{M}/u;

/**
 * The code point at a place of a text, which must be inside of it; half of a pair without its other half is itself. V8's
 * `codePointAt` is not asked: compiled (13.6, Node 24.21), it reads behind the end of a slice that ends in the first half
 * of a pair, and what it says then depends on what lies there in memory.
 */
export function pointAt(text: string, at: number): number {
  const high = text.charCodeAt(at);
  if (high < 0xd800 || high > 0xdbff || at + 1 >= text.length) return high;
  const low = text.charCodeAt(at + 1);
  return low < 0xdc00 || low > 0xdfff ? high : (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x1_0000;
}
