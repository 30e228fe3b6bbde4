import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { AsymmetricAlgorithm, SymmetricAlgorithm, createQueryStringHash, encodeAsymmetric, encodeSymmetric } from 'atlassian-jwt';
import * as fc from 'fast-check';
import { httpbis } from 'http-message-signatures';
import { expect, test } from 'vitest';
import type { Delivery, Endpoint } from '../../src/inbound/delivery.ts';
import { checkEndpoint } from '../../src/inbound/endpoint.ts';
import { webhookProviders } from '../../src/inbound/provider-list.ts';
import { connect, connectLifecycle, jiraDynamic } from '../../src/inbound/providers/atlassian.ts';
import { httpSignatures } from '../../src/inbound/providers/generic.ts';
import { salesforceOutbound } from '../../src/inbound/providers/salesforce.ts';
import { sns, snsSha1 } from '../../src/inbound/providers/sns.ts';
import type { Accepted } from '../../src/inbound/verdict.ts';
import * as hint from './hint-senders.ts';
import { delivery, endpointOf, judge, nowMs, secretOf, shared, signing, spki, token, url, withHeaders } from './senders.ts';

/*
 * Changed bytes at senders whose proof is a token, a list of fields or a message signature. Where the proof does not cover the
 * body, a changed body is a hint like the honest one; everything that proves is refused if a character of it changes.
 */

const tokenText = Buffer.from(token.key).toString();
const seconds = nowMs / 1000;
const pem = hint.rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const rsaPublic = secretOf('rsa-public', spki(hint.rsa.publicKey), 'kid1');
const qsh = createQueryStringHash({ method: 'POST', pathname: '/in/one', query: {} }, false);
const claims = { iss: 'client-1', aud: ['https://hooks.test'], iat: seconds - 5, exp: seconds + 180, qsh };
const hs = encodeSymmetric(claims, Buffer.from(shared.key).toString(), SymmetricAlgorithm.HS256);
const rs = encodeAsymmetric(claims, pem, AsymmetricAlgorithm.RS256, { kid: 'kid1' });
const issue = '{"webhookEvent":"jira:issue_updated","issue":{"key":"OPS-1"}}';

const topic = 'arn:aws:sns:eu-west-1:123456789012:alerts';
const amazon = generateKeyPairSync('rsa', { modulusLength: 2048 });
const amazonKey = secretOf('rsa-public', spki(amazon.publicKey), 'aws');
const fields = {
  Message: 'first\nsecond',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  Timestamp: new Date(nowMs).toISOString(),
  TopicArn: topic,
  Type: 'Notification',
};
const notification = (version: '1' | '2'): Delivery => {
  const text = Object.entries(fields)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');
  const Signature = sign(version === '1' ? 'sha1' : 'sha256', Buffer.from(text), amazon.privateKey).toString('base64');
  const SigningCertURL = `https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-${'a0'.repeat(16)}.pem`;
  return delivery({ 'content-type': 'text/plain' }, JSON.stringify({ ...fields, SignatureVersion: version, Signature, SigningCertURL }));
};
const snsEndpoint = endpointOf(sns, [amazonKey], { expects: { topic } });
const organization = '00Dd0000000gzcrEAA';
const outbound = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>${organization}</OrganizationId><ActionId>04kd00000008StmAAE</ActionId><SessionId xsi:nil="true"/><EnterpriseUrl>x</EnterpriseUrl><PartnerUrl>x</PartnerUrl><Notification><Id>04ld000000E885fAAB</Id><sObject xsi:type="s:Lead" xmlns:s="urn:sobject.enterprise.soap.sforce.com"><s:Id>a</s:Id></sObject></Notification></notifications></e:Body></e:Envelope>`;

const invoice = '{"type":"invoice.paid","id":7}';
const digestOf = (algorithm: 'sha256' | 'sha512'): string =>
  `${algorithm === 'sha256' ? 'sha-256' : 'sha-512'}=:${createHash(algorithm).update(invoice).digest('base64')}:`;
async function signed(label: string, created = nowMs, digest = digestOf('sha256')): Promise<Delivery> {
  const key = { id: 's1', alg: 'hmac-sha256', sign: async (data: Buffer) => createHmac('sha256', shared.key).update(data).digest() };
  const message = { method: 'POST', url, headers: { 'content-type': 'application/json', 'content-digest': digest } };
  const { headers } = await httpbis.signMessage(
    {
      key,
      name: label,
      fields: ['@method', '@target-uri', 'content-digest'],
      params: ['created', 'keyid', 'nonce'],
      paramValues: { created: new Date(created), nonce: label },
    },
    message,
  );
  return delivery(Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])), invoice);
}
const signatures = endpointOf(httpSignatures, [shared]);

interface Case {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly given: Delivery;
  /** Headers whose every character counts; for a token in the address, the target does. */
  readonly proof: readonly string[];
  readonly body: 'covered' | 'hint' | 'fields';
}
const cases: readonly Case[] = [
  {
    name: 'jira-dynamic',
    endpoint: endpointOf(jiraDynamic, [shared]),
    given: delivery({ authorization: `Bearer ${hs}` }, issue),
    proof: ['authorization'],
    body: 'hint',
  },
  {
    name: 'atlassian-connect',
    endpoint: endpointOf(connect, [shared], { expects: { iss: 'client-1' } }),
    given: delivery({ authorization: `JWT ${hs}` }, issue),
    proof: ['authorization'],
    body: 'hint',
  },
  {
    name: 'atlassian-connect by query',
    endpoint: endpointOf(connect, [shared], { expects: { iss: 'client-1' } }),
    given: delivery({}, issue, { target: `/in/one?jwt=${hs}` }),
    proof: [],
    body: 'hint',
  },
  {
    name: 'atlassian-connect-lifecycle',
    endpoint: endpointOf(connectLifecycle, [rsaPublic], { expects: { aud: 'https://hooks.test' } }),
    given: delivery({ authorization: `JWT ${rs}` }, '{"clientKey":"client-1","eventType":"uninstalled"}'),
    proof: ['authorization'],
    body: 'hint',
  },
  {
    name: 'google-pubsub',
    endpoint: hint.pubsub,
    given: delivery({ authorization: `Bearer ${hint.jwt()}` }, hint.pubsubBody),
    proof: ['authorization'],
    body: 'hint',
  },
  {
    name: 'gitlab-token',
    endpoint: hint.gitlabPlain,
    given: delivery({ 'x-gitlab-token': tokenText }, '{"object_kind":"push"}'),
    proof: ['x-gitlab-token'],
    body: 'hint',
  },
  { name: 'google-drive', endpoint: hint.drive, given: hint.driveDelivery(), proof: ['x-goog-channel-token'], body: 'hint' },
  {
    name: 'salesforce-outbound',
    endpoint: endpointOf(salesforceOutbound, [token], { expects: { organization }, source: 'ip' }),
    given: delivery({ 'content-type': 'text/xml' }, outbound, { target: `/in/one?token=${tokenText}`, source: 'ip' }),
    proof: [],
    body: 'hint',
  },
  { name: 'microsoft-graph', endpoint: hint.graph, given: delivery({}, hint.graphBody(tokenText)), proof: [], body: 'hint' },
  { name: 'aws-sns', endpoint: snsEndpoint, given: notification('2'), proof: [], body: 'fields' },
  { name: 'aws-sns-sha1', endpoint: { ...snsEndpoint, provider: snsSha1 }, given: notification('1'), proof: [], body: 'fields' },
  {
    name: 'http-message-signatures',
    endpoint: signatures,
    given: await signed('sig1'),
    proof: ['signature', 'signature-input', 'content-digest'],
    body: 'covered',
  },
];
const rows = cases.map((each) => [each.name, each] as const);
const taken = (endpoint: Endpoint, given: Delivery): Accepted => {
  const verdict = judge(endpoint, given);
  if (verdict.outcome !== 'accepted') throw new Error(JSON.stringify(verdict));
  return verdict;
};

test.each(rows)('E10h a changed character of what proves %s is refused', (name, { endpoint, given, proof }) => {
  const accepted: string[] = [];
  for (const header of proof) {
    const value = given.headers[header]?.[0] ?? '';
    for (let at = 0; at < value.length; at++)
      for (const to of ['A', '0', '.', '='])
        if (value[at] !== to) {
          const changed = value.slice(0, at) + to + value.slice(at + 1);
          if (judge(endpoint, withHeaders(given, { [header]: changed })).outcome !== 'refused') accepted.push(changed);
        }
  }
  if (name.includes('query') || name.startsWith('salesforce'))
    for (let at = 0; at < given.target.length; at++) {
      const target = given.target.slice(0, at) + (given.target[at] === 'A' ? 'B' : 'A') + given.target.slice(at + 1);
      if (judge(endpoint, { ...given, target }).outcome !== 'refused') accepted.push(target);
    }
  expect(accepted).toEqual([]);
});

test.each(rows)(
  'E10i a changed byte of a body of %s is refused, or comes to no more than the honest one',
  (_, { endpoint, given, body }) => {
    const honest = taken(endpoint, given);
    expect(honest.trust).toBe(body === 'hint' ? 'hint' : 'event');
    if (given.body.length === 0) return;
    fc.assert(
      fc.property(fc.nat(given.body.length - 1), fc.integer({ min: 0, max: 255 }), (at, to) => {
        fc.pre(given.body[at] !== to);
        const changed = Uint8Array.from(given.body);
        changed[at] = to;
        const verdict = judge(endpoint, { ...given, body: changed });
        if (verdict.outcome !== 'accepted') return verdict.outcome === 'refused';
        if (body === 'covered') return false;
        if (body === 'hint') return verdict.trust !== 'event' && verdict.bodyIntegrity === 'none';
        // The fields that are signed are the same, and nothing else of it is kept.
        return (
          verdict.replay.signedDigest === honest.replay.signedDigest && JSON.stringify(verdict.content) === JSON.stringify(honest.content)
        );
      }),
      { numRuns: 150 },
    );
  },
);

test.each(rows)('H1d a header that proves %s is refused if it is missing or stands twice', (_, { endpoint, given, proof }) => {
  for (const header of proof) {
    const value = given.headers[header]?.[0] ?? '';
    expect(judge(endpoint, withHeaders(given, { [header]: null }))).toMatchObject({ reason: 'header-missing' });
    for (const twice of [
      [value, value],
      ['x', value],
      [value, 'x'],
    ])
      expect(judge(endpoint, withHeaders(given, { [header]: twice }))).toMatchObject({ reason: 'header-duplicate' });
  }
});

test('S3g SHA-1 counts at SNS only for an endpoint that asks for it, and never under the name of SHA-256', () => {
  const old = { ...snsEndpoint, provider: snsSha1 };
  expect(judge(snsEndpoint, notification('1'))).toMatchObject({ reason: 'signature-version' });
  expect(judge(old, notification('2'))).toMatchObject({ outcome: 'accepted' });
  const relabelled = (from: '1' | '2', to: string): Delivery => {
    const { body, ...rest } = notification(from);
    return {
      ...rest,
      body: Buffer.from(Buffer.from(body).toString().replace(`"SignatureVersion":"${from}"`, `"SignatureVersion":"${to}"`)),
    };
  };
  for (const [from, to, reason] of [
    ['1', '2', 'signature-wrong'],
    ['2', '1', 'signature-wrong'],
    ['2', '3', 'signature-version'],
    ['2', 'constructor', 'signature-version'],
  ] as const)
    expect([from, to, judge(old, relabelled(from, to))]).toMatchObject([from, to, { reason }]);
});

test('R7f of a delivery that is signed twice either signature can be taken away, and it stays the same delivery', async () => {
  const [one, two] = [await signed('sig1'), await signed('sig2')];
  const both = withHeaders(one, {
    signature: `${one.headers['signature']?.[0]}, ${two.headers['signature']?.[0]}`,
    'signature-input': `${one.headers['signature-input']?.[0]}, ${two.headers['signature-input']?.[0]}`,
  });
  const digests = [one, two, both].map((each) => taken(signatures, each).replay.signedDigest);
  expect(new Set(digests).size).toBe(1);
  expect(taken(signatures, await signed('sig1', nowMs - 1000)).replay.signedDigest).not.toBe(digests[0]);
});

test('H4d a digest of the body is SHA-256, SHA-512, or both, and each that is there holds', async () => {
  const [short, long] = [digestOf('sha256'), digestOf('sha512')];
  const wrong = long.replace(/:(.)/, (_, first: string) => `:${first === 'A' ? 'B' : 'A'}`);
  for (const digest of [short, long, `${short}, ${long}`, `${long},${short}`, `unknown=:AAAA:, ${long}`])
    expect([digest, judge(signatures, await signed('s', nowMs, digest)).outcome]).toEqual([digest, 'accepted']);
  for (const digest of [wrong, `${short}, ${wrong}`, 'unknown=:AAAA:', `${short}, ${short}`, `${short},`, `"${short}`, `${short} ${long}`])
    expect([digest, judge(signatures, await signed('s', nowMs, digest))]).toMatchObject([digest, { reason: 'body-hash' }]);
});

test('every sender of the list is in one of the tables of changed bytes, and can be an endpoint', () => {
  const elsewhere = ['microsoft-graph-rich', 'zendesk-body-time']; // a file of its own; the other order
  const shown = [...signing, ...cases].map(({ endpoint }) => endpoint.provider.id);
  const missing = [...webhookProviders.keys()].filter((name) => !shown.includes(name) && !elsewhere.includes(name));
  expect(missing).toEqual(['zendesk-time-body']); // its id is `zendesk`
  for (const { endpoint } of cases) expect(checkEndpoint(endpoint)).toMatchObject({ ok: true });
});
