import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { hiddenCount, lookalike, pieces, rightToLeft, visible } from './visible.ts';

/** Ranges written out by hand from the Unicode charts, so that the test does not lean on the tables that the code uses. */
const invisible: readonly (readonly [number, number])[] = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0xa0],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xd800, 0xf8ff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffc],
  [0xfffe, 0xffff],
  [0x1d173, 0x1d17a],
  [0xe0000, 0x10ffff],
];
const isInvisible = (point: number): boolean => invisible.some(([from, to]) => point >= from && point <= to);
const emoji = /\p{RGI_Emoji}/gv;

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u202e',
        '\u2066',
        '\u200b',
        '\u200d',
        '\ufe0f',
        '\u{e0041}',
        '\u{e0101}',
        '\r',
        '\n',
        '\t',
        '\x1b[31m',
        '\\',
        '\\u{202E}',
        ' ',
        '\u3000',
      ),
      fc.constantFrom(
        'a',
        'e',
        '\u0301',
        '\u0327',
        'é',
        'K',
        '\u212a',
        'п',
        '한',
        '\u1112',
        '\u1161',
        '日',
        'ا',
        '0',
        '#',
        '❤',
        '❤️',
        '👩‍👩‍👧',
        '1️⃣',
        '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
        '🇩🇪',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

test('no invisible code point survives, outside of well-formed emoji', () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom('kept', 'escaped'), (text, breaks) => {
      const out = visible(text, breaks).replaceAll(emoji, 'E');
      for (const point of out) {
        if (point === '\n') expect(breaks).toBe('kept');
        else expect(isInvisible(point.codePointAt(0) ?? 0), `U+${(point.codePointAt(0) ?? 0).toString(16)}`).toBe(false);
      }
      expect(out).not.toMatch(/ (\n|$)/);
    }),
    { numRuns: 3000 },
  );
});

test('every single invisible code point of the charts is escaped', () => {
  for (const [from, to] of invisible) {
    for (let point = from; point <= Math.min(to, from + 0x2000); point++) {
      expect(visible(`a${String.fromCodePoint(point)}b`)).toMatch(/^a\\(u\{[0-9A-F]+\}|[rtn])b$/);
    }
  }
});

/** Reads the escapes back: what no reader needs, but what proves that nothing is lost. */
function back(shown: string): string {
  return shown.replaceAll(/\\(?:u\{([0-9A-F]+)\}|(.))/gu, (_, hex: string | undefined, one: string | undefined) =>
    hex !== undefined ? String.fromCodePoint(parseInt(hex, 16)) : one === 'n' ? '\n' : one === 'r' ? '\r' : one === 't' ? '\t' : '\\',
  );
}

test('two different texts never look equal: the text can be read back, and is in one composed spelling', () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom('kept', 'escaped'), (text, breaks) => {
      const shown = visible(text, breaks);
      expect(back(shown)).toBe(text);
      expect(shown.normalize('NFC')).toBe(shown);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  'Plain text, with (punctuation) and 1.234 numbers',
  'Grüße aus Köln',
  'Привет, мир',
  'Ελληνικά',
  'こんにちは\u3000世界',
  '한국어 문장',
  'नमस्ते दुनिया',
  'สวัสดีครับ',
  'שָׁלוֹם',
  'مرحبا بالعالم',
  'Tiếng Việt',
  'emoji 👍🏽 👩‍💻 ❤️ 🏳️‍🌈 1️⃣ 🇯🇵 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
])('ordinary text stays as it is: %s', (text) => {
  expect(visible(text.normalize('NFC'))).toBe(text.normalize('NFC'));
  expect(hiddenCount(text.normalize('NFC'))).toBe(0);
});

test.each([
  ['invoice\u202efdp.exe', 'invoice\\u{202E}fdp.exe'],
  ['a\u200bb', 'a\\u{200B}b'],
  ['a\u200db', 'a\\u{200D}b'],
  ['x\ufe0f', 'x\\u{FE0F}'],
  ['👍\u{e0068}\u{e0069}', '👍\\u{E0068}\\u{E0069}'],
  ['ok\rapproved', 'ok\\rapproved'],
  ['\x1b[2Jclean', '\\u{1B}[2Jclean'],
  ['\\u{202E}', '\\\\u{202E}'],
  ['general ', 'general\\u{20}'],
  [' general', '\\u{20}general'],
  ['e\u0301', 'e\\u{301}'],
  ['\u0338off', '\\u{338}off'],
  ['two\nlines', 'two\\nlines'],
  ['a\ud800b', 'a\\u{D800}b'],
  ['a\u3000b', 'a\\u{3000}b'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('line breaks are kept where they are asked for, and nothing else that breaks a line is', () => {
  expect(visible('one\n  two\r\nthree\u2028four\u0085', 'kept')).toBe('one\n  two\\r\nthree\\u{2028}four\\u{85}');
});

test('a pile of marks is cut off the letter that it hides', () => {
  const shown = visible(`a${'\u0316'.repeat(9)}`);
  expect(Array.from(shown).filter((point) => point === '\u0316').length).toBe(4);
  expect(shown).toContain('\\u{316}');
});

test('hidden characters are counted; line breaks, tabs, spaces and backslashes are not', () => {
  expect(hiddenCount('a\u200bb\u202ec')).toBe(2);
  expect(hiddenCount('a\n\tb \\ ')).toBe(0);
});

test('pieces are never cut inside an escape, an emoji or a letter with its marks', () => {
  expect(pieces('a\u0316👩‍💻\u202e').map((piece) => piece.text)).toEqual(['a\u0316', '👩‍💻', '\\u{202E}']);
});

test.each(['pаypal', 'gοοgle', 'a c\u0435o b', 'p\u200bаypal', 'Αpple'])('%j mixes alphabets inside a word', (text) => {
  expect(lookalike(text)).toBe(true);
});

test.each(['paypal', 'Привет world', 'Ελληνικά and English', 'Δt = 5 μm, 3 kΩ', 'Köln', 'α-helix', '日本 Tokyo', ''])(
  '%j does not',
  (text) => {
    expect(lookalike(text)).toBe(false);
  },
);

test('text that runs from right to left is noticed', () => {
  expect([rightToLeft('shalom שלום'), rightToLeft('مرحبا'), rightToLeft('hello')]).toEqual([true, true, false]);
});
