import { digestDomain } from '../action/digest.ts';
import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { BodyKind } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import { bindTenant, itemIds, nameEvents } from './binding.ts';
import type { Named, Tenancy } from './binding.ts';
import type { Chunks, Delivery, Endpoint, WebhookCrypto } from './delivery.ts';
import { bodyTime, checkTime, freshnessGrade, keepUntil } from './freshness.ts';
import { headerOf } from './grammar.ts';
import { answerHandshake, answerQuery, answersGet } from './handshake.ts';
import { installationOf } from './installation.ts';
import { parseBody } from './parsed-body.ts';
import type { ParsedBody } from './parsed-body.ts';
import { namesIn } from './places.ts';
import { parsedFirst, prove } from './proofs.ts';
import type { Proven } from './prove.ts';
import { rightPath } from './target.ts';
import { go, stop } from './verdict.ts';
import type { Accepted, Doubt, Handshaken, ReplayKeys, Step, Verdict } from './verdict.ts';

/** A body is hashed once: under the domain under which the store keeps texts. */
const bodyDomain = digestDomain('body');

const jsonType = /^application\/(?:[a-z0-9.-]+\+)?json(?: *; *charset="?utf-8"?)?$/i;
const textType = /^text\/plain(?: *; *charset="?utf-8"?)?$/i;
const xmlType = /^text\/xml(?: *; *charset="?utf-8"?)?$/i;
const formType = /^application\/x-www-form-urlencoded(?: *; *charset="?utf-8"?)?$/i;

/** Whether a provider says anything about bodies of a kind. */
function accepts({ provider: { proof } }: Endpoint, kind: BodyKind): boolean {
  if (proof.kind === 'signed') return proof.parts[kind] !== undefined;
  return proof.kind === 'token' || proof.kind === 'query-token' ? proof.accepts.includes(kind) : kind === 'json';
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

/** What a content type says that a body is; null: nothing that is taken. */
function saidKind(type: string, plainJson: boolean): BodyKind | null {
  if (jsonType.test(type) || (plainJson && textType.test(type))) return 'json';
  if (formType.test(type)) return 'form';
  return xmlType.test(type) ? 'xml' : null;
}

/** What the body is, by what its content type says: the only reading of it that the rest of the way knows. */
function kindOf(endpoint: Endpoint, delivery: Delivery): Step<BodyKind> {
  const type = headerOf(delivery, 'content-type');
  if (!type.ok) return type;
  const said = delivery.body.length === 0 ? 'empty' : saidKind(type.value ?? '', endpoint.provider.plainJson === true);
  return said !== null && accepts(endpoint, said) ? go(said) : stop('content-type');
}

interface Read {
  readonly proven: Proven;
  readonly parsed: ParsedBody;
  /** What was parsed, or what the proof made of it. */
  readonly content: Json;
}

/** Proves the delivery, and parses it only then, but where the proof is made of what was parsed: see `parsedFirst`. */
function read(endpoint: Endpoint, delivery: Delivery, kind: BodyKind, at: { nowMs: number; crypto: WebhookCrypto }): Step<Read> {
  const { nowMs, crypto } = at;
  const { provider } = endpoint;
  const { freshness } = provider;
  const parse = () => parseBody(delivery.body, kind, provider, crypto);
  const early = parsedFirst(provider, kind) ? parse() : null;
  if (early?.ok === false) return early;
  const proven = prove(endpoint, { delivery, kind, parsed: early?.value ?? null }, nowMs, crypto);
  if (!proven.ok) return proven;
  const timed = freshness.kind === 'resigned' || freshness.kind === 'identical';
  if (timed && freshness.path === undefined) {
    if (proven.value.timeMs === null) return stop('time-missing');
    const fresh = checkTime(proven.value.timeMs, freshness, nowMs);
    if (!fresh.ok) return fresh;
    // One that is still to come would be good when this claim is forgotten. One that is over is of no use to anybody.
    for (const { timeMs } of proven.value.alsoSigned ?? []) {
      const also = checkTime(timeMs, freshness, nowMs);
      if (!also.ok && also.reason === 'time-future') return also;
    }
  }
  const parsed = early ?? parse();
  if (!parsed.ok) return parsed;
  if (timed && freshness.path !== undefined) {
    const time = bodyTime(parsed.value.content, freshness.path, 'form' in freshness ? freshness.form : undefined);
    const fresh = time.ok ? checkTime(time.value, freshness, nowMs) : time;
    if (!fresh.ok) return fresh;
  }
  return go({ proven: proven.value, parsed: parsed.value, content: proven.value.content ?? parsed.value.content });
}

/** What makes this delivery the same as another. Only what a signature covers can name a signed one. */
function replayKeys(
  endpoint: Endpoint,
  delivery: Delivery,
  { proven, content }: Read,
  at: { nowMs: number; crypto: WebhookCrypto },
): Step<ReplayKeys> {
  const { proof, messageIds, freshness, event } = endpoint.provider;
  const bodyDigest = at.crypto.sha256([bodyDomain, delivery.body]);
  const domain = `countersign/webhook/v1\0${endpoint.id}\0`;
  const ids: string[] = [];
  for (const place of messageIds) {
    const found = namesIn(place, { content, delivery, claims: proven.claims ?? null }, 'message-id');
    if (!found.ok) return found;
    const covered = proven.signed === null || place.in !== 'header' || (proof.kind === 'signed' && proof.id === place.name);
    if (found.value.length > 0 && covered) ids.push(found.value.join(' '));
  }
  if (proven.signed !== null) {
    // The body stands for itself by its digest, which is needed anyway: large bodies are hashed once.
    const digestOf = (signed: Chunks): string =>
      at.crypto.sha256([domain, ...signed.map((chunk) => (chunk === delivery.body ? bodyDigest : chunk))]);
    const messageId = ids[0] ?? proven.messageId ?? null;
    const keepUntilMs = keepUntil(freshness, messageId !== null, at.nowMs);
    const alsoSigned = proven.alsoSigned?.map(({ signed }) => digestOf(signed)) ?? [];
    return go({ signedDigest: digestOf(proven.signed), alsoSigned, messageId, bodyDigest, keepUntilMs });
  }
  // Nothing is signed: the ids are the sender's word under its token. An id has no space, so joining them loses nothing.
  // What a proof has opened or taken secrets out of is the same though it is sealed anew, or under another token.
  const opened = proven.content === undefined ? bodyDigest : JSON.stringify(proven.content);
  const all = messageIds.length === 0 ? itemIds(event, content) : ids.length === messageIds.length ? ids : [];
  const messageId = proven.messageId ?? null;
  const when = endpoint.provider.repeats === true ? ` ${at.nowMs}` : '';
  const hint = `${messageId === null ? '' : `${messageId} `}${all.length > 0 ? all.join(' ') : opened}${when}`;
  const keepUntilMs = keepUntil(freshness, messageId !== null, at.nowMs);
  // What one client says stands in no other's way. A client's name has no space either.
  const client = proven.secret.client === undefined ? '' : `${proven.secret.client} `;
  return go({ signedDigest: at.crypto.sha256([domain, client, hint]), messageId, bodyDigest, keepUntilMs });
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

/** The content without what stands at a dotted path; the very same if nothing does. */
function without(content: Json, path: string): Json {
  const [name = '', ...rest] = path.split('.');
  if (!isObject(content) || !Object.hasOwn(content, name)) return content;
  if (rest.length === 0) return Object.fromEntries(Object.entries(content).filter(([other]) => other !== name));
  const inner = content[name] ?? null;
  const left = without(inner, rest.join('.'));
  return left === inner ? content : { ...content, [name]: left };
}

/**
 * What is kept of a delivery: its content, and the text that says the same. JSON that came as it is stays as it came and has
 * the digest of the body; where something is left out, the text leaves it out as well.
 */
function keptOf(
  endpoint: Endpoint,
  { content, parsed }: Read,
  at: { readonly kind: BodyKind; readonly bodyDigest: string; readonly crypto: WebhookCrypto },
): Pick<Accepted, 'content' | 'text' | 'textDigest'> {
  // What is a secret by itself is not kept.
  const kept = (endpoint.provider.omits ?? []).reduce(without, content);
  const text = kept === parsed.content || kept === null ? parsed.text : JSON.stringify(kept);
  const asItCame = text === parsed.text && at.kind === 'json';
  return { content: kept, text, textDigest: text === null ? null : asItCame ? at.bodyDigest : at.crypto.sha256([bodyDomain, text]) };
}

type Answered = Pick<Handshaken, 'answer' | 'secretId' | 'replay'>;

function judge(endpoint: Endpoint, delivery: Delivery, nowMs: number, crypto: WebhookCrypto): Step<Answered | Accepted> {
  const admitted = admit(endpoint, delivery);
  if (!admitted.ok) return admitted;
  const query = answerQuery(endpoint, delivery, { nowMs, crypto });
  if (!query.ok) return query;
  if (query.value !== null) return go({ answer: query.value, secretId: null, replay: null });
  const kind = kindOf(endpoint, delivery);
  if (!kind.ok) return kind;
  const found = read(endpoint, delivery, kind.value, { nowMs, crypto });
  if (!found.ok) return found;
  const { proven, content } = found.value;
  const from = { content, delivery, claims: proven.claims ?? null };
  const named = nameEvents(endpoint, content, delivery);
  if (!named.ok) return named;
  const shaken = answerHandshake(endpoint, content, proven, { events: named.value.events, crypto });
  if (!shaken.ok) return shaken;
  const replay = replayKeys(endpoint, delivery, found.value, { nowMs, crypto });
  if (!replay.ok) return replay;
  if (shaken.value !== null) return go({ answer: shaken.value, secretId: proven.secret.id, replay: replay.value });
  const tenancy = bindTenant(endpoint, from);
  if (!tenancy.ok) return tenancy;
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
    ...keptOf(endpoint, found.value, { kind: kind.value, bodyDigest: replay.value.bodyDigest, crypto }),
    ...installationOf(endpoint.provider, from, { events: named.value.events, tenant: tenancy.value.tenant }),
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
