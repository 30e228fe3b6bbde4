import type { SecretRule, WebhookProvider } from '../../connectors/webhook.ts';
import { limits } from '../../limits.ts';

/** What the senders that follow Standard Webhooks differ in. */
interface Dialect {
  readonly id: string;
  /** What the names of our headers begin with. */
  readonly prefix: 'webhook' | 'svix';
  readonly secrets: readonly SecretRule[];
}

const hmacSecret: SecretRule = { kind: 'hmac', form: 'whsec', bytesMin: 24 };

/**
 * Standard Webhooks (github.com/standard-webhooks): `<id>.<time>.<body>`, HMAC-SHA256 as `v1` and Ed25519 as `v1a`. The id
 * may hold no dot, or a dotted one could take over a piece of the body. Both families of names at once must agree.
 */
function standard({ id, prefix, secrets }: Dialect): WebhookProvider {
  const other = prefix === 'webhook' ? 'svix' : 'webhook';
  return {
    id,
    proof: {
      kind: 'signed',
      signature: {
        name: `${prefix}-signature`,
        layout: { kind: 'list', separator: ' ', mark: ',', algorithms: { v1: 'hmac-sha256', v1a: 'ed25519' } },
        encoding: 'base64',
      },
      time: { name: `${prefix}-timestamp`, form: 'unix-s' },
      id: `${prefix}-id`,
      parts: { json: ['id', { text: '.' }, 'time', { text: '.' }, 'body'] },
    },
    freshness: { kind: 'resigned', windowMs: limits.webhookResignedMs },
    messageIds: [{ in: 'header', name: `${prefix}-id` }],
    event: { kind: 'fields', paths: [['type']] },
    binds: {},
    handshake: null,
    form: null,
    twins: {
      [`${prefix}-signature`]: `${other}-signature`,
      [`${prefix}-timestamp`]: `${other}-timestamp`,
      [`${prefix}-id`]: `${other}-id`,
    },
    bodyBytesMax: 1024 * 1024,
    secrets,
  };
}

const both: readonly SecretRule[] = [hmacSecret, { kind: 'ed25519-public', form: 'whpk', bytesMin: 32 }];

/** Any sender of Standard Webhooks. */
export const standardWebhooks: WebhookProvider = standard({ id: 'standard-webhooks', prefix: 'webhook', secrets: both });

/** Svix under its own names of headers. */
export const svix: WebhookProvider = standard({ id: 'svix', prefix: 'svix', secrets: both });

/** GitLab with a signing token. Its `X-Gitlab-Event` is not signed; `object_kind` in the body is. */
export const gitlab: WebhookProvider = {
  ...standard({ id: 'gitlab', prefix: 'webhook', secrets: [hmacSecret] }),
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
  bodyBytesMax: limits.webhookBodyBytesMax,
};

/**
 * ServiceNow through the script of docs/hooks-servicenow.md: the product itself signs nothing. The secret belongs to one
 * instance; the instance's name in the body is compared where an endpoint expects one.
 */
export const servicenow: WebhookProvider = {
  ...standard({ id: 'servicenow', prefix: 'webhook', secrets: [hmacSecret] }),
  binds: { instance: { at: [{ in: 'body', path: 'instance' }], needed: false } },
};
