import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { WebhookProvider } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Endpoint, WebhookCrypto } from './delivery.ts';
import { base64Bytes } from './grammar.ts';
import { hinted, itemsProved } from './hints.ts';
import { readJwt, signerOf, timely } from './jwt.ts';
import { at } from './places.ts';
import type { Proven } from './prove.ts';
import { liveSecrets } from './secrets.ts';
import { parseStrictJson } from './strict-json.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/*
 * Microsoft Graph with resource data (learn.microsoft.com/graph/change-notifications-with-resource-data): tokens say that
 * Graph's publisher sends to this app of this tenant, and every item brings the changed object, sealed for a certificate of ours.
 */

type Sealed = WebhookProvider['proof'] & { readonly kind: 'sealed-items' };
interface Now {
  readonly nowMs: number;
  readonly crypto: WebhookCrypto;
}

/** What a token must say. Version 1 names who asked for it in `appid`, version 2 in `azp`, and each has an issuer of its own. */
function claimsHold(claims: Json, proof: Sealed, { expects }: Endpoint, nowMs: number): boolean {
  const { app, tenant } = expects;
  if (app === undefined || tenant === undefined) return false;
  if (!timely(claims, { timed: true, lifeMs: limits.webhookValidationTokenMs }, nowMs)) return false;
  if (at(claims, 'aud') !== app || at(claims, 'tid') !== tenant) return false;
  const [one, two] = [at(claims, 'appid') === proof.publisher, at(claims, 'azp') === proof.publisher];
  switch (at(claims, 'ver')) {
    case '1.0':
      return one && at(claims, 'iss') === `https://sts.windows.net/${tenant}/`;
    case '2.0':
      return two && at(claims, 'iss') === `https://login.microsoftonline.com/${tenant}/v2.0`;
    default:
      return false;
  }
}

/** Every token beside the list holds; one that does not refuses the delivery, whatever the others say. */
function tokensHold(endpoint: Endpoint, proof: Sealed, content: Json, now: Now): Step<Json> {
  const tokens = at(content, proof.tokens);
  if (!Array.isArray(tokens) || tokens.length === 0 || tokens.length > limits.webhookSignaturesMax) return stop('bearer-grammar');
  let first: Json = null;
  for (const token of tokens as readonly Json[]) {
    if (typeof token !== 'string' || token.length > limits.webhookHeaderCharsMax) return stop('bearer-grammar');
    const jwt = readJwt(token, 'RS256', now.crypto);
    if (!jwt.ok) return jwt;
    const signer = signerOf(jwt.value, 'RS256', endpoint, now);
    if (!signer.ok) return signer;
    if (!claimsHold(jwt.value.claims, proof, endpoint, now.nowMs)) return stop('bearer-claims');
    first ??= jwt.value.claims;
  }
  return go(first);
}

const zeros = new Uint8Array(32);

const base64At = (value: JsonObject, name: string): Uint8Array | null => {
  const text = value[name];
  return typeof text === 'string' ? base64Bytes(text) : null;
};

/**
 * Opens what is sealed: the key for it under our private key, and nothing is decrypted before the HMAC over it has held. A key
 * that cannot be opened goes the same way as a wrong one, so that neither the answer nor its time says which it was.
 */
function open(endpoint: Endpoint, sealed: Json | undefined, { nowMs, crypto }: Now): Step<Json> {
  if (!isObject(sealed)) return stop('signature-grammar');
  const [data, signature, wrapped] = [base64At(sealed, 'data'), base64At(sealed, 'dataSignature'), base64At(sealed, 'dataKey')];
  if (data === null || wrapped === null || signature === null || signature.length !== 32) return stop('signature-grammar');
  const keys = liveSecrets(endpoint.secrets, 'rsa-private', nowMs);
  const mine = keys.find((key) => key.id === sealed['encryptionCertificateId']);
  if (mine === undefined) return stop('no-live-secret');
  const unsealed = crypto.unseal(mine.key, wrapped);
  const key = unsealed?.length === 32 ? unsealed : zeros;
  if (!crypto.equal(crypto.hmac('hmac-sha256', key, [data]), signature) || key === zeros) return stop('signature-wrong');
  const plain = crypto.decrypt(key, key.subarray(0, 16), data);
  if (plain === null) return stop('signature-wrong');
  const text = crypto.text(plain);
  return text === null ? stop('body-encoding') : parseStrictJson(text);
}

/**
 * Proves a delivery of sealed items: all tokens, then the token in every item and its tenant, and only then is any item opened.
 * What is kept of an item is what stood in it and the object, as `resourceContent`, without tokens and without what was sealed.
 */
export function proveSealed(endpoint: Endpoint, content: Json, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'sealed-items') return stop('configuration');
  const now = { nowMs, crypto };
  const claims = tokensHold(endpoint, proof, content, now);
  if (!claims.ok) return claims;
  const proved = itemsProved(endpoint, content, proof, now);
  if (!proved.ok) return proved;
  const { secret, items } = proved.value;
  if (items.length > limits.webhookSealedMax) return stop('body-names');
  if (items.some((item) => item['tenantId'] !== endpoint.expects['tenant'])) return stop('tenant-mismatch');
  const kept: JsonObject[] = [];
  for (const { [proof.sealed]: sealed, ...item } of items) {
    const opened = open(endpoint, sealed, now);
    if (!opened.ok) return opened;
    kept.push({ ...item, resourceContent: opened.value });
  }
  return go({ ...hinted(secret), claims: claims.value, content: { [proof.list]: kept } });
}
