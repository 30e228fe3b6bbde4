import { expect, test } from 'vitest';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { svix } from '../../src/inbound/providers/standard.ts';
import { drive, driveDelivery, graph, jwt, pubsub, pubsubBody } from './hint-senders.ts';
import {
  delivery,
  endpointOf,
  formOf,
  github,
  issueComment,
  judge,
  says,
  shared,
  shopifySender,
  signing,
  slack,
  sms,
  standard,
  twilioForm,
  twilioJson,
  url,
  withHeaders,
} from './senders.ts';

const withTarget = (given: Delivery, target: string): Delivery => ({ ...given, target });

test('H2a a doubled id, time or event is refused', () => {
  for (const name of ['webhook-id', 'webhook-timestamp'])
    expect(says(standard.endpoint, withHeaders(standard.send(), { [name]: ['a', 'b'] }))).toBe('header-duplicate');
  expect(says(github.endpoint, withHeaders(github.send(), { 'x-github-event': ['issue_comment', 'ping'] }))).toBe('header-duplicate');
  expect(says(github.endpoint, withHeaders(github.send(), { 'content-type': ['application/json', 'text/plain'] }))).toBe(
    'header-duplicate',
  );
  for (const name of ['x-shopify-topic', 'x-shopify-shop-domain'])
    expect(says(shopifySender.endpoint, withHeaders(shopifySender.send(), { [name]: ['a', 'a'] }))).toBe('header-duplicate');
  for (const name of ['x-goog-channel-token', 'x-goog-channel-id', 'x-goog-message-number', 'x-goog-resource-state'])
    expect(says(drive, withHeaders(driveDelivery(), { [name]: ['a', 'a'] }))).toBe('header-duplicate');
});

test('H2b a doubled bearer is refused, though node:http would silently take the first', () => {
  const bearer = `Bearer ${jwt()}`;
  expect(says(pubsub, delivery({ authorization: bearer }, pubsubBody))).toBe('accepted');
  for (const twice of [
    [bearer, bearer],
    [bearer, 'Bearer x'],
    ['Bearer x', bearer],
  ])
    expect(says(pubsub, withHeaders(delivery({}, pubsubBody), { authorization: twice }))).toBe('header-duplicate');
});

test('H3a a header that is too long, folded or spaced is refused', () => {
  for (const value of ['x'.repeat(8193), 'a\r\n b', 'a\tb', ' a', 'a '])
    expect(says(standard.endpoint, withHeaders(standard.send(), { 'webhook-id': value }))).toBe('header-grammar');
  for (const value of ['a.b', 'a b', 'x'.repeat(256), 'ä'.normalize('NFD')])
    expect(says(standard.endpoint, withHeaders(standard.send(), { 'webhook-id': value }))).toMatch(/^(?:id|header)-grammar$/);
});

test.each([
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json; charset=utf-8; x=y',
  'text/json',
  'application/xml',
  '',
])('H4a a body of type %j is refused, signed or not', (type) => {
  for (const { endpoint, send } of signing)
    expect(['content-type', 'header-grammar']).toContain(says(endpoint, withHeaders(send(), { 'content-type': type })));
});

test('H4b a body signed as JSON is not read as a form, nor the other way round', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(says(slack.endpoint, withHeaders(slack.send(), form))).toBe('body-syntax');
  const body = formOf({ payload: slack.body });
  expect(says(slack.endpoint, slack.send({ body }))).toBe('body-syntax');
  expect(judge(slack.endpoint, withHeaders(slack.send({ body }), form))).toMatchObject({ outcome: 'accepted', tenant: { team: 'T1' } });
  expect(says(standard.endpoint, withHeaders(standard.send(), form))).toBe('content-type');
});

test('H4e no JSON is a form, whatever somebody has written into its texts', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const link = 'https://example.com/?a=1&team_id=T1&type=block_actions&command=/deploy&x=1';
  const body = JSON.stringify({ type: 'event_callback', team_id: 'T2', event: { type: 'link_shared', links: [{ url: link }] } });
  expect(judge(slack.endpoint, slack.send({ body }))).toMatchObject({ outcome: 'accepted', tenant: { team: 'T2' } });
  expect(says(slack.endpoint, withHeaders(slack.send({ body }), form))).toBe('body-syntax');
  const list = JSON.stringify(['a=1&team_id=T1&command=/deploy&x=1']);
  expect(says(slack.endpoint, withHeaders(slack.send({ body: list }), form))).toBe('body-syntax');
});

test('H4c nothing may stand beside a payload, and ssl_check needs a signature like everything', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const both = formOf({ ssl_check: '1', payload: slack.body });
  expect(says(slack.endpoint, withHeaders(slack.send({ body: both }), form))).toBe('form-name');
  const unsigned = withHeaders(delivery(form, both), {});
  expect(says(slack.endpoint, unsigned)).toBe('header-missing');
  expect(says(slack.endpoint, delivery(form, 'ssl_check=1&token=x'))).toBe('header-missing');
  expect(says(github.endpoint, withHeaders(github.send({ body: formOf({ payload: issueComment }) }), form))).toBe('accepted');
  expect(says(github.endpoint, withHeaders(github.send({ body: formOf({ payload: issueComment, x: '1' }) }), form))).toBe('form-name');
  expect(says(github.endpoint, withHeaders(github.send({ body: 'other=1' }), form))).toBe('form-name');
});

test('H5a the two names of a Standard Webhooks header must agree if both are there', () => {
  const given = standard.send();
  const twins = Object.fromEntries(
    ['id', 'timestamp', 'signature'].map((name) => [`svix-${name}`, given.headers[`webhook-${name}`]?.[0] ?? '']),
  );
  expect(says(standard.endpoint, withHeaders(given, twins))).toBe('accepted');
  for (const name of Object.keys(twins))
    expect(says(standard.endpoint, withHeaders(given, { ...twins, [name]: `${twins[name]}0` }))).toBe('header-conflict');
  expect(says(endpointOf(svix, [shared]), withHeaders(given, twins))).toBe('accepted');
  expect(says(endpointOf(svix, [shared]), given)).toBe('header-conflict');
});

test('H6a only POST to exactly this path is judged', () => {
  for (const { endpoint, send } of signing) {
    // A challenge by GET is answered while a person waits for it; no delivery is one.
    const get = ['verify-echo', 'query-hmac'].includes(endpoint.provider.handshake?.kind ?? '') ? 'handshake-closed' : 'method';
    expect(says(endpoint, { ...send(), method: 'GET' })).toBe(get);
    for (const method of ['PUT', 'post', 'HEAD', 'OPTIONS', '']) expect(says(endpoint, { ...send(), method })).toBe('method');
    for (const target of ['/', '/in/one/', '/in/./one', '/in/x/../one', '/in//one', '/in/on%65', '/IN/one', '//hooks.test/in/one', url])
      expect(says(endpoint, withTarget(send(), target))).toBe('target');
  }
});

test('H6b nothing may be added to the query of a signed address', () => {
  for (const query of ['?x=1', '?', '?bodySHA256=0'])
    expect(says(twilioForm.endpoint, withTarget(twilioForm.send(), `/in/one${query}`))).toBe('target');
  const given = twilioJson.send();
  for (const target of [
    '/in/one',
    `${given.target}&x=1`,
    given.target.replace('?', '?x=1&'),
    given.target.toUpperCase(),
    `${given.target}0`,
  ])
    expect(says(twilioJson.endpoint, withTarget(given, target))).toBe('target');
  expect(says(twilioJson.endpoint, { ...given, body: Buffer.from(JSON.stringify({ ...sms, Body: 'x' })) })).toBe('body-hash');
});

test('H7a forwarded headers change neither the signed address nor the source', () => {
  const spoof = {
    host: 'evil.test',
    'x-forwarded-host': 'evil.test',
    'x-forwarded-proto': 'http',
    'x-forwarded-for': '140.82.112.1',
    forwarded: 'for=140.82.112.1',
  };
  expect(judge(twilioForm.endpoint, withHeaders(twilioForm.send(), spoof))).toMatchObject({ outcome: 'accepted', source: 'none' });
  expect(says({ ...github.endpoint, source: 'ip' }, withHeaders(github.send(), spoof))).toBe('source');
  expect(says({ ...github.endpoint, source: 'mtls' }, { ...github.send(), source: 'ip' })).toBe('source');
  expect(judge({ ...github.endpoint, source: 'ip' }, { ...github.send(), source: 'ip' })).toMatchObject({
    outcome: 'accepted',
    source: 'ip',
  });
});

test('a name of an object that every object has is no header and no value', () => {
  const given = { ...standard.send(), headers: Object.create({ 'webhook-id': ['x'] }) as Delivery['headers'] };
  expect(says(standard.endpoint, given)).toBe('content-type');
  expect(says(graph, delivery({}, '{}'))).toBe('token-wrong');
  expect(says(github.endpoint, withHeaders(github.send(), { 'x-github-event': 'constructor' }))).toBe('accepted');
  expect(judge(github.endpoint, withHeaders(github.send(), { 'x-github-event': 'constructor' }))).toMatchObject({ trust: 'quarantine' });
});
