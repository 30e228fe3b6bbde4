// verifies: hooks.keys
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { keysIn, secretsOfJwks, signsPublicly } from '../../src/inbound/key-set.ts';
import type { PublicJwk } from '../../src/inbound/key-set.ts';
import { webhookProviders } from '../../src/inbound/provider-list.ts';
import { connectLifecycle } from '../../src/inbound/providers/atlassian.ts';
import { httpSignatures } from '../../src/inbound/providers/generic.ts';
import { graphRich, pubsubPush } from '../../src/inbound/providers/hints.ts';
import { sns } from '../../src/inbound/providers/sns.ts';
import { verifyDelivery } from '../../src/inbound/verify.ts';
import { limits } from '../../src/limits.ts';
import { keySources, mergedKeys } from '../../src/processes/published-keys.ts';
import { endpointOf } from '../inbound/senders.ts';
import { runHooks } from './door.ts';
import { amazonAddress, amazonCertificate, amazonMessage, certificate, googleDocument, microsoftKeys, party } from './published.ts';

/* The public keys that senders publish, and the command that brings them into a file. */

const folder = mkdtempSync(join(tmpdir(), 'cs-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllGlobals());
const place = (name: string): string => join(folder, name);

const rsa = (bits = 2048) => generateKeyPairSync('rsa', { modulusLength: bits });
const [one, two] = [rsa(), rsa()];
const jwk = (key: KeyObject, kid: string, more: object = {}): Record<string, unknown> => ({
  ...key.export({ format: 'jwk' }),
  use: 'sig',
  alg: 'RS256',
  kid,
  ...more,
});
const named = (kids: readonly string[] = [], certificates: readonly string[] = []) => ({ kids, certificates });
/** The keys that one document of a sender gives. */
const readOne = (provider: typeof pubsubPush, text: string) => {
  const sources = keySources(provider, named(), true);
  return sources.ok ? (sources.value[0]?.read(text, Date.now()) ?? null) : sources;
};
const set = (...keys: readonly object[]): string => JSON.stringify({ keys });

test('the published keys of Google and Microsoft are taken, and those of others in the list are left out', () => {
  const google = readOne(pubsubPush, googleDocument);
  expect(google).toMatchObject({
    ok: true,
    value: ['6719678351a5faedc2e70274bbea62da2a8c4a12', '674dbba8faee69acae1bc1be190453678f472803'].map((kid) => ({ kid, alg: 'RS256' })),
  });
  const microsoft = readOne(graphRich, JSON.stringify({ keys: microsoftKeys }));
  expect(microsoft?.ok === true && microsoft.value.map((key) => Object.keys(key).toSorted().join())).toEqual(['alg,e,kid,kty,n,use']);
  expect(microsoft).toMatchObject({ ok: true, value: [{ kid: 'd-Zi0Gbus4sEaOqXgU8pMvYc3KI' }] });
  expect(
    readOne(
      pubsubPush,
      set(jwk(one.publicKey, 'a', { use: 'enc' }), jwk(one.publicKey, 'b', { alg: 'RS512' }), { kty: 'EC', crv: 'P-256' }),
    ),
  ).toEqual({
    ok: true,
    value: [],
  });
});

test.each([
  ['is not JSON', '<html>'],
  ['names a member twice', '{"keys":[],"keys":[]}'],
  ['has no keys', '{"certs":[]}'],
  ['holds something that is no key', '{"keys":[1]}'],
  ['has a private half', set(one.privateKey.export({ format: 'jwk' }))],
  ['has a shared secret', set({ kty: 'oct', k: 'c2VjcmV0', kid: 'a' })],
  ['has a key without a name', set({ ...jwk(one.publicKey, 'x'), kid: undefined })],
  ['has a name that is a path', set(jwk(one.publicKey, '../../etc'))],
  ['has another exponent', set(jwk(one.publicKey, 'a', { e: 'Aw' }))],
  ['has too many keys', set(...Array.from({ length: 65 }, (_, i) => ({ kty: 'EC', kid: String(i) })))],
])('a document that %s gives no key at all', (_, text) => {
  expect(readOne(pubsubPush, text)).toMatchObject({ ok: false, code: 'bad-keys' });
});

test('a key is judged as it is used: weak, of another kind or spelling, or twice, and none is taken', () => {
  const keyOf = (provider: typeof pubsubPush, ...keys: readonly object[]) => secretsOfJwks(provider, keys as PublicJwk[]);
  const good = jwk(one.publicKey, 'a');
  expect(keyOf(pubsubPush, good, jwk(two.publicKey, 'b'))).toMatchObject({
    ok: true,
    value: [{ id: 'a', kind: 'rsa-public' }, { id: 'b' }],
  });
  for (const [key, why] of [
    [jwk(rsa(1024).publicKey, 'a'), '1024 bits'],
    [{ ...good, n: `AAAA${String(good['n'])}` }, 'usual way'],
    [{ ...good, alg: 'PS512' }, 'does not sign with'],
    [
      { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'e' },
      'does not sign with',
    ],
  ] as const)
    expect(keyOf(pubsubPush, key)).toMatchObject({ ok: false, message: expect.stringContaining(why) as string });
  expect(keyOf(pubsubPush, good, jwk(two.publicKey, 'a'))).toMatchObject({ ok: false, message: 'two keys are called a' });
  expect(keyOf(pubsubPush, good, jwk(one.publicKey, 'b'))).toMatchObject({ ok: false });
  // A sender of message signatures may have all three kinds, its RSA keys under RSASSA-PSS; small points are no keys.
  const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const all = [jwk(one.publicKey, 'r', { alg: 'PS512' }), { ...ec, alg: 'ES256', kid: 'e' }, { ...ed, alg: 'EdDSA', kid: 'd' }];
  const kinds = keyOf(httpSignatures, ...all);
  expect(kinds.ok && kinds.value.map(({ kind, key }) => [kind, key.length])).toEqual([
    ['rsa-public', 294],
    ['ecdsa-public', 91],
    ['ed25519-public', 32],
  ]);
  expect(keyOf(httpSignatures, { ...ed, x: Buffer.alloc(32).toString('base64url'), alg: 'EdDSA', kid: 'd' })).toMatchObject({ ok: false });
});

test('two lists agree on a name, or none is taken; and no list is longer than an endpoint may have', () => {
  const [a, other] = [jwk(one.publicKey, 'a'), jwk(two.publicKey, 'a')] as unknown[] as PublicJwk[];
  expect(mergedKeys([[a!], [a!]])).toMatchObject({ ok: true, value: [{ kid: 'a' }] });
  expect(mergedKeys([[a!], [other!]])).toMatchObject({ ok: false, message: expect.stringContaining('two different keys') as string });
  expect(mergedKeys([[]])).toMatchObject({ ok: false });
  expect(mergedKeys([Array.from({ length: 15 }, (_, i) => ({ ...a!, kid: String(i) }))])).toMatchObject({ ok: false });
});

test('addresses are pinned: a sender has its own, and what the operator names has a grammar', () => {
  const urls = (provider: typeof pubsubPush, ...args: Parameters<typeof named>) => {
    const sources = keySources(provider, named(...args), false);
    return sources.ok ? sources.value.map(({ url }) => url) : sources.message;
  };
  expect(urls(pubsubPush)).toEqual(['https://www.googleapis.com/oauth2/v3/certs']);
  expect(urls(graphRich)).toEqual([
    'https://login.microsoftonline.com/common/discovery/v2.0/keys',
    'https://login.microsoftonline.com/common/discovery/keys',
  ]);
  const kid = '0e50fccb-239d-4991-a5db-dc850ba3f236';
  expect(urls(connectLifecycle, [kid, kid])).toEqual([`https://connect-install-keys.atlassian.com/${kid}`]);
  for (const path of ['../x', 'a/b', 'a?b', 'a#b', '', '.', 'a%2f', 'a@b', 'é']) expect(urls(connectLifecycle, [path])).toContain('--kid');
  expect(urls(sns, [], [amazonAddress])).toEqual([amazonAddress]);
  for (const url of [
    amazonAddress.replace('https', 'http'),
    amazonAddress.replace('amazonaws.com', 'amazonaws.com.evil.example'),
    amazonAddress.replace('sns.', 'sns.us-west-2.amazonaws.com@evil.'),
    'https://evil.s3.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem',
    `${amazonAddress}?x`,
  ])
    expect(urls(sns, [], [url])).toContain('--certificate is not');
  expect([urls(sns), urls(connectLifecycle), urls(pubsubPush, ['a']), urls(pubsubPush, [], ['a'])].map((text) => typeof text)).toEqual(
    Array.from({ length: 4 }, () => 'string'),
  );
  expect(urls(httpSignatures)).toContain('--from');
});

test("Amazon's own certificate gives the key that a message of Amazon's is signed with", () => {
  const atMs = Date.parse('2026-03-06T20:01:00Z');
  const sources = keySources(sns, named([], [amazonAddress]), false);
  const keys = sources.ok ? sources.value[0]?.read(amazonCertificate, atMs) : undefined;
  expect(keys).toMatchObject({ ok: true, value: [{ alg: 'RS256', exp: Date.parse('2026-10-14T23:59:59Z') / 1000 }] });
  const secrets = secretsOfJwks(sns, keys?.ok === true ? keys.value : []);
  const endpoint = endpointOf(sns, secrets.ok ? secrets.value : [], { expects: { topic: amazonMessage.TopicArn } });
  const send = (message: object): Delivery => ({
    method: 'POST',
    target: '/in/one',
    headers: { 'content-type': ['text/plain; charset=UTF-8'] },
    body: Buffer.from(JSON.stringify(message)),
    source: 'none',
  });
  expect(verifyDelivery(endpoint, send(amazonMessage), atMs, nodeCrypto)).toMatchObject({ outcome: 'accepted', trust: 'event' });
  expect(verifyDelivery(endpoint, send({ ...amazonMessage, Message: 'x' }), atMs, nodeCrypto)).toMatchObject({ reason: 'signature-wrong' });
  // After the certificate's end its key proves nothing, whatever the message says of its time.
  expect(verifyDelivery(endpoint, send(amazonMessage), Date.parse('2026-10-15T00:00:00Z'), nodeCrypto)).toMatchObject({
    reason: 'no-live-secret',
  });
});

test('a certificate must be for SNS in its region, be good now, not be its own issuer, and hold together with those behind it', () => {
  const atMs = Date.parse('2026-06-01T00:00:00Z');
  const [leaf, authority, stranger] = [party('SNS'), party('An authority'), party('A stranger')];
  const read = (text: string, url = amazonAddress, nowMs = atMs) => {
    const sources = keySources(sns, named([], [url]), false);
    const result = sources.ok ? sources.value[0]?.read(text, nowMs) : sources;
    return result?.ok === true ? 'taken' : result?.message;
  };
  const host = 'sns.amazonaws.com';
  const good = certificate(leaf, authority, { atMs, host });
  const above = certificate(authority, authority, { atMs, ca: true });
  expect([read(good), read(good + above)]).toEqual(['taken', 'taken']);
  const optIn = amazonAddress.replace('us-west-2', 'me-south-1');
  const made = (name: string): string => certificate(leaf, authority, { atMs, host: name });
  expect([
    read(made('sns-signing.me-south-1.amazonaws.com'), optIn),
    read(made('sns-us-gov-west-1.amazonaws.com'), amazonAddress.replace('us-west-2', 'us-gov-east-1')),
  ]).toEqual(['taken', 'taken']);
  for (const [text, why] of [
    [made('sns-signing.me-south-1.amazonaws.com'), 'not made out for SNS'],
    [made('*.amazonaws.com'), 'not made out for SNS'],
    [made('sns.amazonaws.com.evil.example'), 'not made out for SNS'],
    [certificate(party('sns.amazonaws.com'), authority, { atMs, host: 'evil.example' }), 'not made out for SNS'],
    [certificate(leaf, leaf, { atMs, host }), 'issued by itself'],
    [certificate(leaf, authority, { atMs, host, ca: true }), 'issues others'],
    [certificate(leaf, authority, { atMs: atMs - 60 * 86_400_000, host }), 'not valid at this time'],
    [certificate(leaf, authority, { atMs: atMs + 60 * 86_400_000, host }), 'not valid at this time'],
    [good + certificate(authority, authority, { atMs }), 'not issued by the one behind it'],
    [good + certificate(stranger, stranger, { atMs, ca: true }), 'not issued by the one behind it'],
    [good + certificate({ ...stranger, keys: authority.keys }, stranger, { atMs, ca: true }), 'not issued by the one behind it'],
    [certificate(leaf, { ...authority, keys: stranger.keys }, { atMs, host }) + above, 'not issued by the one behind it'],
    [certificate(party('SNS', 1024), authority, { atMs, host }), 'taken'], // its strength is judged with every other key's
    [`${good}trailing`, 'not alone'],
    [good.repeat(6), 'not alone'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'not alone'],
  ] as const)
    expect(read(text)).toContain(why);
});

/** A fetch that has these documents; every address that it was asked for is noted. */
function published(documents: Readonly<Record<string, string>>): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push(`${url} ${String(init.redirect)}`);
    const text = documents[url];
    return text === undefined ? new Response('', { status: 302, headers: { location: 'https://evil.example/' } }) : new Response(text);
  });
  return asked;
}

test('`hooks keys` writes, says that nothing changed, checks, and leaves a good file alone when something is wrong', async () => {
  const [file, url] = [place('cron.keys'), 'https://www.googleapis.com/oauth2/v3/certs'];
  const asked = published({ [url]: googleDocument });
  const run = (...args: string[]) => runHooks(['keys', 'google-pubsub', ...args]);
  expect(await run('--check', file)).toMatchObject({ code: 1 });
  expect(existsSync(file)).toBe(false);
  expect(await run('--write', file)).toMatchObject({ code: 0, out: expect.stringContaining('2 keys of google-pubsub') as string });
  const text = readFileSync(file, 'utf8');
  expect(keysIn(text, pubsubPush)).toMatchObject({ ok: true, value: [{ kind: 'rsa-public' }, { kind: 'rsa-public' }] });
  expect(await run('--write', file)).toMatchObject({ code: 0, out: expect.stringContaining('holds the 2 keys') as string });
  expect([(await run('--check', file)).code, readFileSync(file, 'utf8') === text]).toEqual([0, true]);
  expect(new Set(asked)).toEqual(new Set([`${url} manual`]));
  published({ [url]: set(...(JSON.parse(googleDocument) as { keys: object[] }).keys, jwk(rsa(1024).publicKey, 'weak')) });
  expect(await run('--write', file)).toMatchObject({ code: 3, err: expect.stringContaining('1024 bits') as string });
  published({});
  expect(await run('--write', file)).toMatchObject({ code: 3, err: expect.stringContaining('status 302') as string });
  published({ [url]: 'x'.repeat(limits.hooksKeysDocumentBytesMax + 1) });
  expect(await run('--write', file)).toMatchObject({ code: 3, err: expect.stringContaining('answered with more than') as string });
  expect(readFileSync(file, 'utf8')).toBe(text);
  published({ [url]: set(jwk(one.publicKey, 'new')) });
  expect([(await run('--check', file)).code, (await run('--write', file)).code, (await run('--check', file)).code]).toEqual([1, 0, 0]);
  expect((await run('--write', file, '--check', file)).code).toBe(2);
  expect((await runHooks(['keys', 'github'])).code).toBe(2);
});

test('`hooks keys` of the other senders: what the operator names, and documents that were brought', async () => {
  const kids = ['0e50fccb-239d-4991-a5db-dc850ba3f236', '1e50fccb-239d-4991-a5db-dc850ba3f236'];
  const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString();
  const at = (kid: string): string => `https://connect-install-keys.atlassian.com/${kid}`;
  published({ [at(kids[0]!)]: pem(one.publicKey), [at(kids[1]!)]: pem(two.publicKey) });
  const file = place('atlassian.keys');
  const both = ['--kid', kids[0]!, '--kid', kids[1]!];
  expect(await runHooks(['keys', 'atlassian-connect-lifecycle', ...both, '--write', file])).toMatchObject({ code: 0 });
  expect(keysIn(readFileSync(file, 'utf8'), connectLifecycle)).toMatchObject({ ok: true, value: kids.map((id) => ({ id })) });
  writeFileSync(place('one.pem'), pem(one.publicKey));
  writeFileSync(place('private.pem'), one.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  const asked = published({});
  const bring = (...args: string[]) => runHooks(['keys', 'atlassian-connect-lifecycle', '--kid', kids[0]!, ...args]);
  expect(await bring('--from', place('one.pem'))).toMatchObject({ code: 0 });
  expect((await bring('--from', place('private.pem'))).code).toBe(3);
  expect((await bring('--from', place('one.pem'), '--from', place('one.pem'))).code).toBe(2);
  writeFileSync(place('set.json'), set(jwk(one.publicKey, 'k', { alg: 'PS512' })));
  expect(await runHooks(['keys', 'http-signatures', '--from', place('set.json')])).toMatchObject({ code: 0 });
  expect((await runHooks(['keys', 'http-signatures'])).code).toBe(3);
  expect(asked).toEqual([]);
});

test('every sender that signs with public keys has a way to them', () => {
  const ways = [...webhookProviders].filter(([, provider]) => signsPublicly(provider));
  expect(ways.length).toBeGreaterThan(8);
  for (const [, provider] of ways) expect(keySources(provider, named(), true)).not.toMatchObject({ code: 'not-published' });
});
