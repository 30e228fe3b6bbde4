import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprint, fingerprintJson, overlap } from '../../src/content/overlap.ts';
import { limits } from '../../src/limits.ts';

/** Words that look random and are the same in every run. */
function words(count: number, seed: number): readonly string[] {
  let state = seed * 2654435761 + 12345;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return `w${(state >>> 8).toString(36)}`;
  });
}

const prints = (list: readonly string[]): ReadonlySet<number> => new Set(fingerprint(list.join(' ')));
const seeds = fc.integer({ min: 1, max: 1_000_000 });

test('24 copied words share at least two prints, wherever they stand', () => {
  fc.assert(
    fc.property(seeds, fc.nat(200), fc.nat(60), fc.nat(60), (seed, from, before, after) => {
      const source = words(240, seed);
      const copy = [...words(before, seed + 1), ...source.slice(from, from + 24), ...words(after, seed + 2)];
      const { words: run, share } = overlap(copy.join(' '), prints(source));
      expect(run).toBeGreaterThan(limits.overlapShingleWords);
      expect(run).toBeLessThanOrEqual(24);
      expect(share).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

const looks: readonly ((text: string) => string)[] = [
  (text) => text.toUpperCase(),
  (text) => text.replaceAll(' ', '\n'),
  (text) => text.replaceAll(' ', ', '),
  (text) => text.replaceAll(' ', ' — '),
  (text) => `> ${text.replaceAll(/((?:\S+ ){6})/g, '$1\n> ')}`,
  (text) => text.replaceAll(/\S+/g, '**$&**'),
  (text) => text.replaceAll(/\S+/g, '"$&"'),
  (text) => text.replaceAll(/(?<=\S)(?=\S)/g, '\u200b'),
  (text) => text.replaceAll(/(?<=\S)(?=\S)/g, '\u00ad'),
  (text) => text.replaceAll(' ', '\u00a0'),
  (text) => text.replaceAll(' ', ' | '),
  (text) => text.replaceAll(/[a-z]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
  (text) => `<p>${text}</p>`,
];

test('a copy keeps its prints when it is written in another way', () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(...looks), (seed, look) => {
      const source = words(40, seed);
      const { words: run } = overlap(look(source.join(' ')), prints(source));
      expect(run).toBeGreaterThan(24);
    }),
    { numRuns: 500 },
  );
  const text = words(100, 5).join(' ');
  for (const look of looks.slice(0, -1)) expect(fingerprint(look(text))).toEqual(fingerprint(text));
});

test('texts that have nothing to do with each other share nothing, and eleven words are nothing', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const source = words(2000, seed);
      expect(overlap(words(2000, seed + 7).join(' '), prints(source)).words).toBeLessThanOrEqual(limits.overlapShingleWords);
      expect(overlap(source.slice(100, 111).join(' '), prints(source))).toEqual({ words: 0, share: 0 });
    }),
    { numRuns: 50 },
  );
});

test('the share says how much of a text is copied', () => {
  const source = words(400, 3);
  expect(overlap(source.join(' '), prints(source)).share).toBe(1);
  const half = overlap([...source.slice(0, 200), ...words(200, 4)].join(' '), prints(source));
  expect(half.share).toBeGreaterThan(0.35);
  expect(half.share).toBeLessThan(0.6);
  expect(half.words).toBeGreaterThan(180);
  expect(half.words).toBeLessThanOrEqual(200);
  expect(overlap('', prints(source))).toEqual({ words: 0, share: 0 });
});

test('copied pieces that are far apart are not one run', () => {
  const source = words(400, 3);
  const text = [...source.slice(0, 30), ...words(300, 9), ...source.slice(30, 60)].join(' ');
  expect(overlap(text, prints(source)).words).toBeLessThanOrEqual(30);
});

test('scripts without spaces are compared by their letters', () => {
  const source = '四半期の売上は計画を大きく下回り、来月には人員の削減を発表する予定であることを取締役会は確認した。';
  expect(overlap(`速報：${source.slice(3, 34)}`, new Set(fingerprint(source))).words).toBeGreaterThan(limits.overlapShingleWords);
});

test('prints are 32-bit integers, bounded, spread over the text, and the same every time', () => {
  const long = words(60_000, 11);
  const all = fingerprint(long.join(' '));
  expect(all).toHaveLength(limits.fingerprintsMax);
  for (const print of all) expect(print).toBe(print | 0);
  expect(fingerprint(long.join(' '))).toEqual(all);
  const known = new Set(all);
  for (let from = 0; from + 1000 <= long.length; from += 1000)
    expect(overlap(long.slice(from, from + 1000).join(' '), known).words).toBeGreaterThan(12);
});

test('the strings of a value are one text in their order; names and numbers are not text', () => {
  const source = words(60, 21);
  const value = {
    title: source.slice(0, 10).join(' '),
    n: 5,
    body: [source.slice(10, 40).join(' '), { note: source.slice(40).join(' ') }],
  };
  expect(fingerprintJson(value)).toEqual(fingerprint(source.join('\n')));
  expect(fingerprintJson(null)).toEqual([]);
});

test.each(['a', ' ', 'a ', '\u200b', '漢', '漢 ', "'", '\ud83d', '👍', 'ﷺ', 'A\u0301', '-', '*', '\n', '1', 'a\u200b', 'İ', '_', '١', 'x y z '])('hostile text is walked once, and gives no more prints than words: %j', (unit) => {
  const text = unit.repeat(20_000);
  const found = fingerprint(text);
  expect(found.length).toBeLessThanOrEqual(limits.fingerprintsMax);
  expect(new Set(found).size).toBe(found.length);
  expect(overlap(text, new Set(found)).words).toBeLessThanOrEqual(20 * 20_000);
}); // prettier-ignore
