import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { SecretForm, SecretKind, WebhookProvider } from '../connectors/webhook.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { WebhookSecret } from './delivery.ts';
import { readSecret } from './secrets.ts';
import { parseStrictJson } from './strict-json.ts';

/*
 * The file of public keys that an endpoint follows: a set of JSON Web Keys (RFC 7517, 7518, 8037) in one spelling, which
 * `countersign hooks keys` writes. What it holds is judged like the secrets of the configuration, by the same rules.
 */

const text = z.string().regex(/^[A-Za-z0-9_-]{1,1400}$/);
const seconds = z.int().min(0).max(9_999_999_999);
const every = {
  kid: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/),
  use: z.literal('sig'),
  /** From when to when the key proves something, where its sender says so: seconds since 1970. */
  nbf: seconds.optional(),
  exp: seconds.optional(),
};

/** A public key that signs, with nothing else in it: above all no private half. */
export const publicJwkShape = z.discriminatedUnion('kty', [
  z.strictObject({ kty: z.literal('RSA'), alg: z.enum(['RS256', 'PS512']), n: text, e: z.literal('AQAB'), ...every }),
  z.strictObject({ kty: z.literal('EC'), alg: z.literal('ES256'), crv: z.literal('P-256'), x: text, y: text, ...every }),
  z.strictObject({ kty: z.literal('OKP'), alg: z.literal('EdDSA'), crv: z.literal('Ed25519'), x: text, ...every }),
]);
/** A public key that signs. */
export type PublicJwk = z.infer<typeof publicJwkShape>;

/** A file of keys: for which sender, from which addresses, and when it was written. */
const keyFileShape = z.strictObject({
  provider: z.string().min(1).max(64),
  from: z.array(z.string().max(300)).max(limits.hooksKeysMax),
  at: z.iso.datetime(),
  keys: z.array(publicJwkShape).min(1).max(limits.hooksKeysMax),
});
/** A file of keys. */
export type KeyFile = z.infer<typeof keyFileShape>;

const kinds: Readonly<Record<PublicJwk['kty'], SecretKind>> = { RSA: 'rsa-public', EC: 'ecdsa-public', OKP: 'ed25519-public' };

/** The form in which a sender's public keys of a type are written down; null: it signs with none. */
function formOf(provider: WebhookProvider, kty: PublicJwk['kty']): SecretForm | null {
  return provider.secrets.find((rule) => rule.kind === kinds[kty])?.form ?? null;
}

/** The algorithm under which a sender's key of a type is used; null: it signs with none of this type. */
export function algorithmOf(provider: WebhookProvider, kty: string): PublicJwk['alg'] | null {
  if ((kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') || formOf(provider, kty) === null) return null;
  if (kty === 'EC') return 'ES256';
  if (kty === 'OKP') return 'EdDSA';
  return provider.proof.kind === 'message-signature' ? 'PS512' : 'RS256';
}

/** True if a sender proves itself with keys whose public half is enough, so that a file of them can be followed. */
export function signsPublicly(provider: WebhookProvider): boolean {
  return (['RSA', 'EC', 'OKP'] as const).some((kty) => formOf(provider, kty) !== null);
}

/** The key if it is one, and written in the one way in which it is written again. */
function imported(jwk: PublicJwk): KeyObject | null {
  const members = jwk.kty === 'RSA' ? { kty: jwk.kty, n: jwk.n, e: jwk.e } : { kty: jwk.kty, crv: jwk.crv, x: jwk.x };
  const bare = jwk.kty === 'EC' ? { ...members, y: jwk.y } : members;
  try {
    const key = createPublicKey({ key: bare, format: 'jwk' });
    const again = key.export({ format: 'jwk' });
    return Object.entries(bare).every(([name, value]) => again[name] === value) ? key : null;
  } catch {
    return null; // no point of the curve, or no number
  }
}

function written(key: KeyObject, form: SecretForm): string {
  const der = key.export({ format: 'der', type: 'spki' });
  if (form === 'pem') return key.export({ format: 'pem', type: 'spki' }).toString();
  // Of Ed25519 the last 32 bytes are the key itself (RFC 8410).
  const raw = der.subarray(-32);
  return form === 'hex' ? raw.toString('hex') : `whpk_${raw.toString('base64')}`;
}

/** A key as a secret of a sender's endpoint, under its `kid`: of a kind and algorithm that the sender uses, and strong. */
function secretOfJwk(provider: WebhookProvider, jwk: PublicJwk): Result<WebhookSecret> {
  const no = (why: string): Refusal => refuse('bad-keys', `the key ${jwk.kid} ${why}`);
  const form = formOf(provider, jwk.kty);
  if (form === null || algorithmOf(provider, jwk.kty) !== jwk.alg) return no(`is of a kind that ${provider.id} does not sign with`);
  const key = imported(jwk);
  if (key === null) return no('is no key, or is not written in the usual way');
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (jwk.kty === 'RSA' && (bits < limits.hooksKeyBitsMin || bits > limits.hooksKeyBitsMax))
    return no(`has ${bits} bits, and ${limits.hooksKeyBitsMin} to ${limits.hooksKeyBitsMax} are taken`);
  const notBeforeMs = (jwk.nbf ?? 0) * 1000;
  const notAfterMs = jwk.exp === undefined ? null : jwk.exp * 1000;
  const secret = readSecret(provider, { id: jwk.kid, value: written(key, form), notBeforeMs, notAfterMs });
  return secret.ok && secret.value.kind !== kinds[jwk.kty] ? no('could be taken for something else') : secret;
}

/** Keys as secrets: all of them, or none. A `kid` names one key, and a key has one `kid`. */
export function secretsOfJwks(provider: WebhookProvider, keys: readonly PublicJwk[]): Result<readonly WebhookSecret[]> {
  const secrets: WebhookSecret[] = [];
  for (const jwk of keys) {
    const secret = secretOfJwk(provider, jwk);
    if (!secret.ok) return secret;
    if (secrets.some(({ id }) => id === secret.value.id)) return refuse('bad-keys', `two keys are called ${jwk.kid}`);
    if (secrets.some(({ key }) => Buffer.from(key).equals(secret.value.key)))
      return refuse('bad-keys', `the key ${jwk.kid} is there under another name as well`);
    secrets.push(secret.value);
  }
  return ok(secrets);
}

/** A file of keys, as far as its text tells; what the keys are is judged by `secretsOfJwks`. */
function readKeyFile(content: string): Result<KeyFile> {
  const parsed = parseStrictJson(content);
  const file = parsed.ok ? keyFileShape.safeParse(parsed.value) : null;
  return file?.success === true ? ok(file.data) : refuse('bad-keys', 'the file is not what `countersign hooks keys` writes');
}

/** The secrets of a file of keys, for an endpoint of this sender: all of them, or none. */
export function keysIn(content: string, provider: WebhookProvider): Result<readonly WebhookSecret[]> {
  const file = readKeyFile(content);
  if (!file.ok) return file;
  if (file.value.provider !== provider.id)
    return refuse('bad-keys', `the file holds keys of ${JSON.stringify(file.value.provider)}, and this endpoint hears ${provider.id}`);
  return secretsOfJwks(provider, file.value.keys);
}

/** The text of a file of keys. */
export function keyFileText(file: KeyFile): string {
  return `${JSON.stringify(keyFileShape.parse(file), null, 2)}\n`;
}
