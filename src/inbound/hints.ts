import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import { limits } from '../limits.ts';
import type { Delivery, Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { base64urlBytes, headerNeeded } from './grammar.ts';
import { at } from './places.ts';
import type { Proven } from './prove.ts';
import { asciiBytes, liveSecrets } from './secrets.ts';
import { parseStrictJson } from './strict-json.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/*
 * Senders that prove who they are and nothing about the body. What comes of them may start a re-fetch with our own
 * credential; it authorises nothing.
 */

const hinted = (secret: WebhookSecret): Proven => ({ secret, integrity: 'none', timeMs: null, signed: null });

/** The live token that equals a value. Digests are compared, so that not even a length shows in the time. */
function tokenFor(value: string, tokens: readonly WebhookSecret[], crypto: WebhookCrypto): WebhookSecret | null {
  const digest = asciiBytes(crypto.sha256([value]));
  let found: WebhookSecret | null = null;
  for (const token of tokens) if (crypto.equal(digest, asciiBytes(crypto.sha256([token.key])))) found ??= token;
  return found;
}

/** Proves a delivery by a token in a header. */
export function proveToken(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'token') return stop('configuration');
  const value = headerNeeded(delivery, proof.header);
  if (!value.ok) return value;
  const tokens = liveSecrets(endpoint.secrets, 'token', nowMs);
  if (tokens.length === 0) return stop('no-live-secret');
  const token = tokenFor(value.value, tokens, crypto);
  return token === null ? stop('token-wrong') : go(hinted(token));
}

/** Proves a delivery by a token in each item of a list: one item without it, and nothing of the delivery is taken. */
export function proveItems(endpoint: Endpoint, content: Json, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'item-token') return stop('configuration');
  const list = at(content, proof.list);
  if (!Array.isArray(list) || list.length === 0 || list.length > limits.webhookItemsMax) return stop('token-wrong');
  const tokens = liveSecrets(endpoint.secrets, 'token', nowMs);
  if (tokens.length === 0) return stop('no-live-secret');
  let first: WebhookSecret | null = null;
  for (const item of list as readonly Json[]) {
    const value = isObject(item) ? item[proof.field] : undefined;
    const token = typeof value === 'string' && value.length <= limits.webhookValueCharsMax ? tokenFor(value, tokens, crypto) : null;
    if (token === null) return stop('token-wrong');
    first ??= token;
  }
  return first === null ? stop('token-wrong') : go(hinted(first));
}

function jsonPart(text: string, crypto: WebhookCrypto): Json | null {
  const bytes = base64urlBytes(text);
  const decoded = bytes === null ? null : crypto.text(bytes);
  const parsed = decoded === null ? null : parseStrictJson(decoded);
  return parsed?.ok === true && isObject(parsed.value) ? parsed.value : null;
}

const seconds = (value: Json | undefined): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value * 1000 : null;

/** The claims of a token against what the endpoint expects: nothing is optional. */
function claimsHold(claims: Json, endpoint: Endpoint, nowMs: number): boolean {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'bearer') return false;
  const [exp, iat] = [seconds(at(claims, 'exp')), seconds(at(claims, 'iat'))];
  if (exp === null || iat === null || exp <= nowMs || iat > nowMs + limits.webhookResignedMs || exp - iat > limits.webhookBearerMs)
    return false;
  const issuer = at(claims, 'iss');
  if (typeof issuer !== 'string' || !proof.issuers.includes(issuer)) return false;
  if (proof.claims.includes('email') && at(claims, 'email_verified') !== true) return false;
  return proof.claims.every((name) => Object.hasOwn(endpoint.expects, name) && at(claims, name) === endpoint.expects[name]);
}

/**
 * Proves a delivery by a bearer JWT (RFC 7515, RFC 7519) under RS256 and a key that was fetched beforehand. Whatever else
 * the token's head says (`jku`, `x5u`, `jwk`, another `alg`) picks nothing: `kid` only chooses among the endpoint's keys.
 */
export function proveBearer(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const value = headerNeeded(delivery, 'authorization');
  if (!value.ok) return value;
  const match = /^Bearer ([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(value.value);
  if (match === null) return stop('bearer-grammar');
  const [, head = '', payload = '', mac = ''] = match;
  const [header, claims, signature] = [jsonPart(head, crypto), jsonPart(payload, crypto), base64urlBytes(mac)];
  if (header === null || claims === null || signature === null) return stop('bearer-grammar');
  if (at(header, 'alg') !== 'RS256' || at(header, 'crit') !== undefined) return stop('bearer-grammar');
  const keys = liveSecrets(endpoint.secrets, 'rsa-public', nowMs).filter((key) => key.id === at(header, 'kid'));
  if (keys.length === 0) return stop('no-live-secret');
  const secret = keys.find((key) => crypto.verify('rs256', key.key, signature, [`${head}.${payload}`]));
  if (secret === undefined) return stop('signature-wrong');
  return claimsHold(claims, endpoint, nowMs) ? go(hinted(secret)) : stop('bearer-claims');
}
