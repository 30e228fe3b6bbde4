import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/*
 * The attacks that the hooks door must withstand, each by its code. The title of a test begins with the codes of what it
 * shows; a letter behind a code counts the tests of one attack, so that no two titles claim the same.
 */

const attacks: Readonly<Record<string, string>> = {
  S1: 'signature missing, empty, blank, or a version without one',
  S2: 'only the prefix, cut short, too long',
  S3: 'downgrade to SHA-1 or an older version, an unknown version alone, a key under another algorithm',
  S4: 'a character beyond ASCII, so that lengths in characters and bytes differ',
  S5: 'other spellings of hex and base64',
  S6: 'secrets that are empty, short, missing, placeholders or published',
  S7: 'JWT: alg none, HS256 under a public key, wrong claims, expired, key ids with paths, jku and x5u',
  S8: 'thousands of signatures in one header',
  S9: 'two secrets while they rotate, a retired one, one of another tenant or endpoint',
  S10: 'which secret is in use must not show in the time',
  S11: 'ECDSA of zeros or beyond the order, malleable ones; Ed25519 of small order or beyond the order',
  S12: 'comparison whose time shows how much was right, of tokens too',
  H1: 'the signature header twice',
  H2: 'the header of time, id, event or content type twice',
  H3: 'case, spaces, folding, 8 kB of a value',
  H4: 'JSON that is read as a form, and parameters beside a payload; other types and charsets',
  H5: 'both names of a Standard Webhooks header, different',
  H6: 'other methods, paths and queries',
  H7: 'forwarded headers that change the signed address or the source',
  H8: 'ranges of addresses: IPv4 in IPv6, single IPv6, stale and missing lists',
  H9: 'request smuggling, early close, Expect, chunk extensions, trailers with a signature',
  B1: 'byte order mark, bytes that are no UTF-8, line ends, normal forms, half surrogates, big numbers',
  B2: 'a body that was parsed and written again',
  B3: 'place-holders and replacement patterns in a body or an id',
  B4: 'two readings of one body: doubled names, escapes, names of prototypes',
  B5: 'depth, very many names, a very long string',
  B6: 'size: declared, in chunks, lying',
  B7: 'compressed bodies, bombs, unknown codings',
  B8: 'slow headers and bodies, idle sockets',
  B9: 'signed parts without a boundary between them',
  R1: 'the same bytes again, in one process',
  R2: 'the same bytes in several processes at once',
  R3: 'the same bytes after a crash between claim and commit',
  R4: 'the same bytes under a new delivery id',
  R5: 'another body under the same delivery id',
  R6: 'an id left away',
  R7: 'the same delivery in another spelling',
  R8: 'a store that is full, or forgets early',
  R9: 'a store that is down',
  R10: 'times in the future, the past, other units and spellings; a clock that steps back',
  R11: "a sender's retry with the first bytes after hours",
  R12: 'a duplicate after success',
  R13: 'rows that nobody authenticated',
  R14: 'one forged or repeated item in a batch',
  E1: 'the name of the event changed',
  E2: 'an event or action that nobody knows',
  E3: "a body of one tenant on another tenant's endpoint",
  E4: 'a secret picked by a field that nobody has verified',
  E5: 'long strings, control and bidi characters in names and ids',
  E6: 'challenges without a signature, too long, with HTML, or when none is awaited',
  E7: 'a challenge that makes the endpoint sign',
  E8: 'SNS: addresses to fetch, look-alike hosts, the wrong topic',
  E9: 'refusals that tell the sender or the log something',
  E10: 'the order of checks; no changed byte is accepted',
};

const kill = new URL('../faults/hooks-kill.test.ts', import.meta.url).pathname;

/** The codes at the beginning of every title in this folder, and where a process is killed, as they are written. */
function cited(): readonly string[] {
  const here = readdirSync(import.meta.dirname).map((name) => `${import.meta.dirname}/${name}`);
  return [...here.filter((name) => name.endsWith('.test.ts')), kill]
    .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\(\s*['"`]((?:[SHBRE]\d{1,2}[a-z]? )+)/g)])
    .flatMap(([, codes = '']) => codes.trim().split(' '));
}

const codes = cited();
const bare = (code: string): string => code.replace(/[a-z]$/, '');

test('every attack is in the title of a test', () => {
  const done = new Set(codes.map(bare));
  expect(Object.keys(attacks).filter((code) => !done.has(code))).toEqual([]);
});

test('a title names only attacks of the list, and no two titles the same code', () => {
  expect(codes.filter((code) => !Object.hasOwn(attacks, bare(code)))).toEqual([]);
  expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
  const letters = new Set(codes.filter((code) => code !== bare(code)).map(bare));
  expect(codes.filter((code) => letters.has(code))).toEqual([]);
  expect(Object.keys(attacks)).toHaveLength(12 + 9 + 9 + 14 + 10);
});
