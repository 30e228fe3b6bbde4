import { createPublicKey } from 'node:crypto';
import { LinearWebhookClient } from '@linear/sdk/webhooks';
import { Webhooks } from '@octokit/webhooks';
import { sign, verify, verifyWithFallback } from '@octokit/webhooks-methods';
import { EventWebhook } from '@sendgrid/eventwebhook';
import { verifySlackRequest } from '@slack/bolt/dist/receivers/verify-request.js';
import { verifyKey } from 'discord-interactions';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { getExpectedBodyHash, getExpectedTwilioSignature, validateRequest, validateRequestWithBody } from 'twilio/lib/webhooks/webhooks.js';
import type { Delivery, WebhookSecret } from '../../src/inbound/delivery.ts';
import * as at from './senders.ts';
import type { Sender, Wish } from './senders.ts';

/*
 * What other people's packages sign and verify, each beside the sender of ours that speaks the same scheme. A package gets
 * a delivery in the way in which its own documents hand it over: headers joined as node:http joins them, the body as text
 * where the package takes only text.
 */

/** A package that verifies deliveries, signs them, or both. */
export interface Peer {
  /** Name of the package; two ways into one package have the way behind it. */
  readonly name: string;
  readonly sender: Sender;
  /** A delivery whose signature the package has made. Null: it only verifies. */
  readonly sign: ((wish?: Wish) => Promise<Delivery>) | null;
  /** Whether the package takes a delivery at a time; it may throw instead of saying no. */
  readonly verify: (given: Delivery, nowMs?: number, secret?: WebhookSecret) => Promise<boolean>;
  /** The same with several secrets, if the package knows of more than one. */
  readonly verifyAny?: (given: Delivery, secrets: readonly WebhookSecret[]) => Promise<boolean>;
}

const text = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('utf8');
const head = (given: Delivery, name: string): string => given.headers[name]?.join(', ') ?? '';
const flat = (given: Delivery): Record<string, string> =>
  Object.fromEntries(Object.keys(given.headers).flatMap((name) => (given.headers[name] === undefined ? [] : [[name, head(given, name)]])));

/** Runs synchronous code at another time: these packages read the clock themselves. */
function clockAt<T>(nowMs: number, run: () => T): T {
  const real = Date.now;
  Date.now = () => nowMs;
  try {
    return run();
  } finally {
    Date.now = real;
  }
}

/** The same delivery as our sender makes it, with the package's signature in place of ours. */
const signedBy =
  (
    sender: Sender,
    name: string,
    make: (wish: Required<Pick<Wish, 'timeMs' | 'id'>> & { body: string; key: Uint8Array }) => string | Promise<string>,
  ) =>
  async (wish: Wish = {}): Promise<Delivery> => {
    const body = text(wish.body ?? sender.body);
    const value = await make({ timeMs: wish.timeMs ?? at.nowMs, id: wish.id ?? 'msg_1', body, key: (wish.secret ?? at.shared).key });
    return at.withHeaders(sender.send(wish), { [name]: value });
  };

function passes(run: () => unknown): boolean {
  run();
  return true;
}

const standard: Peer = {
  name: 'standardwebhooks',
  sender: at.standard,
  sign: signedBy(at.standard, 'webhook-signature', ({ timeMs, id, body, key }) =>
    new StandardWebhook(key, { format: 'raw' }).sign(id, new Date(timeMs), body),
  ),
  verify: async (given, nowMs = at.nowMs, secret = at.shared) =>
    clockAt(nowMs, () => passes(() => new StandardWebhook(secret.key, { format: 'raw' }).verify(Buffer.from(given.body), flat(given)))),
};

const svix: Peer = {
  name: 'svix',
  sender: at.svixSender,
  sign: signedBy(at.svixSender, 'svix-signature', ({ timeMs, id, body, key }) =>
    new SvixWebhook(key, { format: 'raw' }).sign(id, new Date(timeMs), body),
  ),
  verify: async (given, nowMs = at.nowMs, secret = at.shared) =>
    clockAt(nowMs, () => passes(() => new SvixWebhook(secret.key, { format: 'raw' }).verify(Buffer.from(given.body), flat(given)))),
};

const octokitMethods: Peer = {
  name: '@octokit/webhooks-methods',
  sender: at.github,
  sign: signedBy(at.github, 'x-hub-signature-256', ({ body, key }) => sign(text(key), body)),
  verify: (given, _nowMs, secret = at.shared) => verify(text(secret.key), text(given.body), head(given, 'x-hub-signature-256')),
  verifyAny: async (given, [first = at.shared, ...more]) => {
    const others = more.map(({ key }) => text(key));
    const taken: unknown = await verifyWithFallback(text(first.key), text(given.body), head(given, 'x-hub-signature-256'), others);
    return taken === true;
  },
};

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
async function octokitTakes(given: Delivery, [first = at.shared, ...more]: readonly WebhookSecret[]): Promise<boolean> {
  const webhooks = new Webhooks({ secret: text(first.key), additionalSecrets: more.map(({ key }) => text(key)), log: quiet });
  let handed = false;
  webhooks.onAny(() => void (handed = true));
  await webhooks.verifyAndReceive({
    id: head(given, 'x-github-delivery'),
    name: head(given, 'x-github-event'),
    signature: head(given, 'x-hub-signature-256'),
    payload: text(given.body),
  });
  return handed;
}

const octokit: Peer = {
  name: '@octokit/webhooks',
  sender: at.github,
  sign: signedBy(at.github, 'x-hub-signature-256', ({ body, key }) => new Webhooks({ secret: text(key) }).sign(body)),
  verify: (given, _nowMs, secret = at.shared) => octokitTakes(given, [secret]),
  verifyAny: octokitTakes,
};

const stripe: Peer = {
  name: 'stripe',
  sender: at.stripeSender,
  sign: signedBy(at.stripeSender, 'stripe-signature', ({ timeMs, body, key }) =>
    Stripe.webhooks.generateTestHeaderString({ payload: body, secret: text(key), timestamp: timeMs / 1000 }),
  ),
  verify: async (given, nowMs = at.nowMs, secret = at.shared) =>
    passes(() =>
      Stripe.webhooks.constructEvent(
        Buffer.from(given.body),
        head(given, 'stripe-signature'),
        text(secret.key),
        undefined,
        undefined,
        nowMs,
      ),
    ),
};

const slack: Peer = {
  name: '@slack/bolt',
  sender: at.slack,
  sign: null,
  verify: async (given, nowMs = at.nowMs, secret = at.shared) =>
    passes(() =>
      verifySlackRequest({
        signingSecret: text(secret.key),
        body: text(given.body),
        headers: {
          'x-slack-signature': head(given, 'x-slack-signature'),
          'x-slack-request-timestamp': Number(head(given, 'x-slack-request-timestamp')), // as the receivers of the package do
        },
        nowMilliseconds: nowMs,
      }),
    ),
};

const origin = new URL(at.url).origin;

const twilioForm: Peer = {
  name: 'twilio (form)',
  sender: at.twilioForm,
  sign: signedBy(at.twilioForm, 'x-twilio-signature', ({ body, key }) =>
    getExpectedTwilioSignature(text(key), at.url, Object.fromEntries(new URLSearchParams(body))),
  ),
  verify: async (given, _nowMs, secret = at.shared) =>
    validateRequest(
      text(secret.key),
      head(given, 'x-twilio-signature'),
      origin + given.target,
      Object.fromEntries(new URLSearchParams(text(given.body))),
    ),
};

const twilioJson: Peer = {
  name: 'twilio (JSON)',
  sender: at.twilioJson,
  sign: signedBy(at.twilioJson, 'x-twilio-signature', ({ body, key }) =>
    getExpectedTwilioSignature(text(key), `${at.url}?bodySHA256=${getExpectedBodyHash(body)}`, {}),
  ),
  verify: async (given, _nowMs, secret = at.shared) =>
    validateRequestWithBody(text(secret.key), head(given, 'x-twilio-signature'), origin + given.target, text(given.body)),
};

const sendgrid: Peer = {
  name: '@sendgrid/eventwebhook',
  sender: at.sendgridSender,
  sign: null,
  verify: async (given, _nowMs, secret = at.sendgridSender.endpoint.secrets[0] ?? at.shared) => {
    const webhook = new EventWebhook();
    const pem = createPublicKey({ key: Buffer.from(secret.key), format: 'der', type: 'spki' }).export({ format: 'pem', type: 'spki' });
    return webhook.verifySignature(
      webhook.convertPublicKeyToECDSA(pem.toString()),
      Buffer.from(given.body),
      head(given, 'x-twilio-email-event-webhook-signature'),
      head(given, 'x-twilio-email-event-webhook-timestamp'),
    );
  },
};

const discord: Peer = {
  name: 'discord-interactions',
  sender: at.discord,
  sign: null,
  verify: (given, _nowMs, secret = at.edPublic) =>
    verifyKey(
      Buffer.from(given.body),
      head(given, 'x-signature-ed25519'),
      head(given, 'x-signature-timestamp'),
      Buffer.from(secret.key).toString('hex'),
    ),
};

const linear: Peer = {
  name: '@linear/sdk',
  sender: at.linearSender,
  sign: null,
  verify: async (given, nowMs = at.nowMs, secret = at.shared) =>
    clockAt(nowMs, () => new LinearWebhookClient(text(secret.key)).verify(Buffer.from(given.body), head(given, 'linear-signature'))),
};

/** Every package, in the order of the tables. */
export const peers: readonly Peer[] = [
  standard,
  svix,
  octokitMethods,
  octokit,
  stripe,
  slack,
  twilioForm,
  twilioJson,
  sendgrid,
  discord,
  linear,
];
