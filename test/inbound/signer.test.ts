import { expect, test } from 'vitest';
import type { SecretKind, WebhookProvider } from '../../src/connectors/webhook.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Endpoint } from '../../src/inbound/delivery.ts';
import { judgeDelivery } from '../../src/inbound/judge.ts';
import { makeSecret, canMakeSecret } from '../../src/inbound/new-secret.ts';
import { webhookProviders } from '../../src/inbound/provider-list.ts';
import { sampleFor } from '../../src/inbound/sample.ts';
import { readSecret } from '../../src/inbound/secrets.ts';
import { signDelivery } from '../../src/inbound/sign.ts';
import * as at from './senders.ts';

const shared = new Set<SecretKind>(['hmac', 'token']);
const signable = [...webhookProviders].filter(
  ([, { proof, secrets }]) =>
    !['bearer', 'message-signature', 'field-list', 'query-token', 'rich-items'].includes(proof.kind) &&
    secrets.some(({ kind }) => shared.has(kind)),
);

function endpointFor(provider: WebhookProvider): Endpoint {
  const kind = provider.secrets.find(({ kind: one, form }) => shared.has(one) && form !== 'verify-token')?.kind ?? 'hmac';
  return at.endpointOf(provider, [kind === 'token' ? at.token : at.shared]);
}

/** A sample of an endpoint, signed with its first secret, as the verifier judges it. */
function tried(endpoint: Endpoint, event: string | null, change: (body: Buffer) => Buffer = (body) => body) {
  const secret = endpoint.secrets[0]!;
  const sample = sampleFor(endpoint, secret, { event, atMs: at.nowMs, id: 'cstest-1' });
  const delivery = signDelivery(endpoint, secret, sample, nodeCrypto);
  if (!delivery.ok) throw new Error(delivery.message);
  return judgeDelivery(endpoint, { ...delivery.value, body: change(Buffer.from(delivery.value.body)) }, at.nowMs, nodeCrypto);
}

test('there are senders to sign for', () => expect(signable.length).toBeGreaterThan(12));

test.each(signable)('a sample of %s is taken by the verifier, and its changed body is not', (_, provider) => {
  const endpoint = endpointFor(provider);
  expect(tried(endpoint, null)).toMatchObject({ outcome: 'accepted', secret: endpoint.secrets[0]!.id });
  if (provider.proof.kind !== 'signed') return;
  expect(tried(endpoint, null, (body) => Buffer.concat([body, Buffer.from(' ')]))).toMatchObject({ outcome: 'refused' });
  const other = { ...endpoint, secrets: [at.other] };
  const sample = sampleFor(endpoint, at.shared, { event: null, atMs: at.nowMs, id: 'cstest-1' });
  const forged = signDelivery(endpoint, at.shared, sample, nodeCrypto);
  expect(forged.ok && judgeDelivery(other, forged.value, at.nowMs, nodeCrypto)).toMatchObject({
    outcome: 'refused',
    reason: 'signature-wrong',
  });
});

test.each([
  ['github', 'issues'],
  ['linear', 'Issue.create'],
  ['stripe', 'charge.failed'],
  ['standard-webhooks', 'user.created'],
  ['pagerduty', 'incident.triggered'],
  ['twilio', 'message'],
])('a sample of %s can be of an event by name: %s', (id, event) => {
  const provider = webhookProviders.get(id)!;
  expect(tried(endpointFor(provider), event)).toMatchObject({ outcome: 'accepted', names: [event], grades: { trust: 'event' } });
});

test("a JSON body of Twilio's is signed by the address with its digest in it", () => {
  const endpoint = endpointFor(webhookProviders.get('twilio')!);
  const body = Buffer.from('{"From":"+15005550006","To":"+15005550006","MessageSid":"SM1"}');
  const delivery = signDelivery(endpoint, at.shared, { kind: 'json', body, headers: {}, atMs: at.nowMs, id: 'a' }, nodeCrypto);
  if (!delivery.ok) throw new Error(delivery.message);
  expect(judgeDelivery(endpoint, delivery.value, at.nowMs, nodeCrypto)).toMatchObject({ outcome: 'accepted' });
  const other = { ...delivery.value, body: Buffer.from('{}') };
  expect(judgeDelivery(endpoint, other, at.nowMs, nodeCrypto)).toMatchObject({ outcome: 'refused', reason: 'body-hash' });
});

test('without a name, a sample of most senders waits for a person', () => {
  const grades = signable.map(([name, provider]) => {
    const judged = tried(endpointFor(provider), null);
    return [name, judged.outcome === 'accepted' ? judged.grades.trust : judged.outcome];
  });
  expect(grades.filter(([, trust]) => trust !== 'quarantine').map(([name]) => name)).toEqual([
    'shopify',
    'google-drive',
    'microsoft-graph',
  ]);
});

test('what another sender signs is not signed here', () => {
  const pubsub = webhookProviders.get('google-pubsub')!;
  const endpoint = at.endpointOf(pubsub, [at.secretOf('rsa-public', 'x'.repeat(300))]);
  const sample = sampleFor(endpoint, endpoint.secrets[0]!, { event: null, atMs: at.nowMs, id: 'a' });
  expect(signDelivery(endpoint, endpoint.secrets[0]!, sample, nodeCrypto)).toMatchObject({ ok: false, code: 'not-signable' });
});

test('a secret that is made here is one that the endpoint takes at start, and no two are the same', () => {
  for (const provider of webhookProviders.values()) {
    const made = makeSecret(provider);
    expect([provider.id, made.ok]).toEqual([provider.id, canMakeSecret(provider)]);
    if (!made.ok) continue;
    expect(readSecret(provider, { id: 'a', value: made.value, notBeforeMs: 0, notAfterMs: null })).toMatchObject({ ok: true });
    expect(makeSecret(provider)).not.toEqual(made);
  }
  expect(makeSecret(webhookProviders.get('slack')!)).toMatchObject({ ok: false, code: 'senders-secret' });
  expect(makeSecret(webhookProviders.get('google-pubsub')!)).toMatchObject({ ok: false });
  expect(makeSecret(webhookProviders.get('gitlab')!)).toMatchObject({ ok: true, value: expect.stringMatching(/^whsec_/) as string });
});
