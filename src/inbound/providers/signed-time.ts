import type { Part, WebhookProvider } from '../../connectors/webhook.ts';
import { limits } from '../../limits.ts';

/*
 * Senders that sign a time in a header and the body. Where nothing stands between the two, the time's fixed length is what
 * keeps the boundary in its place.
 */

/** In which order Zendesk signs time and body. */
export type ZendeskOrder = 'time-body' | 'body-time';

/**
 * Zendesk. Its documents contradict each other: the current page says time and body, an older one with the only published
 * vector says body and time. Whoever sets the endpoint up says which their account uses; a test delivery shows it.
 */
export function zendesk(order: ZendeskOrder): WebhookProvider {
  const json: readonly Part[] = order === 'time-body' ? ['time', 'body'] : ['body', 'time'];
  return {
    id: 'zendesk',
    proof: {
      kind: 'signed',
      signature: { name: 'x-zendesk-webhook-signature', layout: { kind: 'one', prefix: '', algorithm: 'hmac-sha256' }, encoding: 'base64' },
      time: { name: 'x-zendesk-webhook-signature-timestamp', form: 'rfc3339-s' },
      id: null,
      parts: { json },
    },
    freshness: { kind: 'resigned', windowMs: limits.webhookResignedMs },
    messageIds: [{ in: 'body', path: 'id' }],
    event: { kind: 'fields', paths: [['type']] },
    binds: { account: { at: [{ in: 'body', path: 'account_id' }], needed: false } },
    handshake: null,
    form: null,
    twins: {},
    bodyBytesMax: 1024 * 1024,
    secrets: [{ kind: 'hmac', form: 'text', bytesMin: 32 }],
  };
}

/** SendGrid's event webhook: ECDSA, whose signatures can be rewritten into others that hold, so no replay key is made of one. */
export const sendgrid: WebhookProvider = {
  id: 'sendgrid',
  proof: {
    kind: 'signed',
    signature: {
      name: 'x-twilio-email-event-webhook-signature',
      layout: { kind: 'one', prefix: '', algorithm: 'ecdsa-p256-sha256' },
      encoding: 'base64',
    },
    time: { name: 'x-twilio-email-event-webhook-timestamp', form: 'unix-s' },
    id: null,
    parts: { json: ['time', 'body'] },
  },
  // Whether a retry, which may come for a day, is signed anew is written nowhere: the long window loses none.
  freshness: { kind: 'identical', windowMs: limits.webhookIdenticalMs },
  messageIds: [],
  event: { kind: 'items', list: '', field: 'event', idField: 'sg_event_id' },
  binds: {},
  handshake: null,
  form: null,
  twins: {},
  bodyBytesMax: 4 * 1024 * 1024,
  secrets: [{ kind: 'ecdsa-public', form: 'pem', bytesMin: 80 }],
};

/** What Discord's two kinds of endpoints share: Ed25519 over time and body. */
const discord: Omit<WebhookProvider, 'id' | 'event' | 'messageIds' | 'handshake'> = {
  proof: {
    kind: 'signed',
    signature: { name: 'x-signature-ed25519', layout: { kind: 'one', prefix: '', algorithm: 'ed25519' }, encoding: 'hex' },
    time: { name: 'x-signature-timestamp', form: 'unix-s' },
    id: null,
    parts: { json: ['time', 'body'] },
  },
  freshness: { kind: 'resigned', windowMs: limits.webhookResignedMs },
  binds: {
    application: { at: [{ in: 'body', path: 'application_id' }], needed: false },
    guild: { at: [{ in: 'body', path: 'guild_id' }], needed: false },
  },
  form: null,
  twins: {},
  bodyBytesMax: 4 * 1024 * 1024,
  secrets: [{ kind: 'ed25519-public', form: 'hex', bytesMin: 32 }],
};

/** Discord's interactions. The event is the number of the interaction's type; 1 is the ping. */
export const discordInteractions: WebhookProvider = {
  ...discord,
  id: 'discord-interactions',
  messageIds: [{ in: 'body', path: 'id' }],
  event: { kind: 'fields', paths: [['type']] },
  handshake: { kind: 'constant', event: '1', status: 200, body: '{"type":1}', when: 'always' },
  omits: ['token'], // whoever holds it can answer in the app's name for 15 minutes
};

/** Discord's webhook events. Type 0 is the ping, answered with 204. */
export const discordEvents: WebhookProvider = {
  ...discord,
  id: 'discord-events',
  messageIds: [],
  event: { kind: 'fields', paths: [['event.type'], ['type']] },
  handshake: { kind: 'constant', event: '0', status: 204, body: '', when: 'always' },
};

/** Zoom. Its check of an endpoint asks for an HMAC under the signing secret: answered only if signed, and only for harmless tokens. */
export const zoom: WebhookProvider = {
  id: 'zoom',
  proof: {
    kind: 'signed',
    signature: { name: 'x-zm-signature', layout: { kind: 'one', prefix: 'v0=', algorithm: 'hmac-sha256' }, encoding: 'hex' },
    time: { name: 'x-zm-request-timestamp', form: 'unix-s' },
    id: null,
    parts: { json: [{ text: 'v0:' }, 'time', { text: ':' }, 'body'] },
  },
  // Retries come after 5, 20 and 60 minutes; whether they are signed anew is written nowhere.
  freshness: { kind: 'identical', windowMs: limits.webhookIdenticalMs },
  messageIds: [],
  event: { kind: 'fields', paths: [['event']] },
  binds: { account: { at: [{ in: 'body', path: 'payload.account_id' }], needed: false } },
  handshake: { kind: 'hmac-echo', event: 'endpoint.url_validation', path: 'payload.plainToken', when: 'always' },
  // The first opens the recordings of the event for a day; either of the others, put behind their address, plays them.
  omits: ['download_token', 'payload.object.password', 'payload.object.recording_play_passcode'],
  form: null,
  twins: {},
  bodyBytesMax: 1024 * 1024,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 16 }],
};
