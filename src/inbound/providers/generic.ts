import type { MacAlgorithm, Part, TimeForm, WebhookProvider } from '../../connectors/webhook.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';

/** A scheme that an operator describes for a sender that is not among ours. */
export interface HmacScheme {
  readonly id: string;
  readonly algorithm: Exclude<MacAlgorithm, 'hmac-sha1'>;
  readonly encoding: 'hex' | 'base64';
  readonly signatureHeader: string;
  readonly prefix: string;
  readonly timeHeader: string | null;
  readonly timeForm: TimeForm;
  readonly idHeader: string | null;
  /** What is signed, in order: texts, and each of `time`, `id` and `body` at most once. */
  readonly parts: readonly Part[];
  /** Whether a retry is signed anew or repeats the first attempt's bytes. */
  readonly retries: 'resigned' | 'identical';
  /** The dotted path of the event's name in the body. */
  readonly eventPath: string;
}

const headerName = /^[a-z][a-z0-9-]{0,63}$/;
const path = /^[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,64}){0,7}$/;

/** What is wrong with a scheme, or null. */
function problem(scheme: HmacScheme): string | null {
  const { timeHeader, idHeader, signatureHeader, parts } = scheme;
  const count = (part: Part): number => parts.filter((other) => other === part).length;
  const headers = [signatureHeader, timeHeader, idHeader].filter((name) => name !== null);
  if (!/^[a-z][a-z0-9-]{0,40}$/.test(scheme.id)) return 'its id has lower-case letters, digits and dashes only';
  if (!headers.every((name) => headerName.test(name)) || new Set(headers).size !== headers.length)
    return 'its headers need different names, in lower case';
  if (!/^[A-Za-z0-9=_-]{0,16}$/.test(scheme.prefix)) return 'its prefix has at most 16 letters, digits, `=`, `_`, `-`';
  if (count('body') !== 1) return 'it must sign the body once';
  if (count('url') > 0 || count('sorted-form') > 0) return 'it can sign texts, `time`, `id` and `body`';
  // What a header says and the signature does not cover can be changed by anybody.
  if (count('time') !== (timeHeader === null ? 0 : 1))
    return 'it must sign the time once if it has a header for it: `parts` and `timeHeader` both name it, or neither does';
  if (count('id') !== (idHeader === null ? 0 : 1))
    return 'it must sign the id once if it has a header for it: `parts` and `idHeader` both name it, or neither does';
  // The id has no fixed length, so something that no id holds must follow it.
  const next = parts[parts.indexOf('id') + 1];
  if (idHeader !== null && (typeof next !== 'object' || !/^[^A-Za-z0-9_-]/.test(next.text))) return 'a text such as `.` must follow the id';
  if (!parts.every((part) => typeof part === 'string' || /^[\x20-\x7e]{1,64}$/.test(part.text))) return 'its texts are short and printable';
  return path.test(scheme.eventPath) ? null : 'the path of its event is names with dots';
}

/**
 * Any sender of HTTP Message Signatures (RFC 9421). It must cover `@method`, `@target-uri` (or authority, path and query) and
 * `content-digest`, and say when it was made. A secret is written as `whsec_` and base64, a public key as PEM; its id is the
 * sender's `keyid`.
 */
export const httpSignatures: WebhookProvider = {
  id: 'http-signatures',
  proof: { kind: 'message-signature' },
  freshness: { kind: 'resigned', windowMs: limits.webhookResignedMs },
  messageIds: [],
  event: { kind: 'fields', paths: [['type']] },
  binds: {},
  handshake: null,
  form: null,
  twins: {},
  bodyBytesMax: 4 * 1024 * 1024,
  secrets: [
    { kind: 'hmac', form: 'whsec', bytesMin: 24 },
    { kind: 'ed25519-public', form: 'whpk', bytesMin: 32 },
    { kind: 'ecdsa-public', form: 'pem', bytesMin: 80, bytesMax: 128 },
    { kind: 'rsa-public', form: 'pem', bytesMin: 256 },
  ],
};

/** Makes a provider of a described scheme, or says what is wrong with it. */
export function genericHmac(scheme: HmacScheme): Result<WebhookProvider> {
  const wrong = problem(scheme);
  if (wrong !== null) return refuse('bad-webhook-scheme', `the webhook scheme cannot be used: ${wrong}`);
  const windowMs = scheme.retries === 'resigned' ? limits.webhookResignedMs : limits.webhookIdenticalMs;
  return ok({
    id: scheme.id,
    proof: {
      kind: 'signed',
      signature: {
        name: scheme.signatureHeader,
        layout: { kind: 'one', prefix: scheme.prefix, algorithm: scheme.algorithm },
        encoding: scheme.encoding,
      },
      time: scheme.timeHeader === null ? null : { name: scheme.timeHeader, form: scheme.timeForm },
      id: scheme.idHeader,
      parts: { json: scheme.parts },
    },
    freshness: scheme.timeHeader === null ? { kind: 'unsigned' } : { kind: scheme.retries, windowMs },
    messageIds: scheme.idHeader === null ? [] : [{ in: 'header', name: scheme.idHeader }],
    event: { kind: 'fields', paths: [[scheme.eventPath]] },
    binds: {},
    handshake: null,
    form: null,
    twins: {},
    bodyBytesMax: 4 * 1024 * 1024,
    secrets: [{ kind: 'hmac', form: 'text', bytesMin: 16 }],
  });
}
