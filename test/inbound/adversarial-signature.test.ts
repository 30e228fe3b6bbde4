// verifies: hooks.attacks
import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery, Endpoint, WebhookCrypto } from '../../src/inbound/delivery.ts';
import { connect, jiraDynamic } from '../../src/inbound/providers/atlassian.ts';
import { verifyDelivery } from '../../src/inbound/verify.ts';
import * as hint from './hint-senders.ts';
import * as at from './senders.ts';
import {
  delivery,
  endpointOf,
  github,
  mac,
  other,
  pagerdutySender,
  says,
  secretOf,
  shared,
  slack,
  standard,
  standardEd,
  stripeSender,
  withHeaders,
} from './senders.ts';

const signature = 'x-hub-signature-256';
const good = github.send().headers[signature]?.[0] ?? '';

test.each(['sha256=', 'sha256', '=', good.slice(7), ` ${good}`, `${good} `])('S1a an empty or bare signature is refused: %j', (value) => {
  expect(says(github.endpoint, withHeaders(github.send(), { [signature]: value }))).not.toBe('accepted');
});

test.each([
  [stripeSender, 'stripe-signature', `t=${at.nowMs / 1000},v1=`, 'signature-grammar'],
  [pagerdutySender, 'x-pagerduty-signature', 'v1=', 'signature-grammar'],
  [standard, 'webhook-signature', 'v1,', 'signature-grammar'],
  [slack, 'x-slack-signature', 'v0=', 'signature-grammar'],
] as const)('S1b a version without a signature is refused', (sender, name, value, reason) => {
  expect(says(sender.endpoint, withHeaders(sender.send(), { [name]: value }))).toBe(reason);
});

test('S2a a MAC that is cut short or goes on is refused before it is compared', () => {
  for (const value of [good.slice(0, -2), good.slice(0, 20), `${good}00`, `${good}${good.slice(7)}`, `${good}=junk`])
    expect(says(github.endpoint, withHeaders(github.send(), { [signature]: value }))).toBe('signature-grammar');
});

test('S2b the MAC of something else is refused', () => {
  const foreign = `sha256=${mac('hex', shared.key, `${github.body}\n`)}`;
  expect(says(github.endpoint, withHeaders(github.send(), { [signature]: foreign }))).toBe('signature-wrong');
});

test('S3a another version or another header is no way around', () => {
  const sha1 = withHeaders(github.send(), { [signature]: null, 'x-hub-signature': good });
  expect(says(github.endpoint, sha1)).toBe('header-missing');
  expect(says(github.endpoint, withHeaders(github.send(), { [signature]: good.replace('sha256=', 'sha1=') }))).toBe('signature-version');
  const stripe = stripeSender.send().headers['stripe-signature']?.[0] ?? '';
  expect(
    says(
      stripeSender.endpoint,
      withHeaders(stripeSender.send(), { 'stripe-signature': stripe.replace(',v0=', ',v2=').replace('v1=', 'v0=') }),
    ),
  ).toBe('signature-version');
});

test('S3b a key is never used for another algorithm', () => {
  const value = standard.send().headers['webhook-signature']?.[0] ?? '';
  expect(says({ ...standard.endpoint, secrets: standardEd.endpoint.secrets }, standard.send())).toBe('no-live-secret');
  expect(says({ ...standard.endpoint, secrets: standard.endpoint.secrets }, standardEd.send())).toBe('no-live-secret');
  expect(says(standard.endpoint, withHeaders(standard.send(), { 'webhook-signature': value.replace('v1,', 'v1a,') }))).toBe(
    'signature-grammar',
  );
  // The public key as an HMAC key: whoever can read it could sign.
  const forged = standard.send({ secret: secretOf('hmac', at.edPublic.key) });
  expect(says(standardEd.endpoint, forged)).toBe('no-live-secret');
});

test('S4 a character beyond ASCII is refused and never throws', () => {
  for (const bad of ['é', '\u{1f600}', '\u0130', '\0', '\u2028']) {
    expect(says(github.endpoint, withHeaders(github.send(), { [signature]: good.slice(0, -1) + bad }))).toBe('header-grammar');
    expect(says(slack.endpoint, withHeaders(slack.send(), { 'x-slack-signature': `v0=${bad.repeat(64)}` }))).toBe('header-grammar');
  }
});

test('S5 only the one spelling of hex and base64 counts', () => {
  const hex = good.slice(7);
  for (const value of [
    hex.toUpperCase(),
    hex.slice(0, 63),
    `${hex.slice(0, 62)}zz`,
    hex.replace(/../, '0x'),
    `${hex.slice(0, 32)}:${hex.slice(33)}`,
  ])
    expect(says(github.endpoint, withHeaders(github.send(), { [signature]: `sha256=${value}` }))).toBe('signature-grammar');
  const base64 = (standard.send().headers['webhook-signature']?.[0] ?? '').slice(3);
  const last = base64.at(-2) ?? '';
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const sibling = alphabet[alphabet.indexOf(last) + 1] ?? ''; // the same bytes to a lenient decoder
  const spelled = [
    base64.replace('=', ''),
    `${base64}=`,
    `${base64}AAAA`,
    `${base64.slice(0, -2)}${sibling}=`,
    `${base64.slice(0, -2)}-=`,
    `${base64.slice(0, 8)}\n${base64.slice(9)}`,
  ];
  for (const value of spelled)
    expect(says(standard.endpoint, withHeaders(standard.send(), { 'webhook-signature': `v1,${value}` }))).toMatch(
      /^(?:signature|header)-grammar$/,
    );
});

/** Counts what was computed. */
function counting(): { crypto: WebhookCrypto; hmacs: () => number; compared: () => number } {
  let hmacs = 0;
  let compared = 0;
  const crypto: WebhookCrypto = {
    ...nodeCrypto,
    hmac: (...args) => (hmacs++, nodeCrypto.hmac(...args)),
    equal: (...args) => (compared++, nodeCrypto.equal(...args)),
  };
  return { crypto, hmacs: () => hmacs, compared: () => compared };
}

test.each([17, 10_000, 100_000])('S8a %i signatures in one header are refused before anything is hashed', (count) => {
  for (const [sender, name, item, separator] of [
    [standard, 'webhook-signature', `v1,${'A'.repeat(43)}=`, ' '],
    [pagerdutySender, 'x-pagerduty-signature', `v1=${'0'.repeat(64)}`, ','],
  ] as const) {
    const value = Array.from({ length: count }, () => item).join(separator);
    const { crypto, hmacs } = counting();
    const verdict = verifyDelivery(sender.endpoint, withHeaders(sender.send(), { [name]: value }), at.nowMs, crypto);
    expect(verdict).toMatchObject({ outcome: 'refused', reason: value.length > 8192 ? 'header-grammar' : 'signature-count' });
    expect(hmacs()).toBe(0);
  }
});

test('S8g more signatures than a sender makes are refused before a public key verifies any of them', () => {
  const { endpoint, send } = at.standardEd;
  const right = send().headers['webhook-signature']?.[0] ?? '';
  const asked: string[] = [];
  const crypto = {
    ...nodeCrypto,
    verify: (...of: Parameters<typeof nodeCrypto.verify>) => asked.push(of[0]) > 0 && nodeCrypto.verify(...of),
  };
  const judged = (forged: number) => {
    const value = [...Array.from({ length: forged }, () => `v1a,${'A'.repeat(86)}==`), right].join(' ');
    return verifyDelivery(endpoint, withHeaders(send(), { 'webhook-signature': value }), at.nowMs, crypto);
  };
  expect([judged(3).outcome, asked.length]).toEqual(['accepted', 4]);
  expect([judged(4), asked.length]).toEqual([expect.objectContaining({ reason: 'signature-count' }), 4]);
});

test('S9a while secrets rotate, the old one, the new one and both count, and one that has ended does not', () => {
  const until = at.nowMs + 1000;
  const endpoint = {
    ...pagerdutySender.endpoint,
    secrets: [
      { ...shared, notAfterMs: until },
      { ...other, notBeforeMs: at.nowMs - 1000 },
    ],
  };
  const both = [shared, other].map((secret) => `v1=${mac('hex', secret.key, pagerdutySender.body)}`);
  expect(at.judge(endpoint, pagerdutySender.send())).toMatchObject({ outcome: 'accepted', secretId: 's1' });
  expect(at.judge(endpoint, pagerdutySender.send({ secret: other }))).toMatchObject({ outcome: 'accepted', secretId: 's2' });
  for (const value of [both, both.toReversed()])
    expect(says(endpoint, withHeaders(pagerdutySender.send(), { 'x-pagerduty-signature': value.join(',') }))).toBe('accepted');
  expect(says(endpoint, pagerdutySender.send(), until)).toBe('signature-wrong');
  expect(says(endpoint, pagerdutySender.send({ secret: other }), at.nowMs - 1001)).toBe('signature-wrong');
  expect(says({ ...endpoint, secrets: [{ ...shared, notAfterMs: until }] }, pagerdutySender.send(), until)).toBe('no-live-secret');
});

test('S10a every live secret is tried on every candidate, wherever the right one stands', () => {
  const third = secretOf('hmac', 'Mn7Bv3Cx9Zl1Kj5Hg8Fd2Sa6Po4Iu0Yt', 's3');
  const bad = `v1=${'0'.repeat(64)}`;
  for (const secrets of [
    [shared, other, third],
    [other, third, shared],
  ]) {
    for (const items of [
      ['good', bad],
      [bad, 'good'],
      [bad, bad],
    ]) {
      const value = items.map((item) => (item === 'good' ? `v1=${mac('hex', shared.key, pagerdutySender.body)}` : item)).join(',');
      const { crypto, hmacs, compared } = counting();
      verifyDelivery(
        { ...pagerdutySender.endpoint, secrets },
        withHeaders(pagerdutySender.send(), { 'x-pagerduty-signature': value }),
        at.nowMs,
        crypto,
      );
      expect([hmacs(), compared()]).toEqual([3, 6]);
    }
  }
});

/** What a judgement costs in operations with secrets: codes, signatures, comparisons. */
function secretSteps(endpoint: Endpoint, given: Delivery): readonly [number, number, number] {
  const { crypto, hmacs, compared } = counting();
  let verified = 0;
  verifyDelivery(endpoint, given, at.nowMs, { ...crypto, verify: (...args) => (verified++, crypto.verify(...args)) });
  return [hmacs(), verified, compared()];
}

const bearerText = [{ alg: 'HS256' }, {}].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
const bearer = `${bearerText}.${Buffer.from(mac('hex', shared.key, bearerText), 'hex').toString('base64url')}`;
const tokened = Buffer.from(at.token.key).toString();
/** Senders of every way to prove with a secret that an endpoint has several of. */
const provers: readonly (readonly [string, Endpoint, Delivery])[] = [
  ...at.signing.map(({ name, endpoint, send }) => [name, endpoint, send()] as const),
  ['a token in a header', hint.gitlabPlain, delivery({ 'x-gitlab-token': tokened }, '{"object_kind":"push"}')],
  ['a token in an item', hint.graph, delivery({}, hint.graphBody(tokened))],
  ['a token under HS256', endpointOf(jiraDynamic, [shared]), delivery({ authorization: `Bearer ${bearer}` }, '{"webhookEvent":"x"}')],
];

test.each(provers)('S10b E9c what is taken costs the same as what is refused, whichever secret is right: %s', (_, endpoint, given) => {
  const foreign = at.foreignTo(endpoint);
  const [own = shared] = endpoint.secrets;
  const ways = [
    [own, foreign],
    [foreign, own],
    [foreign, { ...foreign, id: 's9' }],
  ];
  const said = ways.map((secrets) => says({ ...endpoint, secrets }, given));
  expect(said.map((one) => one === 'accepted' || one === 'handshake')).toEqual([true, true, false]);
  const steps = ways.map((secrets) => secretSteps({ ...endpoint, secrets }, given));
  expect(steps).toEqual([steps[0], steps[0], steps[0]]);
  // For every secret one code or signature, and for every code or token at least one comparison.
  expect(Math.max(...(steps[0] ?? []))).toBeGreaterThanOrEqual(2);
});

test('S10c of an app the secrets of all clients are tried, whoever the token says that it is of', () => {
  const bound = [
    { ...shared, client: 'a' },
    { ...other, client: 'b' },
    { ...secretOf('hmac', 'Mn7Bv3Cx9Zl1Kj5Hg8Fd2Sa6Po4Iu0Yt', 's3'), client: 'b' },
  ];
  const endpoint = { ...endpointOf(connect, bound), installable: true as const };
  const seconds = Math.floor(at.nowMs / 1000);
  const of = (iss: string, key: Uint8Array): Delivery => {
    const text = [{ alg: 'HS256' }, { iss, iat: seconds, exp: seconds + 60, qsh: nodeCrypto.sha256(['POST&/in/one&']) }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return delivery({ authorization: `JWT ${text}.${Buffer.from(mac('hex', key, text), 'hex').toString('base64url')}` }, '{"event":"x"}');
  };
  const given = [of('a', shared.key), of('b', other.key), of('b', shared.key), of('a', other.key), of('c', shared.key)];
  expect(given.map((one) => says(endpoint, one))).toEqual(['accepted', 'accepted', 'signature-wrong', 'signature-wrong', 'no-live-secret']);
  for (const one of given) expect(secretSteps(endpoint, one)).toEqual([3, 0, 3]);
});

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const integer = (value: bigint): Buffer => {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
};
const der = (r: bigint, s: bigint): string => {
  const body = Buffer.concat([r, s].map((value) => Buffer.concat([Buffer.of(2, integer(value).length), integer(value)])));
  return Buffer.concat([Buffer.of(0x30, body.length), body]).toString('base64');
};

test('S11a ECDSA signatures of zeros, or beyond the order, are refused', () => {
  const name = 'x-twilio-email-event-webhook-signature';
  for (const [r, s] of [
    [0n, 0n],
    [1n, 0n],
    [0n, 1n],
    [order, 1n],
    [1n, order],
    [order, order],
    [order + 1n, order + 1n],
  ] as const)
    expect(says(at.sendgridSender.endpoint, withHeaders(at.sendgridSender.send(), { [name]: der(r, s) }))).toBe('signature-wrong');
});

test('S11b R7d a rewritten ECDSA signature that still holds is the same delivery', () => {
  const name = 'x-twilio-email-event-webhook-signature';
  const given = at.sendgridSender.send();
  const bytes = Buffer.from(given.headers[name]?.[0] ?? '', 'base64');
  const [rLength = 0] = [bytes[3]];
  const read = (from: number, length: number): bigint => BigInt(`0x${bytes.subarray(from, from + length).toString('hex')}`);
  const r = read(4, rLength);
  const s = read(6 + rLength, bytes[5 + rLength] ?? 0);
  const [one, two] = [given, withHeaders(given, { [name]: der(r, order - s) })].map((each) => at.judge(at.sendgridSender.endpoint, each));
  if (one?.outcome !== 'accepted' || two?.outcome !== 'accepted') throw new Error('both hold in OpenSSL');
  expect(two.replay).toEqual(one.replay);
});

test('S11c an Ed25519 signature whose S is beyond the order is refused', () => {
  const name = 'x-signature-ed25519';
  const bytes = Buffer.from(at.discord.send().headers[name]?.[0] ?? '', 'hex');
  const l = 2n ** 252n + 27742317777372353535851937790883648493n;
  const big = Buffer.from(bytes.subarray(32).toReversed());
  const s = BigInt(`0x${big.toString('hex')}`) + l;
  const moved = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').toReversed();
  const value = Buffer.concat([bytes.subarray(0, 32), moved]).toString('hex');
  expect(says(at.discord.endpoint, withHeaders(at.discord.send(), { [name]: value }))).toBe('signature-wrong');
});

test('S7a a bearer is refused for another algorithm, key, audience, issuer, address, and after its end', () => {
  const send = (token: string) => says(hint.pubsub, delivery({ authorization: `Bearer ${token}` }, hint.pubsubBody));
  expect(send(hint.jwt())).toBe('accepted');
  const none = Buffer.from(JSON.stringify({ alg: 'none', kid: 'kid1' })).toString('base64url');
  expect(send(`${none}.${hint.jwt().split('.')[1]}.`)).toBe('bearer-grammar');
  for (const alg of ['HS256', 'none', 'rs256', 'RS512', 'PS256'])
    expect(send(hint.jwt(hint.claims, { alg, kid: 'kid1' }))).toBe('bearer-grammar');
  const head = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'kid1' })).toString('base64url');
  const signed = `${head}.${hint.jwt().split('.')[1]}`;
  const pem = hint.rsa.publicKey.export({ format: 'pem', type: 'spki' });
  expect(send(`${signed}.${Buffer.from(mac('base64', Buffer.from(pem), signed), 'base64').toString('base64url')}`)).toBe('bearer-grammar');
  for (const kid of ['../kid1', 'kid2', '', 1, undefined])
    expect(send(hint.jwt(hint.claims, { alg: 'RS256', kid }))).toBe('no-live-secret');
  expect(send(hint.jwt(hint.claims, { alg: 'RS256', kid: 'kid1', crit: ['exp'] }))).toBe('bearer-grammar');
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = foreign.publicKey.export({ format: 'jwk' });
  expect(
    send(hint.jwt(hint.claims, { alg: 'RS256', kid: 'kid1', jku: 'https://evil.test', x5u: 'https://evil.test', jwk }, foreign.privateKey)),
  ).toBe('signature-wrong');
  const seconds = at.nowMs / 1000;
  for (const change of [
    { aud: 'https://other.test' },
    { aud: [at.url] },
    { iss: 'https://accounts.google.com.evil.test' },
    { email: 'x@p.iam' },
    { email_verified: false },
    { email_verified: 'true' },
    { exp: seconds },
    { exp: undefined },
    { iat: undefined },
    { iat: seconds + 1000 },
    { exp: seconds + 90_000 },
  ])
    expect([change, send(hint.jwt({ ...hint.claims, ...change }))]).toEqual([change, 'bearer-claims']);
});

test('S7b a small RSA key, and a key of another kind under a bearer, verify nothing', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const spki = small.publicKey.export({ format: 'der', type: 'spki' });
  expect(nodeCrypto.verify('rs256', spki, sign('sha256', Buffer.from('x'), small.privateKey), ['x'])).toBe(false);
  expect(nodeCrypto.verify('rs256', at.edPublic.key, Buffer.alloc(64), ['x'])).toBe(false);
  expect(nodeCrypto.verify('ed25519', new Uint8Array(3), Buffer.alloc(64), ['x'])).toBe(false);
});

test('S12a tokens are compared by digest, so that neither length nor content shows', () => {
  const given = (value: string) => delivery({ 'x-gitlab-token': value }, '{"object_kind":"push"}');
  const token = Buffer.from(at.token.key).toString();
  expect(says(hint.gitlabPlain, given(token))).toBe('accepted');
  for (const value of [token.slice(0, -1), `${token}x`, token.toUpperCase(), 'x'])
    expect(says(hint.gitlabPlain, given(value))).toBe('token-wrong');
  const lengths: number[] = [];
  const crypto: WebhookCrypto = { ...nodeCrypto, equal: (a, b) => (lengths.push(a.length, b.length), nodeCrypto.equal(a, b)) };
  verifyDelivery(hint.gitlabPlain, given('short'), at.nowMs, crypto);
  verifyDelivery(hint.graph, delivery({}, hint.graphBody('short')), at.nowMs, crypto);
  expect(lengths).toEqual([64, 64, 64, 64]);
});
