import type { Body } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';
import type { GroupRecorder } from '../record/recorder.ts';
import type { EventRow, QueueRow } from '../store/events.ts';
import type { Store } from '../store/store.ts';
import type { Handlers } from '../wire/server.ts';
import { nodeCrypto } from './crypto.ts';
import type { Endpoint } from './delivery.ts';
import type { GiveParts } from './give.ts';
import { judgeDelivery } from './judge.ts';
import { lookInto } from './look.ts';
import { takeRecovered } from './recovered.ts';
import type { RecoverParts } from './recovered.ts';

/** What the desk works with: it shows events to the operator and queues them again. */
export interface DeskParts extends Pick<GiveParts, 'opened' | 'personal' | 'classifier'>, RecoverParts {
  readonly store: Pick<Store, 'event' | 'events' | 'queueOf' | 'queueIn' | 'body' | 'cursor'>;
  readonly recorder: GroupRecorder;
  readonly trust: Trust;
  readonly endpoints: () => readonly Endpoint[];
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

async function rowsIn(
  parts: DeskParts,
  state: QueueRow['state'],
  of: { readonly endpoint: string | null; readonly consumer: string | null },
  limit: number,
): Promise<readonly EventRow[]> {
  const ids = new Set((await parts.store.queueIn(state, of, limit)).map(({ event }) => event));
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
    if (secret === null) continue;
    const before = uses.get(secret);
    uses.set(secret, { count: (before?.count ?? 0) + 1, lastAtMs: Math.max(before?.lastAtMs ?? 0, row.receivedAtMs) });
  }
  return uses;
}

const noEndpoint: Refusal = refuse(
  'no-such-endpoint',
  'the configuration has no endpoint of this name: `countersign hooks endpoints` shows them',
);

/** The answers about deliveries that did not come in through the door: captured ones, and those that were missed. */
function deliveryHandlers(parts: DeskParts): Pick<Handlers, 'judge' | 'cursor' | 'recovered'> {
  const find = (id: string): Endpoint | undefined => parts.endpoints().find((endpoint) => endpoint.id === id);
  return {
    judge: async ({ endpoint: id, body, atMs, ...delivery }) => {
      const endpoint = find(id);
      if (endpoint === undefined) return noEndpoint;
      return ok(judgeDelivery(endpoint, { ...delivery, body: Buffer.from(body, 'base64') }, atMs, nodeCrypto));
    },
    cursor: async ({ endpoint: id }) => {
      if (find(id) === undefined) return noEndpoint;
      const row = await parts.store.cursor(id);
      return ok({ cursor: row?.cursor ?? null, atMs: row?.atMs ?? null });
    },
    recovered: async ({ endpoint: id, deliveries, cursor }) => {
      const endpoint = find(id);
      return endpoint === undefined
        ? noEndpoint
        : ok(await takeRecovered(parts, { endpoint: id, provider: endpoint.provider.id }, { deliveries, cursor }));
    },
  };
}

/** The answers to the operator's command line. */
export function deskHandlers(
  parts: DeskParts,
): Pick<Handlers, 'events' | 'event' | 'event-replay' | 'endpoints' | 'judge' | 'cursor' | 'recovered'> {
  const namesOf = (endpoint: string): readonly string[] => parts.consumersOf(endpoint).map(({ name }) => name);
  return {
    ...deliveryHandlers(parts),
    events: async ({ endpoint, state, consumer = null, limit }) => {
      const rows =
        state === null
          ? await parts.store.events({ endpoint, beforeMs: Number.MAX_SAFE_INTEGER, limit })
          : await rowsIn(parts, state, { endpoint, consumer }, limit);
      return ok(await Promise.all(rows.map((row) => listed(parts, row))));
    },
    event: async ({ event, content }) => {
      const row = await parts.store.event(event);
      if (row === null) return refuse('no-such-event', 'there is no event with this id: `countersign hooks list` shows them');
      const looked = content ? await lookInto(parts, event) : null;
      if (looked !== null && !looked.ok) return looked;
      return ok({ ...(await listed(parts, row)), content: looked?.value ?? null });
    },
    'event-replay': async ({ event, consumer }) => {
      const row = await parts.store.event(event);
      if (row === null) return refuse('no-such-event', 'there is no event with this id: `countersign hooks list` shows them');
      if ((await listed(parts, row)).forged)
        return refuse('not-authentic', 'no statement of the hooks door proves this event: it goes to nobody');
      const all = namesOf(row.endpoint);
      const wanted = consumer === null ? all : all.filter((one) => one === consumer);
      if (wanted.length === 0) return refuse('no-such-consumer', `the endpoint ${row.endpoint} has no such consumer: see hooks.endpoints`);
      const results = await Promise.all(wanted.map((one) => requeue(parts, row, one)));
      parts.onEvent();
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
              consumers: namesOf(endpoint.id),
              secrets: endpoint.secrets.map(({ id, client, notBeforeMs, notAfterMs }) => ({
                id,
                client: client ?? null,
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
