import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { sns } from '../../src/inbound/providers/sns.ts';
import { delivery, endpointOf, judge, nowMs, says, secretOf, spki } from './senders.ts';

/* Amazon SNS: signed fields of the body, a certificate that is never fetched, a confirmation that nobody calls. */

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const topic = 'arn:aws:sns:eu-west-1:123456789012:alerts';
const endpoint = endpointOf(sns, [secretOf('rsa-public', spki(rsa.publicKey), 'aws')], { expects: { topic } });
const hex = 'a0'.repeat(16);
const notification = {
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: topic,
  Subject: 'Disk full',
  Message: 'first line\nsecond line',
  Timestamp: new Date(nowMs - 1000).toISOString(),
  SignatureVersion: '2',
  SigningCertURL: `https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${hex}.pem`,
  UnsubscribeURL: 'https://evil.example/?unsubscribe',
};
const confirmation = {
  ...notification,
  Type: 'SubscriptionConfirmation',
  Token: '2336412f37fb687f5d51e6e241d09c805a5a57b30d712f794cc5f6a988666d92768dd60a747ba6f3beb71854e285d6ad02428b09ceece29417f1f02d609c582a',
  SubscribeURL: 'https://evil.example/?confirm',
};
const lists: Record<string, readonly string[]> = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  other: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
};

/** Signs as Amazon does, and sends; `after` changes what was signed. */
function send(fields: Record<string, string | undefined>, after: Record<string, unknown> = {}, key = rsa.privateKey): Delivery {
  const names = lists[fields['Type'] ?? ''] ?? lists['other']!;
  const text = names.flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`])).join('');
  const Signature = sign('sha256', Buffer.from(text), key).toString('base64');
  return delivery(
    { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' },
    JSON.stringify({ ...fields, Signature, ...after }),
  );
}

test('a notification is proved by its own fields, and what is not signed of it is left out', () => {
  const verdict = judge(endpoint, send(notification));
  expect(verdict).toMatchObject({
    outcome: 'accepted',
    trust: 'event',
    bodyIntegrity: 'signature',
    freshness: 'signed',
    events: ['Notification'],
    tenant: { topic },
  });
  expect(JSON.stringify(verdict)).not.toContain('evil.example');
  const { Subject: _, ...plain } = notification;
  expect(says(endpoint, send(plain))).toBe('accepted');
});

test('S3e B9e every signed field is covered, and no value can pass for two', () => {
  for (const [name, value] of Object.entries({ Message: 'x', MessageId: 'y', Subject: 'z', Timestamp: new Date(nowMs).toISOString() }))
    expect([name, says(endpoint, send(notification, { [name]: value }))]).toEqual([name, 'signature-wrong']);
  expect(says(endpoint, send(notification, { Subject: undefined }))).toBe('signature-wrong');
  expect(says(endpoint, send({ ...notification, Subject: `a\nTimestamp\n${notification.Timestamp}` }))).toBe('body-syntax');
  expect(says(endpoint, send(notification, { MessageId: `x\nSubject\nDisk full` }))).toBe('body-syntax');
  expect(says(endpoint, send(notification, { Signature: '' }))).toBe('signature-grammar');
  expect(says(endpoint, send(notification, { Signature: undefined }))).toBe('signature-grammar');
  expect(says(endpoint, send(notification, { SignatureVersion: '1' }))).toBe('signature-version');
  expect(says(endpoint, send(notification, {}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey))).toBe('signature-wrong');
});

test('E8 no address of a delivery is called, look-alike hosts and other topics are refused, and a confirmation waits for a person', () => {
  for (const url of [
    `http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${hex}.pem`,
    `https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-${hex}.pem`,
    `https://sns.eu-west-1.amazonaws.com@evil.example/SimpleNotificationService-${hex}.pem`,
    `https://evil.s3.amazonaws.com/SimpleNotificationService-${hex}.pem`,
    `https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-${hex}.pem`,
    'https://sns.eu-west-1.amazonaws.com/other.pem',
  ])
    expect([url, says(endpoint, send(notification, { SigningCertURL: url }))]).toEqual([url, 'signature-version']);
  expect(says(endpoint, send({ ...notification, TopicArn: topic.replace('alerts', 'others') }))).toBe('tenant-mismatch');
  expect(says(endpoint, send(confirmation))).toBe('handshake-closed');
  const kept = judge({ ...endpoint, pending: true }, send(confirmation));
  expect(kept).toMatchObject({ outcome: 'accepted', trust: 'quarantine', content: { Token: confirmation.Token, TopicArn: topic } });
  expect(JSON.stringify(kept)).not.toContain('evil.example');
  expect(says({ ...endpoint, pending: true }, send({ ...confirmation, TopicArn: 'arn:aws:sns:eu-west-1:999:evil' }))).toBe(
    'tenant-mismatch',
  );
  expect(says({ ...endpoint, pending: true }, send({ ...confirmation, Type: 'UnsubscribeConfirmation' }))).toBe('event-mismatch');
  // One key signs for every account of Amazon's: without its topic there is no endpoint.
  expect(checkEndpoint({ ...endpoint, expects: {} })).toMatchObject({
    ok: false,
    message: expect.stringContaining('which topic') as string,
  });
});

test('R10h the signed time has a window and one form', () => {
  for (const [time, reason] of [
    [new Date(nowMs - 40 * 3_600_000).toISOString(), 'time-past'],
    [new Date(nowMs + 600_000).toISOString(), 'time-future'],
    ['2026-11-26', 'time-grammar'],
    ['2026-02-30T00:00:00.000Z', 'time-grammar'],
    [new Date(nowMs).toISOString().replace('Z', '+00:00'), 'time-grammar'],
  ] as const)
    expect([time, says(endpoint, send({ ...notification, Timestamp: time }))]).toEqual([time, reason]);
});
