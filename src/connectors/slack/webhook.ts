import { limits } from '../../limits.ts';
import type { WebhookProvider } from '../webhook.ts';

/**
 * Slack: `v0:<time>:<body>` under HMAC-SHA256 (docs.slack.dev, "Verifying requests from Slack"). One signing secret serves
 * every workspace that installed the app, so the workspace is taken from the body. `ssl_check` comes unsigned and is
 * refused like everything unsigned.
 */
export const slackWebhook: WebhookProvider = {
  id: 'slack',
  proof: {
    kind: 'signed',
    signature: { name: 'x-slack-signature', layout: { kind: 'one', prefix: 'v0=', algorithm: 'hmac-sha256' }, encoding: 'hex' },
    time: { name: 'x-slack-request-timestamp', form: 'unix-s' },
    id: null,
    parts: { json: [{ text: 'v0:' }, 'time', { text: ':' }, 'body'], form: [{ text: 'v0:' }, 'time', { text: ':' }, 'body'] },
  },
  freshness: { kind: 'resigned', windowMs: limits.webhookResignedMs },
  messageIds: [
    { in: 'body', path: 'event_id' },
    { in: 'body', path: 'trigger_id' },
  ],
  event: { kind: 'fields', paths: [['type', 'event.type'], ['type'], ['command']] },
  binds: {
    team: {
      at: [
        { in: 'body', path: 'team_id' },
        { in: 'body', path: 'team.id' },
      ],
      needed: true,
    },
    app: { at: [{ in: 'body', path: 'api_app_id' }], needed: false },
  },
  handshake: { kind: 'echo', event: 'url_verification', path: 'challenge', when: 'pending' },
  form: { jsonIn: 'payload', names: 'any', needed: [] },
  // Whoever holds a response_url can post to the conversation, with no other credential; `token` is the secret of older apps. With
  // a step of a workflow comes a token of the app itself (docs.slack.dev, "function_executed event"; in an action within it: at the top).
  omits: ['token', 'response_url', 'response_urls', 'bot_access_token', 'event.bot_access_token'],
  twins: {},
  bodyBytesMax: 1024 * 1024,
  secrets: [{ kind: 'hmac', form: 'text', bytesMin: 32 }],
};
