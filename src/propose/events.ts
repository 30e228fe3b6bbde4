import { z } from 'zod';
import { eventId } from '../action/ids.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';
import type { Store } from '../store/store.ts';
import type { Peer } from '../wire/client.ts';
import type { Handlers } from '../wire/server.ts';
import type { Mediator } from './answer.ts';
import { described } from './shapes.ts';
import type { Shaped } from './shapes.ts';

/*
 * Events for agents. The hooks door keeps them and signs what it hands over; here runs are opened for them, and what a run
 * reads first is read, by the same way as every other read.
 */

/** What the gateway knows of a consumer of events. */
export interface EventConsumer {
  readonly run: { readonly user: string; readonly agent: string; readonly profile: string | null } | null;
  readonly refetch: { readonly system: string; readonly operation: string } | null;
}

/** What handing events to agents works with. */
export interface EventParts {
  readonly mediator: Mediator;
  readonly hooks: Pick<Peer, 'ask'>;
  readonly store: Pick<Store, 'event' | 'run'>;
  readonly trust: Trust;
  readonly consumer: (name: string) => EventConsumer | null;
  readonly profile: (name: string) => readonly string[] | null;
}

/** A run that was opened for an event, as the consumer gets it. */
export interface EventRun {
  readonly run: string;
  readonly token: string;
  readonly mcp_url: string;
  readonly expires_at_ms: number;
}

const noConsumer: Refusal = refuse('not-found', 'the configuration has no consumer of this name: see hooks.consumers');

/**
 * Opens the run that the configuration gives to an event of this consumer. Nobody has said anything in such a run: nothing in
 * it is bound by a user's words. Refuses an event that the hooks door did not sign.
 */
async function openEventRun(
  parts: EventParts,
  asked: { readonly consumer: string; readonly event: string; readonly token: string; readonly origin: string },
): Promise<Result<EventRun>> {
  const consumer = parts.consumer(asked.consumer);
  if (consumer === null || consumer.run === null) return noConsumer;
  const row = await parts.store.event(asked.event);
  const received = row === null ? null : openAs(parts.trust, row.statement, 'event-received');
  if (received === null || !received.ok || received.value.body.event !== asked.event)
    return refuse('not-authentic', 'this event was not signed by the hooks door');
  const { user, agent, profile } = consumer.run;
  const principal = { user, agent };
  const scope = profile === null ? null : parts.profile(profile);
  const { run, secret, expiresAtMs } = await parts.mediator.openRun({ principal, token: asked.token, text: null, scope, withSecret: true });
  if (secret === null) return refuse('no-secret', 'the run was opened without a secret: try again');
  return ok({ run, token: secret, mcp_url: `${asked.origin}/mcp/runs/${run}`, expires_at_ms: expiresAtMs });
}

/**
 * Reads what a run reads first, by the way of every other read: what is refused is told to the run. It comes after the event
 * was handed over, so that the read is decided with the origin of the run. Null: there is nothing to read.
 */
async function readFirst(
  parts: EventParts,
  consumer: EventConsumer,
  asked: { readonly event: string; readonly run: string; readonly arguments: JsonObject | null },
): Promise<Json> {
  const { run: principal, refetch } = consumer;
  if (principal === null || refetch === null || asked.arguments === null) return null;
  const caller = { principal: { user: principal.user, agent: principal.agent }, run: asked.run };
  return described(await parts.mediator.call(caller, { ...refetch, arguments: asked.arguments, callId: asked.event })) as Json;
}

/** True if the run was opened for this event and this consumer: by this gateway or another, as its statement says. */
async function openedFor(
  parts: EventParts,
  consumer: EventConsumer,
  asked: { readonly event: string; readonly run: string },
): Promise<boolean> {
  const row = await parts.store.run(asked.run);
  const opened = row === null ? null : openAs(parts.trust, row.statement, 'run-opened');
  if (opened === null || !opened.ok) return false;
  const { run, token, principal } = opened.value.body;
  return run === asked.run && token === asked.event && principal.user === consumer.run?.user && principal.agent === consumer.run.agent;
}

/** The answer to the hooks door, which posts events to addresses. `origin` is the gateway's own address. */
export function eventHandlers(parts: EventParts, origin: () => string): Pick<Handlers, 'event-run' | 'event-read'> {
  return {
    'event-run': async ({ consumer, event }) => openEventRun(parts, { consumer, event, token: event, origin: origin() }),
    'event-read': async ({ consumer: name, ...asked }) => {
      const consumer = parts.consumer(name);
      if (consumer === null || !(await openedFor(parts, consumer, asked)))
        return refuse('no-such-run', 'no run was opened for this event and this consumer');
      return ok(await readFirst(parts, consumer, asked));
    },
  };
}

const leased = z.array(
  z.strictObject({ event: eventId, lease: z.int().min(1), arguments: z.record(z.string(), z.custom<Json>()).nullable() }),
);
const message = z.record(z.string(), z.custom<Json>());

/** `POST /v1/events/take`: what a consumer may have now. An event that cannot be handed over is given back at once. */
export async function takeEvents(
  parts: EventParts,
  asked: { readonly consumer: string; readonly max: number; readonly token: string; readonly origin: string },
): Promise<Result<Shaped<'Events'>>> {
  const consumer = parts.consumer(asked.consumer);
  if (consumer === null) return noConsumer;
  const taken = await parts.hooks.ask('event-take', { consumer: asked.consumer, max: asked.max });
  if (!taken.ok) return taken.code === 'not-reachable' ? refuse('unavailable', 'the hooks door is not up: try again') : taken;
  const rows = leased.safeParse(taken.value);
  if (!rows.success) return refuse('failed', 'the hooks door answered in a way that is not understood');
  // All at once: their leases run since they were taken, and the first read of one, if it is slow, uses up no other's.
  const handed = await Promise.all(
    rows.data.map(async (row): Promise<readonly JsonObject[]> => {
      const given = await handOver(parts, consumer, asked, row);
      if (given.ok) return [given.value];
      await parts.hooks.ask('event-settle', { consumer: asked.consumer, event: row.event, lease: row.lease, done: false });
      return [];
    }),
  );
  return ok({ events: handed.flat(), lease_ms: limits.eventLeaseMs });
}

async function handOver(
  parts: EventParts,
  consumer: EventConsumer,
  asked: { readonly consumer: string; readonly token: string; readonly origin: string },
  row: z.output<typeof leased>[number],
): Promise<Result<JsonObject>> {
  const { event, lease, arguments: args } = row;
  const opened = consumer.run === null ? null : await openEventRun(parts, { ...asked, event });
  if (opened !== null && !opened.ok) return opened;
  const run = opened?.value ?? null;
  const given = await parts.hooks.ask('event-give', { consumer: asked.consumer, event, lease, run: run?.run ?? null });
  if (!given.ok) return given;
  const parsed = message.safeParse(given.value);
  if (!parsed.success) return refuse('failed', 'the hooks door answered in a way that is not understood');
  const read = run === null ? null : await readFirst(parts, consumer, { event, run: run.run, arguments: args });
  return ok({ ...parsed.data, run: run === null ? null : { ...run, read }, lease });
}

/** `POST /v1/events/settle`: what became of events that were taken. One whose lease is over stays as it is. */
export async function settleEvents(
  parts: EventParts,
  asked: {
    readonly consumer: string;
    readonly settled: readonly { readonly event: string; readonly lease: number; readonly done: boolean }[];
  },
): Promise<Result<Shaped<'Settled'>>> {
  if (parts.consumer(asked.consumer) === null) return noConsumer;
  const settled: { event: string; ok: boolean; message: string }[] = [];
  for (const { event, lease, done } of asked.settled) {
    const answer = await parts.hooks.ask('event-settle', { consumer: asked.consumer, event, lease, done });
    settled.push({ event, ok: answer.ok, message: answer.ok ? '' : answer.message });
  }
  return ok({ settled });
}
