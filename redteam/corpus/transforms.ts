/** The ways to write the same text so that it reads, or decodes, as before and matches no longer. */
export type TransformName =
  | 'zeroWidth'
  | 'fullWidth'
  | 'homoglyph'
  | 'tags'
  | 'variationSelectors'
  | 'zalgo'
  | 'htmlComment'
  | 'hiddenCss'
  | 'base64'
  | 'hex'
  | 'rot13'
  | 'leet'
  | 'spacedLetters'
  | 'upperCase'
  | 'alternatingCase'
  | 'typos'
  | 'dashes'
  | 'urlEncoded'
  | 'reversedBidi'
  | 'splitFields'
  | 'markdownEmphasis'
  | 'softHyphens'
  | 'htmlEntities';

const word = /[\p{L}\p{M}]+/gu;
const betweenLetters = /(?<=\p{L})(?=\p{L})/gu;

const from = 'aceopxyisjABCEHKMOPTX';
const to = 'асеорхуіѕјАВСЕНКМОРТХ'; // Cyrillic, in the same order
const lookalikes = new Map(Array.from(from, (letter, at) => [letter, to[at] ?? letter]));

const digits = new Map([
  ['a', '4'],
  ['e', '3'],
  ['i', '1'],
  ['o', '0'],
  ['s', '5'],
  ['t', '7'],
]);

/** Each character through a function; characters, not UTF-16 units. */
const each = (text: string, change: (char: string, at: number) => string): string => Array.from(text, change).join('');

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

/**
 * Text as Unicode tag characters, which have no look. Only ASCII has tags; the rest stays as it is.
 */
export function inTags(text: string): string {
  return each(text, (char) => (char <= '\u{7F}' ? String.fromCodePoint(0xe0000 + char.charCodeAt(0)) : char));
}

/** Text as variation selectors, one for each byte of UTF-8; to be put behind a character that is seen. */
export function inVariationSelectors(text: string): string {
  return Array.from(bytes(text), (byte) => String.fromCodePoint(byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16)).join('');
}

/** Letters with marks above and below, three each. */
function zalgo(text: string): string {
  const mark = (at: number): string => String.fromCodePoint(0x300 + (at % 0x30));
  return each(text, (char, at) => (/\p{L}/u.test(char) ? char + mark(at * 7) + mark(at * 11 + 3) + mark(at * 13 + 5) : char));
}

function rot13(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** In every second word of four letters or more: two letters swapped, one left out, or one doubled, in turn. */
function typos(text: string): string {
  let seen = 0;
  return text.replaceAll(word, (whole) => {
    const letters = Array.from(whole);
    if (letters.length < 4 || seen++ % 2 === 1) return whole;
    const [head, a = '', b = '', tail] = [letters.slice(0, 1), letters[1], letters[2], letters.slice(3)];
    const inner = [b + a, b, a + a + b][(seen >> 1) % 3] ?? '';
    return [...head, inner, ...tail].join('');
  });
}

function alternatingCase(text: string): string {
  let at = 0;
  return each(text, (char) => (/\p{L}/u.test(char) ? (at++ % 2 === 0 ? char.toLowerCase() : char.toUpperCase()) : char));
}

/** Printable ASCII has a wide form at a fixed distance; the blank has its own. */
function fullWidth(text: string): string {
  return each(text, (char) => {
    if (char === ' ') return '\u{3000}';
    return char > ' ' && char <= '~' ? String.fromCodePoint(char.charCodeAt(0) + 0xfee0) : char;
  });
}

/** Each line backwards, under an override that shows it forwards. */
function reversedBidi(text: string): string {
  const turned = (line: string): string => `\u{202E}${Array.from(line).toReversed().join('')}\u{202C}`;
  return text.split('\n').map(turned).join('\n');
}

/** An issue whose fields hold a quarter of the words each; of the characters, where few blanks are written. */
function splitFields(text: string): string {
  const between = text.split(' ').length < 4 ? '' : ' ';
  const parts = between === '' ? Array.from(text) : text.split(between);
  const quarter = Math.ceil(parts.length / 4);
  const piece = (at: number): string => parts.slice(at * quarter, (at + 1) * quarter).join(between);
  return JSON.stringify({ title: piece(0), labels: [piece(1)], description: piece(2), comment: piece(3) });
}

const escapeMarkup = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** The transforms. Each is pure; the same text always becomes the same. */
export const transforms: Readonly<Record<TransformName, (text: string) => string>> = {
  zeroWidth: (text) => text.replaceAll(betweenLetters, '\u{200B}'),
  fullWidth,
  homoglyph: (text) => each(text, (char) => lookalikes.get(char) ?? char),
  tags: (text) => `See you at the meeting.${inTags(text)}`,
  variationSelectors: (text) => `See you at the meeting. \u{1F44D}${inVariationSelectors(text)}`,
  zalgo,
  htmlComment: (text) => `<p>See you at the meeting.</p>\n<!-- ${text.replaceAll('-->', '-- >')} -->`,
  hiddenCss: (text) => `<p>See you at the meeting.</p><div style="display:none">${escapeMarkup(text)}</div>`,
  base64: (text) => `Attached note: ${bytes(text).toString('base64')}`,
  hex: (text) => `Attached note: ${bytes(text).toString('hex')}`,
  rot13,
  leet: (text) => each(text, (char) => digits.get(char.toLowerCase()) ?? char),
  spacedLetters: (text) => text.replaceAll(' ', '   ').replaceAll(betweenLetters, ' '),
  upperCase: (text) => text.toUpperCase(),
  alternatingCase,
  typos,
  dashes: (text) => text.replaceAll(' ', '-'),
  urlEncoded: (text) => `https://intranet.example/notes?text=${encodeURIComponent(text)}`,
  reversedBidi,
  splitFields,
  markdownEmphasis: (text) => text.replaceAll(/(\p{L}{2})(\p{L}+)/gu, '$1**$2**'),
  softHyphens: (text) => text.replaceAll(betweenLetters, '\u{AD}'),
  htmlEntities: (text) => each(text, (char) => (char === '\n' ? char : `&#${String(char.codePointAt(0))};`)),
};
