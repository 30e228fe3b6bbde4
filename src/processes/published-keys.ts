import { createPublicKey } from 'node:crypto';
import { z } from 'zod';
import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { WebhookProvider } from '../connectors/webhook.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { algorithmOf, publicJwkShape } from '../inbound/key-set.ts';
import type { PublicJwk } from '../inbound/key-set.ts';
import { parseStrictJson } from '../inbound/strict-json.ts';
import { limits } from '../limits.ts';
import { certificateKey } from './sns-certificate.ts';

/*
 * The public keys that senders publish, and where. The addresses stand here, or are put together here out of what the
 * operator named, in a strict grammar: no delivery ever says where a key is to be found.
 */

/** What the operator names, where a sender has no list of all its keys. */
export interface Named {
  readonly kids: readonly string[];
  readonly certificates: readonly string[];
}

/** A document with keys: where it is, and how it is read at a time. */
export interface KeySource {
  readonly url: string | null;
  readonly read: (text: string, nowMs: number) => Result<readonly PublicJwk[]>;
}

const bad = (why: string): Refusal => refuse('bad-keys', why);

/** Members of a private key or a shared one (RFC 7518 section 6): a document with one of them is not what anybody publishes. */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

/** Whether a published key is for what we would use it: to verify, under this algorithm, for this issuer. */
function isForUs(jwk: JsonObject, alg: PublicJwk['alg'], issuers: readonly Json[] | null): boolean {
  const operations = jwk['key_ops'];
  return (
    (jwk['use'] === undefined || jwk['use'] === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) &&
    (jwk['alg'] === undefined || jwk['alg'] === alg) &&
    (jwk['issuer'] === undefined || issuers === null || issuers.includes(jwk['issuer']))
  );
}

/** One key of a published set, in our spelling. Null: it signs nothing for us. */
function jwkOf(provider: WebhookProvider, published: Json, issuers: readonly Json[] | null): Result<PublicJwk | null> {
  if (!isObject(published) || typeof published['kty'] !== 'string') return bad('one of the keys is none');
  if (secretMembers.some((name) => Object.hasOwn(published, name))) return bad('one of the keys has a secret half: this is no list to use');
  const alg = algorithmOf(provider, published['kty']);
  if (alg === null || !isForUs(published, alg, issuers)) return ok(null);
  const { kty, kid, n, e, crv, x, y } = published;
  const of = kty === 'RSA' ? { n, e } : kty === 'EC' ? { crv, x, y } : { crv, x };
  const jwk = publicJwkShape.safeParse({ kty, use: 'sig', alg, kid, ...of });
  return jwk.success ? ok(jwk.data) : bad('one of the keys for signatures is not written as such a key is, or is of another curve');
}

/**
 * The keys of a JWK set (RFC 7517 section 5) that sign for us: all of them, or none. Those of other kinds, uses, algorithms or
 * issuers are left out; members that say nothing to us are not kept.
 */
function readKeySet(provider: WebhookProvider, text: string, issuers: readonly string[] | null = null): Result<readonly PublicJwk[]> {
  const parsed = parseStrictJson(text);
  const keys = parsed.ok && isObject(parsed.value) ? parsed.value['keys'] : undefined;
  if (!Array.isArray(keys)) return bad('the document is no JWK set');
  const listed = keys as readonly Json[];
  if (listed.length > limits.hooksKeysPublishedMax) return bad(`the document has more than ${limits.hooksKeysPublishedMax} keys`);
  const found: PublicJwk[] = [];
  for (const one of listed) {
    const jwk = jwkOf(provider, one, issuers);
    if (!jwk.ok) return jwk;
    if (jwk.value !== null) found.push(jwk.value);
  }
  return ok(found);
}

/** A public key in PEM, as Atlassian has one at the address of each `kid`. */
function readPem(text: string, kid: string): Result<readonly PublicJwk[]> {
  if (!/^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]{1,4096}-----END PUBLIC KEY-----\s*$/.test(text))
    return bad('this is no public key in PEM');
  try {
    const { kty, n, e } = createPublicKey(text).export({ format: 'jwk' });
    const jwk = publicJwkShape.safeParse({ kty, use: 'sig', alg: 'RS256', kid, n, e });
    return jwk.success ? ok([jwk.data]) : bad('this is no RSA key of the usual exponent');
  } catch {
    return bad('this is no public key in PEM');
  }
}

/** A `kid` that becomes the last part of an address: no dot, no slash, nothing to be escaped. Atlassian's are UUIDs. */
const kidGrammar = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/);

const sets = (provider: WebhookProvider, urls: readonly string[], issuers: readonly string[] | null = null): readonly KeySource[] =>
  urls.map((url) => ({ url, read: (text) => readKeySet(provider, text, issuers) }));

/**
 * Microsoft's tokens of version 1 and 2 (`proveRichItems` takes both) are signed with the keys at these two addresses. Those of
 * personal accounts stand beside the others, under an issuer of their own: no tenant's token is signed with them.
 */
const microsoft = [
  'https://login.microsoftonline.com/common/discovery/v2.0/keys',
  'https://login.microsoftonline.com/common/discovery/keys',
] as const;
const microsoftIssuers = ['https://login.microsoftonline.com/{tenantid}/v2.0', 'https://sts.windows.net/{tenantid}/'] as const;

function atlassian(kids: readonly string[]): Result<readonly KeySource[]> {
  if (kids.length === 0)
    return refuse('usage', "Atlassian publishes no list: give --kid, the id of a key as the head of the app's lifecycle tokens has it");
  if (kids.some((kid) => !kidGrammar.safeParse(kid).success)) return refuse('usage', '--kid has letters, digits, `-` and `_`');
  return ok(kids.map((kid) => ({ url: `https://connect-install-keys.atlassian.com/${kid}`, read: (text) => readPem(text, kid) })));
}

function amazon(provider: WebhookProvider, certificates: readonly string[]): Result<readonly KeySource[]> {
  const form = provider.proof.kind === 'field-list' ? provider.proof.fixed['SigningCertURL'] : undefined;
  if (certificates.length === 0)
    return refuse('usage', 'Amazon publishes no list: give --certificate, the address that a message of the topic has as SigningCertURL');
  if (form === undefined || certificates.some((url) => !form.test(url)))
    return refuse('usage', '--certificate is not an address at which Amazon has certificates of SNS');
  return ok(certificates.map((url) => ({ url, read: (text, nowMs) => certificateKey(text, url, nowMs) })));
}

/** Whether a sender proves itself with keys that it publishes at an address which is known here, and with nothing else that people could copy. */
export function publishesKeys(provider: WebhookProvider): boolean {
  return ['google-pubsub', 'atlassian-connect-lifecycle', 'aws-sns', 'aws-sns-sha1'].includes(provider.id);
}

/**
 * Where the keys of a sender are. Refused with `usage` if the operator has to name something, with `not-published` if no
 * address is known: then `--from` brings a JWK set in.
 */
export function keySources(provider: WebhookProvider, named: Named, brought: boolean): Result<readonly KeySource[]> {
  const [kids, certificates] = [[...new Set(named.kids)], [...new Set(named.certificates)]];
  if (kids.length > 0 && provider.id !== 'atlassian-connect-lifecycle') return refuse('usage', '--kid is for atlassian-connect-lifecycle');
  if (certificates.length > 0 && !provider.id.startsWith('aws-sns')) return refuse('usage', '--certificate is for aws-sns');
  if (Math.max(kids.length, certificates.length) > limits.hooksKeysMax)
    return refuse('usage', `at most ${limits.hooksKeysMax} keys at once`);
  switch (provider.id) {
    case 'google-pubsub':
      return ok(sets(provider, ['https://www.googleapis.com/oauth2/v3/certs']));
    case 'microsoft-graph-rich':
      return ok(sets(provider, microsoft, microsoftIssuers));
    case 'atlassian-connect-lifecycle':
      return atlassian(kids);
    case 'aws-sns':
    case 'aws-sns-sha1':
      return amazon(provider, certificates);
    default:
      return brought
        ? ok([{ url: null, read: (text) => readKeySet(provider, text) }])
        : refuse(
            'not-published',
            `${provider.id} publishes its keys at no address that is known here: bring its JWK set in with --from, or put the keys under secrets`,
          );
  }
}

const same = (a: PublicJwk, b: PublicJwk): boolean =>
  a.kty === 'RSA' ? b.kty === 'RSA' && a.n === b.n : b.kty === a.kty && a.x === b.x && (a.kty !== 'EC' || b.kty !== 'EC' || a.y === b.y);

/** The keys of several documents together, by `kid`. Two keys under one `kid` are a reason to take none. */
export function mergedKeys(lists: readonly (readonly PublicJwk[])[]): Result<readonly PublicJwk[]> {
  const found = new Map<string, PublicJwk>();
  for (const jwk of lists.flat()) {
    const before = found.get(jwk.kid);
    if (before !== undefined && !same(before, jwk)) return bad(`two different keys are called ${jwk.kid}`);
    found.set(jwk.kid, before ?? jwk);
  }
  if (found.size === 0) return bad('there is no key in it that signs for us');
  if (found.size > limits.hooksKeysMax) return bad(`there are more than ${limits.hooksKeysMax} keys in it`);
  return ok([...found.values()].toSorted((a, b) => (a.kid < b.kid ? -1 : 1)));
}
