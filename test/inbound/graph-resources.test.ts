import { constants, createCipheriv, createHmac, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AsymmetricAlgorithm, SymmetricAlgorithm, encodeAsymmetric, encodeSymmetric } from 'atlassian-jwt';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { WebhookCrypto } from '../../src/inbound/delivery.ts';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import { graphResources } from '../../src/inbound/providers/hints.ts';
import { readSecret } from '../../src/inbound/secrets.ts';
import { verifyDelivery } from '../../src/inbound/verify.ts';
import { rsa } from './hint-senders.ts';
import { delivery, endpointOf, judge, nowMs, says, secretOf, spki, token } from './senders.ts';

/* Microsoft Graph with resource data: tokens of somebody else's library, and what Node itself has sealed. */

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pkcs8 = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
const [app, tenant] = ['8e460676-ae3f-4b1e-8790-ee0fb5d6148f', '84bd8158-6d4d-4958-8b9f-9d6445542f95'];
const endpoint = endpointOf(
  graphResources,
  [token, secretOf('rsa-public', spki(rsa.publicKey), 'kid1'), secretOf('rsa-private', pkcs8, 'cert-2026')],
  { expects: { app, tenant } },
);
const clientState = Buffer.from(token.key).toString();
const signing = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const seconds = nowMs / 1000;
const publisher = '0bf30f3b-4a52-48df-9a82-234910c4a086';
const one = {
  aud: app,
  iss: `https://sts.windows.net/${tenant}/`,
  iat: seconds - 60,
  nbf: seconds - 60,
  exp: seconds + 29_000,
  appid: publisher,
  tid: tenant,
  ver: '1.0',
};
const { appid: _, ...common } = one;
const two = { ...common, iss: `https://login.microsoftonline.com/${tenant}/v2.0`, azp: publisher, ver: '2.0' };
const jwt = (claims: object = one, kid = 'kid1'): string => encodeAsymmetric(claims, signing, AsymmetricAlgorithm.RS256, { kid });

interface SealedContent {
  readonly data: string;
  readonly dataSignature: string;
  readonly dataKey: string;
  readonly encryptionCertificateId: string;
  readonly encryptionCertificateThumbprint: string;
}
interface Wish {
  readonly key?: Buffer;
  readonly to?: KeyObject;
  readonly hash?: 'sha1' | 'sha256';
  readonly mac?: Buffer;
}
/** Seals as Graph does, for the certificate of the subscription. */
function seal(object: unknown, { key = randomBytes(32), to = pair.publicKey, hash = 'sha1', mac = key }: Wish = {}): SealedContent {
  const cipher = createCipheriv('aes-256-cbc', key.length === 32 ? key : Buffer.alloc(32), Buffer.alloc(16, key.subarray(0, 16)));
  const data = Buffer.concat([cipher.update(typeof object === 'string' ? object : JSON.stringify(object)), cipher.final()]);
  return {
    data: data.toString('base64'),
    dataSignature: createHmac('sha256', mac).update(data).digest('base64'),
    dataKey: publicEncrypt({ key: to, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, key).toString('base64'),
    encryptionCertificateId: 'cert-2026',
    encryptionCertificateThumbprint: '07293748CC064953A3052FB978C735FB89E61C3D',
  };
}

const message = { id: '1565293727947', body: { content: 'the budget is $$5' } };
const item = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  subscriptionId: '76222963-cc7b-42d2-882d-8aaa69cb2ba3',
  changeType: 'created',
  clientState,
  tenantId: tenant,
  resource: 'teams/d29828b8/channels/19:abc/messages',
  resourceData: { id: '1565293727947', '@odata.type': '#Microsoft.Graph.ChatMessage' },
  encryptedContent: seal(message),
  ...change,
});
const bodyOf = (value: unknown, validationTokens: unknown = [jwt()]): string => JSON.stringify({ value, validationTokens });
const of = (...given: Parameters<typeof bodyOf>) => says(endpoint, delivery({}, bodyOf(...given)));

test('what was sealed for our certificate is opened and becomes the content, as a hint, without tokens', () => {
  const other = item({ changeType: 'updated', encryptedContent: seal({ id: '2' }) });
  const body = bodyOf([item(), other], [jwt(), jwt(two)]);
  const verdict = judge(endpoint, delivery({}, body));
  expect(verdict).toMatchObject({
    outcome: 'accepted',
    trust: 'hint',
    doubts: ['body-unsigned'],
    bodyIntegrity: 'none',
    freshness: 'none',
    tenant: { tenant },
    events: ['76222963-cc7b-42d2-882d-8aaa69cb2ba3'],
    content: {
      value: [
        { changeType: 'created', resourceContent: message },
        { changeType: 'updated', resourceContent: { id: '2' } },
      ],
    },
  });
  const kept = verdict.outcome === 'accepted' ? JSON.stringify(verdict.content) : '';
  for (const secret of [clientState, 'validationTokens', 'encryptedContent', 'dataKey']) expect(kept).not.toContain(secret);
  expect(checkEndpoint(endpoint)).toMatchObject({ ok: true });
});

test('R7e what is sealed anew under a new token is the same delivery, and other content is another', () => {
  const digest = (body: string) => {
    const verdict = judge(endpoint, delivery({}, body));
    return verdict.outcome === 'accepted' ? verdict.replay.signedDigest : verdict;
  };
  const first = digest(bodyOf([item()]));
  expect(digest(bodyOf([item()], [jwt({ ...one, iat: seconds - 5 })]))).toBe(first);
  expect(digest(bodyOf([item({ encryptedContent: seal({ ...message, id: '2' }) })]))).not.toBe(first);
});

test('S7h every token holds: issuer, audience, tenant, publisher, version, time, key and algorithm', () => {
  for (const change of [
    { aud: 'another' },
    { aud: [app] },
    { tid: '46d9e3bd-6309-4177-a016-b256a411e30f' },
    { iss: 'https://sts.windows.net/46d9e3bd-6309-4177-a016-b256a411e30f/' },
    { iss: `https://login.microsoftonline.com/${tenant}/v2.0` },
    { appid: app },
    { appid: undefined, azp: publisher },
    { ver: undefined },
    { ver: '3.0' },
    { exp: seconds },
    { exp: undefined },
    { iat: undefined },
    { iat: seconds - 90_000 },
    { nbf: seconds + 1000 },
    { nbf: 'soon' },
  ])
    for (const tokens of [[jwt({ ...one, ...change })], [jwt(), jwt({ ...one, ...change })], [jwt({ ...one, ...change }), jwt()]])
      expect([change, of([item()], tokens)]).toEqual([change, 'bearer-claims']);
  expect(of([item()], [jwt({ ...two, iss: one.iss })])).toBe('bearer-claims');
  expect(of([item()], [jwt({ ...two, azp: app, appid: publisher })])).toBe('bearer-claims');
  for (const tokens of [[], undefined, null, 'x', {}, [1], [''], ['a.b.c'], [`${jwt()}=`], Array.from({ length: 17 }, () => jwt())])
    expect(of([item()], tokens === undefined ? null : tokens)).toBe('bearer-grammar');
  expect(of([item()], [jwt(one, 'kid2')])).toBe('no-live-secret');
  expect(of([item()], [jwt(one, '../kid1')])).toBe('no-live-secret');
  expect(of([item()], [jwt(one, 'cert-2026')])).toBe('no-live-secret');
  const hs = encodeSymmetric(one, spki(rsa.publicKey).toString(), SymmetricAlgorithm.HS256);
  expect(of([item()], [hs])).toBe('bearer-grammar');
  const cut = jwt();
  expect(of([item()], [`${cut.slice(0, -8)}${cut.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`])).toMatch(
    /^(?:signature-wrong|bearer-grammar)$/,
  );
});

test('R14c E3c every item is of our tenant, has our token and is sealed for us: one that is not refuses them all', () => {
  const bad: readonly [Record<string, unknown>, string][] = [
    [{ clientState: 'forged' }, 'token-wrong'],
    [{ clientState: undefined }, 'token-wrong'],
    [{ tenantId: '46d9e3bd-6309-4177-a016-b256a411e30f' }, 'tenant-mismatch'],
    [{ tenantId: undefined }, 'tenant-mismatch'],
    [{ encryptedContent: undefined }, 'signature-grammar'],
    [{ encryptedContent: 'x' }, 'signature-grammar'],
  ];
  for (const [change, reason] of bad)
    for (const items of [[item(change)], [item(), item(change)], [item(change), item()]])
      expect([change, of(items)]).toEqual([change, reason]);
  for (const items of [[], {}, null, 'x', [1]]) expect(of(items)).toBe('token-wrong');
  expect(of(Array.from({ length: 201 }, () => item({ encryptedContent: {} })))).toBe('body-names');
  expect(says({ ...endpoint, expects: { app, tenant: '46d9e3bd-6309-4177-a016-b256a411e30f' } }, delivery({}, bodyOf([item()])))).toBe(
    'bearer-claims',
  );
});

test('S2d B1e what is sealed is checked before it is decrypted, and what is opened is read as strictly as any body', () => {
  const sealed = (change: object) => of([item({ encryptedContent: { ...seal(message), ...change } })]);
  const good = seal(message);
  const flipped = (text: string): string => {
    const bytes = Buffer.from(text, 'base64');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return bytes.toString('base64');
  };
  for (const change of [
    { data: seal('{"id":"x"}').data },
    { dataSignature: seal(message).dataSignature },
    { dataKey: seal(message).dataKey },
    { ...good, data: flipped(good.data) },
    { ...good, dataSignature: flipped(good.dataSignature) },
    { ...good, dataKey: flipped(good.dataKey) },
    { ...good, dataKey: Buffer.alloc(256).toString('base64') },
    seal(message, { to: rsa.publicKey }),
    seal(message, { hash: 'sha256' }),
    seal(message, { key: randomBytes(16) }),
    seal(message, { mac: Buffer.alloc(32) }),
  ])
    expect([Object.keys(change), sealed(change)]).toEqual([Object.keys(change), 'signature-wrong']);
  // A key that cannot be opened stands for no key at all, not for one of zeros.
  const cipher = seal(message, { key: Buffer.alloc(32), mac: Buffer.alloc(32) });
  expect(sealed({ ...cipher, dataKey: Buffer.alloc(256).toString('base64') })).toBe('signature-wrong');
  for (const change of [{ data: '' }, { data: `${good.data}=` }, { dataSignature: 'AAAA' }, { dataKey: 1 }, { dataKey: undefined }])
    expect(sealed(change)).toBe('signature-grammar');
  for (const id of ['cert-2025', '', undefined, 1]) expect(sealed({ encryptionCertificateId: id })).toBe('no-live-secret');
  const opened = (text: string) => of([item({ encryptedContent: seal(text) })]);
  expect(opened('{"a":1,"a":2}')).toBe('body-duplicate-name');
  expect(opened('{"__proto__":1}')).toBe('body-prototype-name');
  expect(opened('not json')).toBe('body-syntax');
  let decrypted = 0;
  const crypto: WebhookCrypto = { ...nodeCrypto, decrypt: (...args) => (decrypted++, nodeCrypto.decrypt(...args)) };
  const forged = bodyOf([item({ encryptedContent: { ...good, dataSignature: seal(message).dataSignature } })]);
  expect(verifyDelivery(endpoint, delivery({}, forged), nowMs, crypto)).toMatchObject({ reason: 'signature-wrong' });
  expect(decrypted).toBe(0);
});

test('S6h an endpoint needs all three kinds of secrets, and a private key is told from a public one', () => {
  const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const read = (value: string) => readSecret(graphResources, { id: 'cert-2026', value, notBeforeMs: 0, notAfterMs: null });
  const mine = read(pem);
  expect(mine.ok && mine.value.kind === 'rsa-private' && Buffer.from(mine.value.key).equals(pkcs8)).toBe(true);
  expect(read(pair.publicKey.export({ format: 'pem', type: 'spki' }).toString())).toMatchObject({ value: { kind: 'rsa-public' } });
  expect(read(clientState)).toMatchObject({ value: { kind: 'token' } });
  expect(read(pair.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString())).toMatchObject({ ok: false });
  for (const kind of ['token', 'rsa-public', 'rsa-private'])
    expect(checkEndpoint({ ...endpoint, secrets: endpoint.secrets.filter((secret) => secret.kind !== kind) })).toMatchObject({ ok: false });
  for (const expects of [{ app }, { tenant }, {}]) expect(checkEndpoint({ ...endpoint, expects })).toMatchObject({ ok: false });
  expect(nodeCrypto.unseal(new Uint8Array(3), new Uint8Array(3))).toBe(null);
  expect(nodeCrypto.decrypt(new Uint8Array(3), new Uint8Array(3), new Uint8Array(3))).toBe(null);
});
