import { atPath } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { Proof } from '../connectors/webhook.ts';
import type { Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { base64Bytes } from './grammar.ts';
import type { Proven } from './prove.ts';
import { liveSecrets } from './secrets.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

type FieldList = Proof & { readonly kind: 'field-list' };

/**
 * What is signed: each field that is there, as its name and its value with a line break behind each. A value with a line
 * break could hold what looks like another field, so it is refused where the sender writes none.
 */
function signedFields(content: Json, proof: FieldList): Step<{ readonly text: string; readonly fields: JsonObject }> {
  const kind = atPath(content, proof.by);
  const names = typeof kind === 'string' && Object.hasOwn(proof.lists, kind) ? proof.lists[kind] : undefined;
  if (names === undefined) return stop('event-mismatch');
  let text = '';
  const fields: Record<string, Json> = {};
  for (const name of names) {
    const value = atPath(content, name);
    if (value === undefined && proof.optional.includes(name)) continue;
    if (typeof value !== 'string') return stop('body-syntax');
    if (/[\r\n]/.test(value) && !proof.multiline.includes(name)) return stop('body-syntax');
    text += `${name}\n${value}\n`;
    fields[name] = value;
  }
  return go({ text, fields });
}

/**
 * Proves a delivery by a signature over its own fields. The address of a certificate in it is compared with what it may be and
 * never fetched: the keys are those of the endpoint, and every one of them is tried.
 */
export function proveFields(endpoint: Endpoint, content: Json, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'field-list') return stop('configuration');
  for (const [name, form] of Object.entries(proof.fixed)) {
    const value = atPath(content, name);
    if (typeof value !== 'string' || !form.test(value)) return stop('signature-version');
  }
  const version = atPath(content, proof.version);
  const algorithm = typeof version === 'string' && Object.hasOwn(proof.algorithms, version) ? proof.algorithms[version] : undefined;
  if (algorithm === undefined) return stop('signature-version');
  const offered = atPath(content, proof.signature);
  const signature = typeof offered === 'string' ? base64Bytes(offered) : null;
  if (signature === null) return stop('signature-grammar');
  const signed = signedFields(content, proof);
  if (!signed.ok) return signed;
  const { text, fields } = signed.value;
  const keys = liveSecrets(endpoint.secrets, 'rsa-public', nowMs);
  if (keys.length === 0) return stop('no-live-secret');
  let found: WebhookSecret | null = null;
  for (const key of keys) if (crypto.verify(algorithm, key.key, signature, [text])) found ??= key;
  // What is not signed is anybody's, so nothing of it is kept.
  return found === null
    ? stop('signature-wrong')
    : go({ secret: found, integrity: 'signature', timeMs: null, signed: [text], content: fields });
}
