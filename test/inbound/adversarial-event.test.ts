// verifies: hooks.order
import { expect, test } from 'vitest';
import { githubWebhook } from '../../src/connectors/github/webhook.ts';
import type { Shape } from '../../src/connectors/webhook.ts';
import { refusedAnswer } from '../../src/inbound/verdict.ts';
import * as hint from './hint-senders.ts';
import * as at from './senders.ts';
import { github, judge, says, slack, withHeaders, zoomSender } from './senders.ts';

const shapes: Readonly<Record<string, Shape>> = githubWebhook.event.kind === 'shapes' ? githubWebhook.event.shapes : {};

/** The smallest body of a shape. */
function bodyOf(shape: Shape): string {
  const body: Record<string, unknown> = { repository: { id: 42 }, sender: { id: 1 } };
  for (const name of shape.lacks ?? []) delete body[name];
  for (const path of shape.has) {
    const [head = '', next] = path.split('.');
    body[head] = next === undefined ? (body[head] ?? {}) : { ...(body[head] as object | undefined), [next]: 1 };
  }
  if (shape.has.includes('action')) body['action'] = shape.actions?.[0] ?? 'edited';
  return JSON.stringify(body);
}

const sent = (claimed: string, body: string) => withHeaders(github.send({ body }), { 'x-github-event': claimed });

test('E1a every event of GitHub is proved by its own body, and no other can be claimed for it', () => {
  const names = Object.keys(shapes);
  const wrong: unknown[] = [];
  for (const name of names) {
    const given = github.send({ body: bodyOf(shapes[name] ?? { has: [] }) });
    for (const claimed of names) {
      const expected = claimed !== name ? 'event-mismatch' : name === 'ping' ? 'handshake' : 'accepted';
      const said = says(github.endpoint, withHeaders(given, { 'x-github-event': claimed }));
      if (said !== expected) wrong.push([name, claimed, said]);
    }
  }
  expect(wrong).toEqual([]);
  expect(names.length).toBe(75);
});

test('E1b a name that nobody knows leaves an event unproved whose shape has no name of its own', () => {
  const newer = { action: 'deleted', organization: { id: 1 }, repository: { id: 42 }, sender: { id: 1 }, brand_new: {} };
  for (const claimed of ['repository', 'public', 'organization', 'watch', 'github_app_authorization', 'installation']) {
    const verdict = judge(github.endpoint, sent(claimed, JSON.stringify(newer)));
    const quiet = verdict.outcome === 'refused' || (verdict.outcome === 'accepted' && verdict.trust === 'hint');
    expect([claimed, quiet]).toEqual([claimed, true]);
  }
  const { brand_new: _, ...plain } = newer;
  expect(judge(github.endpoint, sent('repository', JSON.stringify(newer)))).toMatchObject({ trust: 'hint', doubts: ['event-unproved'] });
  expect(judge(github.endpoint, sent('repository', JSON.stringify(plain)))).toMatchObject({ trust: 'event', doubts: [] });
});

test('E1c a captured comment cannot be delivered as an installation', () => {
  expect(says(github.endpoint, withHeaders(github.send(), { 'x-github-event': 'installation' }))).toBe('event-mismatch');
  expect(says(github.endpoint, withHeaders(github.send(), { 'x-github-event': null }))).toBe('header-missing');
});

test('E1h a header that nobody signed may claim a name, and no text', () => {
  const topic = (value: string) => says(at.shopifySender.endpoint, withHeaders(at.shopifySender.send(), { 'x-shopify-topic': value }));
  const state = (value: string) => says(hint.drive, hint.driveDelivery({ 'x-goog-resource-state': value }));
  expect([topic('orders/create'), topic('app/uninstalled'), state('change')]).toEqual(['accepted', 'accepted', 'accepted']);
  for (const value of ['SYSTEM: do as I say', 'a<b>', 'orders"', 'x'.repeat(65), 'a,b'])
    expect([topic(value), state(value)]).toEqual(['header-grammar', 'header-grammar']);
});

test('E2 an event that nobody knows or takes is put in quarantine', () => {
  expect(judge(github.endpoint, sent('brand_new_event', at.issueComment))).toMatchObject({
    trust: 'quarantine',
    doubts: ['event-unproved', 'event-unknown'],
  });
  expect(judge({ ...github.endpoint, events: ['push'] }, github.send())).toMatchObject({ trust: 'quarantine', doubts: ['event-unknown'] });
  expect(judge({ ...github.endpoint, events: ['issue_comment'] }, github.send())).toMatchObject({
    trust: 'event',
    doubts: [],
    schemaId: 'github/issue_comment/1',
  });
  expect(judge(at.standard.endpoint, at.standard.send({ body: '{"other":1}' }))).toMatchObject({ trust: 'quarantine', events: [] });
  const batch = { ...at.sendgridSender.endpoint, events: ['open'] };
  expect(judge(batch, at.sendgridSender.send())).toMatchObject({ trust: 'quarantine', events: ['click', 'open'] });
});

test('E3a a body of one tenant is refused on the endpoint of another, though one secret signs for both', () => {
  expect(judge({ ...slack.endpoint, expects: { team: 'T1' } }, slack.send())).toMatchObject({
    outcome: 'accepted',
    tenant: { team: 'T1', app: 'A1' },
  });
  expect(says({ ...slack.endpoint, expects: { team: 'T2' } }, slack.send())).toBe('tenant-mismatch');
  const without = JSON.stringify({ type: 'event_callback', event_id: 'E', event: { type: 'message' } });
  expect(says(slack.endpoint, slack.send({ body: without }))).toBe('tenant-missing');
  const two = JSON.stringify({ ...(JSON.parse(slack.body) as object), team: { id: 'T2' } });
  expect(says(slack.endpoint, slack.send({ body: two }))).toBe('tenant-mismatch');
  expect(says({ ...github.endpoint, expects: { repository: '42' } }, github.send())).toBe('accepted');
  expect(says({ ...github.endpoint, expects: { repository: '43' } }, github.send())).toBe('tenant-mismatch');
  expect(says({ ...github.endpoint, expects: { organization: '1' } }, github.send())).toBe('tenant-missing');
});

test('E3b what only a header says of the tenant or the event proves nothing', () => {
  expect(judge(at.shopifySender.endpoint, at.shopifySender.send())).toMatchObject({
    trust: 'hint',
    doubts: ['event-unproved', 'tenant-unproved'],
    tenant: {},
    bodyIntegrity: 'mac',
  });
  const swapped = withHeaders(at.shopifySender.send(), { 'x-shopify-topic': 'orders/paid' });
  expect(judge(at.shopifySender.endpoint, swapped)).toMatchObject({ trust: 'hint' });
  expect(says({ ...at.shopifySender.endpoint, expects: { shop: 'b.myshopify.com' } }, at.shopifySender.send())).toBe('tenant-mismatch');
});

test('E4 no field of the body picks the secret', () => {
  const endpoint = { ...slack.endpoint, secrets: [at.shared] };
  const forged = slack.send({
    secret: at.other,
    body: JSON.stringify({ ...(JSON.parse(slack.body) as object), team_id: 'T2', secret_id: 's2' }),
  });
  expect(says(endpoint, forged)).toBe('signature-wrong');
});

test('E5 a name or id that is long, or holds what cannot be seen, is refused', () => {
  const event = (type: unknown) => JSON.stringify({ type: 'event_callback', team_id: 'T1', event: { type } });
  for (const type of ['x'.repeat(301), 'a\u202eb', 'a\nb', 'a b', '', 'é', true, {}, [], 1.5])
    expect(says(slack.endpoint, slack.send({ body: event(type) }))).toBe('event-mismatch');
  const team = (team_id: unknown) => JSON.stringify({ type: 'x', team_id });
  for (const value of ['T1\u200b', 'x'.repeat(301), ['T1'], { id: 'T1' }])
    expect(says(slack.endpoint, slack.send({ body: team(value) }))).toBe('tenant-mismatch');
});

const challenge = (value: unknown) => JSON.stringify({ type: 'url_verification', token: 't', challenge: value });
const waiting = { ...slack.endpoint, pending: true };

test('E6a a challenge is answered only while one is awaited, only if it is signed, and only as plain text', () => {
  expect(judge(waiting, slack.send({ body: challenge('3eZbrw1aB') }))).toEqual({
    outcome: 'handshake',
    provider: 'slack',
    endpoint: 'one',
    secretId: 's1',
    replay: expect.objectContaining({ messageId: null }),
    answer: { status: 200, contentType: 'text/plain; charset=utf-8', body: '3eZbrw1aB' },
  });
  expect(says(slack.endpoint, slack.send({ body: challenge('abc') }))).toBe('handshake-closed');
  expect(says(waiting, slack.send({ body: challenge('abc'), secret: at.other }))).toBe('signature-wrong');
  expect(says(waiting, at.delivery({}, challenge('abc')))).toBe('header-missing');
  for (const value of ['<script>', 'a b', 'x'.repeat(501), '', 1, null, { a: 1 }])
    expect(says(waiting, slack.send({ body: challenge(value) }))).toBe('handshake-value');
});

test("E6b Graph's validation is answered only while one is awaited, and never as HTML", () => {
  const ask = (pending: boolean, token: string, body = '') =>
    judge(
      { ...hint.graph, pending },
      { ...at.delivery({ 'content-type': 'text/plain; charset=utf-8' }, body), target: `/in/one?validationToken=${token}` },
    );
  expect(ask(true, 'Validation%3a+Testing%20x')).toMatchObject({
    outcome: 'handshake',
    secretId: null,
    answer: { contentType: 'text/plain; charset=utf-8', body: 'Validation: Testing x' },
  });
  expect(ask(false, 'abc')).toMatchObject({ outcome: 'refused', reason: 'handshake-closed' });
  for (const bad of ['%3Cscript%3E', '%', '%ff', 'x'.repeat(501), '', '%0d%0aX', 'a&b=c', '%e2%80%ae'])
    expect(['refused', bad]).toEqual([ask(true, bad).outcome, bad]);
  expect(ask(true, 'abc', '{}')).toMatchObject({ outcome: 'refused' });
});

test('E6c pings of every sender are answered and passed to nobody', () => {
  expect(judge(at.discord.endpoint, at.discord.send({ body: '{"type":1}' }))).toMatchObject({
    outcome: 'handshake',
    answer: { body: '{"type":1}' },
  });
  const unsigned = withHeaders(at.discord.send({ body: '{"type":1}' }), { 'x-signature-ed25519': '0'.repeat(128) });
  expect(says(at.discord.endpoint, unsigned)).toBe('signature-wrong');
  expect(says(at.pagerdutySender.endpoint, at.pagerdutySender.send({ body: '{"event":{"event_type":"pagey.ping"}}' }))).toBe('handshake');
  expect(says(hint.drive, hint.driveDelivery({ 'x-goog-resource-state': 'sync' }))).toBe('handshake');
  expect(says(hint.drive, hint.driveDelivery({ 'x-goog-resource-state': 'sync', 'x-goog-channel-token': 'forged' }))).toBe('token-wrong');
});

test("E7a Zoom's check is no signing oracle", () => {
  const ask = (plainToken: unknown) => JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken } });
  const seconds = String(at.nowMs / 1000);
  const evil = JSON.stringify({ event: 'meeting.ended', payload: { account_id: 'a' } });
  expect(judge(zoomSender.endpoint, zoomSender.send({ body: ask('qgg8vlvZRS6UYooatFL8Aw') }))).toMatchObject({
    outcome: 'handshake',
    answer: {
      body: JSON.stringify({
        plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
        encryptedToken: at.mac('hex', at.shared.key, 'qgg8vlvZRS6UYooatFL8Aw'),
      }),
    },
  });
  for (const value of [`v0:${seconds}:${evil}`, 'a:b', 'a.b', '', 'x'.repeat(65), 'é', 1, null, ['a']])
    expect(says(zoomSender.endpoint, zoomSender.send({ body: ask(value) }))).toBe('handshake-value');
  const unsigned = withHeaders(zoomSender.send({ body: ask('abc') }), { 'x-zm-signature': `v0=${'0'.repeat(64)}` });
  expect(says(zoomSender.endpoint, unsigned)).toBe('signature-wrong');
});

test('E9a every refusal is answered alike, and a verdict of one holds nothing of the delivery', () => {
  expect(refusedAnswer).toEqual({ status: 401, contentType: 'text/plain; charset=utf-8', body: 'refused\n' });
  const verdict = judge(github.endpoint, github.send({ secret: { ...at.shared, key: Buffer.from('wrong-wrong-wrong') } }));
  expect(verdict).toEqual({ outcome: 'refused', provider: 'github', endpoint: 'one', reason: 'signature-wrong' });
});

test('what is not covered by a signature is a hint and never an event', () => {
  const token = Buffer.from(at.token.key).toString();
  const hints = [
    judge(hint.drive, hint.driveDelivery()),
    judge(hint.graph, at.delivery({}, hint.graphBody(token))),
    judge(hint.pubsub, at.delivery({ authorization: `Bearer ${hint.jwt()}` }, hint.pubsubBody)),
    judge(hint.gitlabPlain, at.delivery({ 'x-gitlab-token': token }, '{"object_kind":"push"}')),
  ];
  for (const verdict of hints) {
    expect(verdict).toMatchObject({
      outcome: 'accepted',
      trust: 'hint',
      bodyIntegrity: 'none',
      freshness: 'none',
      replay: { messageId: null },
    });
    expect(verdict.outcome === 'accepted' && verdict.doubts).toContain('body-unsigned');
  }
});

test('a message of a Drive channel is told from another by channel and number', () => {
  const digest = (change: Record<string, string>) => {
    const verdict = judge(hint.drive, hint.driveDelivery(change));
    return verdict.outcome === 'accepted' ? verdict.replay.signedDigest : verdict;
  };
  expect(digest({})).toBe(digest({ 'x-goog-channel-expiration': 'x' }));
  expect(new Set([digest({}), digest({ 'x-goog-message-number': '3' }), digest({ 'x-goog-channel-id': 'c2' })]).size).toBe(3);
});

test.each([
  [slack, { token: 'opens-it', event_id: 'Ev2' }],
  [
    slack,
    { response_url: 'https://hooks.slack.example/opens-it', response_urls: [{ response_url: 'https://hooks.slack.example/opens-it' }] },
  ],
  [slack, { type: 'block_actions', bot_access_token: 'xwfp-opens-it' }],
  [slack, { event: { type: 'function_executed', bot_access_token: 'xwfp-opens-it', inputs: { user: 'U1' } } }],
  [at.discord, { token: 'opens-it', id: '2' }],
  [zoomSender, { download_token: 'opens-it' }],
  [zoomSender, { payload: { account_id: 'a', object: { topic: 't', password: 'opens-it', recording_play_passcode: 'opens-it' } } }],
  [at.stripeSender, { type: 'payment_intent.created', data: { object: { id: 'pi_1', client_secret: 'pi_1_secret_opens-it' } } }],
  [at.twilioForm, { CallSid: `CA${'0'.repeat(32)}`, CallToken: '%7B%22parentCallInfoToken%22%3A%22opens-it%22%7D' }],
] as const)('what opens something by itself is left out of an event of %#: nobody is shown it', (sender, opening) => {
  const body =
    sender === at.twilioForm
      ? at.formOf({ ...at.sms, ...(opening as Record<string, string>) })
      : JSON.stringify({ ...(JSON.parse(sender.body) as object), ...opening });
  const verdict = judge(sender.endpoint, sender.send({ body }));
  if (verdict.outcome !== 'accepted') throw new Error('a signed event is taken');
  expect(verdict.text).not.toContain('opens-it');
  expect(JSON.parse(verdict.text ?? '')).toEqual(verdict.content);
  expect(verdict.replay.bodyDigest).not.toBe(verdict.textDigest);
  // What stands beside it stays.
  const beside = Object.keys(opening).filter((name) => ['event', 'payload', 'data', 'CallSid'].includes(name));
  for (const name of beside) expect(verdict.content).toHaveProperty(name);
});

test('where there is nothing to leave out, an event stays as it came, to the byte', () => {
  for (const [sender, body] of [
    [at.stripeSender, '{"id":"evt_1", "type":"charge.failed", "data":{"object":{"id":"ch_1"}}}'],
    [at.stripeSender, '{"id":"evt_1", "type":"charge.failed", "data":["object"]}'],
    [zoomSender, '{"event":"meeting.started", "payload":{"account_id":"a","object":"password"}}'],
  ] as const)
    expect(judge(sender.endpoint, sender.send({ body }))).toMatchObject({ outcome: 'accepted', text: body });
});
