import type { Json } from '../action/json.ts';
import { limits } from '../limits.ts';
import type { Chunks, Delivery, Endpoint, WebhookCrypto } from './delivery.ts';
import { at } from './places.ts';
import type { Proven } from './prove.ts';
import { toHex } from './secrets.ts';
import { onlyParameter } from './target.ts';
import { go, stop } from './verdict.ts';
import type { Answer, Step } from './verdict.ts';

const plain = (body: string): Answer => ({ status: 200, contentType: 'text/plain; charset=utf-8', body });

/**
 * What Zoom's check is answered with is an HMAC under the secret that also signs deliveries. A token of this grammar has no
 * colon, so no answer is ever the signature of `v0:<time>:<body>`: the endpoint is no oracle.
 */
const harmless = /^[A-Za-z0-9_-]{1,64}$/;

/** The answer to a signed delivery that belongs to setting up; null if it is none. */
export function answerHandshake(
  endpoint: Endpoint,
  content: Json,
  proven: Proven,
  named: { readonly events: readonly string[]; readonly crypto: WebhookCrypto },
): Step<Answer | null> {
  const rule = endpoint.provider.handshake;
  if (rule === null || rule.kind === 'query-echo' || named.events.length !== 1 || named.events[0] !== rule.event) return go(null);
  if (rule.kind === 'constant') return go({ status: rule.status, contentType: 'application/json; charset=utf-8', body: rule.body });
  const value = at(content, rule.path);
  if (rule.kind === 'echo') {
    if (!endpoint.pending) return stop('handshake-closed');
    const good = typeof value === 'string' && value.length <= limits.webhookChallengeCharsMax && /^[A-Za-z0-9._~+/=-]+$/.test(value);
    return good ? go(plain(value)) : stop('handshake-value');
  }
  if (typeof value !== 'string' || !harmless.test(value) || proven.secret.kind !== 'hmac') return stop('handshake-value');
  const chunks: Chunks = [value];
  const encryptedToken = toHex(named.crypto.hmac('hmac-sha256', proven.secret.key, chunks));
  return go({ status: 200, contentType: 'application/json; charset=utf-8', body: JSON.stringify({ plainToken: value, encryptedToken }) });
}

/** The answer to Graph's validation, which nothing signs: only while a person waits for it, and only plain text. Null: it is none. */
export function answerQuery(endpoint: Endpoint, delivery: Delivery): Step<Answer | null> {
  const rule = endpoint.provider.handshake;
  if (rule?.kind !== 'query-echo') return go(null);
  const value = onlyParameter(delivery.target, rule.parameter);
  if (value === null) return go(null);
  if (!endpoint.pending) return stop('handshake-closed');
  let text: string;
  try {
    text = decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return stop('handshake-value');
  }
  const good =
    delivery.body.length === 0 && text.length <= limits.webhookChallengeCharsMax && /^[\x20-\x7e]+$/.test(text) && !/[<>]/.test(text);
  return good ? go(plain(text)) : stop('handshake-value');
}
