import { z } from 'zod';
import { runId } from '../action/ids.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { isoUtc } from '../action/time.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';
import type { Peer } from '../wire/client.ts';
import type { Question } from '../wire/messages.ts';
import type { Handlers } from '../wire/server.ts';
import type { Consumer } from './consumers.ts';
import { giveEvent, openEvent, refetchArguments } from './give.ts';
import type { Given, GiveParts } from './give.ts';
import type { Posted } from './post.ts';
import { leaseDue, leaseNamed, leaseNumber, settle } from './queue.ts';
import type { Leased, QueueParts } from './queue.ts';

/** What handing over works with. */
export interface HandoverParts extends GiveParts, QueueParts {
  readonly store: GiveParts['store'] & QueueParts['store'] & Pick<Store, 'queueOf'>;
  readonly consumers: ReadonlyMap<string, Consumer>;
  readonly gateway: Pick<Peer, 'ask'>;
  readonly post: (target: { readonly url: string; readonly key: Uint8Array }, message: Message) => Promise<Posted>;
  readonly onError: (error: unknown) => void;
  /** Hears of every attempt to post that failed, and why in our own words: otherwise nobody would before the event is dead. */
  readonly onFailure?: (consumer: string, note: string) => void;
}

interface Message {
  readonly id: string;
  readonly body: string;
  readonly atMs: number;
}

/** A run that the gateway has opened for an event. The token is a secret: it goes to the consumer and nowhere else. */
const openedRun = z.strictObject({
  run: runId,
  token: z.string(),
  mcp_url: z.string(),
  expires_at_ms: z.int(),
});
type OpenedRun = z.infer<typeof openedRun>;

/** An event as JSON, for whoever takes it: the same through the API and by post. */
function eventMessage(given: Given, run: OpenedRun | null, read: Json): JsonObject {
  return {
    type: 'countersign.event',
    id: given.id,
    endpoint: given.endpoint,
    provider: given.provider,
    events: [...given.names],
    tenant: { ...given.tenant },
    grades: { ...given.grades },
    received_at: isoUtc(given.receivedAtMs),
    content: given.content,
    content_level: given.level,
    withheld: given.withheld,
    run: run === null ? null : { ...run, read },
  };
}

/** The arguments of the read that comes first; null if there is no such read, or the event does not say what to read. */
async function argumentsFor(parts: HandoverParts, consumer: Consumer, event: string): Promise<JsonObject | null> {
  if (consumer.refetch === null) return null;
  const opened = await openEvent(parts, event);
  return opened.ok ? refetchArguments(consumer.refetch, opened.value.content) : null;
}

async function runFor(parts: HandoverParts, consumer: Consumer, event: string): Promise<Result<OpenedRun>> {
  const answer = await parts.gateway.ask('event-run', { consumer: consumer.name, event });
  if (!answer.ok) return answer;
  const parsed = openedRun.safeParse(answer.value);
  return parsed.success ? ok(parsed.data) : refuse('bad-message', 'the gateway answered in a way that is not understood');
}

/** What the run reads first; null if there is nothing. What was refused is an answer as well. */
async function readFirst(parts: HandoverParts, consumer: Consumer, event: string, run: OpenedRun | null): Promise<Result<Json>> {
  const args = run === null ? null : await argumentsFor(parts, consumer, event);
  if (run === null || args === null) return ok(null);
  const answer = await parts.gateway.ask('event-read', { consumer: consumer.name, event, run: run.run, arguments: args });
  return answer.ok ? ok(answer.value as Json) : answer;
}

/** One attempt to post one event. A run that was opened for an attempt is used by the next: there is one for each event. */
async function attempt(parts: HandoverParts, consumer: Consumer, leased: Leased, made: Map<number, Message>): Promise<Posted> {
  if (consumer.post === null) return { ok: false, note: 'the consumer has no address' };
  // By its place: one that was queued again begins anew, with a run of its own.
  const { seq } = leased;
  let message = made.get(seq);
  if (message === undefined) {
    const run = consumer.run === null ? null : await runFor(parts, consumer, leased.event);
    if (run !== null && !run.ok) return { ok: false, note: run.message };
    const given = await giveEvent(parts, { event: leased.event, consumer: consumer.name, run: run?.value.run ?? null });
    if (!given.ok) return { ok: false, note: given.message };
    const read = await readFirst(parts, consumer, leased.event, run?.value ?? null);
    if (!read.ok) return { ok: false, note: read.message };
    const body = JSON.stringify(eventMessage(given.value, run?.value ?? null, read.value));
    message = { id: leased.event, body, atMs: parts.now() };
    made.set(seq, message);
    if (made.size > limits.eventMessagesKeptMax) made.delete(made.keys().next().value ?? seq);
  }
  const posted = await parts.post(consumer.post, { ...message, atMs: parts.now() });
  if (posted.ok || leased.attempts >= limits.eventTriesMax) made.delete(seq);
  return posted;
}

/**
 * Posts what is due, until it is closed. Every attempt stands alone: an address that hangs holds up its own next event and
 * nothing else, neither another source nor another consumer. `wake` makes it look at once.
 */
export function startPosting(parts: HandoverParts): { wake(): void; close(): Promise<void> } {
  const made = new Map<number, Message>();
  const posting = [...parts.consumers.values()].filter((consumer) => consumer.post !== null);
  // What is at work here, by its place in the queue, under its newest lease.
  const held = new Map<number, Leased>();
  const atWork = new Set<Promise<void>>();
  let closed = false;

  const track = (work: Promise<void>): void => {
    const settled = work.catch(parts.onError).finally(() => atWork.delete(settled));
    atWork.add(settled);
  };
  const one = async (consumer: Consumer, leased: Leased): Promise<void> => {
    const { seq } = leased;
    try {
      const result = await attempt(parts, consumer, leased, made);
      if (!result.ok) parts.onFailure?.(consumer.name, result.note);
      await settle(parts, held.get(seq) ?? leased, result.ok ? { done: true, note: '' } : { done: false, note: result.note });
    } finally {
      held.delete(seq);
    }
    // The next of the same source may go now.
    track(look(consumer));
  };
  const look = async (consumer: Consumer): Promise<void> => {
    const room = limits.eventTakeMax - [...held.values()].filter((each) => each.consumer === consumer.name).length;
    if (closed || room <= 0) return;
    for (const leased of await leaseDue(parts, consumer.name, room)) {
      // An attempt may outlast its lease: then this one is its next, and no second attempt begins beside it.
      const begun = held.has(leased.seq);
      held.set(leased.seq, leased);
      if (!begun) track(one(consumer, leased));
    }
  };
  const wake = (): void => {
    for (const consumer of posting) track(look(consumer));
  };
  const timer = setInterval(wake, limits.eventPollMs);
  timer.unref();
  return {
    wake,
    close: async () => {
      closed = true;
      clearInterval(timer);
      while (atWork.size > 0) await Promise.all(atWork);
    },
  };
}

type Asked<M extends 'event-take' | 'event-give' | 'event-settle'> = Question<M>;

const leaseOver: Refusal = refuse('lease-over', 'the lease of this event is over: it may have been handed over again');

/** The answers to the gateway, through which consumers take events themselves. */
export function handoverHandlers(parts: HandoverParts): Pick<Handlers, 'event-take' | 'event-give' | 'event-settle'> {
  const find = (name: string): Result<Consumer> => {
    const consumer = parts.consumers.get(name);
    return consumer !== undefined && consumer.post === null
      ? ok(consumer)
      : refuse('no-such-consumer', 'the configuration has no consumer of this name that takes events: see hooks.consumers');
  };
  return {
    'event-take': async ({ consumer: name, max }: Asked<'event-take'>) => {
      const consumer = find(name);
      if (!consumer.ok) return consumer;
      const leased = await leaseDue(parts, name, max);
      return ok(
        await Promise.all(
          leased.map(async (one) => ({
            event: one.event,
            lease: leaseNumber(one),
            arguments: await argumentsFor(parts, consumer.value, one.event),
          })),
        ),
      );
    },
    'event-give': async ({ consumer: name, event, lease, run }: Asked<'event-give'>) => {
      const consumer = find(name);
      if (!consumer.ok) return consumer;
      const row = (await parts.store.queueOf(event)).find((one) => one.consumer === name);
      if (row?.state !== 'leased' || leaseNumber(row) !== lease) return leaseOver;
      const given = await giveEvent(parts, { event, consumer: name, run });
      return given.ok ? ok(eventMessage(given.value, null, null)) : given;
    },
    'event-settle': async ({ consumer: name, event, lease, done }: Asked<'event-settle'>) => {
      const consumer = find(name);
      if (!consumer.ok) return consumer;
      const settled = await settle(
        parts,
        { consumer: name, event, ...leaseNamed(lease) },
        { done, note: done ? '' : 'the consumer could not use it' },
      );
      return settled ? ok(null) : leaseOver;
    },
  };
}
