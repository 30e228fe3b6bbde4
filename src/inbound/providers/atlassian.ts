import type { Proof, SecretRule, WebhookProvider } from '../../connectors/webhook.ts';
import { limits } from '../../limits.ts';

/*
 * Atlassian's other senders; the webhooks that an administrator of Jira makes stand with the senders that sign the body.
 */

/** WebSub's header, as Jira's administrators' webhooks have it: HMAC-SHA256 of the body, nothing about time. */
const websub: Proof = {
  kind: 'signed',
  signature: { name: 'x-hub-signature', layout: { kind: 'one', prefix: 'sha256=', algorithm: 'hmac-sha256' }, encoding: 'hex' },
  time: null,
  id: null,
  parts: { json: ['body'] },
};
const shared: readonly SecretRule[] = [{ kind: 'hmac', form: 'text', bytesMin: 16 }];

/** What all of them share that prove nothing about the body. */
const plain = { handshake: null, form: null, twins: {}, bodyBytesMax: limits.webhookBodyBytesMax, messageIds: [] } as const;

/**
 * Bitbucket Cloud. `X-Event-Key` is not signed, and the body names no event: its shape tells the family (`pullrequest`), not
 * the step (`created`, `fulfilled`), which the state in the body tells.
 */
export const bitbucket: WebhookProvider = {
  ...plain,
  id: 'bitbucket',
  proof: websub,
  freshness: { kind: 'unsigned' },
  event: {
    kind: 'shapes',
    header: null,
    common: ['repository', 'actor'],
    shapes: {
      push: { has: ['push.changes'] },
      fork: { has: ['fork'] },
      commit_comment: { has: ['comment', 'commit'] },
      commit_status: { has: ['commit_status'] },
      issue: { has: ['issue'], may: ['changes'], lacks: ['comment'] },
      issue_comment: { has: ['issue', 'comment'], may: ['changes'] },
      pullrequest: { has: ['pullrequest'], may: ['approval', 'changes_request'], lacks: ['comment'] },
      pullrequest_comment: { has: ['pullrequest', 'comment'] },
    },
  },
  binds: { repository: { at: [{ in: 'body', path: 'repository.uuid' }], needed: false } },
  secrets: shared,
};

/** Confluence Data Center's webhooks: the same header; the body names its event. */
export const confluence: WebhookProvider = {
  ...plain,
  id: 'confluence',
  proof: websub,
  freshness: { kind: 'unsigned' },
  event: { kind: 'fields', paths: [['event'], ['webhookEvent']] },
  binds: {},
  secrets: shared,
};

/**
 * Jira's webhooks of an OAuth 2.0 app: a token under the client secret whose claims are written down nowhere, so nothing is
 * demanded of them but that times which are there hold.
 */
export const jiraDynamic: WebhookProvider = {
  ...plain,
  id: 'jira-dynamic',
  proof: { kind: 'bearer', scheme: 'Bearer', algorithm: 'HS256', issuers: null, claims: [], timed: false, qsh: false },
  freshness: { kind: 'none' },
  event: { kind: 'fields', paths: [['webhookEvent']] },
  binds: {},
  secrets: shared,
};

/** What a lifecycle callback may bring along that is a secret, or that nobody here needs. */
const installSecrets = ['sharedSecret', 'oauthClientId', 'publicKey'] as const;

/**
 * Webhooks of a Connect app, of Jira or Confluence: a token under the secret of this installation (`iss`, its client key) over
 * method, path and query. Connect's own library does not look at `exp`; here it must be there and hold. The lifecycle's
 * `enabled` and `disabled` are signed like that as well, and name their event as `eventType`.
 */
export const connect: WebhookProvider = {
  ...plain,
  id: 'atlassian-connect',
  proof: {
    kind: 'bearer',
    scheme: 'JWT',
    query: 'jwt',
    algorithm: 'HS256',
    issuers: null,
    claims: ['iss'],
    timed: true,
    qsh: true,
    client: 'iss',
  },
  freshness: { kind: 'none' },
  event: { kind: 'fields', paths: [['webhookEvent'], ['event'], ['eventType']] },
  binds: { client: { at: [{ in: 'claim', name: 'iss' }], needed: true } },
  omits: installSecrets,
  secrets: shared,
};

/**
 * A Connect app's installing and uninstalling, signed since 2021 by Atlassian's key of this `kid` (from
 * connect-install-keys.atlassian.com; configured, never fetched), for the app's base address as `aud`. The body brings the
 * secret of the installation: it is left out before anything is stored, and kept apart for the endpoint of the app's webhooks.
 */
export const connectLifecycle: WebhookProvider = {
  ...plain,
  id: 'atlassian-connect-lifecycle',
  proof: { kind: 'bearer', scheme: 'JWT', algorithm: 'RS256', issuers: null, claims: ['aud'], timed: true, qsh: true },
  freshness: { kind: 'none' },
  event: { kind: 'fields', paths: [['eventType']] },
  binds: {
    client: {
      at: [
        { in: 'claim', name: 'iss' },
        { in: 'body', path: 'clientKey' },
      ],
      needed: true,
    },
  },
  omits: installSecrets,
  installs: { for: 'atlassian-connect', begins: 'installed', ends: 'uninstalled', secret: 'sharedSecret', client: 'client' },
  bodyBytesMax: 256 * 1024,
  secrets: [{ kind: 'rsa-public', form: 'pem', bytesMin: 256 }],
};
