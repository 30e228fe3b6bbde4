// verifies: hooks.handshakes
import { generateKeyPairSync } from 'node:crypto';
import { createQueryStringHash, encodeAsymmetric, encodeSymmetric, AsymmetricAlgorithm, SymmetricAlgorithm } from 'atlassian-jwt';
import { expect, test } from 'vitest';
import type { Delivery, Endpoint } from '../../src/inbound/delivery.ts';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import { bitbucket, confluence, connect, connectLifecycle, jiraDynamic } from '../../src/inbound/providers/atlassian.ts';
import { describeProvider } from '../../src/inbound/describe.ts';
import { webhookProviders } from '../../src/inbound/provider-list.ts';
import { gitlabToken, graphBasic } from '../../src/inbound/providers/hints.ts';
import { meta, teams, xActivity } from '../../src/inbound/providers/social.ts';
import { readSecret } from '../../src/inbound/secrets.ts';
import { delivery, endpointOf, judge, mac, nowMs, other, says, secretOf, shared, spki, token } from './senders.ts';

/*
 * Atlassian's senders, whose tokens are made by Atlassian's own library, and those that ask for a challenge by GET.
 */

const text = (key: Uint8Array): string => Buffer.from(key).toString();
const seconds = nowMs / 1000;
const body = '{"webhookEvent":"jira:issue_updated","issue":{"key":"OPS-1"}}';

interface Call {
  readonly method: string;
  readonly pathname: string;
  readonly query: Record<string, string | string[]>;
}
const call = (query: Call['query'] = {}): Call => ({ method: 'POST', pathname: '/in/one', query });
const qsh = (query?: Call['query']): string => createQueryStringHash(call(query), false);
const symmetric = (claims: object, key = text(shared.key), alg = SymmetricAlgorithm.HS256): string => encodeSymmetric(claims, key, alg);
const connected = endpointOf(connect, [shared], { expects: { iss: 'client-1' } });
const claims = { iss: 'client-1', iat: seconds - 5, exp: seconds + 180, qsh: qsh() };
const send = (token: string, change: Partial<Delivery> = {}, scheme = 'JWT'): Delivery =>
  delivery({ authorization: `${scheme} ${token}` }, body, change);

test('a Connect app is called with a token over method, path and query, which is a hint about the body', () => {
  expect(judge(connected, send(symmetric(claims)))).toMatchObject({
    outcome: 'accepted',
    trust: 'hint',
    bodyIntegrity: 'none',
    freshness: 'none',
    events: ['jira:issue_updated'],
    doubts: ['body-unsigned'],
  });
  // The lifecycle's other events are signed like webhooks; one that brings a secret to the wrong place leaves none there.
  const enabled = delivery({ authorization: `JWT ${symmetric(claims)}` }, installed.replace('"installed"', '"enabled"'));
  expect(judge(connected, enabled)).toMatchObject({ events: ['enabled'], trust: 'hint' });
  expect(JSON.stringify(judge(connected, enabled))).not.toContain('made-up-shared');
  // Every form of a query that Atlassian's library hashes is hashed alike here.
  const queries: readonly [string, Call['query']][] = [
    ['?user_id=admin&user_key=ac%20min', { user_id: 'admin', user_key: 'ac min' }],
    ['?zee=last&a=2&a=1&b=%21%27%28%29%2A', { zee: 'last', a: ['2', '1'], b: "!'()*" }],
    ['?e=&x=%C3%A9', { e: '', x: 'é' }],
  ];
  for (const [target, query] of queries)
    expect(says(connected, send(symmetric({ ...claims, qsh: qsh(query) }), { target: `/in/one${target}` }))).toBe('accepted');
  expect(says(connected, send(symmetric(claims), { target: '/in/one?user_id=eve' }))).toBe('bearer-claims');
});

test('E3f the same words of two clients of one endpoint are two deliveries', () => {
  const [first, second] = [
    { ...shared, client: 'client-1' },
    { ...other, client: 'client-2' },
  ];
  const shop = endpointOf(connect, [first, second], { installable: true });
  const keys = [
    symmetric(claims),
    symmetric({ ...claims, exp: claims.exp + 1 }),
    symmetric({ ...claims, iss: 'client-2' }, text(other.key)),
  ].map((token) => {
    const verdict = judge(shop, send(token));
    return verdict.outcome === 'accepted' ? verdict.replay.signedDigest : verdict;
  });
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
});

test('H5b a token stands in the header or in the query, once, and not in both', () => {
  const bare = (target: string): Delivery => delivery({}, body, { target });
  const jwt = symmetric(claims);
  expect(judge(connected, bare(`/in/one?jwt=${jwt}`))).toMatchObject({
    outcome: 'accepted',
    trust: 'hint',
    tenant: { client: 'client-1' },
  });
  const query = { user_id: 'admin' };
  expect(says(connected, bare(`/in/one?user_id=admin&jwt=${symmetric({ ...claims, qsh: qsh(query) })}`))).toBe('accepted');
  expect(says(connected, bare(`/in/one?user_id=admin&jwt=${jwt}`))).toBe('bearer-claims');
  expect(says(connected, bare(`/in/one?jwt=${jwt}&jwt=${jwt}`))).toBe('header-duplicate');
  expect(says(connected, bare(`/in/one?jwt=${jwt}&jwt`))).toBe('header-duplicate');
  for (const target of ['/in/one?jwt=', '/in/one?jwt', `/in/one?jwt=JWT%20${jwt}`, `/in/one?jwt=${jwt.replaceAll('.', '%2e')}`])
    expect(says(connected, bare(target))).toBe('bearer-grammar');
  expect(says(connected, bare(`/in/one?JWT=${jwt}`))).toBe('header-missing');
  expect(says(connected, send(jwt, { target: `/in/one?jwt=${jwt}` }))).toBe('header-conflict');
  expect(says(lifecycle, bare(`/in/one?jwt=${jwt}`))).toBe('header-missing');
});

test('S7c a Connect token is refused for another installation, secret, algorithm, scheme, time and hash', () => {
  for (const change of [
    { iss: 'client-2' },
    { iss: undefined },
    { iss: ['client-1', 'client-2'] },
    { exp: seconds },
    { exp: undefined },
    { iat: undefined },
    { iat: seconds + 1000 },
    { exp: seconds + 90_000 },
    { exp: '1790000180' },
    { qsh: undefined },
    { qsh: 'context-qsh' },
    { qsh: qsh({ a: '1' }) },
  ])
    expect([change, says(connected, send(symmetric({ ...claims, ...change })))]).toEqual([change, 'bearer-claims']);
  expect(says(connected, send(symmetric(claims, text(other.key))))).toBe('signature-wrong');
  expect(says(connected, send(symmetric(claims, text(shared.key), SymmetricAlgorithm.HS512)))).toBe('bearer-grammar');
  expect(says(connected, send(symmetric(claims), {}, 'Bearer'))).toBe('bearer-grammar');
  expect(says(connected, send(`${symmetric(claims)}=`))).toBe('bearer-grammar');
  expect(says(connected, { ...send(symmetric(claims)), headers: { 'content-type': ['application/json'] } })).toBe('header-missing');
  const twice = send(symmetric(claims));
  expect(
    says(connected, { ...twice, headers: { ...twice.headers, authorization: [...twice.headers['authorization']!, 'JWT a.b.c'] } }),
  ).toBe('header-duplicate');
});

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const lifecycle: Endpoint = endpointOf(connectLifecycle, [secretOf('rsa-public', spki(rsa.publicKey), 'kid-1')], {
  expects: { aud: 'https://hooks.test' },
});
const installed = '{"key":"app","clientKey":"client-1","sharedSecret":"made-up-shared-9fK2","eventType":"installed"}';

const signedInstall = { aud: ['https://hooks.test'], iss: 'client-1', iat: seconds - 5, exp: seconds + 180, qsh: qsh() };
const installToken = (change: object = {}, kid = 'kid-1'): string =>
  encodeAsymmetric({ ...signedInstall, ...change }, pem, AsymmetricAlgorithm.RS256, { kid });

test('S7d an installing is believed under the pinned key alone: signed with a shared secret it is refused, and its secret is not kept', () => {
  const token = installToken;
  const install = (jwt: string): Delivery => delivery({ authorization: `JWT ${jwt}` }, installed);
  const verdict = judge(lifecycle, install(token()));
  expect(verdict).toMatchObject({ outcome: 'accepted', trust: 'hint', events: ['installed'], tenant: { client: 'client-1' } });
  expect(JSON.stringify(verdict)).not.toContain('made-up-shared');
  expect(says(lifecycle, install(encodeSymmetric(signedInstall, 'x'.repeat(32), SymmetricAlgorithm.HS256)))).toBe('bearer-grammar');
  expect(says(lifecycle, install(token({}, 'kid-2')))).toBe('no-live-secret');
  expect(says(lifecycle, install(token({ iss: 'client-2' })))).toBe('tenant-mismatch');
  for (const change of [
    { aud: ['https://evil.test'] },
    { aud: ['https://hooks.test', 'https://evil.test'] },
    { qsh: 'x' },
    { exp: seconds - 1 },
  ])
    expect(says(lifecycle, install(token(change)))).toBe('bearer-claims');
});

test('H6e the hash is over the path below the base address of the app, with a path of its own or without, and aud is that address', () => {
  const [origin, base] = ['https://hooks.test', 'https://hooks.test/in'];
  const hashed = (below?: string, pathname = '/in/one'): string => createQueryStringHash({ ...call({ a: '1' }), pathname }, false, below);
  const hashSays = (endpoint: Endpoint, hash: string): string =>
    says(endpoint, send(symmetric({ ...claims, qsh: hash }), { target: '/in/one?a=1' }));
  expect(hashed(base)).not.toBe(hashed());
  for (const [baseUrl, below] of [
    [undefined, origin],
    [origin, origin],
    [`${origin}/`, origin],
    [base, base],
    [`${base}/`, base],
  ] as const) {
    const endpoint: Endpoint = { ...connected, ...(baseUrl === undefined ? {} : { baseUrl }) };
    expect(checkEndpoint(endpoint)).toMatchObject({ ok: true });
    expect([baseUrl, hashSays(endpoint, hashed(below))]).toEqual([baseUrl, 'accepted']);
    expect([baseUrl, hashSays(endpoint, hashed(below === base ? undefined : base))]).toEqual([baseUrl, 'bearer-claims']);
  }
  // A base address that only begins with the same letters is none, and takes nothing.
  for (const baseUrl of [
    'https://hooks.test/i',
    'https://hooks.test/in/one',
    'https://hooks',
    'https://other.test',
    'https://hooks.test:8443',
    'https:',
  ]) {
    expect([baseUrl, checkEndpoint({ ...connected, baseUrl })]).toMatchObject([
      baseUrl,
      { ok: false, message: expect.stringContaining('baseUrl') },
    ]);
    expect(hashSays({ ...connected, baseUrl }, hashed(baseUrl))).toBe('bearer-claims');
  }
  const below = { ...lifecycle, baseUrl: base, expects: { aud: base } };
  const token = (aud: string): Delivery =>
    delivery({ authorization: `JWT ${installToken({ aud: [aud], qsh: createQueryStringHash(call(), false, base) })}` }, installed);
  expect(checkEndpoint(below)).toMatchObject({ ok: true });
  expect(says(below, token(base))).toBe('accepted');
  for (const aud of [origin, `${base}/`, `${base}/one`]) expect(says(below, token(aud))).toBe('bearer-claims');
  expect(checkEndpoint({ ...below, expects: { aud: `${base}/` } })).toMatchObject({ ok: true }); // as some descriptors write it
  for (const aud of [origin, `${base}x`]) expect(checkEndpoint({ ...below, expects: { aud } })).toMatchObject({ ok: false });
});

test("a token of an OAuth app's webhook is a hint: its algorithm and secret are fixed, and times that are there hold", () => {
  const endpoint = endpointOf(jiraDynamic, [shared]);
  const of = (payload: object, key?: string): Delivery => send(symmetric(payload, key), {}, 'Bearer');
  expect(judge(endpoint, of({}))).toMatchObject({ outcome: 'accepted', trust: 'hint' });
  expect(says(endpoint, of({ iat: seconds - 5, exp: seconds + 60 }))).toBe('accepted');
  for (const old of [{ exp: seconds - 1 }, { iat: seconds - 90_000 }, { iat: seconds + 1000 }, { exp: 'soon' }])
    expect(says(endpoint, of(old))).toBe('bearer-claims');
  expect(says(endpoint, of({}, text(other.key)))).toBe('signature-wrong');
});

test.each([
  ['push', { push: { changes: [] } }],
  ['pullrequest', { pullrequest: { id: 1 } }],
  ['pullrequest_comment', { pullrequest: { id: 1 }, comment: { id: 2 } }],
  ['issue', { issue: { id: 1 }, changes: {} }],
  ['issue_comment', { issue: { id: 1 }, comment: {} }],
  ['commit_comment', { commit: {}, comment: {} }],
  ['fork', { fork: {} }],
])('Bitbucket: a body tells its family by its shape, %s', (name, content) => {
  const endpoint = endpointOf(bitbucket, [shared]);
  const given = JSON.stringify({ actor: {}, repository: { uuid: '{a-1}' }, ...content });
  const signature = `sha256=${mac('hex', shared.key, given)}`;
  const sent = delivery({ 'x-hub-signature': signature, 'x-event-key': 'repo:deleted' }, given);
  expect(judge(endpoint, sent)).toMatchObject({ outcome: 'accepted', trust: 'event', events: [name], tenant: { repository: '{a-1}' } });
  expect(says(endpoint, { ...sent, body: Buffer.from(given.replace('a-1', 'a-2')) })).toBe('signature-wrong');
});

test('Confluence and Teams sign the body', () => {
  const page = '{"timestamp":1,"event":"page_created","page":{"id":7}}';
  const endpoint = endpointOf(confluence, [shared]);
  const sent = delivery({ 'x-hub-signature': `sha256=${mac('hex', shared.key, page)}` }, page);
  expect(judge(endpoint, sent)).toMatchObject({ events: ['page_created'], bodyIntegrity: 'mac', trust: 'event' });
  expect(says(endpoint, { ...sent, body: Buffer.from(page.replace('7', '8')) })).toBe('signature-wrong');
  const chat = '{"type":"message","text":"<at>bot</at> hello","channelData":{"tenant":{"id":"t-1"}}}';
  const channel = endpointOf(teams, [shared], { expects: { tenant: 't-1' } });
  const said = delivery({ authorization: `HMAC ${mac('base64', shared.key, chat)}` }, chat);
  expect(judge(channel, said)).toMatchObject({ events: ['message'], tenant: { tenant: 't-1' } });
  expect(says(endpointOf(teams, [shared], { expects: { tenant: 't-2' } }), said)).toBe('tenant-mismatch');
  expect(says(channel, delivery({ authorization: `Bearer ${mac('base64', shared.key, chat)}` }, chat))).toBe('signature-version');
});

const get = (target: string): Delivery => ({ method: 'GET', target, headers: {}, body: Buffer.alloc(0), source: 'none' });
const verify = readSecret(meta, { id: 'v', value: 'verify_token=Qz8rT1mX4pW7kN2cV5bL', notBeforeMs: 0, notAfterMs: null });

test('E6d a challenge by GET is answered only while pending, only with the token that both sides know, and only as plain text', () => {
  if (!verify.ok) throw new Error(verify.message);
  const open = endpointOf(meta, [shared, verify.value], { pending: true });
  const ask = (change: Record<string, string> = {}): Delivery => {
    const wanted = { 'hub.mode': 'subscribe', 'hub.verify_token': 'Qz8rT1mX4pW7kN2cV5bL', 'hub.challenge': '1158201444', ...change };
    return get(`/in/one?${new URLSearchParams(wanted).toString()}`);
  };
  expect(judge(open, ask())).toMatchObject({ answer: { status: 200, contentType: 'text/plain; charset=utf-8', body: '1158201444' } });
  expect(says({ ...open, pending: false }, ask())).toBe('handshake-closed');
  for (const token of ['', 'Qz8rT1mX4pW7kN2cV5b', `Qz8rT1mX4pW7kN2cV5bLx`, text(shared.key)])
    expect(says(open, ask({ 'hub.verify_token': token }))).toBe('token-wrong');
  expect(says(open, ask({ 'hub.mode': 'unsubscribe' }))).toBe('token-wrong');
  for (const challenge of ['<script>', 'x'.repeat(501), 'a\nb', ''])
    expect(says(open, ask({ 'hub.challenge': challenge }))).toBe('handshake-value');
  expect(says(open, get(`${ask().target}&hub.mode=subscribe`))).toBe('handshake-value');
  expect(says(endpointOf(teams, [shared]), get('/in/one'))).toBe('method');
});

test('E7b what the check of X is answered with is never the signature of a body that is taken', () => {
  const endpoint = endpointOf(xActivity, [shared], { pending: true });
  const answer = judge(endpoint, get('/in/one?crc_token=challenge_42'));
  expect(answer).toMatchObject({
    answer: { body: JSON.stringify({ response_token: `sha256=${mac('base64', shared.key, 'challenge_42')}` }) },
  });
  for (const token of ['{"for_user_id":"1","tweet_create_events":[]}', '123', 'true', 'null', '1e5', '', 'a.b', 'x'.repeat(65), 'a b'])
    expect(says(endpoint, get(`/in/one?crc_token=${encodeURIComponent(token)}`))).toBe('handshake-value');
  // X sends a nonce along.
  expect(judge(endpoint, get('/in/one?crc_token=challenge_42&nonce=MTYy'))).toEqual(answer);
  for (const query of ['crc_token=a&crc_token=b', 'nonce=challenge_42', 'crc_token=a&other=b'])
    expect(says(endpoint, get(`/in/one?${query}`))).toBe('handshake-value');
  expect(says({ ...endpoint, pending: false }, get('/in/one?crc_token=challenge_42'))).toBe('handshake-closed');
});

test('of a sender that says the same of every change each delivery counts, and of no other', () => {
  const state = Buffer.from(token.key).toString();
  const item = { subscriptionId: 's', resource: 'me/drive/root', changeType: 'updated', clientState: state };
  const at = (endpoint: Endpoint, given: Delivery, atMs: number): unknown => {
    const verdict = judge(endpoint, given, atMs);
    return verdict.outcome === 'accepted' ? verdict.replay.signedDigest : verdict.outcome;
  };
  const onedrive = delivery({}, JSON.stringify({ value: [item] }));
  expect(at(endpointOf(graphBasic, [token]), onedrive, nowMs)).toMatch(/^[0-9a-f]{64}$/);
  expect(at(endpointOf(graphBasic, [token]), onedrive, nowMs + 1)).not.toBe(at(endpointOf(graphBasic, [token]), onedrive, nowMs));
  const gitlab = delivery({ 'x-gitlab-token': state }, '{"object_kind":"push"}');
  expect(at(endpointOf(gitlabToken, [token]), gitlab, nowMs + 1)).toBe(at(endpointOf(gitlabToken, [token]), gitlab, nowMs));
  for (const provider of webhookProviders.values())
    if (provider.repeats === true) expect(describeProvider(provider.id, provider).best).toBe('hint');
});

test('R14d E3e every entry of a delivery of Meta is of the account that is expected', () => {
  const endpoint = endpointOf(meta, [shared], { expects: { account: '102290129340398' } });
  const entries = (...ids: unknown[]): Delivery => {
    const given = JSON.stringify({ object: 'whatsapp_business_account', entry: ids.map((id) => ({ id, changes: [] })) });
    return delivery({ 'x-hub-signature-256': `sha256=${mac('hex', shared.key, given)}` }, given);
  };
  expect(judge(endpoint, entries('102290129340398', '102290129340398'))).toMatchObject({
    trust: 'event',
    tenant: { account: '102290129340398' },
  });
  for (const ids of [['102290129340398', '2'], ['2', '102290129340398'], ['2'], ['102290129340398', undefined], ['102290129340398', 'a b']])
    expect([ids, says(endpoint, entries(...ids))]).toEqual([ids, 'tenant-mismatch']);
  expect(says(endpoint, entries())).toBe('tenant-missing');
  expect(says({ ...endpoint, expects: {} }, entries('1', '2'))).toBe('tenant-mismatch');
  expect(says({ ...endpoint, expects: {} }, entries())).toBe('tenant-missing');
});
