import { generateKeyPairSync, sign as signWith } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { driveChannel, gitlabToken, graphBasic, pubsubPush } from '../../src/inbound/providers/hints.ts';
import { delivery, endpointOf, nowMs, secretOf, spki, token, url } from './senders.ts';

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaPublic = secretOf('rsa-public', spki(rsa.publicKey), 'kid1');

const b64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const claims = {
  iss: 'https://accounts.google.com',
  aud: url,
  email: 'push@p.iam',
  email_verified: true,
  iat: nowMs / 1000 - 9,
  exp: nowMs / 1000 + 3000,
};
/** A token signed under RS256, whatever its head says. */
export const jwt = (
  payload: object = claims,
  head: object = { alg: 'RS256', kid: 'kid1', typ: 'JWT' },
  key: KeyObject = rsa.privateKey,
): string => {
  const text = `${b64url(head)}.${b64url(payload)}`;
  return `${text}.${signWith('sha256', Buffer.from(text), key).toString('base64url')}`;
};
export const pubsubBody = '{"message":{"messageId":"m1","data":"e30="},"subscription":"projects/p/subscriptions/s"}';
export const pubsub = endpointOf(pubsubPush, [rsaPublic], { expects: { aud: url, email: 'push@p.iam' } });
export const drive = endpointOf(driveChannel, [token]);
export const driveDelivery = (change: Record<string, string> = {}): Delivery =>
  delivery(
    {
      'x-goog-channel-token': Buffer.from(token.key).toString(),
      'x-goog-channel-id': 'c1',
      'x-goog-message-number': '2',
      'x-goog-resource-state': 'change',
      ...change,
    },
    '',
  );
export const graph = endpointOf(graphBasic, [token]);
export const graphBody = (...states: string[]): string =>
  JSON.stringify({ value: states.map((clientState) => ({ clientState, subscriptionId: 'sub1' })) });
export const gitlabPlain = endpointOf(gitlabToken, [token]);
