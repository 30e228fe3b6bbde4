import type { Reach } from '../action/audience.ts';
import { cut } from '../action/cut.ts';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import { atPath } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { parseJson } from '../action/parse-json.ts';
import type { Body, Statement } from '../action/statement.ts';
import { visible } from '../action/visible.ts';
import { originalDigest, takeIn } from '../content/take-in.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Store } from '../store/store.ts';
import type { Refetch } from './consumers.ts';
import { nameAt } from './places.ts';

/** What the operator says of where an endpoint's events come from. */
export interface EventSource {
  readonly system: string;
  readonly tenant: string;
  readonly readers: Reach | 'unknown';
}

/** What is needed to hand an event over. */
export interface GiveParts {
  readonly store: Pick<Store, 'event' | 'body'>;
  readonly recorder: Recorder;
  readonly trust: Trust;
  readonly sourceOf: (endpoint: string) => EventSource | null;
  /** Whether a person has let this content through that would be withheld, by its digest. */
  readonly opened: (original: Digest) => Promise<boolean>;
  readonly personal: boolean;
  readonly classifier?: ((sentences: readonly string[]) => readonly number[]) | undefined;
}

/** An event as it is handed over. `content` is null for a hint: what nothing covers is shown to nobody. */
export interface Given {
  readonly id: string;
  readonly endpoint: string;
  readonly provider: string;
  readonly names: readonly string[];
  readonly tenant: Readonly<Record<string, string>>;
  readonly grades: Body<'event-received'>['grades'];
  readonly receivedAtMs: number;
  readonly content: Json;
  readonly level: Body<'event-given'>['content']['level'];
  readonly withheld: boolean;
}

/** An event of the store, proved by the statement that this door signed, with what it held. */
export interface OpenedEvent {
  readonly received: Statement<'event-received'>;
  readonly content: Json;
}

/** Finds an event. A row without its statement, or a text that is not the one that was taken, is no event. */
export async function openEvent(parts: Pick<GiveParts, 'store' | 'trust'>, id: string): Promise<Result<OpenedEvent>> {
  const row = await parts.store.event(id);
  const opened = row === null ? null : openAs(parts.trust, row.statement, 'event-received');
  if (opened === null || !opened.ok || opened.value.body.event !== id)
    return refuse('no-such-event', 'there is no event with this id: `countersign hooks list` shows them');
  const { original } = opened.value.body;
  if (original === null) return ok({ received: opened.value, content: null });
  const text = await parts.store.body(original);
  if (text === null || digestText('body', text) !== original)
    return refuse('event-lost', 'what the event held is not in the store any more, or was changed: let the sender deliver it again');
  return ok({ received: opened.value, content: parseJson(text) });
}

/** A name or an id at a path, a number as a number: operations tell the two apart. Null: there is none that is one. */
function nameOrNumber(content: Json, path: string): string | number | null {
  const name = nameAt(content, path, 'message-id');
  if (!name.ok) return null;
  const value = atPath(content, path);
  return typeof value === 'number' ? value : name.value;
}

/** The arguments of the read that an event starts. Values from it are names and ids only; null if one of them is missing. */
export function refetchArguments(refetch: Refetch, content: Json): JsonObject | null {
  const found: [string, Json][] = [];
  for (const [name, rule] of Object.entries(refetch.arguments)) {
    const value = 'value' in rule ? rule.value : nameOrNumber(content, rule.from);
    if (value === null) return null;
    found.push([name, value]);
  }
  return Object.fromEntries(found);
}

function sourceStatement(parts: GiveParts, { endpoint, provider, names }: Body<'event-received'>): Body<'event-given'>['source'] | null {
  const source = parts.sourceOf(endpoint);
  if (source === null) return null;
  return {
    system: source.system,
    tenant: source.tenant,
    operation: cut(`webhook ${provider}`, limits.nameCharsMax),
    target: endpoint,
    id: cut(visible(names.join(', '), 'escaped'), limits.shownNameCharsMax),
    label: { readers: source.readers, integrity: 'untrusted' },
  };
}

/** What may be told of a hint: nothing covers its names and ids, so each must look like one. An address does not. */
const nameOrId = (text: string): boolean => /^[A-Za-z0-9_.:@/-]{1,128}$/.test(text) && !text.includes('//');

/** The names and the tenant of an event, as a consumer is told them. */
function toldOf({ names, tenant }: Body<'event-received'>, hint: boolean): Pick<Given, 'names' | 'tenant'> {
  if (!hint) return { names, tenant };
  return { names: names.filter(nameOrId), tenant: Object.fromEntries(Object.entries(tenant).filter(([, id]) => nameOrId(id))) };
}

/**
 * Hands an event over: sanitised and labelled as everything that a third party wrote, and on record before anybody sees it.
 * With a run, the run has read it from then on.
 */
export async function giveEvent(
  parts: GiveParts,
  asked: { readonly event: string; readonly consumer: string; readonly run: string | null },
): Promise<Result<Given>> {
  const opened = await openEvent(parts, asked.event);
  if (!opened.ok) return opened;
  const { received, content } = opened.value;
  const { body } = received;
  const source = sourceStatement(parts, body);
  if (source === null) return refuse('no-such-endpoint', 'the configuration has no endpoint of this name any more');
  // What nothing covers is shown to nobody, also when a person lets an event go on that nobody knew.
  const hint = body.grades.trust === 'hint' || body.grades.bodyIntegrity === 'none';
  const answer = takeIn(
    { content: hint ? null : content },
    {
      form: 'prose',
      firstReference: 1,
      personal: parts.personal,
      openHostile: await parts.opened(originalDigest(content)),
      ...(parts.classifier === undefined ? {} : { classifier: parts.classifier }),
    },
  );
  const { text } = answer;
  const written = await parts.recorder.record({
    statements: [
      {
        kind: 'event-given',
        body: {
          ...asked,
          grades: body.grades,
          source,
          shown: digestText('body', text),
          shownBytes: Buffer.byteLength(text),
          content: answer.content,
          facts: answer.facts?.digest ?? null,
        },
      },
    ],
    bodies: [answer.facts, answer.original].filter((one) => one !== null),
  });
  if (!written.ok) return refuse('store-failed', 'that the event was handed over could not be recorded, so it was not');
  return ok({
    id: body.event,
    endpoint: body.endpoint,
    provider: body.provider,
    ...toldOf(body, hint),
    grades: body.grades,
    receivedAtMs: received.atMs,
    content: answer.shown,
    level: answer.content.level,
    withheld: answer.content.withheld !== null,
  });
}
