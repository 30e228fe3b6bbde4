import type { WebhookProvider } from '../../connectors/webhook.ts';
import { limits } from '../../limits.ts';

/*
 * Senders whose proof does not cover the body. Each of their deliveries is a hint that something changed.
 */

const token = [{ kind: 'token', form: 'text', bytesMin: 16 }] as const;

/** GitLab with a secret token: it is sent back as it is. */
export const gitlabToken: WebhookProvider = {
  id: 'gitlab-token',
  proof: { kind: 'token', header: 'x-gitlab-token', accepts: ['json'] },
  freshness: { kind: 'none' },
  messageIds: [{ in: 'header', name: 'idempotency-key' }],
  event: { kind: 'fields', paths: [['object_kind'], ['event_name']] },
  binds: {
    project: {
      at: [
        { in: 'body', path: 'project.id' },
        { in: 'body', path: 'project_id' },
      ],
      needed: false,
    },
  },
  handshake: null,
  form: null,
  twins: {},
  bodyBytesMax: limits.webhookBodyBytesMax,
  secrets: token,
};

/** A channel of Google Drive's change notifications: our token, and no body. Numbers grow within a channel, with gaps. */
export const driveChannel: WebhookProvider = {
  id: 'google-drive',
  proof: { kind: 'token', header: 'x-goog-channel-token', accepts: ['empty'] },
  freshness: { kind: 'none' },
  messageIds: [
    { in: 'header', name: 'x-goog-channel-id' },
    { in: 'header', name: 'x-goog-message-number' },
  ],
  event: { kind: 'claimed', header: 'x-goog-resource-state' },
  binds: {
    channel: { at: [{ in: 'header', name: 'x-goog-channel-id' }], needed: true },
    resource: { at: [{ in: 'header', name: 'x-goog-resource-id' }], needed: false },
  },
  handshake: { kind: 'constant', event: 'sync', status: 200, body: '', when: 'always' },
  form: null,
  twins: {},
  bodyBytesMax: 0,
  secrets: token,
};

/** Google Pub/Sub push: the token says that Google's service account called this endpoint, and nothing about the message. */
export const pubsubPush: WebhookProvider = {
  id: 'google-pubsub',
  proof: {
    kind: 'bearer',
    scheme: 'Bearer',
    algorithm: 'RS256',
    issuers: ['https://accounts.google.com', 'accounts.google.com'],
    claims: ['aud', 'email'],
    timed: true,
    qsh: false,
  },
  freshness: { kind: 'none' },
  messageIds: [{ in: 'body', path: 'message.messageId' }],
  event: { kind: 'fixed', name: 'message' },
  binds: { subscription: { at: [{ in: 'body', path: 'subscription' }], needed: true } },
  handshake: null,
  form: null,
  twins: {},
  bodyBytesMax: 15 * 1024 * 1024, // a message has up to 10 MB, here in base64
  secrets: [{ kind: 'rsa-public', form: 'pem', bytesMin: 256 }],
};

/**
 * Microsoft Graph without resource data: our `clientState` in every item. A clientState is a secret, and is kept of no item. Of
 * OneDrive every notification of a subscription is the same, to the byte (learn.microsoft.com/onedrive, "Webhook notification
 * resource": no id, no version, always `updated`).
 */
export const graphBasic: WebhookProvider = {
  id: 'microsoft-graph',
  proof: { kind: 'item-token', list: 'value', field: 'clientState' },
  freshness: { kind: 'none' },
  messageIds: [],
  event: { kind: 'items', list: 'value', field: 'subscriptionId', idField: null },
  binds: { tenant: { at: [{ in: 'items', list: 'value', field: 'tenantId' }], needed: false } },
  handshake: { kind: 'query-echo', parameter: 'validationToken', when: 'pending' },
  repeats: true,
  form: null,
  twins: {},
  bodyBytesMax: 1024 * 1024,
  secrets: token,
};

/**
 * Microsoft Graph with resource data. The endpoint expects `aud`, our application's id, and `tenant`. Its secrets: `clientState`;
 * the private key of each certificate that was given with a subscription, under that certificate's id; and Microsoft's signing
 * keys (login.microsoftonline.com/common/discovery/v2.0/keys), each under its `kid`: configured or in a file, never fetched by
 * the door. The publisher is "Microsoft Graph Change Tracking". Lifecycle notifications hold no resource: they go to an endpoint of `graphBasic`.
 */
export const graphRich: WebhookProvider = {
  ...graphBasic,
  id: 'microsoft-graph-rich',
  proof: {
    kind: 'rich-items',
    list: 'value',
    field: 'clientState',
    tokens: 'validationTokens',
    publisher: '0bf30f3b-4a52-48df-9a82-234910c4a086',
  },
  bodyBytesMax: 4 * 1024 * 1024,
  secrets: [{ kind: 'rsa-public', form: 'pem', bytesMin: 256 }, { kind: 'rsa-private', form: 'pkcs8', bytesMin: 1024 }, ...token],
};
