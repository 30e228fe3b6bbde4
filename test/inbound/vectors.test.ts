// verifies: hooks.providers
import { expect, test } from 'vitest';
import { githubWebhook } from '../../src/connectors/github/webhook.ts';
import { slackWebhook } from '../../src/connectors/slack/webhook.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import { jiraAdmin } from '../../src/inbound/providers/signed-body.ts';
import { sendgrid, zendesk } from '../../src/inbound/providers/signed-time.ts';
import { standardWebhooks, svix } from '../../src/inbound/providers/standard.ts';
import { twilio } from '../../src/inbound/providers/twilio.ts';
import { delivery, endpointOf, judge, says, secretOf } from './senders.ts';

/*
 * What vendors publish. Where a vector's body is no event of that vendor, the reason names a later check: the signature
 * itself held, and with one bit of it changed it does not.
 */

const githubDocs = "It's a Secret to Everybody";
const hello = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

const atlassian = 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';

test.each([
  { who: 'GitHub', provider: githubWebhook, body: 'Hello, World!', header: 'x-hub-signature-256', value: hello },
  { who: 'Atlassian', provider: jiraAdmin, body: 'Hello World!', header: 'x-hub-signature', value: atlassian },
])('the vector in the documents of $who holds', ({ provider, body, header, value }) => {
  const endpoint = endpointOf(provider, [secretOf('hmac', githubDocs)]);
  expect(says(endpoint, delivery({ [header]: value }, body))).toBe('body-syntax');
  expect(says(endpoint, delivery({ [header]: value }, `${body} `))).toBe('signature-wrong');
});

test('the vectors of Octokit hold as far as they are printed', () => {
  const hex = (body: string): string => Buffer.from(nodeCrypto.hmac('hmac-sha256', Buffer.from('mysecret'), [body])).toString('hex');
  expect(hex('{\n  "foo": "bar"\n}').slice(0, 8)).toBe('d563ae67');
  expect(hex('{"foo":"bar"}').slice(0, 8)).toBe('4864d275');
});

test('the vector of Slack holds, and is old', () => {
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const given = delivery(
    {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    body,
  );
  const endpoint = endpointOf(slackWebhook, [secretOf('hmac', '8f742231b10e8888abcd99yyyzzz85a5')]);
  expect(judge(endpoint, given, 1_531_420_618_000)).toMatchObject({
    outcome: 'accepted',
    trust: 'event',
    events: ['/webhook-collect'],
    tenant: { team: 'T1DC2JH3J' },
    freshness: 'signed',
    bodyIntegrity: 'mac',
  });
  expect(says(endpoint, given, 1_531_420_618_000 + 301_000)).toBe('time-past');
});

test.each([
  ['v1', 'hmac', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
  [
    'v1a',
    'ed25519-public',
    '1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
    'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
  ],
] as const)('the vector of Standard Webhooks %s holds under both names', (_, kind, key, signature) => {
  for (const [provider, prefix] of [
    [standardWebhooks, 'webhook'],
    [svix, 'svix'],
  ] as const) {
    const endpoint = endpointOf(provider, [secretOf(kind, Buffer.from(key, 'base64'))]);
    const headers = {
      [`${prefix}-id`]: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      [`${prefix}-timestamp`]: '1614265330',
      [`${prefix}-signature`]: signature,
    };
    // The message names no type: its sender is proved, and nobody knows what it means.
    expect(judge(endpoint, delivery(headers, '{"test": 2432232314}'), 1_614_265_330_000)).toMatchObject({
      outcome: 'accepted',
      trust: 'quarantine',
    });
    expect(says(endpoint, delivery(headers, '{"test": 2432232315}'), 1_614_265_330_000)).toBe('signature-wrong');
  }
});

test.each([
  ['+14158675309', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
  ['+12349013030', '0/KCTR6DLpKmkAf8muzZqo1nDgQ='],
])('the vector of Twilio for %s holds', (number, signature) => {
  const endpoint = endpointOf(twilio, [secretOf('hmac', '12345')], { publicUrl: 'https://mycompany.com/myapp.php?foo=1&bar=2' });
  const fields = { CallSid: 'CA1234567890ABCDE', Caller: number, Digits: '1234', From: number, To: '+18005551212' };
  const send = (form: Record<string, string>) =>
    delivery(
      { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
      new URLSearchParams(form).toString(),
      {
        target: '/myapp.php?foo=1&bar=2',
      },
    );
  expect(judge(endpoint, send(fields))).toMatchObject({ outcome: 'accepted', events: ['call'], freshness: 'stored' });
  expect(says(endpoint, send({ ...fields, Digits: '1235' }))).toBe('signature-wrong');
});

const sendgridKey =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==';

test('the vector of SendGrid holds with the line end that belongs to its body', () => {
  const event = {
    email: 'hello@world.com',
    event: 'dropped',
    reason: 'Bounced Address',
    sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
    sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
    'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
    timestamp: 1600112492,
  };
  const headers = {
    'x-twilio-email-event-webhook-signature':
      'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
    'x-twilio-email-event-webhook-timestamp': '1600112502',
  };
  const endpoint = endpointOf(sendgrid, [secretOf('ecdsa-public', Buffer.from(sendgridKey, 'base64'))]);
  const body = JSON.stringify([event]);
  expect(judge(endpoint, delivery(headers, `${body}\r\n`), 1_600_112_502_000)).toMatchObject({
    outcome: 'accepted',
    events: ['dropped'],
    bodyIntegrity: 'signature',
  });
  expect(says(endpoint, delivery(headers, body), 1_600_112_502_000)).toBe('signature-wrong');
});

test('the vector of SendGrid for a single object holds, and a single object is no list of events', () => {
  const key =
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==';
  const endpoint = endpointOf(sendgrid, [secretOf('ecdsa-public', Buffer.from(key, 'base64'))]);
  const headers = {
    'x-twilio-email-event-webhook-signature':
      'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=',
    'x-twilio-email-event-webhook-timestamp': '1588788367',
  };
  const body = '{"category":"example_payload","event":"test_event","message_id":"message_id"}';
  expect(says(endpoint, delivery(headers, body), 1_588_788_367_000)).toBe('event-mismatch');
});

test("the vector of Zendesk's older page holds in the order that it says, and in no other", () => {
  const secret = secretOf('hmac', 'HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=');
  const base64 = (order: readonly string[]): string => Buffer.from(nodeCrypto.hmac('hmac-sha256', secret.key, order)).toString('base64');
  const [time, body] = ['2021-07-25T10:00:00Z', '{"say": "hello"}'];
  expect(base64([body, time]).slice(0, 8)).toBe('tRDSF7UR');
  expect(base64([time, body]).slice(0, 8)).toBe('Rry/4TtI');
  for (const order of ['time-body', 'body-time'] as const) {
    const headers = { 'x-zendesk-webhook-signature': base64([body, time]), 'x-zendesk-webhook-signature-timestamp': time };
    const expected = order === 'body-time' ? 'accepted' : 'signature-wrong';
    expect(says(endpointOf(zendesk(order), [secret]), delivery(headers, body), Date.parse(time))).toBe(expected);
  }
});
