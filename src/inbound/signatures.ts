import type { Algorithm, SignatureHeader } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import { base64Bytes, hexBytes } from './grammar.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/** A signature that a header offers. */
export interface Candidate {
  readonly algorithm: Algorithm;
  readonly bytes: Uint8Array;
}

/** What a signature header holds. */
export interface Offered {
  readonly candidates: readonly Candidate[];
  /** The text of the item that `timeTag` names. */
  readonly time: string | null;
}

/** The bytes that a signature has; null where the encoding itself bounds them (DER). */
const bytesOf: Readonly<Record<Algorithm, number | null>> = {
  'hmac-sha1': 20,
  'hmac-sha256': 32,
  'hmac-sha512': 64,
  ed25519: 64,
  'ecdsa-p256-sha256': null,
  rs256: null,
  'rsa-sha1': null,
  'rsa-pss-sha512': null,
};

function candidate(text: string, algorithm: Algorithm, header: SignatureHeader): Candidate | null {
  const bytes = header.encoding === 'hex' ? hexBytes(text) : base64Bytes(text);
  const expected = bytesOf[algorithm];
  if (bytes === null || (expected === null ? bytes.length < 8 || bytes.length > 512 : bytes.length !== expected)) return null;
  return { algorithm, bytes };
}

function one(value: string, header: SignatureHeader, layout: SignatureHeader['layout'] & { readonly kind: 'one' }): Step<Offered> {
  if (!value.startsWith(layout.prefix)) return stop('signature-version');
  const found = candidate(value.slice(layout.prefix.length), layout.algorithm, header);
  return found === null ? stop('signature-grammar') : go({ candidates: [found], time: null });
}

/**
 * Reads the header's value. In a list, an item of a known version that is not a whole signature refuses the delivery, and
 * items of unknown versions are skipped: that is how a sender adds a version, and it is no way to a weaker one.
 */
export function readSignatures(value: string, header: SignatureHeader): Step<Offered> {
  const { layout } = header;
  if (layout.kind === 'one') return one(value, header, layout);
  const items = value.split(layout.separator, limits.webhookSignaturesMax + 2);
  if (items.length > limits.webhookSignaturesMax + 1) return stop('signature-count');
  const candidates: Candidate[] = [];
  let time: string | null = null;
  for (const item of items) {
    const at = item.indexOf(layout.mark);
    if (at < 1) return stop('signature-grammar');
    const [tag, text] = [item.slice(0, at), item.slice(at + 1)];
    if (!/^[A-Za-z0-9]{1,16}$/.test(tag)) return stop('signature-grammar');
    if (tag === layout.timeTag) {
      if (time !== null) return stop('time-grammar');
      time = text;
      continue;
    }
    const algorithm = Object.hasOwn(layout.algorithms, tag) ? layout.algorithms[tag] : undefined;
    if (algorithm === undefined) continue;
    const found = candidate(text, algorithm, header);
    if (found === null) return stop('signature-grammar');
    candidates.push(found);
  }
  // Of an HMAC all candidates are compared with one code; each that a public key verifies costs a look at the whole body.
  const dear = candidates.filter(({ algorithm }) => !algorithm.startsWith('hmac-')).length;
  if (candidates.length > limits.webhookSignaturesMax || dear > limits.webhookPublicSignaturesMax) return stop('signature-count');
  return candidates.length === 0 ? stop('signature-version') : go({ candidates, time });
}
