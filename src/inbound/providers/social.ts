import type { WebhookProvider } from '../../connectors/webhook.ts';

/*
 * Senders that ask for a challenge by GET when an endpoint is set up.
 */

/** Meta's (WhatsApp, Messenger, Instagram): GitHub's scheme, and a token that is repeated when the endpoint is set up. */
export const meta: WebhookProvider = {
  id: 'meta',
  proof: {
    kind: 'signed',
    signature: { name: 'x-hub-signature-256', layout: { kind: 'one', prefix: 'sha256=', algorithm: 'hmac-sha256' }, encoding: 'hex' },
    time: null,
    id: null,
    parts: { json: ['body'] },
  },
  freshness: { kind: 'unsigned' },
  messageIds: [],
  event: { kind: 'fields', paths: [['object']] },
  // One app secret signs for every account that has the app; each entry says whose it is.
  binds: { account: { at: [{ in: 'items', list: 'entry', field: 'id' }], needed: true } },
  handshake: { kind: 'verify-echo', mode: 'hub.mode', token: 'hub.verify_token', challenge: 'hub.challenge', when: 'pending' },
  form: null,
  twins: {},
  bodyBytesMax: 3 * 1024 * 1024,
  secrets: [
    { kind: 'token', form: 'verify-token', bytesMin: 16 },
    { kind: 'hmac', form: 'text', bytesMin: 16 },
  ],
};

/** X's account activity. It repeats its check every day (docs.x.com, "V2 Webhooks API"), so the endpoint has to stay pending for as long as it is used. */
export const xActivity: WebhookProvider = {
  id: 'x-activity',
  proof: {
    kind: 'signed',
    signature: {
      name: 'x-twitter-webhooks-signature',
      layout: { kind: 'one', prefix: 'sha256=', algorithm: 'hmac-sha256' },
      encoding: 'base64',
    },
    time: null,
    id: null,
    parts: { json: ['body'] },
  },
  freshness: { kind: 'unsigned' },
  messageIds: [],
  event: {
    kind: 'shapes',
    header: null,
    common: ['for_user_id', 'users', 'apps'],
    shapes: {
      tweet_create: { has: ['tweet_create_events'] },
      tweet_delete: { has: ['tweet_delete_events'] },
      direct_message: { has: ['direct_message_events'] },
      favorite: { has: ['favorite_events'] },
      follow: { has: ['follow_events'] },
    },
  },
  binds: { user: { at: [{ in: 'body', path: 'for_user_id' }], needed: true } },
  handshake: {
    kind: 'query-hmac',
    parameter: 'crc_token',
    beside: ['nonce'], // X sends one along, and asks for nothing about it
    field: 'response_token',
    prefix: 'sha256=',
    when: 'pending',
  },
  form: null,
  twins: {},
  bodyBytesMax: 1024 * 1024,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 16 }],
};

/** An outgoing webhook of Microsoft Teams: HMAC of the body in `Authorization`, under a key that is written in base64. */
export const teams: WebhookProvider = {
  id: 'microsoft-teams',
  proof: {
    kind: 'signed',
    signature: { name: 'authorization', layout: { kind: 'one', prefix: 'HMAC ', algorithm: 'hmac-sha256' }, encoding: 'base64' },
    time: null,
    id: null,
    parts: { json: ['body'] },
  },
  freshness: { kind: 'unsigned' },
  messageIds: [],
  event: { kind: 'fields', paths: [['type']] },
  binds: { tenant: { at: [{ in: 'body', path: 'channelData.tenant.id' }], needed: false } },
  handshake: null,
  form: null,
  twins: {},
  bodyBytesMax: 1024 * 1024,
  secrets: [{ kind: 'hmac', form: 'base64', bytesMin: 24 }],
};
