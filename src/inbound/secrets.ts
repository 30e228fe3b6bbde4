import type { SecretForm, SecretRule, WebhookProvider } from '../connectors/webhook.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { WebhookSecret } from './delivery.ts';
import { base64Bytes, hexBytes } from './grammar.ts';

/** Secrets that vendors' documents and test suites print. Whoever can read them can sign. */
const published: ReadonlySet<string> = new Set([
  'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==', // Zendesk: the static secret of its test deliveries
  'HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=', // Zendesk's documents
  "It's a Secret to Everybody", // GitHub's and Atlassian's documents
  '8f742231b10e8888abcd99yyyzzz85a5', // Slack's documents
  'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', // Standard Webhooks and Svix
  'C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  '1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', // the public key of Svix's own tests
]);

const placeholder =
  /secret|passw(?:or)?d|change.?me|place.?holder|example|for.?testing|your[-_ ]|insert[-_ ]|undefined|123456789|abcdef(?:gh|0123)|x{6}|dummy|sample/i;

/** Points of small order on Ed25519 without their sign bit: with such a key one signature fits every message. */
const smallOrder: ReadonlySet<string> = new Set([
  `00${'00'.repeat(31)}`,
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

const sextet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes as base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3);
    const four = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63].map((six) => sextet.charAt(six)).join('');
    out += four.slice(0, Math.min(bytes.length - i, 3) + 1).padEnd(4, '=');
  }
  return out;
}

/** ASCII text as bytes. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) & 0x7f);
}

function keyBytes(value: string, form: SecretForm): Uint8Array | null {
  switch (form) {
    case 'text':
      return /^[\x20-\x7e]+$/.test(value) ? asciiBytes(value) : null;
    case 'base64':
      return base64Bytes(value);
    case 'whsec':
      return value.startsWith('whsec_') ? base64Bytes(value.slice('whsec_'.length)) : null;
    case 'whpk':
      return value.startsWith('whpk_') ? base64Bytes(value.slice('whpk_'.length)) : null;
    case 'verify-token':
      return value.startsWith('verify_token=') ? asciiBytes(value.slice('verify_token='.length)) : null;
    case 'hex':
      return hexBytes(value.toLowerCase());
    case 'pem':
      return base64Bytes(value.replace(/^-----BEGIN PUBLIC KEY-----\s|\s-----END PUBLIC KEY-----\s*$/g, '').replaceAll(/[\r\n]/g, ''));
    case 'pkcs8': {
      const match = /^-----BEGIN PRIVATE KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END PRIVATE KEY-----\s*$/.exec(value);
      return match === null ? null : base64Bytes((match[1] ?? '').replaceAll(/[\r\n]/g, ''));
    }
  }
}

/** What is wrong with the bytes of a key, in words that do not repeat it; null if nothing. */
function weakness(value: string, key: Uint8Array, rule: SecretRule): string | null {
  const bare = value.replace(/^wh(?:sec|pk)_/, '').trim();
  if (published.has(bare)) return "is printed in a vendor's documents or tests";
  const hex = toHex(key);
  if (rule.kind === 'ed25519-public') {
    const top = (Number.parseInt(hex.slice(-2), 16) & 0x7f).toString(16).padStart(2, '0');
    return key.length !== 32 || smallOrder.has(hex.slice(0, -2) + top) ? 'is no Ed25519 key that can be trusted' : null;
  }
  if (key.length < Math.max(rule.bytesMin, limits.webhookSecretBytesMin)) return `has fewer than ${rule.bytesMin} bytes`;
  if (rule.kind !== 'hmac' && rule.kind !== 'token') return null;
  if (/[\p{Cc}]/u.test(value) || value.trim() !== value) return 'begins or ends with a space, or holds a control character';
  if (new Set(key).size < 6) return 'repeats itself';
  const readable = [...key].every((byte) => byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(...key) : '';
  return placeholder.test(value) || placeholder.test(readable) ? 'looks like a placeholder' : null;
}

/** A secret as the operator's configuration or the vault gives it. */
export interface SecretText {
  readonly id: string;
  readonly value: string | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number | null;
}

/**
 * Makes a secret usable, or refuses it: missing, empty, short, a placeholder, printed in somebody's documents, or not of
 * a kind that this provider signs with. To be called at start: with no good secret there is no endpoint. The first rule
 * of the provider whose form fits says what it is; a public key never becomes an HMAC key, because forms do not overlap.
 */
export function readSecret(provider: WebhookProvider, secret: SecretText): Result<WebhookSecret> {
  const no = (why: string) =>
    refuse('bad-webhook-secret', `a secret of ${provider.id} ${why}: take the one that the sender's settings show`);
  const { id, value, notBeforeMs, notAfterMs } = secret;
  // A record of ends by id cannot keep one that is called like this: it could never be ended.
  if (!/^(?!__proto__$)[A-Za-z0-9._-]{1,128}$/.test(id))
    return refuse('bad-webhook-secret', 'an id of a secret has letters, digits, dots, dashes only, and is not __proto__');
  if (value === undefined || value.trim() === '') return no('is missing or empty');
  if (value.length > limits.webhookSecretCharsMax) return no('is too long');
  if (notAfterMs !== null && notAfterMs <= notBeforeMs) return no('ends before it begins');
  for (const rule of provider.secrets) {
    if (rule.form === 'text' && value.startsWith('verify_token=')) continue;
    if (rule.form === 'text' && /^whpk_|^-----BEGIN/.test(value)) return no('is a public key, and this sender signs with a shared one');
    const key = keyBytes(value, rule.form);
    if (key === null || key.length > (rule.bytesMax ?? key.length)) continue;
    const weak = weakness(value, key, rule);
    return weak === null ? ok({ id, kind: rule.kind, key, notBeforeMs, notAfterMs }) : no(weak);
  }
  return no('is not written as this sender writes them');
}

/** The secrets of a kind that may be used at this moment. */
export function liveSecrets(secrets: readonly WebhookSecret[], kind: WebhookSecret['kind'], nowMs: number): readonly WebhookSecret[] {
  return secrets.filter(
    (secret) =>
      secret.kind === kind &&
      secret.ended !== true &&
      secret.key.length > 0 &&
      secret.notBeforeMs <= nowMs &&
      (secret.notAfterMs === null || nowMs < secret.notAfterMs),
  );
}
