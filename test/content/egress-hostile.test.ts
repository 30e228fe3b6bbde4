import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Budget } from '../../src/content/budget.ts';
import { guardFor } from '../../src/content/egress-guarded.ts';
import { hunted } from '../../src/content/egress-hunt.ts';
import { egressFindings } from '../../src/content/egress.ts';
import { plainView } from '../../src/content/encodings.ts';
import { outgoing } from '../../src/content/links-out-scan.ts';
import { limits } from '../../src/limits.ts';
import { base64, canary, hexOf, links, percent } from './egress-samples.ts';

const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789');
/** Letters and digits that look random: fast-check's own strings repeat themselves on purpose, as no credential does. */
const run = (length: number, of: readonly string[] = alphabet): fc.Arbitrary<string> =>
  fc.integer({ min: 1, max: 2 ** 31 }).map((seed) => {
    let state = seed;
    return Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return of[Math.floor((state / 2 ** 32) * of.length)] ?? '';
    }).join('');
  });
const hex = Array.from('0123456789abcdef');

/** Formats with nothing in common: what makes one random may not be what makes another. */
const secret: fc.Arbitrary<string> = fc
  .oneof(
    run(36).map((tail) => `ghp_${tail}`),
    run(36).map((tail) => `npm_${tail}`),
    run(35).map((tail) => `AIza${tail}`),
    run(16, Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')).map((tail) => `AKIA${tail}`),
    run(93).map((tail) => `sk-ant-api03-${tail}AA`),
    run(24).map((tail) => `xoxb-408162435061-717283940516-${tail}`),
    run(40, hex).map((tail) => `glptt-${tail}`),
    run(64, hex).map((tail) => `dop_v1_${tail}`),
    run(99).map((tail) => `sk_live_${tail}`),
    fc.tuple(run(22), run(43)).map(([a, b]) => `SG.${a}.${b}`),
    fc.tuple(run(40), run(43)).map(([a, b]) => `${Buffer.from('{"alg":"RS256","typ":"JWT"}').toString('base64url')}.eyJ${a}.${b}`),
    run(140).map((body) => `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`),
  )
  .filter((text) => !/example|placeholder|redacted|x{6}|1234567890|your/i.test(text));

const back = (text: string): string => Array.from(text).toReversed().join('');
const transforms: readonly ((text: string) => string)[] = [
  (text) => text,
  base64,
  (text) => Buffer.from(text).toString('base64url'),
  (text) => base64(text).replaceAll(/(.{19})/g, '$1\n'),
  hexOf,
  (text) => hexOf(text).toUpperCase(),
  percent,
  (text) => percent(text).replaceAll('%', '%25'),
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => Array.from(text).join('\u200b'),
  (text) => Array.from(text).join('\u{e0020}'),
  back,
  (text) => Array.from(text).join(' '),
];

const check = (text: string, guarded: readonly { name: string; value: string }[] = []): readonly string[] =>
  egressFindings({ arguments: { text }, content: [], earlier: [], guarded, links, sources: [] }).map(({ kind }) => kind);

test('a planted credential is found behind every way of writing, whatever stands around it', () => {
  const around = fc.lorem({ maxCount: 12 });
  fc.assert(
    fc.property(secret, fc.constantFrom(...transforms), around, around, (planted, write, before, after) => {
      expect(check(`${before} ${write(planted)} ${after}`)).toContain('secret');
    }),
    { numRuns: 1500 },
  );
});

test('so it is in the middle of a longer text that is encoded as a whole', () => {
  const around = fc.lorem({ maxCount: 12 });
  fc.assert(
    fc.property(secret, fc.constantFrom(...transforms), around, around, (planted, write, before, after) => {
      if (write !== transforms[12]) expect(check(write(`${before} ${planted} ${after}`))).toContain('secret');
    }),
    { numRuns: 1500 },
  );
});

test('any twelve characters of any guarded value are found behind every way of writing', () => {
  const value = fc.integer({ min: 12, max: 60 }).chain((length) => run(length));
  fc.assert(
    fc.property(value, fc.nat(48), fc.constantFrom(...transforms), fc.lorem({ maxCount: 8 }), (whole, from, write, around) => {
      const part = whole.slice(Math.min(from, whole.length - 12)).slice(0, 12 + (from % 5));
      expect(check(`${around} ${write(part)} ${around}`, [{ name: 'it', value: whole }])).toContain('guarded');
    }),
    { numRuns: 1500 },
  );
});

test('so is a whole guarded value of any characters', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 24, maxLength: 60 }),
      fc.constantFrom(...transforms.slice(0, 3)),
      (value, write) => {
        const said = Array.from(value).filter((point) => /[\p{L}\p{N}]/u.test(point)).length;
        if (said >= 12) expect(check(`a ${write(value)} b`, [{ name: 'it', value }])).toContain('guarded');
      },
    ),
    { numRuns: 500 },
  );
});

test('a credential that is split anywhere over two writes is found', () => {
  fc.assert(
    fc.property(secret, fc.nat(200), (planted, at) => {
      const cut = 1 + (at % (planted.length - 1));
      const earlier = ['C0123ABCD', planted.slice(0, cut)];
      const found = egressFindings({
        arguments: { channel: 'C0123ABCD', text: planted.slice(cut) },
        content: ['text'],
        earlier,
        guarded: [],
        links,
        sources: [],
      });
      const whole = check(planted.slice(0, cut)).concat(check(planted.slice(cut))); // most of it is enough, before or now
      expect([...found.map(({ kind }) => kind), ...whole]).toContain('secret');
    }),
    { numRuns: 500 },
  );
});

const many = (unit: string, chars: number): string => unit.repeat(Math.ceil(chars / unit.length)).slice(0, chars);

/** For each rule: texts that are hard for it, beginnings without an end and ends without a beginning. */
const hard: Readonly<Record<string, readonly string[]>> = {
  credentials: ['eyJ', 'eyJa.', 'ghp_', 'ghp_a', 'ghp_a1B2', 'sk-ant-api03-', '-----BEGIN ', 'PRIVATEKEY-----', 'AKIA', 'xoxb-1-', '://a:', '://a:bcd@', 'SK', 'key-', 'sl.', 'EAA', 'ya29.', 'hvs.a', 'pat', 'ops_eyJ', 'sig=', '.atlasv1.', ':AA', '-us1'],
  base64: ['QUFB', 'VVVV', 'eHh4', 'QUFBQUFB ', 'Z2hw', 'ZXlK', 'A', 'AA==', '+', '/', '-', '_', 'Q-U_F/', 'WlhsSw==', 'QQ', 'a+', '=', 'UVVGQg', 'Zz09', '\nQUFB'],
  hexadecimal: ['67', '6', '0', '0x', '0x67', '\\x67', '\\u0067', '\\u00', '\\u0', '3637', '36373637', '67:', 'a', 'ff', '00', 'U+0067', 'u+00', '3333', '0x0x', '4a4'],
  escapes: ['%', '%2', '%25', '%2567', '%252567', '=67', '&#', '&#x', '&#103;', '&#x67', '\\', '\\\\', '\\_', '\\u{67}', '\\u{', '&#0000', '%%', '=3D', '%3', '&#x0000'],
  numbers: ['103 ', '103', '103,', '9', '99 99 ', '32 ', '000', '1 ', '127 ', '255;', '&#99;', '65', '65-', '-65', '65.', '1e9', '103\n', '12 ', '99999999999', '48 49 '],
  characters: ['\u200b', 'g\u200b', '\u00ad', '\u{e0041}', '\ud83d', '\udc00', '👍', 'ﷺ', 'Ａ', '𝐀', '\u0301', '\u202e', '\u3000', '\u00a0', '漢', '\ufffd', '\ue000', '\0', '\r', '\u2028'],
  spaces: ['a b ', 'a  ', 'a-', 'a.b.', 'a\n', ' ', '  ', '. ', 'a a a  ', '- ', '..', '--', '-.', 'a,', "a'", 'a`b`', 'ab ', 'a|', 'a_b_', '****'],
  guarded: [canary, canary.slice(0, 11), canary.slice(0, 12), canary.slice(3), 'z', 'zQ', 'zQ7m', Array.from(canary).toReversed().join(''), base64(canary), hexOf(canary), 'zQ7mKp2LxV9 ', 'e1y', 'LxV9bTn4Rw', `${canary}\n`, 'Z Q 7 ', 'zq7mkp2lxv9', '7', 'Kp2L', 'enpR', 'y'],
  urls: ['://', 'a://', 'https://', 'https:/', 'https:', 'http://a ', 'http://a.', 'www.', 'www.a', '//', '//a', '//a.b', '//a.b ', 'a.com/', 'a.a.', 'a-', 'mailto:', 'mailto:a@b ', 'data:', 'https://a@b.c/', 'https://[', 'https://(', 'https://)', 'h\\\\', '\\\\a.b '],
  markdown: ['[', ']', '![', '](', ']:', '[](', '![](', '![a](//b', '[a](//b)', '![a](//b) ', '](<', '](//', '](\\', '[a]: //b\n', ']: <', '](a](', '](   ', '](\n', '\n\n![', '![a]\n', '[[', '![![', '](((', ']()'],
  html: ['<', '<b', '<b ', '<b x=', '<b x="', "<b x='", '<b x=y ', '<img src=', '<img src="', '<img src=//a.b>', '<a href=//a.b>', '<img srcset="//a.b,', '<p style="url(', '</', '<b x="<b y=\'', '<b\n', '<img src=//a.b ', '<b/', 'src=', ' src="//a'],
  css: ['url(', 'url("', "url('//a", 'url(//a.b)', 'url( ', 'u', 'url', 'url)', 'url(url(', '(url(', 'url(\n', 'url(a ', 'url(\\', 'URL(', 'url(")', 'url(""', 'url(//', 'url(/', 'url(<', 'url(`'],
}; // prettier-ignore

const unlimited = (): Budget => ({ steps: 0, stepsMax: Infinity, parts: 0, overrun: null });

/** The steps that a text costs if nobody stops it. */
function steps(text: string): number {
  const budget = unlimited();
  hunted(plainView(text), { guard: guardFor([{ name: 'it', value: canary }]), budget, crosses: () => false });
  outgoing(text, 'text', budget);
  return budget.steps;
}

test.each(Object.entries(hard))('%s: four times the text costs about four times the work', (_, units) => {
  expect(units.length).toBeGreaterThanOrEqual(20);
  // The longest format reaches over 7,400 characters: the shorter text is not much longer, so its end is cheaper.
  for (const unit of units) {
    const [small, large] = [16_000, 64_000].map((chars) => steps(many(unit, chars)));
    expect(large, JSON.stringify(unit)).toBeLessThanOrEqual(5.6 * (small ?? 0) + 100_000);
  }
});

test('what costs more than it may is a finding, and the work stops there', () => {
  const text = many('eyJ', 60_000);
  const budget: Budget = { ...unlimited(), stepsMax: 1_000_000 };
  hunted(plainView(text), { guard: guardFor([]), budget, crosses: () => false });
  expect(budget.overrun).toBe('too-much-work');
  expect(budget.steps).toBeLessThan(1_000_000 + 40 * text.length);
  expect(check(text)).toEqual(['secret']);
  expect(check('x'.repeat(limits.egressCharsMax + 1))).toEqual(['secret']);
});

test('ordinary text, also where all of it is encoded, stays far from the bound', () => {
  const text = fc.sample(fc.lorem({ maxCount: 400, mode: 'sentences' }), { numRuns: 1, seed: 1 })[0] ?? '';
  for (const write of transforms) expect(check(write(text.slice(0, 8000)))).toEqual([]);
});
