import type { Json } from '../action/json.ts';
import type { Algorithm, BodyKind, MacAlgorithm, Part, Proof, SecretKind } from '../connectors/webhook.ts';
import type { Chunks, Delivery, Endpoint, WebhookCrypto, WebhookSecret } from './delivery.ts';
import { headerNeeded, headerOf, messageIdGrammar, timeOf } from './grammar.ts';
import { liveSecrets } from './secrets.ts';
import { readSignatures } from './signatures.ts';
import type { Candidate } from './signatures.ts';
import { signedUrl } from './target.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/** What a proof found. */
export interface Proven {
  readonly secret: WebhookSecret;
  readonly integrity: 'mac' | 'signature' | 'none';
  /** The signed time of a header, in milliseconds. */
  readonly timeMs: number | null;
  /** The bytes that were signed; null if nothing was. */
  readonly signed: Chunks | null;
  /** Other good signatures of the same delivery, with other times: any of them can be taken away. */
  readonly alsoSigned?: readonly { readonly timeMs: number; readonly signed: Chunks }[];
  /** An id of the message that is among the signed bytes and stands in no place of its own. */
  readonly messageId?: string | null;
  /** The claims of the token that proved it. */
  readonly claims?: Json;
  /** What is kept of the body, where the proof takes secrets out of it or opens what is sealed in it. */
  readonly content?: Json;
}

const kinds: Readonly<Record<Algorithm, SecretKind>> = {
  'hmac-sha1': 'hmac',
  'hmac-sha256': 'hmac',
  'hmac-sha512': 'hmac',
  ed25519: 'ed25519-public',
  'ecdsa-p256-sha256': 'ecdsa-public',
  rs256: 'rsa-public',
  'rsa-sha1': 'rsa-public',
  'rsa-pss-sha512': 'rsa-public',
};

const isMac = (algorithm: Algorithm): algorithm is MacAlgorithm => kinds[algorithm] === 'hmac';

/**
 * Which secret made one of the candidates. Every live secret is tried on every candidate, whatever came before, so that
 * the time says nothing about which of them is in use.
 */
function matching(
  candidates: readonly Candidate[],
  endpoint: Endpoint,
  signed: Chunks,
  at: { nowMs: number; crypto: WebhookCrypto },
): Step<WebhookSecret> {
  const { nowMs, crypto } = at;
  let tried = 0;
  let found: WebhookSecret | null = null;
  for (const algorithm of new Set(candidates.map((candidate) => candidate.algorithm))) {
    for (const secret of liveSecrets(endpoint.secrets, kinds[algorithm], nowMs)) {
      tried++;
      const mac = isMac(algorithm) ? crypto.hmac(algorithm, secret.key, signed) : null;
      for (const candidate of candidates) {
        if (candidate.algorithm !== algorithm) continue;
        const good = isMac(algorithm)
          ? mac !== null && crypto.equal(mac, candidate.bytes)
          : crypto.verify(algorithm, secret.key, candidate.bytes, signed);
        if (good) found ??= secret;
      }
    }
  }
  if (found !== null) return go(found);
  return stop(tried === 0 ? 'no-live-secret' : 'signature-wrong');
}

/** What the headers of a signed delivery say, each by its own strict grammar. */
interface SignedHeaders {
  readonly candidates: readonly Candidate[];
  readonly time: string | null;
  readonly timeMs: number | null;
  readonly id: string | null;
}

function signedHeaders(proof: Proof & { readonly kind: 'signed' }, delivery: Delivery): Step<SignedHeaders> {
  const value = headerNeeded(delivery, proof.signature.name);
  if (!value.ok) return value;
  const time = proof.time === null ? go(null) : headerNeeded(delivery, proof.time.name);
  if (!time.ok) return time;
  const id = proof.id === null ? go(null) : headerNeeded(delivery, proof.id);
  if (!id.ok) return id;
  const offered = readSignatures(value.value, proof.signature);
  if (!offered.ok) return offered;
  if (id.value !== null && !messageIdGrammar.test(id.value)) return stop('id-grammar');
  const { layout } = proof.signature;
  const inSignature = layout.kind === 'list' && layout.timeTag !== undefined;
  const text = inSignature ? offered.value.time : time.value;
  if (inSignature && text === null) return stop('time-missing');
  const timeMs = text === null ? null : timeOf(text, proof.time?.form ?? 'unix-s');
  if (text !== null && timeMs === null) return stop('time-grammar');
  return go({ candidates: offered.value.candidates, time: text, timeMs, id: id.value });
}

/** Puts the signed bytes together. Null: a part is missing, which only a wrong provider can cause. */
export function signedBytes(
  parts: readonly Part[],
  from: Readonly<Record<Exclude<Part, { readonly text: string }>, string | Uint8Array | null>>,
): Chunks | null {
  const chunks: (string | Uint8Array)[] = [];
  for (const part of parts) {
    const chunk = typeof part === 'object' ? part.text : from[part];
    if (chunk === null) return null;
    chunks.push(chunk);
  }
  return chunks;
}

/** The body of a delivery as far as proving needs it before anything else may look into it. */
export interface Unproven {
  readonly delivery: Delivery;
  readonly kind: BodyKind;
  /** Twilio's signature covers the parsed form, so the form is parsed first; for all others this is null. */
  readonly sortedForm: string | null;
}

/** What is known of the URL where it is not signed. */
const unsigned: Step<{ readonly url: string | null; readonly bodyHash: string | null }> = go({ url: null, bodyHash: null });

/** Proves a delivery that is signed. */
export function proveSigned(endpoint: Endpoint, unproven: Unproven, nowMs: number, crypto: WebhookCrypto): Step<Proven> {
  const { provider } = endpoint;
  const { delivery, kind } = unproven;
  if (provider.proof.kind !== 'signed') return stop('configuration');
  for (const [name, twin] of Object.entries(provider.twins)) {
    const [ours, theirs] = [headerOf(delivery, name), headerOf(delivery, twin)];
    if (!ours.ok) return ours;
    if (!theirs.ok) return theirs;
    if (theirs.value !== null && ours.value !== theirs.value) return stop('header-conflict');
  }
  const headers = signedHeaders(provider.proof, delivery);
  if (!headers.ok) return headers;
  const { candidates, time, timeMs, id } = headers.value;
  const parts = provider.proof.parts[kind] ?? [];
  const url = parts.includes('url') ? signedUrl(endpoint, delivery, kind === 'json' ? provider.proof.bodyHashQuery : undefined) : unsigned;
  if (!url.ok) return url;
  const from = { time, id, body: delivery.body, url: url.value.url, 'sorted-form': unproven.sortedForm };
  const signed = parts.length === 0 ? null : signedBytes(parts, from);
  if (signed === null) return stop('configuration');
  const secret = matching(candidates, endpoint, signed, { nowMs, crypto });
  if (!secret.ok) return secret;
  const { bodyHash } = url.value;
  if (bodyHash !== null && bodyHash !== crypto.sha256([delivery.body])) return stop('body-hash');
  return go({ secret: secret.value, integrity: secret.value.kind === 'hmac' ? 'mac' : 'signature', timeMs, signed });
}
