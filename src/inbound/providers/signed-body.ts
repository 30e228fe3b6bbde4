import type { WebhookProvider } from '../../connectors/webhook.ts';
import { limits } from '../../limits.ts';

/*
 * Senders that sign the body and nothing else, by HMAC-SHA256 with a secret of one tenant or one app.
 */

/** Stripe: `<time>.<body>`, the time in the signature's own header; `v0` is for its tests and counts for nothing. */
export const stripe: WebhookProvider = {
  id: 'stripe',
  proof: {
    kind: 'signed',
    signature: {
      name: 'stripe-signature',
      layout: { kind: 'list', separator: ',', mark: '=', algorithms: { v1: 'hmac-sha256' }, timeTag: 't' },
      encoding: 'hex',
    },
    time: null,
    id: null,
    parts: { json: ['time', { text: '.' }, 'body'] },
  },
  freshness: { kind: 'resigned', windowMs: limits.webhookResignedMs },
  messageIds: [{ in: 'body', path: 'id' }],
  event: { kind: 'fields', paths: [['type']] },
  binds: { account: { at: [{ in: 'body', path: 'account' }], needed: false } },
  handshake: null,
  // Of intents and sessions: it completes a payment, and is for nobody but the customer (docs.stripe.com/api/payment_intents/object).
  omits: ['data.object.client_secret'],
  form: null,
  twins: {},
  bodyBytesMax: 4 * 1024 * 1024,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 32 }], // the whole text, `whsec_` included, is the key
};

/**
 * Shopify: one client secret for all shops of an app, while topic, shop and id stand in headers that are not signed. Nothing
 * says which event of which shop a body is of, so a delivery is never more than a hint.
 */
export const shopify: WebhookProvider = {
  id: 'shopify',
  proof: {
    kind: 'signed',
    signature: { name: 'x-shopify-hmac-sha256', layout: { kind: 'one', prefix: '', algorithm: 'hmac-sha256' }, encoding: 'base64' },
    time: null,
    id: null,
    parts: { json: ['body'] },
  },
  freshness: { kind: 'unsigned' },
  messageIds: [],
  event: { kind: 'claimed', header: 'x-shopify-topic' },
  binds: { shop: { at: [{ in: 'header', name: 'x-shopify-shop-domain' }], needed: true } },
  handshake: null,
  form: null,
  twins: {},
  bodyBytesMax: limits.webhookBodyBytesMax,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 32 }],
};

/** Linear: retries after up to six hours repeat the first bytes, the signed time in them included. */
export const linear: WebhookProvider = {
  id: 'linear',
  proof: {
    kind: 'signed',
    signature: { name: 'linear-signature', layout: { kind: 'one', prefix: '', algorithm: 'hmac-sha256' }, encoding: 'hex' },
    time: null,
    id: null,
    parts: { json: ['body'] },
  },
  freshness: { kind: 'identical', windowMs: limits.webhookIdenticalMs, path: 'webhookTimestamp' },
  messageIds: [],
  event: { kind: 'fields', paths: [['type', 'action'], ['type']] },
  binds: {
    organization: { at: [{ in: 'body', path: 'organizationId' }], needed: false },
    webhook: { at: [{ in: 'body', path: 'webhookId' }], needed: false },
  },
  handshake: null,
  form: null,
  twins: {},
  bodyBytesMax: 4 * 1024 * 1024,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 16 }],
};

/** PagerDuty v3: one `v1` for each secret while secrets rotate. */
export const pagerduty: WebhookProvider = {
  id: 'pagerduty',
  proof: {
    kind: 'signed',
    signature: {
      name: 'x-pagerduty-signature',
      layout: { kind: 'list', separator: ',', mark: '=', algorithms: { v1: 'hmac-sha256' } },
      encoding: 'hex',
    },
    time: null,
    id: null,
    parts: { json: ['body'] },
  },
  freshness: { kind: 'unsigned' },
  messageIds: [{ in: 'body', path: 'event.id' }],
  event: { kind: 'fields', paths: [['event.event_type']] },
  binds: {},
  handshake: { kind: 'constant', event: 'pagey.ping', status: 200, body: '{}', when: 'always' },
  form: null,
  twins: {},
  bodyBytesMax: 1024 * 1024,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 16 }],
};

/** Jira Cloud's webhooks that an administrator makes: WebSub's header. The identifier beside it is not signed. */
export const jiraAdmin: WebhookProvider = {
  id: 'jira-admin',
  proof: {
    kind: 'signed',
    signature: { name: 'x-hub-signature', layout: { kind: 'one', prefix: 'sha256=', algorithm: 'hmac-sha256' }, encoding: 'hex' },
    time: null,
    id: null,
    parts: { json: ['body'] },
  },
  freshness: { kind: 'unsigned' },
  messageIds: [],
  event: { kind: 'fields', paths: [['webhookEvent']] },
  binds: {},
  handshake: null,
  form: null,
  twins: {},
  bodyBytesMax: limits.webhookBodyBytesMax,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 16 }],
};
