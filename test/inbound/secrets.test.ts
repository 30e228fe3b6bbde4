import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { githubWebhook } from '../../src/connectors/github/webhook.ts';
import { slackWebhook } from '../../src/connectors/slack/webhook.ts';
import type { WebhookProvider } from '../../src/connectors/webhook.ts';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import { webhookProviders } from '../../src/inbound/provider-list.ts';
import { gitlabToken, pubsubPush } from '../../src/inbound/providers/hints.ts';
import { discordInteractions, sendgrid, zendesk } from '../../src/inbound/providers/signed-time.ts';
import { standardWebhooks } from '../../src/inbound/providers/standard.ts';
import { readSecret } from '../../src/inbound/secrets.ts';
import { pubsub, rsa } from './hint-senders.ts';
import { edPublic, endpointOf, github, says, shared, signing, token } from './senders.ts';

const read = (provider: WebhookProvider, value: string | undefined) =>
  readSecret(provider, { id: 's1', value, notBeforeMs: 0, notAfterMs: null });
const refused = (provider: WebhookProvider, value: string | undefined): boolean => !read(provider, value).ok;

test.each([undefined, '', ' ', '\t\n', ' '.repeat(40), 'a', 'hunter2', '0123456789abcde', 'x'.repeat(40), 'abababababababababab'])(
  'S6b a missing, empty, short or repeating secret is refused at start: %j',
  (value) => {
    for (const provider of webhookProviders.values()) expect(refused(provider, value)).toBe(true);
  },
);

test.each([
  'change-me-please-1234',
  'my-webhook-secret-2026',
  'your-signing-key-goes-here',
  'undefined-undefined-x',
  'placeholder_1029384756',
  'Example-key-9a8b7c6d5e4f',
  'password12345678aA',
])('S6c a placeholder is refused at start: %s', (value) => {
  expect(refused(githubWebhook, value)).toBe(true);
  expect(refused(gitlabToken, value)).toBe(true);
});

test.each([
  [zendesk('time-body'), 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=='],
  [zendesk('time-body'), 'HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA='],
  [githubWebhook, "It's a Secret to Everybody"],
  [slackWebhook, '8f742231b10e8888abcd99yyyzzz85a5'],
  [standardWebhooks, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  [standardWebhooks, 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
  [standardWebhooks, 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='],
  [githubWebhook, 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=='],
])('S6d a secret that a vendor prints is refused at start', (provider, value) => {
  expect(read(provider, value)).toMatchObject({ ok: false, code: 'bad-webhook-secret' });
});

test('an id by which no end could be recorded is none', () => {
  const named = (id: string) =>
    readSecret(githubWebhook, { id, value: 'k3J9vQ2xT7bLw0ZsP5nRf8YdCgHmAeUi', notBeforeMs: 0, notAfterMs: null }).ok;
  expect(['__proto__', '__proto', 'proto__', 'constructor'].map(named)).toEqual([false, true, true, true]);
});

test('S3d S11d a public key is no shared secret, and a key of small order is none at all', () => {
  expect(refused(githubWebhook, 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir5=')).toBe(true);
  expect(refused(githubWebhook, rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString())).toBe(true);
  for (const hex of [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    `ec${'ff'.repeat(31)}`,
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ])
    expect(refused(discordInteractions, hex)).toBe(true);
  expect(read(discordInteractions, Buffer.from(edPublic.key).toString('hex'))).toMatchObject({
    ok: true,
    value: { kind: 'ed25519-public' },
  });
});

test('S6e secrets as senders make them are read, each as what it is', () => {
  for (let i = 0; i < 300; i++) {
    const bytes = randomBytes(32);
    expect(read(githubWebhook, bytes.toString('hex'))).toMatchObject({ ok: true, value: { kind: 'hmac' } });
    expect(read(githubWebhook, bytes.toString('base64'))).toMatchObject({ ok: true });
    const whsec = read(standardWebhooks, `whsec_${bytes.toString('base64')}`);
    expect(whsec.ok && Buffer.from(whsec.value.key).equals(bytes)).toBe(true);
  }
  const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const key = read(pubsubPush, pem);
  expect(key.ok && Buffer.from(key.value.key).equals(rsa.publicKey.export({ format: 'der', type: 'spki' }))).toBe(true);
  expect(
    read(
      sendgrid,
      signing.find(({ name }) => name === 'sendgrid') &&
        Buffer.from(signing.find(({ name }) => name === 'sendgrid')!.endpoint.secrets[0]!.key).toString('base64'),
    ),
  ).toMatchObject({ ok: true });
});

test('S6f the message of a refusal does not hold the secret', () => {
  const value = 'change-me-3k9Jd02kLmQ8xZ7';
  expect(JSON.stringify(read(githubWebhook, value))).not.toContain(value.slice(0, 6) + value.slice(6));
  expect(JSON.stringify(read(githubWebhook, 'kurz-3k9'))).not.toContain('3k9');
});

test('S6g an empty key that got past the start still verifies nothing', () => {
  const empty = { ...shared, key: new Uint8Array(0) };
  expect(says({ ...github.endpoint, secrets: [empty] }, github.send({ secret: empty }))).toBe('no-live-secret');
  expect(says({ ...github.endpoint, secrets: [] }, github.send())).toBe('no-live-secret');
});

test('an endpoint is refused at start if deliveries could not be judged by it', () => {
  for (const { endpoint } of signing) expect(checkEndpoint(endpoint)).toMatchObject({ ok: true });
  expect(checkEndpoint(pubsub)).toMatchObject({ ok: true });
  const wrong = [
    endpointOf(githubWebhook, []),
    endpointOf(githubWebhook, [token]),
    endpointOf(githubWebhook, [shared, shared]),
    endpointOf(
      githubWebhook,
      Array.from({ length: 17 }, (_, n) => ({ ...shared, id: `s${n}` })),
    ),
    endpointOf(githubWebhook, [shared], { publicUrl: 'http://hooks.test/x' }),
    endpointOf(githubWebhook, [shared], { publicUrl: 'https://hooks.test/x#y' }),
    endpointOf(githubWebhook, [shared], { expects: { team: 'T1' } }),
    endpointOf(githubWebhook, [shared], { id: '../x' }),
    { ...pubsub, expects: { aud: 'x' } },
  ];
  for (const endpoint of wrong) expect(checkEndpoint(endpoint)).toMatchObject({ ok: false, code: 'bad-webhook-endpoint' });
});
