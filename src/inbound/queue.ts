import { cut } from '../action/cut.ts';
import type { Draft } from '../action/statement.ts';
import { limits } from '../limits.ts';
import type { Recorder } from '../record/recorder.ts';
import type { QueueRow } from '../store/events.ts';
import type { Store } from '../store/store.ts';

/*
 * Events wait in the store, each for each of its consumers. Whoever hands one over holds a lease: if it dies, the lease
 * ends and the event is handed over again. So a consumer gets every event at least once, and those of a source in order.
 */

/** What the queue works with. */
export interface QueueParts {
  readonly store: Pick<Store, 'queueDue'>;
  readonly recorder: Recorder;
  readonly now: () => number;
}

/** An event that is leased to whoever took it. */
export type Leased = Pick<QueueRow, 'consumer' | 'event' | 'endpoint' | 'seq' | 'attempts'>;

/** A lease as one number, for whoever holds it. An event that was queued again has another place, so no number comes twice. */
export function leaseNumber({ seq, attempts }: Pick<QueueRow, 'seq' | 'attempts'>): number {
  return seq * limits.eventLeasesMax + attempts;
}

/** The place and the attempt that such a number names. */
export function leaseNamed(lease: number): Pick<QueueRow, 'seq' | 'attempts'> {
  return { seq: Math.floor(lease / limits.eventLeasesMax), attempts: lease % limits.eventLeasesMax };
}

/** How long an event waits after its n-th attempt has failed. */
export function backoffMs(attempts: number): number {
  return Math.min(limits.eventBackoffMs * 2 ** Math.max(0, attempts - 1), limits.eventBackoffMaxMs);
}

/** Leases what a consumer may have now, at most `max`. What another process takes first is left out. */
export async function leaseDue(parts: QueueParts, consumer: string, max: number): Promise<readonly Leased[]> {
  const atMs = parts.now();
  const due = await parts.store.queueDue(consumer, atMs, max);
  const taken = await Promise.all(
    due.map(async (row): Promise<Leased[]> => {
      const { seq, event, endpoint, attempts } = row;
      const untilMs = atMs + limits.eventLeaseMs;
      const written = await parts.recorder.record({ changes: [{ change: 'lease', seq, consumer, event, attempts, atMs, untilMs }] });
      if (!written.ok) return [];
      const leased = { seq, consumer, event, endpoint, attempts: attempts + 1 };
      if (attempts < limits.eventTriesMax) return [leased];
      // It was taken so often and never settled: whoever takes it dies of it, and everything behind it waits.
      await settle(parts, leased, { done: false, note: 'it was taken again and again, and nobody said what became of it' });
      return [];
    }),
  );
  return taken.flat();
}

/**
 * Ends an attempt. One that failed waits longer each time, and after `limits.eventTriesMax` the event is dead for this
 * consumer: a person can let it wait again. False: the lease is over, and somebody else has it or had it.
 */
export async function settle(
  parts: QueueParts,
  leased: Omit<Leased, 'endpoint'>,
  result: { readonly done: boolean; readonly note: string },
): Promise<boolean> {
  const { seq, consumer, event, attempts } = leased;
  const to = result.done ? 'done' : attempts >= limits.eventTriesMax ? 'dead' : 'waiting';
  const statement: Draft<'event-settled'> | null =
    to === 'waiting'
      ? null
      : { kind: 'event-settled', body: { event, consumer, state: to, attempts, note: cut(result.note, limits.shownNameCharsMax) } };
  const written = await parts.recorder.record({
    statements: statement === null ? [] : [statement],
    changes: [
      { change: 'release', seq, consumer, event, attempts, to, dueAtMs: parts.now() + (to === 'waiting' ? backoffMs(attempts) : 0) },
    ],
  });
  return written.ok;
}
