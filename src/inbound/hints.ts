import { atPath, isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { WebhookProvider } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Delivery, Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { headerNeeded, headerOf } from './grammar.ts';
import { readJwt, signerOf, timely } from './jwt.ts';
import type { Proven } from './prove.ts';
import { queryHash } from './query-hash.ts';
import { asciiBytes, liveSecrets } from './secrets.ts';
import { basePath, onlyParameter, parameterOf } from './target.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/*
 * Senders that prove who they are and nothing about the body. What comes of them may start a re-fetch with our own
 * credential; it authorises nothing.
 */

/** What a proof comes to that covers nothing of the body. */
export const hinted = (secret: WebhookSecret): Proven => ({ secret, integrity: 'none', timeMs: null, signed: null });

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

/** The token of the first item of a list whose items all have a live one; and the items without what is secret in them. */
export function itemsProved(
  endpoint: Endpoint,
  content: Json,
  rule: { readonly list: string; readonly field: string },
  at: { readonly nowMs: number; readonly crypto: WebhookCrypto },
): Step<{ readonly secret: WebhookSecret; readonly items: readonly JsonObject[] }> {
  const list = isObject(content) ? content[rule.list] : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > limits.webhookItemsMax) return stop('token-wrong');
  const tokens = liveSecrets(endpoint.secrets, 'token', at.nowMs);
  if (tokens.length === 0) return stop('no-live-secret');
  let first: WebhookSecret | null = null;
  const items: JsonObject[] = [];
  for (const item of list as readonly Json[]) {
    const { [rule.field]: value, ...rest } = isObject(item) ? item : {};
    const token = typeof value === 'string' && value.length <= limits.webhookValueCharsMax ? tokenFor(value, tokens, at.crypto) : null;
    if (token === null) return stop('token-wrong');
    first ??= token;
    items.push(rest);
  }
  return first === null ? stop('token-wrong') : go({ secret: first, items });
}

/** Proves a delivery by a token in each item of a list: one item without it, and nothing of the delivery is taken. */
export function proveItems(endpoint: Endpoint, content: Json, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'item-token' || !isObject(content)) return stop(proof.kind === 'item-token' ? 'token-wrong' : 'configuration');
  const proved = itemsProved(endpoint, content, proof, { nowMs, crypto });
  if (!proved.ok) return proved;
  return go({ ...hinted(proved.value.secret), content: { ...content, [proof.list]: proved.value.items } });
}

type Bearer = WebhookProvider['proof'] & { readonly kind: 'bearer' };

/** A claim that is the value. Atlassian writes an audience as a list (RFC 7519 section 4.1.3): there a list of it alone is good. */
function claimIs(value: Json | undefined, expected: string | undefined, lists: boolean): boolean {
  const one: Json | undefined = lists && Array.isArray(value) && value.length === 1 ? (value as readonly Json[])[0] : value;
  return expected !== undefined && one === expected;
}

/** What the claims of a token are held against. */
interface Holding extends Pick<Endpoint, 'expects'> {
  readonly proof: Bearer;
  readonly secret: WebhookSecret;
}

/**
 * The claims of a token against what the endpoint expects: nothing is optional. Where the endpoint leaves the client open, it
 * is the one for whom the secret was installed.
 */
function claimsHold(claims: Json, { proof, secret, expects }: Holding, nowMs: number): boolean {
  if (!timely(claims, { timed: proof.timed, lifeMs: limits.webhookBearerMs }, nowMs)) return false;
  const issuer = atPath(claims, 'iss');
  if (proof.issuers !== null && (typeof issuer !== 'string' || !proof.issuers.includes(issuer))) return false;
  if (proof.claims.includes('email') && atPath(claims, 'email_verified') !== true) return false;
  return proof.claims.every((name) => {
    const expected = Object.hasOwn(expects, name) ? expects[name] : name === proof.client ? secret.client : undefined;
    return claimIs(atPath(claims, name), expected, proof.qsh);
  });
}

/** The token of a delivery, from its one place: `Authorization`, or where a sender uses it the query. In both, they contradict. */
function tokenOf({ scheme, query }: Bearer, delivery: Delivery): Step<string> {
  const header = headerOf(delivery, 'authorization');
  if (!header.ok) return header;
  const parameter = query === undefined ? go(null) : parameterOf(delivery.target, query);
  if (!parameter.ok) return parameter;
  if (header.value === null) return parameter.value === null ? stop('header-missing') : go(parameter.value);
  if (parameter.value !== null) return stop('header-conflict');
  return header.value.startsWith(`${scheme} `) ? go(header.value.slice(scheme.length + 1)) : stop('bearer-grammar');
}

/** Proves a delivery by a JWT (RFC 7519) under the sender's one algorithm and a key that was configured. */
export function proveBearer(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'bearer') return stop('configuration');
  const token = tokenOf(proof, delivery);
  if (!token.ok) return token;
  const jwt = readJwt(token.value, proof.algorithm, crypto);
  if (!jwt.ok) return jwt;
  const { claims } = jwt.value;
  const secret = signerOf(jwt.value, proof.algorithm, endpoint, { nowMs, crypto });
  if (!secret.ok) return secret;
  if (!claimsHold(claims, { proof, secret: secret.value, expects: endpoint.expects }, nowMs)) return stop('bearer-claims');
  if (proof.qsh) {
    const base = basePath(endpoint);
    const hash = base === null ? null : queryHash(delivery, base, crypto);
    if (hash === null || atPath(claims, 'qsh') !== hash) return stop('bearer-claims');
  }
  // A token of an installation is for one delivery: with another body it is a conflict, and with a new token the same body counts.
  const messageId = endpoint.provider.installs === undefined ? null : crypto.sha256([jwt.value.text]);
  return go({ ...hinted(secret.value), claims, messageId });
}
