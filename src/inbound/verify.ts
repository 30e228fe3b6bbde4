import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { BodyKind } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import { bindTenant, itemIds, nameEvents } from './binding.ts';
import type { Named, Tenancy } from './binding.ts';
import type { Delivery, Endpoint, WebhookCrypto } from './delivery.ts';
import { bodyTime, checkTime, freshnessGrade, keepUntil } from './freshness.ts';
import { headerOf } from './grammar.ts';
import { answerHandshake, answerQuery, answersGet } from './handshake.ts';
import { proveBearer, proveItems, proveToken } from './hints.ts';
import { proveFields } from './field-list.ts';
import { proveMessage } from './message-signature.ts';
import { parseBody } from './parsed-body.ts';
import type { ParsedBody } from './parsed-body.ts';
import { nameIn } from './places.ts';
import { proveSigned } from './prove.ts';
import type { Proven } from './prove.ts';
import { proveRichItems } from './rich-items.ts';
import { rightPath } from './target.ts';
import { go, stop } from './verdict.ts';
import type { Accepted, Answer, Doubt, ReplayKeys, Step, Verdict } from './verdict.ts';

const jsonType = /^application\/(?:[a-z0-9.-]+\+)?json(?: *; *charset="?utf-8"?)?$/i;
const textType = /^text\/plain(?: *; *charset="?utf-8"?)?$/i;
const xmlType = /^text\/xml(?: *; *charset="?utf-8"?)?$/i;
const formType = /^application\/x-www-form-urlencoded(?: *; *charset="?utf-8"?)?$/i;

/** What kinds of body a provider says anything about. */
function accepts(endpoint: Endpoint): readonly BodyKind[] {
  const { proof } = endpoint.provider;
  if (proof.kind === 'signed') return (['json', 'form', 'empty'] as const).filter((kind) => proof.parts[kind] !== undefined);
  return proof.kind === 'token' || proof.kind === 'query-token' ? proof.accepts : ['json'];
}

/** Everything that can be refused before a single byte is hashed. */
function admit(endpoint: Endpoint, delivery: Delivery): Step<null> {
  if (delivery.method !== 'POST' && !(delivery.method === 'GET' && answersGet(endpoint))) return stop('method');
  if (!rightPath(endpoint, delivery)) return stop('target');
  if (endpoint.source !== 'none' && delivery.source !== endpoint.source) return stop('source');
  if (delivery.body.length > Math.min(endpoint.provider.bodyBytesMax, limits.webhookBodyBytesMax)) return stop('body-size');
  // A decoder in front of the check is a bomb for us and a second reading for an attacker. No sender here compresses.
  const encoding = headerOf(delivery, 'content-encoding');
  if (!encoding.ok) return encoding;
  return encoding.value === null ? go(null) : stop('content-encoding');
}

/** What the body is, by what its content type says: the only reading of it that the rest of the way knows. */
function kindOf(endpoint: Endpoint, delivery: Delivery): Step<BodyKind> {
  const type = headerOf(delivery, 'content-type');
  if (!type.ok) return type;
  const said: BodyKind | null =
    delivery.body.length === 0
      ? 'empty'
      : jsonType.test(type.value ?? '') || (endpoint.provider.plainJson === true && textType.test(type.value ?? ''))
        ? 'json'
        : formType.test(type.value ?? '')
          ? 'form'
          : xmlType.test(type.value ?? '')
            ? 'xml'
            : null;
  return said !== null && accepts(endpoint).includes(said) ? go(said) : stop('content-type');
}

interface Read {
  readonly proven: Proven;
  readonly parsed: ParsedBody;
}

/**
 * Proves the delivery, and parses it only then. There are exceptions, where the proof itself is made of parsed parts: Twilio's
 * forms, Graph's items (rich ones too) and the fields of SNS; all go through the same strict parser, under the same caps.
 */
function read(endpoint: Endpoint, delivery: Delivery, kind: BodyKind, at: { nowMs: number; crypto: WebhookCrypto }): Step<Read> {
  const { nowMs, crypto } = at;
  const { proof, freshness } = endpoint.provider;
  const parse = () => parseBody(delivery.body, kind, endpoint.provider, crypto);
  const early =
    proof.kind === 'item-token' ||
    proof.kind === 'rich-items' ||
    proof.kind === 'field-list' ||
    (proof.kind === 'signed' && proof.parts[kind]?.includes('sorted-form') === true);
  const parsedEarly = early ? parse() : null;
  if (parsedEarly?.ok === false) return parsedEarly;
  const proven =
    proof.kind === 'signed'
      ? proveSigned(endpoint, { delivery, kind, sortedForm: parsedEarly?.value.sortedForm ?? null }, nowMs, crypto)
      : proof.kind === 'token' || proof.kind === 'query-token'
        ? proveToken(endpoint, delivery, nowMs, crypto)
        : proof.kind === 'message-signature'
          ? proveMessage(endpoint, delivery, nowMs, crypto)
          : proof.kind === 'bearer'
            ? proveBearer(endpoint, delivery, nowMs, crypto)
            : proof.kind === 'field-list'
              ? proveFields(endpoint, parsedEarly?.value.content ?? null, nowMs, crypto)
              : proof.kind === 'rich-items'
                ? proveRichItems(endpoint, parsedEarly?.value.content ?? null, nowMs, crypto)
                : proveItems(endpoint, parsedEarly?.value.content ?? null, nowMs, crypto);
  if (!proven.ok) return proven;
  const timed = freshness.kind === 'resigned' || freshness.kind === 'identical';
  if (timed && freshness.path === undefined) {
    if (proven.value.timeMs === null) return stop('time-missing');
    const fresh = checkTime(proven.value.timeMs, freshness, nowMs);
    if (!fresh.ok) return fresh;
  }
  const parsed = parsedEarly ?? parse();
  if (!parsed.ok) return parsed;
  if (timed && freshness.path !== undefined) {
    const time = bodyTime(parsed.value.content, freshness.path, 'form' in freshness ? freshness.form : undefined);
    const fresh = time.ok ? checkTime(time.value, freshness, nowMs) : time;
    if (!fresh.ok) return fresh;
  }
  const { content = parsed.value.content } = proven.value;
  return go({ proven: proven.value, parsed: { ...parsed.value, content } });
}

/** What makes this delivery the same as another. Only what a signature covers can name a signed one. */
function replayKeys(
  endpoint: Endpoint,
  delivery: Delivery,
  { proven, parsed }: Read,
  at: { nowMs: number; crypto: WebhookCrypto },
): Step<ReplayKeys> {
  const { proof, messageIds, freshness, event } = endpoint.provider;
  const bodyDigest = at.crypto.sha256([delivery.body]);
  const domain = `countersign/webhook/v1\0${endpoint.id}\0`;
  const keepUntilMs = keepUntil(freshness, at.nowMs);
  const ids: string[] = [];
  for (const place of messageIds) {
    const found = nameIn(place, parsed.content, delivery, 'message-id');
    if (!found.ok) return found;
    const covered = proven.signed === null || place.in === 'body' || (proof.kind === 'signed' && proof.id === place.name);
    if (found.value !== null && covered) ids.push(found.value);
  }
  if (proven.signed !== null) {
    // The body stands for itself by its digest, which is needed anyway: large bodies are hashed once.
    const signed = proven.signed.map((chunk) => (chunk === delivery.body ? bodyDigest : chunk));
    return go({
      signedDigest: at.crypto.sha256([domain, ...signed]),
      messageId: ids[0] ?? proven.messageId ?? null,
      bodyDigest,
      keepUntilMs,
    });
  }
  // Nothing is signed: the ids are the sender's word under its token. An id has no space, so joining them loses nothing.
  const all = messageIds.length === 0 ? itemIds(event, parsed.content) : ids.length === messageIds.length ? ids : [];
  const hint = all.length > 0 ? all.join(' ') : bodyDigest;
  return go({ signedDigest: at.crypto.sha256([domain, hint]), messageId: null, bodyDigest, keepUntilMs });
}

function doubtsOf(endpoint: Endpoint, { proven }: Read, named: Named, tenancy: Tenancy): readonly Doubt[] {
  const doubts = new Set<Doubt>(named.doubts);
  if (proven.integrity === 'none') doubts.add('body-unsigned');
  if (!tenancy.proved) doubts.add('tenant-unproved');
  const { handshake } = endpoint.provider;
  if (handshake?.kind === 'kept' && named.events.includes(handshake.event)) doubts.add('event-unknown');
  if (endpoint.events !== null && !named.events.every((event) => endpoint.events?.includes(event) === true)) doubts.add('event-unknown');
  return [...doubts];
}

/** The content without what is a secret by itself. */
function omitting(content: Json, names: readonly string[] | undefined): Json {
  if (names === undefined || !isObject(content)) return content;
  return Object.fromEntries(Object.entries(content).filter(([name]) => !names.includes(name)));
}

interface Answered {
  readonly answer: Answer;
  readonly secretId: string | null;
}

function judge(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Step<Answered | Accepted> {
  const admitted = admit(endpoint, delivery);
  if (!admitted.ok) return admitted;
  const query = answerQuery(endpoint, delivery, { nowMs, crypto });
  if (!query.ok) return query;
  if (query.value !== null) return go({ answer: query.value, secretId: null });
  const kind = kindOf(endpoint, delivery);
  if (!kind.ok) return kind;
  const found = read(endpoint, delivery, kind.value, { nowMs, crypto });
  if (!found.ok) return found;
  const { proven, parsed } = found.value;
  const named = nameEvents(endpoint, parsed.content, delivery);
  if (!named.ok) return named;
  const shaken = answerHandshake(endpoint, parsed.content, proven, { events: named.value.events, crypto });
  if (!shaken.ok) return shaken;
  if (shaken.value !== null) return go({ answer: shaken.value, secretId: proven.secret.id });
  const tenancy = bindTenant(endpoint, parsed.content, delivery);
  if (!tenancy.ok) return tenancy;
  const replay = replayKeys(endpoint, delivery, found.value, { nowMs, crypto });
  if (!replay.ok) return replay;
  const doubts = doubtsOf(endpoint, found.value, named.value, tenancy.value);
  return go({
    outcome: 'accepted',
    provider: endpoint.provider.id,
    endpoint: endpoint.id,
    tenant: tenancy.value.tenant,
    events: named.value.events,
    secretId: proven.secret.id,
    bodyDigest: replay.value.bodyDigest,
    bodyIntegrity: proven.integrity,
    freshness: freshnessGrade(endpoint.provider.freshness),
    source: delivery.source,
    schemaId: named.value.schemaId,
    trust: doubts.includes('event-unknown') ? 'quarantine' : doubts.length > 0 ? 'hint' : 'event',
    doubts,
    replay: replay.value,
    content: omitting(parsed.content, endpoint.provider.omits),
  });
}

/**
 * The whole judgement of one delivery. Pure: the time, the bytes and the cryptography are given. Checks come in this order:
 * method and path, required source, caps, header grammar, every live secret, freshness, strict parse, events and handshake,
 * tenant; the keys under which the store must then claim it, before anything is passed on.
 *
 * Never throws because of what a delivery holds. Every refusal is to be answered with `refusedAnswer`.
 */
export function verifyDelivery(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Verdict {
  const named = { provider: endpoint.provider.id, endpoint: endpoint.id };
  const judged = judge(endpoint, delivery, nowMs, crypto);
  if (!judged.ok) return { outcome: 'refused', ...named, reason: judged.reason };
  return 'answer' in judged.value ? { outcome: 'handshake', ...named, ...judged.value } : judged.value;
}
