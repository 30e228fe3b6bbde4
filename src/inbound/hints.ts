import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { WebhookProvider } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Delivery, Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { base64urlBytes, headerNeeded } from './grammar.ts';
import { at } from './places.ts';
import type { Proven } from './prove.ts';
import { queryHash } from './query-hash.ts';
import { asciiBytes, liveSecrets } from './secrets.ts';
import { parseStrictJson } from './strict-json.ts';
import { onlyParameter } from './target.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/*
 * Senders that prove who they are and nothing about the body. What comes of them may start a re-fetch with our own
 * credential; it authorises nothing.
 */

const hinted = (secret: WebhookSecret): Proven => ({ secret, integrity: 'none', timeMs: null, signed: null });

/** The live token that equals a value. Digests are compared, so that not even a length shows in the time. */
export function tokenFor(value: string, tokens: readonly WebhookSecret[], crypto: WebhookCrypto): WebhookSecret | null {
  const digest = asciiBytes(crypto.sha256([value]));
  let found: WebhookSecret | null = null;
  for (const token of tokens) if (crypto.equal(digest, asciiBytes(crypto.sha256([token.key])))) found ??= token;
  return found;
}

/** Proves a delivery by a token in a header or in the query. */
export function proveToken(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'token' && proof.kind !== 'query-token') return stop('configuration');
  const asked = proof.kind === 'query-token' ? onlyParameter(delivery.target, proof.parameter) : null;
  const value = proof.kind === 'token' ? headerNeeded(delivery, proof.header) : asked === null ? stop('token-wrong') : go(asked);
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

/** A part of a JWT that is a JSON object. Null: anything else. */
export function jsonPart(text: string, crypto: WebhookCrypto): JsonObject | null {
  const bytes = base64urlBytes(text);
  const decoded = bytes === null ? null : crypto.text(bytes);
  const parsed = decoded === null ? null : parseStrictJson(decoded);
  return parsed?.ok === true && isObject(parsed.value) ? parsed.value : null;
}

/** A time of a JWT (RFC 7519 section 2, NumericDate) in milliseconds. Null: it is no whole number of seconds. */
export const secondsMs = (value: Json | undefined): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value * 1000 : null;

type Bearer = WebhookProvider['proof'] & { readonly kind: 'bearer' };

/** The times of a token: those that are there hold; where the sender's tokens always have them, both are there. */
function timely(claims: Json, { timed }: Bearer, nowMs: number): boolean {
  const [expires, issued] = [at(claims, 'exp'), at(claims, 'iat')];
  const [exp, iat] = [secondsMs(expires), secondsMs(issued)];
  if ((expires !== undefined && exp === null) || (issued !== undefined && iat === null)) return false;
  if (timed && (exp === null || iat === null)) return false;
  if (exp !== null && exp <= nowMs) return false;
  if (iat !== null && iat > nowMs + limits.webhookResignedMs) return false;
  const lastMs = exp ?? nowMs;
  return iat === null || lastMs - iat <= limits.webhookBearerMs;
}

/** A claim that is the value. Atlassian writes an audience as a list (RFC 7519 section 4.1.3): there a list of it alone is good. */
function claimIs(value: Json | undefined, expected: string | undefined, lists: boolean): boolean {
  const one: Json | undefined = lists && Array.isArray(value) && value.length === 1 ? (value as readonly Json[])[0] : value;
  return expected !== undefined && one === expected;
}

/** The claims of a token against what the endpoint expects: nothing is optional. */
function claimsHold(claims: Json, proof: Bearer, endpoint: Endpoint, nowMs: number): boolean {
  if (!timely(claims, proof, nowMs)) return false;
  const issuer = at(claims, 'iss');
  if (proof.issuers !== null && (typeof issuer !== 'string' || !proof.issuers.includes(issuer))) return false;
  if (proof.claims.includes('email') && at(claims, 'email_verified') !== true) return false;
  return proof.claims.every((name) =>
    claimIs(at(claims, name), Object.hasOwn(endpoint.expects, name) ? endpoint.expects[name] : undefined, proof.qsh),
  );
}

const schemes: Readonly<Record<Bearer['scheme'], RegExp>> = {
  Bearer: /^Bearer ([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/,
  JWT: /^JWT ([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/,
};

/**
 * The secret that made the signature. A key of one algorithm is never tried under another: an RSA public key is no HMAC
 * secret, whatever the token's head says.
 */
function signerOf(
  proof: Bearer,
  endpoint: Endpoint,
  signed: { readonly kid: Json | undefined; readonly text: string; readonly signature: Uint8Array },
  at: { readonly nowMs: number; readonly crypto: WebhookCrypto },
): Step<WebhookSecret> {
  const { nowMs, crypto } = at;
  const rsa = proof.algorithm === 'RS256';
  const live = liveSecrets(endpoint.secrets, rsa ? 'rsa-public' : 'hmac', nowMs);
  const keys = rsa ? live.filter((key) => key.id === signed.kid) : live;
  if (keys.length === 0) return stop('no-live-secret');
  let found: WebhookSecret | null = null;
  for (const key of keys) {
    const good = rsa
      ? crypto.verify('rs256', key.key, signed.signature, [signed.text])
      : crypto.equal(crypto.hmac('hmac-sha256', key.key, [signed.text]), signed.signature);
    if (good) found ??= key;
  }
  return found === null ? stop('signature-wrong') : go(found);
}

/**
 * Proves a delivery by a JWT (RFC 7515, RFC 7519) under the sender's one algorithm and a key that was configured. Whatever
 * else the token's head says (`jku`, `x5u`, `jwk`, another `alg`) picks nothing: `kid` only chooses among the endpoint's keys.
 */
export function proveBearer(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'bearer') return stop('configuration');
  const value = headerNeeded(delivery, 'authorization');
  if (!value.ok) return value;
  const match = schemes[proof.scheme].exec(value.value);
  if (match === null) return stop('bearer-grammar');
  const [, head = '', payload = '', mac = ''] = match;
  const [header, claims, signature] = [jsonPart(head, crypto), jsonPart(payload, crypto), base64urlBytes(mac)];
  if (header === null || claims === null || signature === null) return stop('bearer-grammar');
  if (at(header, 'alg') !== proof.algorithm || at(header, 'crit') !== undefined) return stop('bearer-grammar');
  const secret = signerOf(proof, endpoint, { kid: at(header, 'kid'), text: `${head}.${payload}`, signature }, { nowMs, crypto });
  if (!secret.ok) return secret;
  if (!claimsHold(claims, proof, endpoint, nowMs)) return stop('bearer-claims');
  if (proof.qsh) {
    const hash = queryHash(delivery, crypto);
    if (hash === null || at(claims, 'qsh') !== hash) return stop('bearer-claims');
  }
  return go(hinted(secret.value));
}
