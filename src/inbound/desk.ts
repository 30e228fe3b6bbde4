import type { Body } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';
import type { Recorder } from '../record/recorder.ts';
import type { EventRow, QueueRow } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import type { Handlers } from '../wire/server.ts';
import type { Endpoint } from './delivery.ts';

/** What the desk works with: it shows events to the operator and queues them again. */
export interface DeskParts {
  readonly store: Pick<Store, 'event' | 'events' | 'queueOf' | 'queueIn'>;
  readonly recorder: Recorder;
  readonly trust: Trust;
  readonly endpoints: () => readonly Endpoint[];
  readonly consumersOf: (endpoint: string) => readonly string[];
  readonly onQueued: () => void;
  readonly now: () => number;
}

/** An event as the operator sees it. `forged`: no statement of this door proves it. */
export interface ListedEvent {
  readonly event: string;
  readonly receivedAtMs: number;
  readonly endpoint: string;
  readonly forged: boolean;
  readonly about: Body<'event-received'> | null;
  readonly queue: readonly Pick<QueueRow, 'consumer' | 'state' | 'attempts' | 'dueAtMs'>[];
}

async function listed(parts: DeskParts, row: EventRow): Promise<ListedEvent> {
  const opened = openAs(parts.trust, row.statement, 'event-received');
  const about = opened.ok && opened.value.body.event === row.id ? opened.value.body : null;
  const queue = (await parts.store.queueOf(row.id)).map(({ consumer, state, attempts, dueAtMs }) => ({
    consumer,
    state,
    attempts,
    dueAtMs,
  }));
  return { event: row.id, receivedAtMs: row.receivedAtMs, endpoint: row.endpoint, forged: about === null, about, queue };
}

async function rowsIn(parts: DeskParts, state: QueueRow['state'], limit: number): Promise<readonly EventRow[]> {
  const ids = new Set((await parts.store.queueIn(state, limit)).map(({ event }) => event));
  const rows = await Promise.all([...ids].map((id) => parts.store.event(id)));
  return rows.filter((row) => row !== null);
}

async function requeue(parts: DeskParts, row: EventRow, consumer: string): Promise<Result<null>> {
  const { id: event, endpoint } = row;
  const written = await parts.recorder.record({
    statements: [
      { kind: 'event-settled', body: { event, consumer, state: 'waiting', attempts: 0, note: 'a person asked for it once more' } },
    ],
    changes: [{ change: 'enqueue', consumer, endpoint, event, atMs: parts.now() }],
  });
  return written.ok ? ok(null) : refuse('waits-already', `the event waits for ${consumer} already`);
}

/** When each secret of an endpoint proved an event last, and how often, among the last events of it. */
async function usesOf(parts: DeskParts, endpoint: Endpoint): Promise<ReadonlyMap<string, { count: number; lastAtMs: number }>> {
  const uses = new Map<string, { count: number; lastAtMs: number }>();
  const rows = await parts.store.events({ endpoint: endpoint.id, beforeMs: Number.MAX_SAFE_INTEGER, limit: limits.eventsListedMax });
  for (const row of rows) {
    const opened = openAs(parts.trust, row.statement, 'event-received');
    if (!opened.ok) continue;
    const { secret } = opened.value.body;
    const before = uses.get(secret);
    uses.set(secret, { count: (before?.count ?? 0) + 1, lastAtMs: Math.max(before?.lastAtMs ?? 0, row.receivedAtMs) });
  }
  return uses;
}

/** The answers to the operator's command line. */
export function deskHandlers(parts: DeskParts): Pick<Handlers, 'events' | 'event' | 'event-replay' | 'endpoints'> {
  return {
    events: async ({ endpoint, state, limit }) => {
      const rows =
        state === null
          ? await parts.store.events({ endpoint, beforeMs: Number.MAX_SAFE_INTEGER, limit })
          : (await rowsIn(parts, state, limit)).filter((row) => endpoint === null || row.endpoint === endpoint);
      return ok(await Promise.all(rows.map((row) => listed(parts, row))));
    },
    event: async ({ event }) => {
      const row = await parts.store.event(event);
      return row === null
        ? refuse('no-such-event', 'there is no event with this id: `countersign hooks list` shows them')
        : ok(await listed(parts, row));
    },
    'event-replay': async ({ event, consumer }) => {
      const row = await parts.store.event(event);
      if (row === null) return refuse('no-such-event', 'there is no event with this id: `countersign hooks list` shows them');
      if ((await listed(parts, row)).forged)
        return refuse('not-authentic', 'no statement of the hooks door proves this event: it goes to nobody');
      const all = parts.consumersOf(row.endpoint);
      const wanted = consumer === null ? all : all.filter((one) => one === consumer);
      if (wanted.length === 0) return refuse('no-such-consumer', `the endpoint ${row.endpoint} has no such consumer: see hooks.endpoints`);
      const results = await Promise.all(wanted.map((one) => requeue(parts, row, one)));
      parts.onQueued();
      const refused = results.find((result) => !result.ok);
      return refused !== undefined && results.every((result) => !result.ok) ? refused : ok({ event, consumers: wanted });
    },
    endpoints: async () =>
      ok(
        await Promise.all(
          parts.endpoints().map(async (endpoint) => {
            const uses = await usesOf(parts, endpoint);
            return {
              endpoint: endpoint.id,
              provider: endpoint.provider.id,
              publicUrl: endpoint.publicUrl,
              pending: endpoint.pending,
              consumers: parts.consumersOf(endpoint.id),
              secrets: endpoint.secrets.map(({ id, notBeforeMs, notAfterMs }) => ({
                id,
                notBeforeMs,
                notAfterMs,
                uses: uses.get(id)?.count ?? 0,
                lastUsedAtMs: uses.get(id)?.lastAtMs ?? null,
              })),
            };
          }),
        ),
      ),
  };
}
