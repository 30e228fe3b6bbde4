import { atPath } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { Handshake } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Chunks, Delivery, Endpoint, WebhookCrypto } from './delivery.ts';
import { parseForm } from './form.ts';
import type { Form } from './form.ts';
import { tokenFor } from './hints.ts';
import type { Proven } from './prove.ts';
import { liveSecrets, toBase64, toHex } from './secrets.ts';
import { parseStrictJson } from './strict-json.ts';
import { onlyParameter, pathOf } from './target.ts';
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
  if (rule === null || !('event' in rule) || named.events.length !== 1 || named.events[0] !== rule.event) return go(null);
  if (rule.kind === 'kept') return endpoint.pending ? go(null) : stop('handshake-closed');
  if (rule.kind === 'constant') return go({ status: rule.status, contentType: 'application/json; charset=utf-8', body: rule.body });
  const value = atPath(content, rule.path);
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

/** The parameters of a query; null if it is not written as a form is (see `parseForm`). */
function queryOf(target: string): Form | null {
  const form = parseForm(target.slice(pathOf(target).length + 1));
  return form.ok ? form.value : null;
}

/** Something that can be sent back as plain text and be nothing but text there. */
const echoes = (text: string): boolean =>
  text.length <= limits.webhookChallengeCharsMax && /^[\x20-\x7e]+$/.test(text) && !/[<>]/.test(text);

/** Meta's: the token that both sides know is compared before the challenge is sent back. */
function verifyEcho(
  endpoint: Endpoint,
  query: Form,
  rule: Handshake & { readonly kind: 'verify-echo' },
  at: { readonly nowMs: number; readonly crypto: WebhookCrypto },
): Step<Answer> {
  const [token, challenge] = [query.get(rule.token) ?? '', query.get(rule.challenge) ?? ''];
  const tokens = liveSecrets(endpoint.secrets, 'token', at.nowMs);
  if (query.get(rule.mode) !== 'subscribe' || tokenFor(token, tokens, at.crypto) === null) return stop('token-wrong');
  return echoes(challenge) ? go(plain(challenge)) : stop('handshake-value');
}

/**
 * X's: the HMAC of a parameter under the key that also signs deliveries. What is answered has a grammar that is no JSON, so no
 * answer is ever the signature of a body that is taken.
 */
function queryHmac(
  endpoint: Endpoint,
  query: Form,
  rule: Handshake & { readonly kind: 'query-hmac' },
  at: { readonly nowMs: number; readonly crypto: WebhookCrypto },
): Step<Answer> {
  const value = query.get(rule.parameter) ?? '';
  const [secret] = liveSecrets(endpoint.secrets, 'hmac', at.nowMs);
  const stray = [...query.keys()].some((name) => name !== rule.parameter && !rule.beside.includes(name));
  if (stray || !harmless.test(value) || parseStrictJson(value).ok) return stop('handshake-value');
  if (secret === undefined) return stop('no-live-secret');
  const mac = toBase64(at.crypto.hmac('hmac-sha256', secret.key, [value]));
  const body = JSON.stringify({ [rule.field]: `${rule.prefix}${mac}` });
  return go({ status: 200, contentType: 'application/json; charset=utf-8', body });
}

/** Whether a GET is a step of setting up at all: no delivery is one. */
export function answersGet(endpoint: Endpoint): boolean {
  const kind = endpoint.provider.handshake?.kind;
  return kind === 'verify-echo' || kind === 'query-hmac';
}

/**
 * The answer to a step of setting up that stands in the query, before anything is signed: only while a person waits for it,
 * and only as plain text or as what can be nothing else. Null: it is none.
 */
export function answerQuery(
  endpoint: Endpoint,
  delivery: Delivery,
  at: { readonly nowMs: number; readonly crypto: WebhookCrypto },
): Step<Answer | null> {
  const rule = endpoint.provider.handshake;
  if (rule?.kind === 'verify-echo' || rule?.kind === 'query-hmac') {
    if (delivery.method !== 'GET') return go(null);
    if (!endpoint.pending) return stop('handshake-closed');
    const query = queryOf(delivery.target);
    if (query === null || delivery.body.length > 0) return stop('handshake-value');
    return rule.kind === 'verify-echo' ? verifyEcho(endpoint, query, rule, at) : queryHmac(endpoint, query, rule, at);
  }
  if (rule?.kind !== 'query-echo') return go(null);
  const value = onlyParameter(delivery.target, rule.parameter);
  if (value === null) return go(null);
  if (!endpoint.pending) return stop('handshake-closed');
  const text = queryOf(delivery.target)?.get(rule.parameter);
  return text !== undefined && delivery.body.length === 0 && echoes(text) ? go(plain(text)) : stop('handshake-value');
}
