import { atPath, isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import { limits } from '../limits.ts';
import type { Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { base64urlBytes } from './grammar.ts';
import { liveSecrets } from './secrets.ts';
import { parseStrictJson } from './strict-json.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/** The algorithms under which a sender's tokens are taken, each sender's being one of them. */
export type JwtAlgorithm = 'RS256' | 'HS256';

/** A token that is written as one; nothing of it is proved. */
export interface Jwt {
  readonly kid: Json | undefined;
  readonly claims: Json;
  /** What is signed: head and claims as they came. */
  readonly text: string;
  readonly signature: Uint8Array;
}

function jsonPart(text: string, crypto: WebhookCrypto): Json | null {
  const bytes = base64urlBytes(text);
  const decoded = bytes === null ? null : crypto.text(bytes);
  const parsed = decoded === null ? null : parseStrictJson(decoded);
  return parsed?.ok === true && isObject(parsed.value) ? parsed.value : null;
}

/**
 * Reads a token in the compact form of RFC 7515, in its one spelling. Its `alg` must be the sender's, and there may be no
 * `crit`. Whatever else its head says (`jku`, `x5u`, `jwk`) picks nothing.
 */
export function readJwt(token: string, algorithm: JwtAlgorithm, crypto: WebhookCrypto): Step<Jwt> {
  const match = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(token);
  if (match === null) return stop('bearer-grammar');
  const [, head = '', payload = '', mac = ''] = match;
  const [header, claims, signature] = [jsonPart(head, crypto), jsonPart(payload, crypto), base64urlBytes(mac)];
  if (header === null || claims === null || signature === null) return stop('bearer-grammar');
  if (atPath(header, 'alg') !== algorithm || atPath(header, 'crit') !== undefined) return stop('bearer-grammar');
  return go({ kid: atPath(header, 'kid'), claims, text: `${head}.${payload}`, signature });
}

/**
 * Whether a secret may prove this token at all: one that was installed for a client proves no token that names another. The
 * name stands under the very code that this secret must have made.
 */
function isOf({ client }: WebhookSecret, jwt: Jwt, { proof }: Endpoint['provider']): boolean {
  return client === undefined || (proof.kind === 'bearer' && proof.client !== undefined && atPath(jwt.claims, proof.client) === client);
}

/**
 * The secret that signed a token. A key of one algorithm is never tried under another: an RSA public key is no HMAC secret,
 * whatever the token's head says. `kid` only chooses among the endpoint's keys. Of shared secrets every one is tried, those of
 * other clients too, so that the time tells nobody which clients are installed.
 */
export function signerOf(
  jwt: Jwt,
  algorithm: JwtAlgorithm,
  endpoint: Endpoint,
  at: { readonly nowMs: number; readonly crypto: WebhookCrypto },
): Step<WebhookSecret> {
  const { nowMs, crypto } = at;
  const rsa = algorithm === 'RS256';
  const live = liveSecrets(endpoint.secrets, rsa ? 'rsa-public' : 'hmac', nowMs);
  const keys = rsa ? live.filter((key) => key.id === jwt.kid) : live;
  let found: WebhookSecret | null = null;
  let tried = 0;
  for (const key of keys) {
    const fits = isOf(key, jwt, endpoint.provider);
    const good = rsa
      ? crypto.verify('rs256', key.key, jwt.signature, [jwt.text])
      : crypto.equal(crypto.hmac('hmac-sha256', key.key, [jwt.text]), jwt.signature);
    if (fits) tried++;
    if (fits && good) found ??= key;
  }
  if (found !== null) return go(found);
  return stop(tried === 0 ? 'no-live-secret' : 'signature-wrong');
}

const seconds = (value: Json | undefined): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value * 1000 : null;

/**
 * The times of a token (RFC 7519 section 4.1): those that are there hold; where the sender's tokens always have them, `exp` and
 * `iat` are there. No token lives longer than `lifeMs`, whatever it says of itself.
 */
export function timely(claims: Json, rule: { readonly timed: boolean; readonly lifeMs: number }, nowMs: number): boolean {
  const said = [atPath(claims, 'exp'), atPath(claims, 'iat'), atPath(claims, 'nbf')];
  const [exp = null, iat = null, nbf = null] = said.map(seconds);
  if (said.some((value) => value !== undefined && seconds(value) === null)) return false;
  if (rule.timed && (exp === null || iat === null)) return false;
  if (exp !== null && exp <= nowMs) return false;
  if ([iat, nbf].some((time) => time !== null && time > nowMs + limits.webhookResignedMs)) return false;
  return iat === null || (exp ?? nowMs) - iat <= rule.lifeMs;
}
