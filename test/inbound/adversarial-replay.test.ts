import { expect, test } from 'vitest';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import { timeOf } from '../../src/inbound/grammar.ts';
import { gradeReplay } from '../../src/inbound/replay.ts';
import type { Accepted } from '../../src/inbound/verdict.ts';
import * as hint from './hint-senders.ts';
import * as at from './senders.ts';
import { github, judge, linearBody, linearSender, nowMs, says, signing, slack, standard, stripeSender, withHeaders } from './senders.ts';

const accepted = (...given: Parameters<typeof judge>): Accepted => {
  const verdict = judge(...given);
  if (verdict.outcome !== 'accepted') throw new Error(JSON.stringify(verdict));
  return verdict;
};

test('R4a a new delivery id makes no new delivery', () => {
  const one = accepted(github.endpoint, github.send());
  const two = accepted(github.endpoint, withHeaders(github.send(), { 'x-github-delivery': 'd2' }));
  expect(two.replay).toEqual(one.replay);
  expect(one.replay.messageId).toBe(null);
  expect(gradeReplay(two.replay, { bySignedDigest: true, bodyDigestOfMessageId: null })).toBe('duplicate');
  expect(gradeReplay(one.replay, { bySignedDigest: false, bodyDigestOfMessageId: null })).toBe('first');
});

test('R4b a header that is not signed is never a message id, whatever a provider says', () => {
  const provider = { ...github.endpoint.provider, messageIds: [{ in: 'header', name: 'x-github-delivery' }] as const };
  expect(accepted({ ...github.endpoint, provider }, github.send()).replay.messageId).toBe(null);
  expect(checkEndpoint({ ...github.endpoint, provider })).toMatchObject({ ok: false, code: 'bad-webhook-endpoint' });
});

test('R5a another body under the same signed id is a conflict, and the same body signed anew a duplicate', () => {
  const one = accepted(standard.endpoint, standard.send());
  const again = accepted(standard.endpoint, standard.send({ timeMs: nowMs + 60_000 }), nowMs + 60_000);
  const evil = accepted(standard.endpoint, standard.send({ body: '{"type":"user.deleted"}' }));
  const seen = { bySignedDigest: false, bodyDigestOfMessageId: one.replay.bodyDigest };
  expect(one.replay.messageId).toBe('msg_1');
  expect(again.replay.signedDigest).not.toBe(one.replay.signedDigest);
  expect(gradeReplay(again.replay, seen)).toBe('duplicate');
  expect(gradeReplay(evil.replay, seen)).toBe('conflict');
  expect(gradeReplay(one.replay, { bySignedDigest: true, bodyDigestOfMessageId: one.replay.bodyDigest })).toBe('duplicate');
});

test('R6a an id that is signed cannot be left away', () => {
  expect(says(standard.endpoint, withHeaders(standard.send(), { 'webhook-id': null }))).toBe('header-missing');
});

test('R6b to leave an id away that is not signed changes nothing', () => {
  for (const [sender, name] of [
    [github, 'x-github-delivery'],
    [at.shopifySender, 'x-shopify-webhook-id'],
    [linearSender, 'linear-delivery'],
  ] as const) {
    const given = withHeaders(sender.send(), { [name]: 'd1' });
    expect(accepted(sender.endpoint, withHeaders(given, { [name]: null })).replay).toEqual(accepted(sender.endpoint, given).replay);
  }
});

test('R7a the same parameters in another order or spelling are the same delivery', () => {
  const { endpoint, send } = at.twilioForm;
  const given = send();
  const reversed = new URLSearchParams([...new URLSearchParams(at.formOf(at.sms))].toReversed()).toString();
  const spelled = at.formOf(at.sms).replaceAll('+', '%20');
  for (const body of [reversed, spelled]) {
    expect(body).not.toBe(at.formOf(at.sms));
    expect(accepted(endpoint, { ...given, body: Buffer.from(body) }).replay.signedDigest).toBe(
      accepted(endpoint, given).replay.signedDigest,
    );
  }
});

test('R7b neither unsigned headers nor more candidates change the keys of a replay', () => {
  for (const { endpoint, send } of signing) {
    const noise = withHeaders(send(), {
      'x-request-id': 'r',
      'x-shopify-webhook-id': 'w',
      'linear-delivery': 'l',
      'x-slack-retry-num': '1',
    });
    expect(accepted(endpoint, noise).replay).toEqual(accepted(endpoint, send()).replay);
  }
  const value = standard.send().headers['webhook-signature']?.[0] ?? '';
  const more = withHeaders(standard.send(), { 'webhook-signature': `v9,x v1,${'A'.repeat(43)}= ${value} ${value}` });
  expect(accepted(standard.endpoint, more).replay).toEqual(accepted(standard.endpoint, standard.send()).replay);
});

test('R7c two endpoints never share a key, and another body never has the same', () => {
  for (const { endpoint, send } of signing)
    expect(accepted({ ...endpoint, id: 'two' }, send()).replay.signedDigest).not.toBe(accepted(endpoint, send()).replay.signedDigest);
  expect(accepted(github.endpoint, github.send({ body: `${github.body} ` })).replay.signedDigest).not.toBe(
    accepted(github.endpoint, github.send()).replay.signedDigest,
  );
});

test.each([
  ['future', nowMs + 301_000, 'time-future'],
  ['ten years ahead', nowMs + 315_576_000_000, 'time-future'],
  ['past', nowMs - 301_000, 'time-past'],
  ['just so old', nowMs - 300_000, 'accepted'],
  ['just so young', nowMs + 300_000, 'accepted'],
] as const)('R10a a signed time in the %s', (_, timeMs, expected) => {
  for (const sender of [slack, standard, stripeSender]) expect(says(sender.endpoint, sender.send({ timeMs }))).toBe(expected);
});

test.each([
  '0',
  '-1790000000',
  '1790000000.0',
  '1.79e9',
  '0x6ab13b80',
  '1e9',
  '1790000000000',
  '1790000000abc',
  ' 1790000000',
  '01790000000',
  '',
  '+1790000000',
  '１７９０００００００',
])('R10b only ten digits are a time: %j', (text) => {
  expect(timeOf(text, 'unix-s')).toBe(null);
  const given = slack.send();
  const forged = {
    'x-slack-request-timestamp': text,
    'x-slack-signature': `v0=${at.mac('hex', at.shared.key, `v0:${text}:`, slack.body)}`,
  };
  expect(says(slack.endpoint, withHeaders(given, forged))).toMatch(/^(?:time|header)-grammar$/);
});

test('R10c two times in one header are refused', () => {
  const value = stripeSender.send().headers['stripe-signature']?.[0] ?? '';
  expect(says(stripeSender.endpoint, withHeaders(stripeSender.send(), { 'stripe-signature': `t=1,${value}` }))).toBe('time-grammar');
  expect(says(stripeSender.endpoint, withHeaders(stripeSender.send(), { 'stripe-signature': value.replace(/^t=\d+,/, '') }))).toBe(
    'time-missing',
  );
});

test('R10d a time in RFC 3339 is a real one, in UTC and to the second', () => {
  for (const text of [
    '2021-07-25T10:00:00Z',
    '2024-02-29T23:59:59Z',
    '2000-01-01T00:00:00Z',
    '1999-12-31T00:00:00Z',
    '2100-03-01T00:00:00Z',
  ])
    expect(timeOf(text, 'rfc3339-s')).toBe(Date.parse(text));
  for (const text of [
    '2023-02-29T00:00:00Z',
    '2021-13-01T00:00:00Z',
    '2021-00-10T00:00:00Z',
    '2021-07-25T24:00:00Z',
    '2021-07-25T10:00:00',
    '2021-07-25T10:00:00.5Z',
    '2021-07-25t10:00:00z',
    '2021-07-25T10:00:00+00:00',
    '2021-04-31T00:00:00Z',
    '2021-07-25T10:00:60Z',
  ])
    expect([text, timeOf(text, 'rfc3339-s')]).toEqual([text, null]);
});

test('R11a a retry with the first bytes is fresh for a day, and the same delivery', () => {
  const later = nowMs + 6 * 60 * 60_000;
  const first = accepted(linearSender.endpoint, linearSender.send());
  const retry = accepted(linearSender.endpoint, linearSender.send(), later);
  expect(retry.replay.signedDigest).toBe(first.replay.signedDigest);
  expect(retry.freshness).toBe('signed');
  expect(says(linearSender.endpoint, linearSender.send(), nowMs + 36 * 60 * 60_000 + 1)).toBe('time-past');
  expect(says(linearSender.endpoint, linearSender.send({ body: linearBody(nowMs + 300_001) }))).toBe('time-future');
});

test('R10e the time in a body must be milliseconds, and be there', () => {
  for (const [value, reason] of [
    [nowMs / 1000, 'time-grammar'],
    [String(nowMs), 'time-grammar'],
    [nowMs + 0.5, 'time-grammar'],
    [null, 'time-grammar'],
    [undefined, 'time-missing'],
  ] as const) {
    const body = JSON.stringify({ type: 'Issue', action: 'create', webhookTimestamp: value });
    expect(says(linearSender.endpoint, linearSender.send({ body }))).toBe(reason);
  }
  const unsigned = withHeaders(linearSender.send({ body: '{"type":"Issue"}' }), { 'linear-timestamp': String(nowMs) });
  expect(says(linearSender.endpoint, unsigned)).toBe('time-missing');
});

test('R8a the row of a replay is kept past the moment at which time alone refuses it', () => {
  for (const { endpoint, send } of signing) {
    const { keepUntilMs } = accepted(endpoint, send()).replay;
    const { freshness } = endpoint.provider;
    if (freshness.kind === 'unsigned') expect(keepUntilMs).toBe(nowMs + 90 * 86_400_000);
    else expect(says(endpoint, send(), keepUntilMs)).toBe('time-past');
  }
});

test('R10f a clock that steps back after a row was dropped does not bring its delivery back', () => {
  for (const { endpoint, send } of signing) {
    const { freshness } = endpoint.provider;
    if (freshness.kind !== 'resigned' && freshness.kind !== 'identical') continue;
    const { keepUntilMs } = accepted(endpoint, send()).replay;
    expect(says(endpoint, send(), keepUntilMs - freshness.windowMs)).toBe('time-past');
  }
});

test('R13a a refusal carries no key that could be claimed', () => {
  const verdict = judge(github.endpoint, withHeaders(github.send(), { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }));
  expect(Object.keys(verdict).toSorted()).toEqual(['endpoint', 'outcome', 'provider', 'reason']);
});

test('R14a every item of a batch is looked at', () => {
  const { endpoint, send } = at.sendgridSender;
  const items = (...ids: unknown[]) => JSON.stringify(ids.map((sg_event_id) => ({ event: 'open', sg_event_id })));
  expect(accepted(endpoint, send()).events).toEqual(['click', 'open']);
  expect(says(endpoint, send({ body: items('a', 'b') }))).toBe('accepted');
  for (const ids of [
    ['a', 'b', 'a'],
    ['a', null],
    ['a', 'x'.repeat(301)],
    ['a', 'b\u202e'],
  ])
    expect(says(endpoint, send({ body: items(...ids) }))).toBe('message-id');
  for (const body of ['[]', '{}', '[{"event":"open","sg_event_id":"a"},1]', '[{"event":"open","sg_event_id":"a"},{"sg_event_id":"b"}]'])
    expect(says(endpoint, send({ body }))).toBe('event-mismatch');
  const token = Buffer.from(at.token.key).toString();
  const graph = (...states: string[]) => says(hint.graph, at.delivery({}, hint.graphBody(...states)));
  expect(graph(token, token)).toBe('accepted');
  expect(graph(token, 'forged')).toBe('token-wrong');
  expect(graph('forged', token)).toBe('token-wrong');
  expect(graph()).toBe('token-wrong');
});
