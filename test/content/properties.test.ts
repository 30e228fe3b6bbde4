// verifies: content.idempotent
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../src/action/json.ts';
import { sanitiseJson } from '../../src/content/sanitise-json.ts';
import { sanitise } from '../../src/content/sanitise.ts';
import { hostile, textOf } from './hostile.ts';

const runs = { numRuns: 2000 };
const forms = fc.constantFrom('prose' as const, 'source' as const);

/** Ranges written out by hand from the Unicode charts, so that the test does not lean on the tables that the code uses. */
const invisible: readonly (readonly [number, number])[] = [
  [0x00, 0x08], [0x0b, 0x1f], [0x7f, 0x9f], [0xad, 0xad], [0x34f, 0x34f], [0x61c, 0x61c], [0x115f, 0x1160], [0x17b4, 0x17b5], [0x180b, 0x180f],
  [0x200b, 0x200f], [0x2028, 0x202e], [0x2060, 0x206f], [0x2800, 0x2800], [0x3164, 0x3164], [0xd800, 0xf8ff], [0xfe00, 0xfe0f], [0xfeff, 0xfeff],
  [0xffa0, 0xffa0], [0xfff0, 0xfffc], [0xfffe, 0xffff], [0x1d173, 0x1d17a], [0xe0000, 0x10ffff],
]; // prettier-ignore
const isInvisible = (point: number): boolean => invisible.some(([from, to]) => point >= from && point <= to);

/** Emoji that Unicode recommends, then the few spellings beside them that need a joiner or a selector. */
function withoutSpelling(text: string): string {
  return text
    .replaceAll(/\p{RGI_Emoji}/gv, 'E')
    .replaceAll(/(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}E]|\ufe0f)\u200d(?=[\p{Extended_Pictographic}E])/gu, '')
    .replaceAll(/(?<=[\p{Emoji}E])\ufe0f/gu, '')
    .replaceAll(
      /(?<=[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}])[\u200c\u200d](?=[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}\p{scx=Java}\p{scx=Bali}])/gu,
      '',
    )
    .replaceAll(/(?<=[\p{Script=Arabic}\p{Mn}\p{Mc}])\u200d(?=[\t\n .,;:?)"'-]|$)/gu, '')
    .replaceAll(/(?<=[\u1820-\u18aa])[\u180b-\u180f]/g, '');
}

test('doing it twice changes nothing', () => {
  fc.assert(
    fc.property(hostile, forms, (text, form) => {
      const once = textOf(sanitise(text, { form }));
      expect(textOf(sanitise(once, { form }))).toBe(once);
    }),
    { numRuns: 10_000 },
  );
});

test('no invisible code point survives outside of an emoji or the spelling of a script', () => {
  fc.assert(
    fc.property(hostile, forms, (text, form) => {
      for (const point of withoutSpelling(textOf(sanitise(text, { form }))))
        expect(isInvisible(point.codePointAt(0) ?? 0), `U+${(point.codePointAt(0) ?? 0).toString(16)}`).toBe(false);
    }),
    runs,
  );
});

test('every single invisible code point of the charts is taken out of a word', () => {
  for (const [from, to] of invisible)
    for (let point = from; point <= Math.min(to, from + 0x1000); point++)
      expect(textOf(sanitise(`a${String.fromCodePoint(point)}b`)), point.toString(16)).toMatch(point === 0x9b ? /^a$/ : /^a[ \n]?b$/); // CSI takes the `b` as its command;
});

test('the length of what comes out is bounded by the length of what went in', () => {
  fc.assert(
    fc.property(hostile, forms, (text, form) => {
      expect(textOf(sanitise(text, { form })).length).toBeLessThanOrEqual(24 + 12 * text.length);
    }),
    runs,
  );
});

test('no URL is left in prose', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const out = textOf(sanitise(text));
      expect(out).not.toMatch(/[a-z][a-z0-9+.-]*:\/\/[a-z0-9]/i);
      expect(out).not.toMatch(/!?\]\([ \t\n]*(?:(?:[a-z]+:)?\/\/[a-z0-9]|data:[a-z]|javascript:[a-z])/i);
      expect(out).not.toMatch(/^[ >]{0,3}\[[^[\]\n]*\]:[ \t]*(?:[a-z]+:)?\/\/[a-z0-9]/im);
      expect(out).not.toMatch(/<(?:script|style)(?:\s[^<>]*)?>|<img[^<>]*=[^<>]*>|<!|<\|im_start\|>/i);
      expect(out).not.toMatch(/<@[UW][A-Z0-9]{2,20}(?:\|[^<>\n]*)?>/);
    }),
    runs,
  );
});

test('references are numbered in the order of the text, and each is in the table', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 50 }), (text, firstReference) => {
      const result = sanitise(text, { firstReference });
      if (result.kind !== 'text') throw new Error('withheld');
      const shown = [...result.text.matchAll(/\[(link|image) (\d+): ([^\]]+)\]/g)].map(([, kind, number, label]) => ({
        kind,
        number: Number(number),
        label,
      }));
      const table = [...result.links, ...result.images].toSorted((a, b) => a.number - b.number);
      expect(shown).toEqual(table.map(({ kind, number, label }) => ({ kind, number, label })));
      expect(shown.map(({ number }) => number)).toEqual(shown.map((_, i) => firstReference + i));
    }),
    runs,
  );
});

const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    hostile,
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(hostile, fc.constantFrom('1', '1\u200b', 'a', 'a\u200b', 'a\u200d', 'a (2)', '__proto__')), tie('value'), {
      maxKeys: 6,
    }),
  ),
})).value;

const count = (value: Json): number =>
  1 + (typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, item: Json) => sum + count(item), 0) : 0);

test('JSON, twice, is the same, and no field is lost', () => {
  fc.assert(
    fc.property(json, (value) => {
      const once = sanitiseJson(value);
      if (once.kind !== 'json') throw new Error('withheld');
      const twice = sanitiseJson(once.value);
      if (twice.kind !== 'json') throw new Error('withheld');
      expect(JSON.stringify(twice.value)).toBe(JSON.stringify(once.value));
      expect(count(once.value)).toBe(count(value));
    }),
    runs,
  );
});
