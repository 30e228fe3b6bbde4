import { generateKeyPairSync } from 'node:crypto';
import { createQueryStringHash, encodeAsymmetric, encodeSymmetric, AsymmetricAlgorithm, SymmetricAlgorithm } from 'atlassian-jwt';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { delivery } from '../inbound/senders.ts';

/* Atlassian as a sender of Connect: its tokens are made and its queries hashed by Atlassian's own library. */

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

/** The key that Atlassian publishes for installing, as an operator writes it down. */
export const installKey: string = rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString();

/** The app: its base address, and where below it the callbacks and the webhooks go. */
export interface App {
  readonly base: string;
  readonly lifecycle: string;
  readonly webhooks: string;
}

/** A callback to be sent. `atMs`: when Atlassian says that it happened. */
export interface Callback {
  readonly event?: string;
  readonly client?: string;
  readonly secret?: string;
  readonly atMs?: number;
  readonly claims?: object;
  readonly path?: string;
}

const json = (target: string, token: string, body: string): Delivery => delivery({ authorization: `JWT ${token}` }, body, { target });

/** What Atlassian hashes: the path below the base address. */
const hash = ({ base }: App, pathname: string): string => createQueryStringHash({ method: 'POST', pathname, query: {} }, false, base);

let callbacks = 0;

/** A callback of the lifecycle, signed as Atlassian does. No two have the same token. */
export function callback(
  app: App,
  { event = 'installed', client = 'client-a', secret, atMs = Date.now(), claims, path }: Callback,
): Delivery {
  const iat = Math.floor(atMs / 1000);
  const token = encodeAsymmetric(
    { iss: client, aud: [app.base], iat, exp: iat + 180, qsh: hash(app, app.lifecycle), sub: `account-${++callbacks}`, ...claims },
    pem,
    AsymmetricAlgorithm.RS256,
    { kid: 'kid-1' },
  );
  const body = JSON.stringify({
    key: 'our-app',
    clientKey: client,
    ...(secret === undefined ? {} : { sharedSecret: secret }),
    eventType: event,
  });
  return json(path ?? app.lifecycle, token, body);
}

let webhooks = 0;

/** A webhook of the app, signed with the secret of an installation. */
export function webhook(app: App, secret: string, client = 'client-a', path = app.webhooks): Delivery {
  const iat = Math.floor(Date.now() / 1000);
  const token = encodeSymmetric({ iss: client, iat, exp: iat + 180, qsh: hash(app, app.webhooks) }, secret, SymmetricAlgorithm.HS256);
  return json(path, token, JSON.stringify({ webhookEvent: 'jira:issue_updated', issue: { id: ++webhooks } }));
}
