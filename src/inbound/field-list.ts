import type { Json } from '../action/json.ts';
import type { Proof } from '../connectors/webhook.ts';
import type { Endpoint, WebhookCrypto } from './delivery.ts';
import { base64Bytes } from './grammar.ts';
import { at } from './places.ts';
import type { Proven } from './prove.ts';
import { liveSecrets } from './secrets.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

type FieldList = Proof & { readonly kind: 'field-list' };

/**
 * What is signed: each field that is there, as its name and its value with a line break behind each. A value with a line
 * break could hold what looks like another field, so it is refused where the sender writes none.
 */
function signedText(content: Json, proof: FieldList): Step<string> {
  const kind = at(content, proof.by);
  const names = typeof kind === 'string' && Object.hasOwn(proof.lists, kind) ? proof.lists[kind] : undefined;
  if (names === undefined) return stop('event-mismatch');
  let text = '';
  for (const name of names) {
    const value = at(content, name);
    if (value === undefined && proof.optional.includes(name)) continue;
    if (typeof value !== 'string') return stop('body-syntax');
    if (/[\r\n]/.test(value) && !proof.multiline.includes(name)) return stop('body-syntax');
    text += `${name}\n${value}\n`;
  }
  return go(text);
}

/**
 * Proves a delivery by a signature over its own fields. The address of a certificate in it is compared with what it may be and
 * never fetched: the keys are those of the endpoint, and every one of them is tried.
 */
export function proveFields(endpoint: Endpoint, content: Json, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { proof } = endpoint.provider;
  if (proof.kind !== 'field-list') return stop('configuration');
  for (const [name, expected] of Object.entries(proof.fixed)) {
    const value = at(content, name);
    const good = typeof value === 'string' && (typeof expected === 'string' ? value === expected : expected.test(value));
    if (!good) return stop('signature-version');
  }
  const offered = at(content, proof.signature);
  const signature = typeof offered === 'string' ? base64Bytes(offered) : null;
  if (signature === null) return stop('signature-grammar');
  const text = signedText(content, proof);
  if (!text.ok) return text;
  const keys = liveSecrets(endpoint.secrets, 'rsa-public', nowMs);
  if (keys.length === 0) return stop('no-live-secret');
  const made = keys.filter((key) => crypto.verify('rs256', key.key, signature, [text.value]));
  const [secret] = made;
  return secret === undefined ? stop('signature-wrong') : go({ secret, integrity: 'signature', timeMs: null, signed: [text.value] });
}
