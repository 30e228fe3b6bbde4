// verifies: accounts.bound
import { expect, test } from 'vitest';
import { readCallback, rightIssuer } from '../../src/inbound/oauth-callback.ts';
import { escaped } from '../../src/inbound/oauth-pages.ts';
import { compareScopes, isToken, scopesOf, valueAt } from '../../src/vault/grant.ts';

const state = 's'.repeat(43);

test('an answer has one state, and one code or one error', () => {
  expect(readCallback(`code=abc&state=${state}`)).toEqual({ is: 'code', state, code: 'abc', iss: null });
  expect(readCallback(`state=${state}&code=a%2Fb&iss=https%3A%2F%2Fas.example`)).toEqual({
    is: 'code',
    state,
    code: 'a/b',
    iss: 'https://as.example',
  });
  expect(readCallback(`error=access_denied&error_description=%3Cb%3E&state=${state}`)).toEqual({ is: 'error', state, iss: null });
  // RFC 6749 4.1.2: names that nobody knows are left alone. Google and Keycloak send these.
  expect(readCallback(`code=abc&state=${state}&scope=a&authuser=0&prompt=consent&session_state=x`)).toMatchObject({ code: 'abc' });
});

test.each([
  ['nothing', ''],
  ['two states', `code=a&state=${state}&state=${state}`],
  ['two codes', `code=a&code=b&state=${state}`],
  ['a second code in another spelling', `code=a&c%6fde=b&state=${state}`],
  ['two issuers', `code=a&state=${state}&iss=https%3A%2F%2Fa.example&iss=https%3A%2F%2Fb.example`],
  ['a repeated name that nobody knows', `code=a&state=${state}&x=1&x=2`],
  ['a code and an error', `code=a&error=access_denied&state=${state}`],
  ['neither', `state=${state}`],
  ['an empty code', `code=&state=${state}`],
  ['no state', 'code=a'],
  ['a short state', 'code=a&state=abc'],
  ['a state with more behind it', `code=a&state=${state}x`],
  ['a control character in the code', `code=a%00b&state=${state}`],
  ['a letter beyond ASCII in the code', `code=%C3%A9&state=${state}`],
  ['a quote in the error', `error=%22&state=${state}`],
  ['bytes that are not UTF-8', `code=%FF&state=${state}`],
  ['a token of the implicit flow', `access_token=a&code=a&state=${state}`],
  ['an id token of the hybrid flow', `code=a&id_token=x&state=${state}`],
  ['a JARM response', `code=a&response=x&state=${state}`],
  ['a name of a prototype', `code=a&state=${state}&__proto__=x`],
  ['a code that is too long', `code=${'a'.repeat(4097)}&state=${state}`],
  ['a query that is too long', `code=a&state=${state}&x=${'a'.repeat(9000)}`],
  ['an issuer that is too long', `code=a&state=${state}&iss=${'a'.repeat(501)}`],
])('%s is no answer', (_, query) => {
  expect(readCallback(query)).toBeNull();
});

test('the issuer is compared as text, and must be there where the configuration says so', () => {
  const issuer = 'https://as.example';
  expect(rightIssuer(issuer, { issuer, issInResponse: true })).toBe(true);
  expect(rightIssuer(null, { issuer, issInResponse: false })).toBe(true);
  expect(rightIssuer(null, { issuer, issInResponse: true })).toBe(false);
  for (const iss of ['', 'https://as.example/', 'https://AS.example', 'https://other.example', 'https://as.example.evil.example'])
    expect(rightIssuer(iss, { issuer, issInResponse: false })).toBe(false);
});

test('scopes are compared as sets, whatever stands between them', () => {
  expect(scopesOf('b,a  a')).toEqual(['a', 'b']);
  expect(scopesOf('')).toEqual([]);
  expect(compareScopes(['a', 'b'], ['b', 'a'])).toBe('same');
  expect(compareScopes(['a'], ['a', 'b'])).toBe('wider');
  expect(compareScopes(['a', 'b'], ['a'])).toBe('narrower');
  expect(compareScopes(['a', 'b'], ['a', 'c'])).toBe('wider');
  expect(compareScopes([], [])).toBe('same');
  expect(compareScopes(['repo'], ['REPO'])).toBe('wider');
});

test('whose a token is stands at a path, as text or as a whole number', () => {
  const said = { team: { id: 'T1', 'no.dot': 'x' }, id: 42, big: 2 ** 53, half: '\ud800', empty: '', list: ['a'] };
  expect(valueAt(said, 'team.id')).toBe('T1');
  expect(valueAt(said, 'id')).toBe('42');
  for (const path of [
    'team',
    'team.name',
    'big',
    'half',
    'empty',
    'team.id.length',
    'list.length',
    '__proto__.toString',
    'constructor.name',
  ])
    expect([path, valueAt(said, path)]).toEqual([path, null]);
  expect(valueAt({ name: 'a'.repeat(301) }, 'name')).toBeNull();
  expect(valueAt(null, 'a')).toBeNull();
});

test('a token is printable and has no blank', () => {
  expect(isToken('xoxb-1.2~3+/=')).toBe(true);
  for (const text of ['', 'a b', 'a\n', 'é', 'a'.repeat(16 * 1024 + 1)]) expect(isToken(text)).toBe(false);
});

test('what stands on a page is escaped and visible', () => {
  expect(escaped(`<b a="1" c='2'>&`)).toBe('&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;');
  expect(escaped('a\u202eb\u200b')).toBe('a\\u{202E}b\\u{200B}');
});
