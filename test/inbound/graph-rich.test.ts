import { constants, createCipheriv, createHmac, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { graphRich } from '../../src/inbound/providers/hints.ts';
import { readSecret } from '../../src/inbound/secrets.ts';
import { verifyDelivery } from '../../src/inbound/verify.ts';
import { graph, graphBody, jwt, rsa } from './hint-senders.ts';
import { delivery, endpointOf, judge, nowMs, says, secretOf, spki, token, withHeaders } from './senders.ts';

/* Microsoft Graph's notifications with resource data: tokens in the body, and content that is sealed for our certificate. */

const certificate = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pkcs8 = certificate.privateKey.export({ format: 'der', type: 'pkcs8' });
const [app, tenant] = ['8e460676-ae3f-4b1e-8790-ee0fb5d6148f', '84bd8158-6d4d-4958-8b9f-9d6445542f95'];
const publisher = '0bf30f3b-4a52-48df-9a82-234910c4a086';
const clientState = Buffer.from(token.key).toString();
const keys = { token, jwt: secretOf('rsa-public', spki(rsa.publicKey), 'kid1'), cert: secretOf('rsa-private', pkcs8, 'cert-2026') };
const endpoint = endpointOf(graphRich, Object.values(keys), { expects: { aud: app, tenant } });

const claims = {
  aud: app,
  iss: `https://sts.windows.net/${tenant}/`,
  appid: publisher,
  tid: tenant,
  iat: nowMs / 1000 - 60,
  nbf: nowMs / 1000 - 60,
  exp: nowMs / 1000 + 28_800,
};
const resource = { id: '1565045544121', body: { content: 'hello' } };

interface Sealing {
  readonly text?: string;
  readonly key?: Buffer;
  readonly oaepHash?: string;
  readonly to?: typeof certificate.publicKey;
  readonly by?: Buffer;
}
/** Seals as Graph does. */
function seal({
  text = JSON.stringify(resource),
  key = randomBytes(32),
  oaepHash = 'sha1',
  to = certificate.publicKey,
  by = key,
}: Sealing = {}) {
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, key.subarray(0, 16));
  const data = Buffer.concat([cipher.update(text), cipher.final()]);
  return {
    data: data.toString('base64'),
    dataKey: publicEncrypt({ key: to, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, key).toString('base64'),
    dataSignature: createHmac('sha256', by).update(data).digest('base64'),
    encryptionCertificateId: 'cert-2026',
    encryptionCertificateThumbprint: 'AA'.repeat(20),
  };
}
const item = (change: object = {}): object => ({
  subscriptionId: '76222963-cc7b-42d2-882d-8aaa69cb2ba3',
  changeType: 'created',
  clientState,
  tenantId: tenant,
  resource: "teams('a')/channels('b')/messages('1565045544121')",
  encryptedContent: seal(),
  ...change,
});
const send = (items: unknown = [item()], tokens: unknown = [jwt(claims)]): Delivery =>
  delivery({}, JSON.stringify({ value: items, validationTokens: tokens }));

test('a rich notification is a hint whose resource is unsealed, and no token or state of it is kept', () => {
  const verdict = judge(endpoint, send([item(), item()]));
  // Anybody who has seen our certificate can seal: nothing says who made the content.
  expect(verdict).toMatchObject({
    outcome: 'accepted',
    trust: 'hint',
    bodyIntegrity: 'none',
    freshness: 'none',
    doubts: ['body-unsigned'],
    secretId: token.id,
    content: { value: [{ changeType: 'created', decryptedContent: resource }, { decryptedContent: resource }] },
  });
  for (const secret of [clientState, 'validationTokens', 'encryptedContent', 'dataKey'])
    expect(JSON.stringify(verdict)).not.toContain(secret);
  const second = { ...claims, appid: undefined, azp: publisher, iss: `https://login.microsoftonline.com/${tenant}/v2.0` };
  expect(says(endpoint, send(undefined, [jwt(claims), jwt(second)]))).toBe('accepted');
});

test('S7f every token must be signed by a known key under RS256, for our app and tenant, from the publisher, and now', () => {
  const seconds = nowMs / 1000;
  for (const change of [
    { aud: 'other' },
    { aud: [app] },
    { aud: undefined },
    { tid: 'other' },
    { tid: undefined },
    { iss: 'https://sts.windows.net/other/' },
    { iss: undefined },
    { appid: app },
    { appid: undefined },
    { azp: app },
    { exp: seconds },
    { exp: undefined },
    { exp: String(seconds + 60) },
    { iat: undefined },
    { iat: seconds + 600 },
    { nbf: seconds + 600 },
    { exp: seconds + 90_000 },
  ])
    for (const tokens of [[jwt({ ...claims, ...change })], [jwt(claims), jwt({ ...claims, ...change })]])
      expect([change, says(endpoint, send(undefined, tokens))]).toEqual([change, 'bearer-claims']);
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const hmac = (): string => {
    const text = jwt(claims, { alg: 'HS256', kid: 'kid1' }).split('.').slice(0, 2).join('.');
    return `${text}.${createHmac('sha256', keys.jwt.key).update(text).digest('base64url')}`;
  };
  for (const [bad, reason] of [
    [jwt(claims, undefined, foreign), 'signature-wrong'],
    [jwt(claims, { alg: 'RS256', kid: 'kid9' }), 'no-live-secret'],
    [jwt(claims, { alg: 'RS256', kid: 'cert-2026' }), 'no-live-secret'],
    [jwt(claims, { alg: 'RS256', jku: 'https://evil.test/keys' }), 'no-live-secret'],
    [jwt(claims, { alg: 'none', kid: 'kid1' }), 'bearer-grammar'],
    [jwt(claims, { alg: 'RS512', kid: 'kid1' }), 'bearer-grammar'],
    [jwt(claims, { alg: 'RS256', kid: 'kid1', crit: ['x'] }), 'bearer-grammar'],
    [hmac(), 'bearer-grammar'],
    [`${jwt(claims).split('.').slice(0, 2).join('.')}.`, 'bearer-grammar'],
    [7, 'bearer-grammar'],
  ] as const)
    expect([bad, says(endpoint, send(undefined, [jwt(claims), bad]))]).toEqual([bad, reason]);
  for (const none of [[], undefined, jwt(claims), Array.from({ length: 17 }, () => jwt(claims)), null])
    expect(says(endpoint, send([item()], none === undefined ? null : none))).toBe('bearer-grammar');
});

test('one item without our state, of another tenant or not sealed for us, and nothing of the batch is taken', () => {
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const sealed = seal();
  for (const [bad, reason] of [
    [item({ clientState: 'guess' }), 'token-wrong'],
    [item({ clientState: undefined }), 'token-wrong'],
    [item({ tenantId: 'other' }), 'tenant-mismatch'],
    [item({ tenantId: undefined }), 'tenant-mismatch'],
    [item({ encryptedContent: undefined }), 'body-syntax'],
    [item({ encryptedContent: seal({ to: foreign }) }), 'signature-wrong'],
    [item({ encryptedContent: seal({ oaepHash: 'sha256' }) }), 'signature-wrong'],
    [item({ encryptedContent: seal({ key: randomBytes(16) }) }), 'signature-wrong'],
    [item({ encryptedContent: seal({ by: randomBytes(32) }) }), 'signature-wrong'],
    [item({ encryptedContent: { ...sealed, data: seal().data } }), 'signature-wrong'],
    [item({ encryptedContent: { ...sealed, dataKey: seal().dataKey } }), 'signature-wrong'],
    [item({ encryptedContent: { ...sealed, encryptionCertificateId: 'kid1' } }), 'no-live-secret'],
    [item({ encryptedContent: { ...sealed, dataSignature: undefined } }), 'signature-grammar'],
    [item({ encryptedContent: seal({ text: '{"a":1,"a":2}' }) }), 'body-duplicate-name'],
    [item({ encryptedContent: seal({ text: '{"__proto__":1}' }) }), 'body-prototype-name'],
    [item({ encryptedContent: seal({ text: '[1]' }) }), 'body-syntax'],
    ['text', 'token-wrong'],
  ] as const)
    expect([bad, says(endpoint, send([item(), bad]))]).toEqual([bad, reason]);
  for (const list of [[], {}, null, Array.from({ length: 201 }, () => ({}))]) expect(says(endpoint, send(list))).toBe('token-wrong');
  const given = send();
  for (const left of Object.keys(keys))
    expect(says({ ...endpoint, secrets: endpoint.secrets.filter((key) => key !== keys[left as keyof typeof keys]) }, given)).toBe(
      'no-live-secret',
    );
  expect(says({ ...endpoint, secrets: endpoint.secrets.map((key) => ({ ...key, notAfterMs: nowMs })) }, given)).toBe('no-live-secret');
  expect(says(endpoint, withHeaders(given, { 'content-type': ['application/json', 'application/json'] }))).toBe('header-duplicate');
});

test('E10f nothing is unsealed before tokens and states are proved, nor deciphered before its code is compared', () => {
  const calls = (given: Delivery): string => {
    const made: string[] = [];
    const crypto: typeof nodeCrypto = {
      ...nodeCrypto,
      verify: (...args) => (made.push('verify'), nodeCrypto.verify(...args)),
      unwrap: (...args) => (made.push('unwrap'), nodeCrypto.unwrap(...args)),
      decrypt: (...args) => (made.push('decrypt'), nodeCrypto.decrypt(...args)),
    };
    verifyDelivery(endpoint, given, nowMs, crypto);
    return made.join(' ');
  };
  expect(calls(send())).toBe('verify unwrap decrypt');
  expect(calls(send([item()], [jwt({ ...claims, tid: 'other' })]))).toBe('verify');
  expect(calls(send([item(), item({ clientState: 'guess' })]))).toBe('verify');
  expect(calls(send([item({ encryptedContent: seal({ by: randomBytes(32) }) })]))).toBe('verify unwrap');
});

test('E10g any one changed character of a token or of sealed content is refused', () => {
  const text = Buffer.from(send().body).toString();
  const covered = ['"data":"', '"dataKey":"', '"dataSignature":"', '"validationTokens":["'].flatMap((name) => {
    const start = text.indexOf(name) + name.length;
    return Array.from({ length: text.indexOf('"', start) - start }, (_, n) => start + n);
  });
  fc.assert(
    fc.property(fc.constantFrom(...covered), fc.constantFrom('A', 'Z', 'a', '0', '+', '/', '=', '-', '_', '.', ' '), (at, to) => {
      fc.pre(text[at] !== to);
      return judge(endpoint, delivery({}, text.slice(0, at) + to + text.slice(at + 1))).outcome === 'refused';
    }),
    { numRuns: 150 },
  );
});

test('E6f S6h its handshake is answered while pending alone, and its secrets and expectations are looked at when it starts', () => {
  const ask = { ...delivery({}, ''), target: '/in/one?validationToken=Validation%3A+abc' };
  expect(judge({ ...endpoint, pending: true }, ask)).toMatchObject({
    answer: { contentType: 'text/plain; charset=utf-8', body: 'Validation: abc' },
  });
  expect(says(endpoint, ask)).toBe('handshake-closed');
  expect(checkEndpoint(endpoint)).toMatchObject({ ok: true });
  expect(checkEndpoint({ ...endpoint, expects: { aud: app } })).toMatchObject({
    message: expect.stringContaining('which tenant') as string,
  });
  expect(checkEndpoint({ ...endpoint, expects: { tenant } })).toMatchObject({ message: expect.stringContaining('which aud') as string });
  const read = (value: string) => readSecret(graphRich, { id: 'a', value, notBeforeMs: 0, notAfterMs: null });
  const pem = certificate.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  expect(read(pem)).toMatchObject({ ok: true, value: { kind: 'rsa-private' } });
  expect(read(certificate.publicKey.export({ format: 'pem', type: 'spki' }).toString())).toMatchObject({ value: { kind: 'rsa-public' } });
  expect(read(clientState)).toMatchObject({ value: { kind: 'token' } });
  expect(read(certificate.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString())).toMatchObject({ ok: false });
  expect(read(pem.slice(0, 400)).ok).toBe(false);
  // The functions under it are total: bytes that are no key, no sealed key and no cipher text are null.
  expect(nodeCrypto.unwrap(Buffer.from('x'), Buffer.alloc(256))).toBe(null);
  expect(nodeCrypto.unwrap(spki(certificate.publicKey), Buffer.alloc(256))).toBe(null);
  expect(nodeCrypto.unwrap(pkcs8, Buffer.alloc(256))).toBe(null);
  expect(nodeCrypto.decrypt(randomBytes(16), randomBytes(16))).toBe(null);
  expect(nodeCrypto.decrypt(randomBytes(32), randomBytes(17))).toBe(null);
});

test('R7g what is sealed anew under a new token is the same delivery, and another resource is another', () => {
  const digest = (given: Delivery): string => {
    const verdict = judge(endpoint, given);
    return verdict.outcome === 'accepted' ? verdict.replay.signedDigest : verdict.outcome;
  };
  const first = digest(send());
  expect(digest(send([item({ encryptedContent: seal() })], [jwt({ ...claims, iat: nowMs / 1000 - 7 })]))).toBe(first);
  expect(digest(send([item({ changeType: 'deleted' })]))).not.toBe(first);
});

test('a clientState is a secret: it is kept of no notification, with resource data or without', () => {
  const verdict = judge(graph, delivery({}, graphBody(clientState)));
  expect(verdict).toMatchObject({ outcome: 'accepted', content: { value: [{ subscriptionId: 'sub1' }] } });
  expect(JSON.stringify(verdict)).not.toContain(clientState);
});

test('S6i an endpoint without one of the three kinds of secrets is refused at start', () => {
  expect(checkEndpoint(endpoint)).toMatchObject({ ok: true });
  for (const kind of ['token', 'rsa-public', 'rsa-private'])
    expect(checkEndpoint({ ...endpoint, secrets: endpoint.secrets.filter((secret) => secret.kind !== kind) })).toMatchObject({ ok: false });
});

test('S2d a key that cannot be unwrapped stands for no key, not for one of zeros', () => {
  const zeros = seal({ key: Buffer.alloc(32) });
  expect(says(endpoint, send([item({ encryptedContent: zeros })]))).toBe('accepted');
  for (const dataKey of [Buffer.alloc(256), Buffer.alloc(256, 7), Buffer.alloc(3)]) {
    const sealed = { ...zeros, dataKey: dataKey.toString('base64') };
    expect(says(endpoint, send([item({ encryptedContent: sealed })]))).toBe('signature-wrong');
  }
});
