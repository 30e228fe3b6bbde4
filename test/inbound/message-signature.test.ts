import { createHash, createPrivateKey, createSign, createHmac, constants, generateKeyPairSync, sign as signWith } from 'node:crypto';
import { httpbis } from 'http-message-signatures';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { readInputs, signatureBase } from '../../src/inbound/message-signature.ts';
import { httpSignatures } from '../../src/inbound/providers/generic.ts';
import { delivery, edPublic, endpointOf, judge, nowMs, says, secretOf, shared, spki, url, withHeaders } from './senders.ts';

/* HTTP Message Signatures: the vectors of the RFC, and deliveries signed by a library of somebody else. */

// RFC 9421, appendix B.2: the request that its examples sign.
const example: Delivery = {
  method: 'POST',
  target: '/foo?param=Value&Pet=dog',
  headers: {
    host: ['example.com'],
    date: ['Tue, 20 Apr 2021 02:07:55 GMT'],
    'content-type': ['application/json'],
    'content-digest': ['sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'],
    'content-length': ['18'],
  },
  body: Buffer.from('{"hello": "world"}'),
  source: 'none',
};

test('the bases of the examples B.2.5 and B.2.6 of RFC 9421 have the signatures that it prints', () => {
  const [hmac] = readInputs('sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"')!;
  const base = signatureBase(hmac!, example, 'https://example.com/foo?param=Value&Pet=dog');
  const key = Buffer.from('uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==', 'base64');
  expect(base.ok && createHmac('sha256', key).update(base.value).digest('base64')).toBe('pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=');
  const [ed] = readInputs(
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  )!;
  const second = signatureBase(ed!, example, 'https://example.com/foo?param=Value&Pet=dog');
  const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----\n';
  expect(second.ok && signWith(null, Buffer.from(second.value), createPrivateKey(pem)).toString('base64')).toBe(
    'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
  );
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = {
  'hmac-sha256': { secret: { ...shared, id: 'k1' }, sign: async (data: Buffer) => createHmac('sha256', shared.key).update(data).digest() },
  'rsa-pss-sha512': {
    secret: secretOf('rsa-public', spki(rsa.publicKey), 'k1'),
    sign: async (data: Buffer) =>
      createSign('sha512').update(data).sign({ key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }),
  },
  'ecdsa-p256-sha256': {
    secret: secretOf('ecdsa-public', spki(ec.publicKey), 'k1'),
    sign: async (data: Buffer) => signWith('sha256', data, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
  },
} as const;
type Alg = keyof typeof keys;

const body = '{"type":"invoice.paid","id":7}';
const digest = (of: string): string => `sha-256=:${createHash('sha256').update(of).digest('base64')}:`;
const must = ['@method', '@target-uri', 'content-digest'];

async function send(
  alg: Alg,
  wish: { readonly fields?: string[]; readonly created?: number; readonly expires?: number; readonly nonce?: string } = {},
): Promise<Delivery> {
  const message = { method: 'POST', url, headers: { 'content-type': 'application/json', 'content-digest': digest(body) } };
  const signed = await httpbis.signMessage(
    {
      key: { id: 'k1', alg, sign: keys[alg].sign },
      name: 'sig1',
      fields: wish.fields ?? must,
      params: [
        'created',
        'keyid',
        'alg',
        ...(wish.expires === undefined ? [] : ['expires']),
        ...(wish.nonce === undefined ? [] : ['nonce']),
      ],
      paramValues: {
        created: new Date(wish.created ?? nowMs),
        ...(wish.expires === undefined ? {} : { expires: new Date(wish.expires) }),
        ...(wish.nonce === undefined ? {} : { nonce: wish.nonce }),
      },
    },
    message,
  );
  return delivery(Object.fromEntries(Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), value])), body);
}
const endpoint = (alg: Alg) => endpointOf(httpSignatures, [keys[alg].secret]);

test.each(Object.keys(keys) as Alg[])('what another library signs with %s is taken, and nothing of it can be changed', async (alg) => {
  const sent = await send(alg, { nonce: 'n-1' });
  expect(judge(endpoint(alg), sent)).toMatchObject({
    outcome: 'accepted',
    trust: 'event',
    freshness: 'signed',
    bodyIntegrity: alg === 'hmac-sha256' ? 'mac' : 'signature',
    events: ['invoice.paid'],
    replay: { messageId: 'n-1' },
  });
  const input = sent.headers['signature-input']![0]!;
  expect(says(endpoint(alg), { ...sent, body: Buffer.from(body.replace('7', '8')) })).toBe('body-hash');
  expect(says(endpoint(alg), withHeaders(sent, { 'content-digest': digest(body.replace('7', '8')) }))).toBe('body-hash');
  expect(says(endpoint(alg), { ...withHeaders(sent, { 'content-digest': digest('{}') }), body: Buffer.from('{}') })).toBe(
    'signature-wrong',
  );
  expect(says(endpoint(alg), { ...sent, target: '/in/one?x=1' })).toBe('signature-wrong');
  for (const change of [input.replace('created=', 'expires=9999999999;created='), input.replace('k1', 'k2'), input.replace('n-1', 'n-2')])
    expect(says(endpoint(alg), withHeaders(sent, { 'signature-input': change }))).toBe('signature-wrong');
  expect(says(endpoint(alg), withHeaders(sent, { 'signature-input': input.replace(/alg="[^"]*"/, 'alg="none"') }))).toBe('signature-wrong');
  const foreign = alg === 'hmac-sha256' ? secretOf('hmac', 'x'.repeat(32), 'k1') : keys['hmac-sha256'].secret;
  expect(says(endpointOf(httpSignatures, [foreign]), sent)).toBe('signature-wrong');
});

test('an Ed25519 key of ours verifies, and is no HMAC secret', async () => {
  const sent = await send('hmac-sha256');
  expect(says(endpointOf(httpSignatures, [{ ...edPublic, id: 'k1' }]), sent)).toBe('signature-wrong');
  expect(nodeCrypto.verify('rsa-pss-sha512', edPublic.key, Buffer.alloc(64), ['x'])).toBe(false);
});

test('S3c a signature that covers too little is none: method, the whole address and the digest of the body', async () => {
  for (const fields of [
    ['@method', '@target-uri'],
    ['@target-uri', 'content-digest'],
    ['@method', '@path', 'content-digest'],
    ['content-digest'],
    [],
  ])
    expect([fields, says(endpoint('hmac-sha256'), await send('hmac-sha256', { fields }))]).toEqual([fields, 'signature-grammar']);
  expect(says(endpoint('hmac-sha256'), await send('hmac-sha256', { fields: ['@method', '@authority', '@path', 'content-digest'] }))).toBe(
    'accepted',
  );
});

test('R7h a delivery with an empty query is the one without a query: `@query` is the same of both', async () => {
  const sent = await send('hmac-sha256', { fields: ['@method', '@authority', '@path', '@query', 'content-digest'] });
  const [plain, empty, twice] = ['/in/one', '/in/one?', '/in/one??'].map((target) => judge(endpoint('hmac-sha256'), { ...sent, target }));
  expect(plain).toMatchObject({ outcome: 'accepted' });
  expect(empty).toEqual(plain);
  expect(twice).toMatchObject({ outcome: 'refused', reason: 'signature-wrong' });
});

test('R10g it is made now, and it ends', async () => {
  const at = async (wish: Parameters<typeof send>[1]) => says(endpoint('hmac-sha256'), await send('hmac-sha256', wish));
  expect(await at({ created: nowMs - 301_000 })).toBe('time-past');
  expect(await at({ created: nowMs + 302_000 })).toBe('time-future');
  expect(await at({ expires: nowMs - 1000 })).toBe('time-past');
  expect(await at({ expires: nowMs + 60_000 })).toBe('accepted');
  const sent = await send('hmac-sha256');
  const input = sent.headers['signature-input']![0]!.replace(/created=\d+;/, '');
  expect(says(endpoint('hmac-sha256'), withHeaders(sent, { 'signature-input': input }))).toBe('time-grammar');
});

test('H1b S8f headers that are not in the grammar, stand twice, or hold too many signatures are refused', async () => {
  const sent = await send('hmac-sha256');
  const [input, signature] = [sent.headers['signature-input']![0]!, sent.headers['signature']![0]!];
  const of = (change: Parameters<typeof withHeaders>[1]) => says(endpoint('hmac-sha256'), withHeaders(sent, change));
  expect(of({ 'signature-input': [input, input] })).toBe('header-duplicate');
  expect(of({ signature: null })).toBe('header-missing');
  for (const broken of [
    `${input},`,
    input.replace('"@method"', '"@method";req'),
    `${input}, ${input}`,
    input.replace(' ', '  '),
    input.replace(')', ''),
    `${input};expires="1"`,
    input.replace(/created=(\d+)/, 'created="$1"'),
    input.replace(/keyid="[^"]*"/, 'keyid=1'),
    `${input};nonce=1`,
    'sig1',
    '()',
  ])
    expect([broken, of({ 'signature-input': broken })]).toEqual([broken, 'signature-grammar']);
  const many = Array.from({ length: 17 }, (_, i) => input.replace('sig1', `s${i}`)).join(', ');
  expect(of({ 'signature-input': many })).toBe('signature-grammar');
  // Each is held against every key: more than a sender makes are refused before the first.
  expect(of({ 'signature-input': many.split(', ').slice(0, 5).join(', ') })).toBe('signature-count');
  for (const broken of [signature.replace(':', ''), 'sig1=::', `${signature}, ${signature}`, signature.replace('=:', '=:_')])
    expect(of({ signature: broken })).toBe('signature-grammar');
  // Two labels: one that does not hold takes nothing from one that does.
  const other = input.replace('sig1', 'sig0');
  expect(of({ 'signature-input': `${other}, ${input}`, signature: `sig0=:${Buffer.alloc(32).toString('base64')}:, ${signature}` })).toBe(
    'accepted',
  );
  expect(of({ 'content-digest': null })).toBe('header-missing');
});
