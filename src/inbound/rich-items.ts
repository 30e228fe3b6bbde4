import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { Proof } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { base64Bytes, base64urlBytes } from './grammar.ts';
import { jsonPart, secondsMs, tokenFor } from './hints.ts';
import { at } from './places.ts';
import type { Proven } from './prove.ts';
import { liveSecrets } from './secrets.ts';
import { parseStrictJson } from './strict-json.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/*
 * Microsoft Graph's change notifications with resource data (learn.microsoft.com/graph/change-notifications-with-resource-data).
 *
 * What is proved, and what is not: the tokens say that Microsoft's publisher was about to call this app for this tenant, and are
 * bearer tokens for hours; `clientState` is our own secret, sent back; `dataSignature` is made under a key that comes with the
 * data, sealed with our certificate, which anybody who has seen the certificate can do. So it shows that the data and its key
 * belong together, not who made them, and nothing ties an item to a token. Integrity is therefore `none`, and all of it a hint.
 */

type Rich = Proof & { readonly kind: 'rich-items' };
interface Judging {
  readonly nowMs: number;
  readonly crypto: WebhookCrypto;
}

/** The claims of one token: for our app and tenant, from the publisher, from an issuer of that tenant, and now. */
function claimsHold(claims: JsonObject, proof: Rich, expects: Endpoint['expects'], nowMs: number): boolean {
  const { aud, tenant } = expects;
  if (aud === undefined || tenant === undefined || claims['aud'] !== aud || claims['tid'] !== tenant) return false;
  // Version 1 of these tokens names its caller in `appid`, version 2 in `azp`; one that has both must say the same twice.
  const callers = [claims['azp'], claims['appid']].filter((caller) => caller !== undefined);
  if (callers.length === 0 || callers.some((caller) => caller !== proof.publisher)) return false;
  const issuers = [`https://sts.windows.net/${tenant}/`, `https://login.microsoftonline.com/${tenant}/v2.0`];
  if (!issuers.some((issuer) => issuer === claims['iss'])) return false;
  const [exp, iat, nbf] = [secondsMs(claims['exp']), secondsMs(claims['iat']), secondsMs(claims['nbf'] ?? claims['iat'])];
  if (exp === null || iat === null || nbf === null) return false;
  const latestMs = nowMs + limits.webhookResignedMs;
  return exp > nowMs && iat <= latestMs && nbf <= latestMs && exp - iat <= limits.webhookRichTokenMs;
}

/** One token (RFC 7515) under RS256 and a key of the endpoint: `kid` chooses among them, and the head chooses nothing else. */
function proveOne(token: Json, proof: Rich, endpoint: Endpoint, { nowMs, crypto }: Judging): Step<null> {
  const match =
    typeof token === 'string' && token.length <= limits.webhookHeaderCharsMax
      ? /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(token)
      : null;
  const [, head = '', payload = '', mac = ''] = match ?? [];
  const [header, claims, signature] = [jsonPart(head, crypto), jsonPart(payload, crypto), base64urlBytes(mac)];
  if (header === null || claims === null || signature === null) return stop('bearer-grammar');
  if (header['alg'] !== 'RS256' || header['crit'] !== undefined) return stop('bearer-grammar');
  const keys = liveSecrets(endpoint.secrets, 'rsa-public', nowMs).filter((key) => key.id === header['kid']);
  if (keys.length === 0) return stop('no-live-secret');
  const good = keys.map((key) => crypto.verify('rs256', key.key, signature, [`${head}.${payload}`]));
  if (!good.includes(true)) return stop('signature-wrong');
  return claimsHold(claims, proof, endpoint.expects, nowMs) ? go(null) : stop('bearer-claims');
}

/** Every token of the delivery must hold, and there must be one. */
function proveTokens(content: Json, proof: Rich, endpoint: Endpoint, judging: Judging): Step<null> {
  const tokens = at(content, proof.tokens);
  if (!Array.isArray(tokens) || tokens.length === 0 || tokens.length > limits.webhookSignaturesMax) return stop('bearer-grammar');
  for (const token of tokens as readonly Json[]) {
    const proven = proveOne(token, proof, endpoint, judging);
    if (!proven.ok) return proven;
  }
  return go(null);
}

/**
 * What an item's sealed content holds. The code over the data is compared before anything is deciphered, so that bad padding
 * is never reached with bytes of somebody's choice; every way to fail is the same refusal.
 */
function openSealed(sealed: Json | undefined, endpoint: Endpoint, { nowMs, crypto }: Judging): Step<Json> {
  if (!isObject(sealed)) return stop('body-syntax');
  const bytesOf = (name: string): Uint8Array | null => {
    const text = Object.hasOwn(sealed, name) ? sealed[name] : undefined;
    return typeof text === 'string' ? base64Bytes(text) : null;
  };
  const [data, wrapped, signature] = [bytesOf('data'), bytesOf('dataKey'), bytesOf('dataSignature')];
  if (data === null || wrapped === null || signature === null) return stop('signature-grammar');
  const keys = liveSecrets(endpoint.secrets, 'rsa-private', nowMs).filter((key) => key.id === sealed['encryptionCertificateId']);
  const [own] = keys;
  if (own === undefined) return stop('no-live-secret');
  const key = crypto.unwrap(own.key, wrapped);
  if (key === null || key.length !== 32) return stop('signature-wrong');
  if (!crypto.equal(crypto.hmac('hmac-sha256', key, [data]), signature)) return stop('signature-wrong');
  const plain = crypto.decrypt(key, data);
  const text = plain === null ? null : crypto.text(plain);
  if (text === null) return stop('signature-wrong');
  const parsed = parseStrictJson(text);
  return !parsed.ok || isObject(parsed.value) ? parsed : stop('body-syntax');
}

/**
 * Proves a delivery of rich notifications: every token, then `clientState` and tenant of every item, and only then is anything
 * unsealed. One item that does not hold, and nothing is taken. In the content the resource stands as `decryptedContent` in the
 * place of `encryptedContent`; tokens and `clientState` are secrets and are left out.
 */
export function proveRichItems(endpoint: Endpoint, content: Json, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'rich-items') return stop('configuration');
  const tokens = proveTokens(content, proof, endpoint, { nowMs, crypto });
  if (!tokens.ok) return tokens;
  const list = at(content, proof.list);
  if (!Array.isArray(list) || list.length === 0 || list.length > limits.webhookRichItemsMax) return stop('token-wrong');
  const states = liveSecrets(endpoint.secrets, 'token', nowMs);
  if (states.length === 0) return stop('no-live-secret');
  const items: JsonObject[] = [];
  let first: WebhookSecret | null = null;
  for (const item of list as readonly Json[]) {
    const state = isObject(item) ? item[proof.field] : undefined;
    const secret = typeof state === 'string' && state.length <= limits.webhookValueCharsMax ? tokenFor(state, states, crypto) : null;
    if (secret === null || !isObject(item)) return stop('token-wrong');
    if (item['tenantId'] !== endpoint.expects['tenant']) return stop('tenant-mismatch');
    first ??= secret;
    items.push(item);
  }
  const opened: Json[] = [];
  for (const item of items) {
    const { [proof.field]: _, encryptedContent, ...rest } = item;
    const resource = openSealed(encryptedContent, endpoint, { nowMs, crypto });
    if (!resource.ok) return resource;
    opened.push({ ...rest, decryptedContent: resource.value });
  }
  if (first === null) return stop('token-wrong');
  return go({ secret: first, integrity: 'none', timeMs: null, signed: null, content: { [proof.list]: opened } });
}
