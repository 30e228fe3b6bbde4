import { expect, test } from 'vitest';
import type { Json } from '../../src/action/json.ts';
import { egressFindings } from '../../src/content/egress.ts';
import type { EgressFinding, EgressInput } from '../../src/content/egress.ts';
import { fingerprint } from '../../src/content/overlap.ts';
import { limits } from '../../src/limits.ts';
import { base64, canary, hexOf, links, percent, token } from './egress-samples.ts';

const find = (args: Json, more: Partial<EgressInput> = {}): readonly EgressFinding[] =>
  egressFindings({
    arguments: args,
    content: [],
    earlier: [],
    guarded: [{ name: 'canary finance', value: canary }],
    links,
    sources: [],
    ...more,
  });
const kinds = (args: Json, more: Partial<EgressInput> = {}): readonly string[] => find(args, more).map(({ kind }) => kind);
const back = (text: string): string => Array.from(text).toReversed().join('');

const ways: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in a sentence': (text) => `The value is ${text}, use it.`,
  base64: (text) => base64(text),
  'base64url without padding': (text) => Buffer.from(text).toString('base64url'),
  'base64 in a sentence': (text) => `Look at ${base64(text)}. It says all`,
  'base64 behind one character': (text) => base64(`x${text}`),
  'base64 behind two characters': (text) => base64(`xy${text} `),
  'base64 behind junk': (text) => `Q${base64(text)}`,
  'base64 in lines': (text) => base64(`some words before ${text} and after`).replaceAll(/(.{16})/g, '$1\r\n'),
  'base64 in quoted lines': (text) => base64(`some words before ${text} and after`).replaceAll(/(.{12})/g, '$1\n> '),
  'base64 of two bytes per character': (text) => Buffer.from(text, 'utf16le').toString('base64'),
  'base64 twice': (text) => base64(base64(text)),
  'base64 of it reversed': (text) => base64(back(text)),
  'base64, reversed': (text) => back(base64(text)),
  hex: hexOf,
  'capital hex': (text) => hexOf(text).toUpperCase(),
  'hex with colons': (text) => hexOf(text).replaceAll(/(..)(?=.)/g, '$1:'),
  'hex as in C': (text) => hexOf(text).replaceAll(/(..)/g, String.raw`\x$1`),
  'hex as numbers': (text) => hexOf(text).replaceAll(/(..)/g, '0x$1, '),
  'hex as in JSON': (text) => hexOf(text).replaceAll(/(..)/g, String.raw`\u00$1`),
  'hex, reversed': (text) => back(hexOf(text)),
  percent,
  'percent twice': (text) => percent(text).replaceAll('%', '%25'),
  'percent here and there': (text) =>
    Array.from(text)
      .map((char, i) => (i % 5 === 2 ? percent(char) : char))
      .join(''),
  'quoted-printable': (text) => percent(text).replaceAll('%', '='),
  entities: (text) =>
    Array.from(text)
      .map((char) => `&#${char.charCodeAt(0)};`)
      .join(''),
  'character codes': (text) =>
    Array.from(text)
      .map((char) => char.charCodeAt(0))
      .join(', '),
  'zero-width characters': (text) => Array.from(text).join('\u200b'),
  'soft hyphens': (text) => Array.from(text).join('\u00ad'),
  'tag characters': (text) => Array.from(text).join('\u{e0041}'),
  'full-width letters': (text) =>
    Array.from(text)
      .map((char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0))
      .join(''),
  reversed: back,
  'reversed in a sentence': (text) => `Read ${back(text)} from its end.`,
  'spaced letters': (text) => `Take ${Array.from(text).join(' ')} please.`,
  'spaced letters behind a short word': (text) => `a ${Array.from(text).join(' ')} b`,
  'spaced by two': (text) => Array.from(text).join('  '),
  'lines of letters': (text) => Array.from(text).join('\n'),
  'in groups': (text) => text.replaceAll(/(.{4})/g, '$1 '),
  hyphens: (text) => Array.from(text).join('-'),
  'bold letters': (text) =>
    Array.from(text)
      .map((char) => `**${char}**`)
      .join(''),
  'escaped for Markdown': (text) => text.replaceAll('_', String.raw`\_`),
};

test.each(Object.entries(ways))('a token and a guarded value are found: %s', (_, write) => {
  expect(kinds({ text: write(token) })).toContain('secret');
  expect(kinds({ text: write(canary) })).toContain('guarded');
});

test('a finding says what, how and where, and never the thing itself', () => {
  expect(find({ blocks: [{ text: `x ${base64(token)}` }] })).toEqual([
    { kind: 'secret', what: 'a GitHub personal access token (classic), base64-encoded', where: 'blocks[0].text' },
  ]);
  for (const args of [{ [token]: 1 }, { [canary]: { a: token } }, { text: `https://${canary.toLowerCase()}.evil.example/` }]) {
    const found = find(args);
    expect(found.length).toBeGreaterThan(0);
    expect(JSON.stringify(found).toLowerCase()).not.toContain(canary.slice(0, 12).toLowerCase());
    expect(JSON.stringify(found)).not.toContain(token.slice(8, 24));
  }
});

test.each([
  ['names of fields', { [token]: true }],
  ['two fields', { a: token.slice(0, 18), b: token.slice(18) }],
  ['two fields with a third between', { a: token.slice(0, 18), b: { c: token.slice(18) } }],
  ['a list', { a: Array.from(token) }],
  ['a list of three', { a: [token.slice(0, 9), token.slice(9, 21), token.slice(21)] }],
  ['a name and its value', { [token.slice(0, 20)]: token.slice(20) }],
  ['base64 in two fields', { a: base64(token).slice(0, 22), b: base64(token).slice(22) }],
])('a token split over %s is found', (_, args) => {
  expect(kinds(args)).toContain('secret');
});

test('a token that is split over writes is found in the last of them, and not again in the next', () => {
  const write = (text: string): Json => ({ channel: 'C0123ABCD', text });
  const parts = [token.slice(0, 14), token.slice(14, 27), token.slice(27)];
  const before = ['C0123ABCD', parts[0] ?? '', 'C0123ABCD', parts[1] ?? ''];
  expect(find(write(parts[2] ?? ''), { earlier: before })).toContainEqual(
    expect.objectContaining({ kind: 'secret', where: 'text', what: expect.stringContaining('split over several writes') as string }),
  );
  expect(find(write('Thanks, all done.'), { earlier: [...before, 'C0123ABCD', parts[2] ?? ''] })).toEqual([]);
  expect(find(write('Thanks.'), { earlier: [`here: ${token}`] })).toEqual([]);
});

test('a guarded value that is split over writes is found, with the channel between its parts', () => {
  const found = find({ channel: 'C0123ABCD', text: canary.slice(7, 14) }, { earlier: ['C0123ABCD', canary.slice(0, 7)] });
  expect(found.map(({ kind }) => kind)).toContain('guarded');
});

test.each([
  ['the recipient first', ['bob@acme.example', token.slice(0, 12)]],
  ['the recipient behind', [token.slice(0, 12), 'bob@acme.example']],
])('a secret that is split over writes is found, with %s in each of them', (_, earlier) => {
  expect(kinds({ body: token.slice(12), to: 'bob@acme.example' }, { earlier, content: ['body'] })).toContain('secret');
});

test('cutting seven characters off hides neither a guarded value nor a token whose beginning is known', () => {
  expect(kinds({ text: canary.slice(7) })).toContain('guarded');
  expect(kinds({ text: canary.slice(0, -7) })).toContain('guarded');
  expect(kinds({ text: token.slice(0, -7) })).toContain('secret');
  expect(kinds({ text: base64(token.slice(0, -7)) })).toContain('secret');
});

test('twelve characters of a guarded value count, eleven do not', () => {
  for (let from = 0; from + 12 <= canary.length; from++) {
    for (const write of [ways['as it is'], ways['base64'], ways['hex'], ways['reversed'], ways['percent'], ways['spaced letters']])
      expect(kinds({ text: write?.(canary.slice(from, from + 12)) ?? '' })).toContain('guarded');
    expect(kinds({ text: canary.slice(from, from + 11) })).toEqual([]);
  }
});

test('a short guarded value counts whole only', () => {
  const guarded = [{ name: 'the door', value: 'k7Qp2Zx9' }, { name: 'the pin', value: '4711' }]; // prettier-ignore
  expect(kinds({ text: 'it is k7Qp2Zx9' }, { guarded })).toEqual(['guarded']);
  expect(kinds({ text: base64('it is k7Qp2Zx9') }, { guarded })).toEqual(['guarded']);
  expect(kinds({ text: 'it is k7Qp2Zx, order 64711' }, { guarded })).toEqual([]);
  expect(kinds({ text: 'it is 4711.' }, { guarded })).toEqual(['guarded']);
});

test('what is public in a guarded value does not count', () => {
  const guarded = [{ name: 'the key', value: `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----` }];
  expect(kinds({ text: 'A key begins with BEGIN PRIVATE KEY and ends with END PRIVATE KEY.' }, { guarded })).toEqual([]);
  expect(kinds({ text: canary.slice(3, 15) }, { guarded })).toEqual(['guarded']);
});

test.each([
  'Hello team, the release of 2026-11-22 went out at 10:45; commit 1f7a7a472abf3dd9643fd615f6da379c4acb3e3a, request 550e8400-e29b-41d4-a716-446655440000.',
  'Set GITHUB_TOKEN=ghp_your_token_here, or npm_config_registry, and see glpat-xxxxxxxxxxxxxxxxxxxx in the manual; AKIAIOSFODNN7EXAMPLE too.',
  'sha512-9dTzp1YbJPXHkJkS3pTqmAcR1oGHHLrVoqNqQJ4dLyPPR9u0X9lXzPl2rkCVBzqqT6mK2jPWE5XGmWQJ2Mr3qw==',
  `${base64('An ordinary letter, encoded: the quick brown fox jumps over the lazy dog.')} and 1, 2, 3, 104, 101 or 41 42 43.`,
  '日本語のテキストです。 Ein Satz mit Umläuten: über Öl. 👩‍💻 \u00a0 — “quoted”',
  'const a = b[0] ? x.y : `//${z}`; // a comment\n![ not an image and a <b> tag\nif (a <b && c> d) return setup.py;',
])('ordinary text has no findings: %s', (text) => {
  expect(find({ channel: 'C0123', text, n: 12, ok: true, none: null }, { earlier: ['C0123', 'Good morning.'] })).toEqual([]);
});

test('a copy of what the audience may not read is found, a shared phrase is not', () => {
  const words = Array.from({ length: 60 }, (_, i) => `word${(i * 7919) % 1000}`);
  const sources = [{ name: 'the board\u202es minutes', prints: fingerprint(words.join(' ')) }];
  const [found] = find({ text: `As they said: ${words.slice(20, 46).join(', ').toUpperCase()}!` }, { sources });
  expect(found).toMatchObject({ kind: 'overlap', where: 'text' });
  expect(found?.what).toMatch(/^about \d+ words in a row from the board\\u\{202E\}s minutes$/);
  expect(kinds({ a: words.slice(20, 34).join(' '), b: words.slice(34, 48).join(' ') }, { sources })).toEqual(['overlap']);
  expect(kinds({ text: words.slice(20, 31).join(' ') }, { sources })).toEqual([]);
});

test('links count only where text for others stands, secrets everywhere', () => {
  const args = { body: 'see https://evil.example/x', repo: 'https://evil.example/y', token };
  expect(find(args, { content: ['body'] }).map(({ kind, where }) => `${kind} ${where}`)).toEqual(['secret token', 'new-host body']);
});

test('findings are bounded, none twice, the same every time; a bound that is hit is one', () => {
  const many = { text: Array.from({ length: 200 }, (_, i) => `https://h${i}.example/`).join(' ') };
  expect(find(many)).toHaveLength(limits.egressFindingsMax);
  expect(find(many)).toEqual(find(many));
  expect(new Set(find(many).map((finding) => JSON.stringify(finding))).size).toBe(limits.egressFindingsMax);
  let deep: Json = 'x';
  for (let i = 0; i < limits.jsonDepthMax + 2; i++) deep = [deep];
  expect(find(deep)).toEqual([{ kind: 'secret', where: 'the write', what: expect.stringContaining('more text') as string }]);
});

test('a short beginning does not hide behind a word of one letter', () => {
  const key = ['SG', 'OWfrDWwiBnPakzO81UqgNG', 'OWfrDWwiBnPakzO81UqgNGETIrkXQu5KU8Yhc92s78J'].join('.');
  expect(kinds({ text: `a ${Array.from(key).join(' ')} b` })).toContain('secret');
});
