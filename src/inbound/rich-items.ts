import { atPath, isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { Proof } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Endpoint, WebhookCrypto } from './delivery.ts';
import { base64Bytes } from './grammar.ts';
import { hinted, itemsProved } from './hints.ts';
import { readJwt, signerOf, timely } from './jwt.ts';
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
function claimsHold(claims: Json, proof: Rich, expects: Endpoint['expects'], nowMs: number): boolean {
  const { aud, tenant } = expects;
  if (aud === undefined || tenant === undefined || atPath(claims, 'aud') !== aud || atPath(claims, 'tid') !== tenant) return false;
  // Version 1 of these tokens names its caller in `appid`, version 2 in `azp`; one that has both must say the same twice.
  const callers = [atPath(claims, 'azp'), atPath(claims, 'appid')].filter((caller) => caller !== undefined);
  if (callers.length === 0 || callers.some((caller) => caller !== proof.publisher)) return false;
  const issuers = [`https://sts.windows.net/${tenant}/`, `https://login.microsoftonline.com/${tenant}/v2.0`];
  return (
    issuers.some((issuer) => issuer === atPath(claims, 'iss')) && timely(claims, { timed: true, lifeMs: limits.webhookRichTokenMs }, nowMs)
  );
}

/** One token under RS256 and a key of the endpoint. */
function proveOne(token: Json, proof: Rich, endpoint: Endpoint, judging: Judging): Step<null> {
  if (typeof token !== 'string' || token.length > limits.webhookHeaderCharsMax) return stop('bearer-grammar');
  const jwt = readJwt(token, 'RS256', judging.crypto);
  if (!jwt.ok) return jwt;
  const signer = signerOf(jwt.value, 'RS256', endpoint, judging);
  if (!signer.ok) return signer;
  return claimsHold(jwt.value.claims, proof, endpoint.expects, judging.nowMs) ? go(null) : stop('bearer-claims');
}

/** Every token of the delivery must hold, and there must be one. */
function proveTokens(content: Json, proof: Rich, endpoint: Endpoint, judging: Judging): Step<null> {
  const tokens = atPath(content, proof.tokens);
  if (!Array.isArray(tokens) || tokens.length === 0 || tokens.length > limits.webhookSignaturesMax) return stop('bearer-grammar');
  for (const token of tokens as readonly Json[]) {
    const proven = proveOne(token, proof, endpoint, judging);
    if (!proven.ok) return proven;
  }
  return go(null);
}

const noKey = new Uint8Array(32);

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
  // A key that cannot be unwrapped goes the same way as a wrong one: not even the time tells them apart.
  const unwrapped = crypto.unwrap(own.key, wrapped);
  const key = unwrapped?.length === 32 ? unwrapped : noKey;
  if (!crypto.equal(crypto.hmac('hmac-sha256', key, [data]), signature) || key === noKey) return stop('signature-wrong');
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
  const proved = itemsProved(endpoint, content, proof, { nowMs, crypto });
  if (!proved.ok) return proved;
  const { secret, items } = proved.value;
  if (items.length > limits.webhookRichItemsMax) return stop('token-wrong');
  if (items.some((item) => item['tenantId'] !== endpoint.expects['tenant'])) return stop('tenant-mismatch');
  const opened: Json[] = [];
  for (const item of items) {
    const { encryptedContent, ...rest } = item;
    const resource = openSealed(encryptedContent, endpoint, { nowMs, crypto });
    if (!resource.ok) return resource;
    opened.push({ ...rest, decryptedContent: resource.value });
  }
  return go({ ...hinted(secret), content: { [proof.list]: opened } });
}
