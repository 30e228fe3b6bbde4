import { createHash, createHmac, generateKeyPairSync, sign as signWith } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { githubWebhook } from '../../src/connectors/github/webhook.ts';
import { slackWebhook } from '../../src/connectors/slack/webhook.ts';
import type { SecretKind, WebhookProvider } from '../../src/connectors/webhook.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery, Endpoint, WebhookSecret } from '../../src/inbound/delivery.ts';
import { bitbucket, confluence } from '../../src/inbound/providers/atlassian.ts';
import { genericHmac } from '../../src/inbound/providers/generic.ts';
import { jiraAdmin, linear, pagerduty, shopify, stripe } from '../../src/inbound/providers/signed-body.ts';
import { discordEvents, discordInteractions, sendgrid, zendesk, zoom } from '../../src/inbound/providers/signed-time.ts';
import { meta, teams, xActivity } from '../../src/inbound/providers/social.ts';
import { gitlab, servicenow, standardWebhooks, svix } from '../../src/inbound/providers/standard.ts';
import { twilio } from '../../src/inbound/providers/twilio.ts';
import { verifyDelivery } from '../../src/inbound/verify.ts';
import type { RefusalReason, Verdict } from '../../src/inbound/verdict.ts';

/** The time of these tests. */
export const nowMs = 1_790_000_000_000;
export const url = 'https://hooks.test/in/one';

/** A secret of a kind, with bytes that no rule at start has looked at. */
export function secretOf(kind: SecretKind, key: Uint8Array | string, id = 's1'): WebhookSecret {
  return { id, kind, key: typeof key === 'string' ? Buffer.from(key) : key, notBeforeMs: 0, notAfterMs: null };
}

export const shared = secretOf('hmac', 'k3J9vQ2xT7bLw0ZsP5nRf8YdCgHmAeUi');
export const other = secretOf('hmac', 'Zq8Wn4Rt6Yp1Lk3Jh5Gf7Ds9Ax2Cv0Bm', 's2');
export const token = secretOf('token', 'tok-93Jd02kLmQ8xZ7vB4nWc');
const ed = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const raw = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' }).subarray(-32);
export const spki = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' });
export const edPublic = secretOf('ed25519-public', raw(ed.publicKey), 'ed');
const ecPublic = secretOf('ecdsa-public', spki(ec.publicKey), 'ec');
const foreignRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreigners: Readonly<Record<SecretKind, WebhookSecret>> = {
  hmac: other,
  token: secretOf('token', 'tok-Yt4Lm8Qp1Zx6Rv3Wk9Nb'),
  'ed25519-public': secretOf('ed25519-public', raw(generateKeyPairSync('ed25519').publicKey), 'ed2'),
  'ecdsa-public': secretOf('ecdsa-public', spki(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey), 'ec2'),
  'rsa-public': secretOf('rsa-public', spki(foreignRsa.publicKey), 'kid2'),
  'rsa-private': secretOf('rsa-private', foreignRsa.privateKey.export({ format: 'der', type: 'pkcs8' }), 'cert2'),
};
/** A secret of the same kind that belongs to somebody else. */
export const foreignTo = ({ secrets }: Endpoint): WebhookSecret => foreigners[secrets[0]?.kind ?? 'hmac'];

/** What a sender is told to send. */
export interface Wish {
  readonly body?: string | Uint8Array;
  readonly secret?: WebhookSecret;
  readonly timeMs?: number;
  readonly id?: string;
}

/** A sender that signs honestly. */
export interface Sender {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly body: string;
  readonly send: (wish?: Wish) => Delivery;
}

export const delivery = (headers: Record<string, string>, body: string | Uint8Array, extra: Partial<Delivery> = {}): Delivery => ({
  method: 'POST',
  target: '/in/one',
  headers: Object.fromEntries(Object.entries({ 'content-type': 'application/json', ...headers }).map(([name, value]) => [name, [value]])),
  body: typeof body === 'string' ? Buffer.from(body) : body,
  source: 'none',
  ...extra,
});

export const endpointOf = (provider: WebhookProvider, secrets: readonly WebhookSecret[], change: Partial<Endpoint> = {}): Endpoint => ({
  id: 'one',
  provider,
  secrets,
  publicUrl: url,
  expects: {},
  events: null,
  pending: false,
  source: 'none',
  ...change,
});

export const mac = (encoding: 'hex' | 'base64', key: Uint8Array, ...parts: (string | Uint8Array)[]): string => {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest(encoding);
};

type Signer = (body: string | Uint8Array, key: Uint8Array, at: { seconds: string; id: string }) => Record<string, string>;

function sender(provider: WebhookProvider, secret: WebhookSecret, body: string, signer: Signer): Sender {
  return {
    name: provider.id,
    endpoint: endpointOf(provider, [secret]),
    body,
    send: (wish = {}) => {
      const at = { seconds: String(Math.floor((wish.timeMs ?? nowMs) / 1000)), id: wish.id ?? 'msg_1' };
      return delivery(signer(wish.body ?? body, (wish.secret ?? secret).key, at), wish.body ?? body);
    },
  };
}

const bytes = (body: string | Uint8Array): Buffer => Buffer.from(body);
const iso = (seconds: string): string => `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`;
const standardHeaders =
  (prefix: string): Signer =>
  (body, key, { seconds, id }) => ({
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: seconds,
    [`${prefix}-signature`]: `v1,${mac('base64', key, `${id}.${seconds}.`, body)}`,
  });

export const issueComment = JSON.stringify({
  action: 'created',
  issue: { id: 7, title: "costs $$5, $& $' {body} {id}" },
  comment: { id: 9, body: 'Hi' },
  repository: { id: 42 },
  sender: { id: 1 },
});
const slackEvent = JSON.stringify({
  type: 'event_callback',
  team_id: 'T1',
  api_app_id: 'A1',
  event_id: 'Ev1',
  event: { type: 'message', text: 'hi' },
});

export const github = sender(githubWebhook, shared, issueComment, (body, key) => ({
  'x-hub-signature-256': `sha256=${mac('hex', key, body)}`,
  'x-github-event': 'issue_comment',
  'x-github-delivery': 'd1',
}));
export const slack = sender(slackWebhook, shared, slackEvent, (body, key, { seconds }) => ({
  'x-slack-signature': `v0=${mac('hex', key, `v0:${seconds}:`, body)}`,
  'x-slack-request-timestamp': seconds,
}));
export const standard = sender(standardWebhooks, shared, '{"type":"user.created","data":{}}', standardHeaders('webhook'));
export const standardEd = {
  ...sender(standardWebhooks, edPublic, '{"type":"user.created","data":{}}', (body, _, { seconds, id }) => ({
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1a,${signWith(null, Buffer.concat([Buffer.from(`${id}.${seconds}.`), bytes(body)]), ed.privateKey).toString('base64')}`,
  })),
  name: 'standard-webhooks v1a',
};
export const svixSender = sender(svix, shared, '{"type":"user.created"}', standardHeaders('svix'));
const servicenowSender = sender(servicenow, shared, '{"type":"incident.changed","instance":"acme"}', standardHeaders('webhook'));
export const stripeSender = sender(stripe, shared, '{"id":"evt_1","type":"charge.failed"}', (body, key, { seconds }) => ({
  'stripe-signature': `t=${seconds},v1=${mac('hex', key, `${seconds}.`, body)},v0=${'0'.repeat(64)}`,
}));
export const linearBody = (timeMs: number): string =>
  JSON.stringify({ action: 'create', type: 'Issue', organizationId: 'o-1', webhookTimestamp: timeMs, data: { id: 'i' } });
export const linearSender = sender(linear, shared, linearBody(nowMs), (body, key) => ({ 'linear-signature': mac('hex', key, body) }));
export const pagerdutySender = sender(pagerduty, shared, '{"event":{"id":"01A","event_type":"incident.triggered"}}', (body, key) => ({
  'x-pagerduty-signature': `v1=${mac('hex', key, body)}`,
}));
export const zoomSender = sender(zoom, shared, '{"event":"meeting.started","payload":{"account_id":"a"}}', (body, key, { seconds }) => ({
  'x-zm-signature': `v0=${mac('hex', key, `v0:${seconds}:`, body)}`,
  'x-zm-request-timestamp': seconds,
}));
export const sendgridSender = sender(
  sendgrid,
  ecPublic,
  '[{"event":"open","sg_event_id":"e1"},{"event":"click","sg_event_id":"e2"}]\r\n',
  (body, _, { seconds }) => ({
    'x-twilio-email-event-webhook-signature': signWith(
      'sha256',
      Buffer.concat([Buffer.from(seconds), bytes(body)]),
      ec.privateKey,
    ).toString('base64'),
    'x-twilio-email-event-webhook-timestamp': seconds,
  }),
);
const discordSigner: Signer = (body, _, { seconds }) => ({
  'x-signature-ed25519': signWith(null, Buffer.concat([Buffer.from(seconds), bytes(body)]), ed.privateKey).toString('hex'),
  'x-signature-timestamp': seconds,
});
export const discord = sender(discordInteractions, edPublic, '{"id":"1","type":2,"application_id":"99"}', discordSigner);
const discordEvent = sender(
  discordEvents,
  edPublic,
  '{"type":1,"application_id":"99","event":{"type":"ENTITLEMENT_CREATE"}}',
  discordSigner,
);
export const shopifySender = sender(shopify, shared, '{"id":1}', (body, key) => ({
  'x-shopify-hmac-sha256': mac('base64', key, body),
  'x-shopify-topic': 'orders/create',
  'x-shopify-shop-domain': 'a.myshopify.com',
}));
const gitlabSender = sender(gitlab, shared, '{"object_kind":"push","project":{"id":5},"project_id":5}', standardHeaders('webhook'));
const jira = sender(jiraAdmin, shared, '{"webhookEvent":"jira:issue_updated","timestamp":1}', (body, key) => ({
  'x-hub-signature': `sha256=${mac('hex', key, body)}`,
}));
export const zendeskSender = sender(
  zendesk('time-body'),
  shared,
  '{"type":"zen:event-type:ticket.created","id":"z1"}',
  (body, key, { seconds }) => ({
    'x-zendesk-webhook-signature': mac('base64', key, iso(seconds), body),
    'x-zendesk-webhook-signature-timestamp': iso(seconds),
  }),
);
const scheme = genericHmac({
  id: 'acme',
  algorithm: 'hmac-sha256',
  encoding: 'hex',
  signatureHeader: 'x-acme-signature',
  prefix: '',
  timeHeader: 'x-acme-time',
  timeForm: 'unix-s',
  idHeader: 'x-acme-id',
  parts: ['id', { text: '.' }, 'time', 'body'],
  retries: 'resigned',
  eventPath: 'kind',
});
if (!scheme.ok) throw new Error(scheme.message);
const generic = sender(scheme.value, shared, '{"kind":"made"}', (body, key, { seconds, id }) => ({
  'x-acme-signature': mac('hex', key, `${id}.${seconds}`, body),
  'x-acme-time': seconds,
  'x-acme-id': id,
}));

const sid = '0123456789abcdef0123456789abcdef';
export const sms: Readonly<Record<string, string>> = {
  AccountSid: `AC${sid}`,
  Body: 'one & two',
  From: '+14158675309',
  MessageSid: `SM${sid}`,
  To: '+18005551212',
};
export const formOf = (fields: Readonly<Record<string, string>>): string => new URLSearchParams(fields).toString();
const sha1 = (key: Uint8Array, text: string): string => createHmac('sha1', key).update(text).digest('base64');
export const twilioForm: Sender = {
  name: 'twilio form',
  endpoint: endpointOf(twilio, [shared]),
  body: formOf(sms),
  send: (wish = {}) => {
    const body = Buffer.from(wish.body ?? formOf(sms)).toString();
    const pairs = [...new URLSearchParams(body)].toSorted(([a], [b]) => (a < b ? -1 : 1)).flat();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return delivery({ ...type, 'x-twilio-signature': sha1((wish.secret ?? shared).key, url + pairs.join('')) }, body);
  },
};
export const twilioJson: Sender = {
  name: 'twilio json',
  endpoint: endpointOf(twilio, [shared]),
  body: JSON.stringify(sms),
  send: (wish = {}) => {
    const body = Buffer.from(wish.body ?? JSON.stringify(sms));
    const query = `?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    return delivery({ 'x-twilio-signature': sha1((wish.secret ?? shared).key, url + query) }, body, { target: `/in/one${query}` });
  },
};

const websub: Signer = (body, key) => ({ 'x-hub-signature': `sha256=${mac('hex', key, body)}` });
/** Senders that sign the body alone, each in a header of its own. */
const bodyAlone: readonly Sender[] = [
  sender(bitbucket, shared, '{"push":{"changes":[]},"repository":{"uuid":"{a-1}"}}', websub),
  sender(confluence, shared, '{"event":"page_created","page":{"id":7}}', websub),
  sender(meta, shared, '{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[]}]}', (body, key) => ({
    'x-hub-signature-256': `sha256=${mac('hex', key, body)}`,
  })),
  sender(xActivity, shared, '{"for_user_id":"1","follow_events":[]}', (body, key) => ({
    'x-twitter-webhooks-signature': `sha256=${mac('base64', key, body)}`,
  })),
  sender(teams, shared, '{"type":"message","text":"hi"}', (body, key) => ({ authorization: `HMAC ${mac('base64', key, body)}` })),
];

/** Every sender whose signature covers the body. */
export const signing: readonly Sender[] = [
  github,
  slack,
  standard,
  standardEd,
  stripeSender,
  linearSender,
  pagerdutySender,
  zoomSender,
  sendgridSender,
  discord,
  discordEvent,
  shopifySender,
  gitlabSender,
  jira,
  zendeskSender,
  generic,
  twilioForm,
  twilioJson,
  svixSender,
  servicenowSender,
  ...bodyAlone,
];

/** Judges a delivery now. */
export const judge = (endpoint: Endpoint, given: Delivery, atMs = nowMs): Verdict => verifyDelivery(endpoint, given, atMs, nodeCrypto);
/** The outcome, or the reason of a refusal. */
export const says = (endpoint: Endpoint, given: Delivery, atMs = nowMs): 'accepted' | 'handshake' | RefusalReason => {
  const verdict = judge(endpoint, given, atMs);
  return verdict.outcome === 'refused' ? verdict.reason : verdict.outcome;
};
/** The same delivery with other headers. Null takes one away. */
export const withHeaders = (given: Delivery, change: Record<string, string | readonly string[] | null>): Delivery => ({
  ...given,
  headers: {
    ...given.headers,
    ...Object.fromEntries(
      Object.entries(change).map(([name, value]) => [name, value === null ? undefined : typeof value === 'string' ? [value] : value]),
    ),
  },
});
