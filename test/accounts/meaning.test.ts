// verifies: log.verify
import { expect, test } from 'vitest';
import type { Body, SignerName, Statement } from '../../src/action/statement.ts';
import { openMeaning } from '../../src/record/meaning.ts';

const attempt = 'a_AAAAAAAAAAAAAAAAAAAAAA';
const about = {
  attempt,
  account: 'slack',
  system: 'slack',
  zone: 'read',
  issuer: 'https://as.example',
  user: 'alice',
  asked: ['a', 'b'],
} as const;
const { asked: _, ...taken } = about;
const digest = `sha256:${'1'.repeat(64)}` as const;
const kinds = {
  'account-begun': { ...about, state: digest, expiresAtMs: 600_000 },
  'account-linked': { ...about, granted: ['b', 'a'], id: 'T1', name: 'Acme', credential: digest, tokenExpiresAtMs: null, refresh: false },
  'account-refused': { ...about, granted: null, id: null, name: null, code: 'expired', message: '', revoked: 'no-token' },
  'account-revoked': { ...taken, why: 'replaced', credential: digest, revoked: 'revoked' },
} as const;
const other = 'a_BBBBBBBBBBBBBBBBBBBBBB';
const again = [said('account-begun', { attempt: other }), said('account-linked', { attempt: other })] as const;

function said<K extends keyof typeof kinds>(
  kind: K,
  change: Partial<Body<K>> = {},
  over: { by?: SignerName; atMs?: number } = {},
): Statement {
  const by = kind === 'account-begun' ? 'hooks' : 'reader';
  return { v: 1, kind, by, boot: 'AAAAAAAAAAAAAAAA', n: 0, atMs: 1000, body: { ...kinds[kind], ...change }, ...over } as Statement;
}

/** What is wrong with the last of some statements, after the others. */
function problems(...statements: readonly Statement[]): readonly string[] {
  const meaning = openMeaning();
  return statements.map((statement) => meaning(statement)).at(-1) ?? [];
}

test('an attempt that ends as it was begun is in order', () => {
  const begun = said('account-begun');
  expect(problems(begun)).toEqual([]);
  expect(problems(begun, said('account-linked'))).toEqual([]);
  expect(problems(begun, said('account-refused'))).toEqual([]);
  expect(problems(begun, said('account-linked'), said('account-refused', { code: 'not-stored' }))).toEqual([]);
  expect(problems(begun, said('account-linked'), ...again, said('account-revoked'))).toEqual([]);
  expect(problems(begun, said('account-refused'), said('account-revoked', { why: 'not-linked' }))).toEqual([]);
});

test.each<[string, readonly Statement[], RegExp]>([
  ['a link that nobody began', [said('account-linked')], /not begun before/],
  ['an end that nobody began', [said('account-refused')], /not begun before/],
  ['a second beginning', [said('account-begun'), said('account-begun')], /begun before/],
  ['a second link', [said('account-begun'), said('account-linked'), said('account-linked')], /over before/],
  ['a link after the end', [said('account-begun'), said('account-refused'), said('account-linked')], /over before/],
  ['a second end', [said('account-begun'), said('account-refused'), said('account-refused')], /over before/],
  ['an end after the link', [said('account-begun'), said('account-linked'), said('account-refused')], /over before/],
  ['another user', [said('account-begun'), said('account-linked', { user: 'mallory' })], /another one than was begun/],
  ['another issuer', [said('account-begun'), said('account-linked', { issuer: 'https://evil.example' })], /another one than was begun/],
  ['other scopes asked for', [said('account-begun'), said('account-refused', { asked: ['a'] })], /another one than was begun/],
  ['a wider grant', [said('account-begun'), said('account-linked', { granted: ['a', 'b', 'c'] })], /another scope/],
  ['a narrower grant', [said('account-begun'), said('account-linked', { granted: ['a'] })], /another scope/],
  ['the hand of the other zone', [said('account-begun'), said('account-linked', {}, { by: 'executor' })], /hand of the other zone/],
  ['a token taken back that nobody began', [said('account-revoked')], /not begun before/],
  ['a token taken back that is in use', [said('account-begun'), said('account-linked'), said('account-revoked')], /no later one/],
  [
    'a token taken back for a link that could not be stored',
    [
      said('account-begun'),
      said('account-linked'),
      ...again,
      said('account-refused', { attempt: other, code: 'not-stored' }),
      said('account-revoked'),
    ],
    /no later one/,
  ],
  [
    'a token of a link, taken back as that of an attempt without one',
    [said('account-begun'), said('account-linked'), ...again, said('account-revoked', { why: 'not-linked' })],
    /did not end without a link/,
  ],
  [
    'a second end of a token',
    [said('account-begun'), said('account-linked'), ...again, said('account-revoked'), said('account-revoked')],
    /told before/,
  ],
  ['a late link', [said('account-begun'), said('account-linked', {}, { atMs: 700_000 })], /after the time/],
])('%s is found in the log', (_, statements, words) => {
  expect(problems(...statements)).toEqual([expect.stringMatching(words)]);
});
