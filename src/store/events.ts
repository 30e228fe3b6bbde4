import type { Signed } from '../action/statement.ts';

/*
 * What the store keeps of events that came in: which signed bytes were taken already, which events there are, and for
 * whom they wait. All of it is index: what an event is stands in the statement that the hooks process signed.
 */

/** That the bytes of a delivery were taken. Both digests are lower-case hex SHA-256 and belong to one endpoint. */
export interface ClaimRow {
  /** Of the signed bytes, the endpoint in it. Unique. */
  readonly signed: string;
  readonly endpoint: string;
  /** An id that the sender's signature covers. Unique within the endpoint; null if there is none. */
  readonly message: string | null;
  /** Of the body. */
  readonly body: string;
  /** Empty if the delivery was a step of setting up, and no event. */
  readonly event: string;
  /** Before this time the row may not be forgotten: a replay would be taken for the first. */
  readonly keepUntilMs: number;
}

/** An event that was taken, with the statement that proves it. */
export interface EventRow {
  readonly id: string;
  readonly endpoint: string;
  readonly receivedAtMs: number;
  readonly statement: Signed;
}

/** Where an event stands with one consumer. `leased`: somebody is handing it over, until `dueAtMs`. */
export type QueueState = 'waiting' | 'leased' | 'done' | 'dead';

/** An event that waits for a consumer. */
export interface QueueRow {
  /** Grows: the order in which the events of a source go to a consumer. */
  readonly seq: number;
  readonly consumer: string;
  /** The endpoint that it came in at: its source. */
  readonly endpoint: string;
  readonly event: string;
  readonly state: QueueState;
  /** How often it was leased since it was queued. With `seq` it names the lease: whoever holds an older one changes nothing. */
  readonly attempts: number;
  /**
   * Of a waiting one: when it may be tried. Of a leased one: when the lease ends. Further ahead than `limits.eventBackoffMaxMs` it
   * counts as over: it was written by a clock that has been put back since.
   */
  readonly dueAtMs: number;
}

/** How far the list of changes of a sender was looked at, for one endpoint. Only whoever looks understands `cursor`. */
export interface CursorRow {
  readonly endpoint: string;
  readonly cursor: string;
  readonly atMs: number;
}

/** The changes of these rows. One whose condition does not hold refuses the whole write. */
export type EventChange =
  /** Refused if the signed bytes, or the message id at this endpoint, were claimed before: by any process. */
  | { readonly change: 'claim'; readonly row: ClaimRow }
  | { readonly change: 'event'; readonly id: string; readonly endpoint: string; readonly atMs: number }
  /** Refused if the event waits for this consumer already. One that is over (done or dead) is queued again, at the end. */
  | { readonly change: 'enqueue'; readonly consumer: string; readonly endpoint: string; readonly event: string; readonly atMs: number }
  /** Takes the next attempt of an event that is due, whose last one was `attempts`, if it waits at this place still. */
  | {
      readonly change: 'lease';
      readonly seq: number;
      readonly consumer: string;
      readonly event: string;
      readonly attempts: number;
      readonly atMs: number;
      readonly untilMs: number;
    }
  /** Ends the attempt: only by whoever holds the lease. */
  | {
      readonly change: 'release';
      readonly seq: number;
      readonly consumer: string;
      readonly event: string;
      readonly attempts: number;
      readonly to: Exclude<QueueState, 'leased'>;
      readonly dueAtMs: number;
    }
  /** Refused if the cursor of the endpoint is not `from`; null: it has none. So of two looks from the same place one moves it. */
  | { readonly change: 'cursor'; readonly endpoint: string; readonly from: string | null; readonly to: string; readonly atMs: number };

/** What is asked about these rows. */
export interface EventQueries {
  /** The claims that stand in the way of this one: of the same signed bytes, or of the same message id. */
  claims(endpoint: string, signed: string, message: string | null): Promise<readonly ClaimRow[]>;
  event(id: string): Promise<EventRow | null>;
  /** The newest first, those before a time, of one endpoint or of all. */
  events(filter: { readonly endpoint: string | null; readonly beforeMs: number; readonly limit: number }): Promise<readonly EventRow[]>;
  /**
   * What a consumer may be given now: of each source only the oldest that is not over, and only if it is due. So the order
   * within a source holds, and one source that hangs does not hold up another.
   */
  queueDue(consumer: string, nowMs: number, limit: number): Promise<readonly QueueRow[]>;
  /** Where an event stands with all its consumers. */
  queueOf(event: string): Promise<readonly QueueRow[]>;
  /** Those in a state, the oldest first, of one endpoint or of all, and for one consumer or for all. */
  queueIn(
    state: QueueState,
    of: { readonly endpoint: string | null; readonly consumer: string | null },
    limit: number,
  ): Promise<readonly QueueRow[]>;
  /** How far an endpoint's list of changes was looked at; null: never. */
  cursor(endpoint: string): Promise<CursorRow | null>;
  /** Forgets claims whose time is over, at most so many; how many went. */
  forgetClaims(beforeMs: number, limit: number): Promise<number>;
}
