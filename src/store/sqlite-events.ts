import type { DatabaseSync } from 'node:sqlite';
import { limits } from '../limits.ts';
import type { ClaimRow, CursorRow, EventChange, EventQueries, EventRow, QueueRow } from './events.ts';
import type { Row } from './sqlite-rows.ts';

/** For each change: makes it, or says that its condition does not hold. */
export type EventChangers = { readonly [K in EventChange['change']]: (change: Extract<EventChange, { change: K }>) => boolean };

/**
 * Due is what is not ahead of a time, which is given twice. Nothing is ever made to wait longer than the longest wait: what seems to
 * was written by a clock that has been put back since, and would hold up its source until that clock's time.
 */
const due = `due_at_ms NOT BETWEEN ? + 1 AND ? + ${limits.eventBackoffMaxMs}`;

/** Prepares the changes of event rows. Each is one or two statements inside a transaction that is already open. */
export function eventChangers(db: DatabaseSync): EventChangers {
  const claim = db.prepare(
    'INSERT INTO claims (signed, endpoint, message, body, event, keep_until_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const event = db.prepare('INSERT INTO events (id, endpoint, received_at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const over = db.prepare(`DELETE FROM queue WHERE event = ? AND consumer = ? AND state IN ('done', 'dead')`);
  const enqueue = db.prepare(
    `INSERT INTO queue (consumer, endpoint, event, state, attempts, due_at_ms) VALUES (?, ?, ?, 'waiting', 0, ?) ON CONFLICT DO NOTHING`,
  );
  const lease = db.prepare(
    `UPDATE queue SET state = 'leased', attempts = attempts + 1, due_at_ms = ?
     WHERE seq = ? AND event = ? AND consumer = ? AND attempts = ? AND state IN ('waiting', 'leased') AND ${due}`,
  );
  const release = db.prepare(
    `UPDATE queue SET state = ?, due_at_ms = ? WHERE seq = ? AND event = ? AND consumer = ? AND attempts = ? AND state = 'leased'`,
  );
  const begin = db.prepare('INSERT INTO cursors (endpoint, cursor, at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const move = db.prepare('UPDATE cursors SET cursor = ?, at_ms = ? WHERE endpoint = ? AND cursor = ?');
  return {
    claim: ({ row: r }) => claim.run(r.signed, r.endpoint, r.message, r.body, r.event, r.keepUntilMs).changes === 1,
    event: (c) => event.run(c.id, c.endpoint, c.atMs).changes === 1,
    enqueue: (c) => {
      const queued = (): boolean => enqueue.run(c.consumer, c.endpoint, c.event, c.atMs).changes === 1;
      return queued() || (over.run(c.event, c.consumer).changes === 1 && queued());
    },
    lease: (c) => lease.run(c.untilMs, c.seq, c.event, c.consumer, c.attempts, c.atMs, c.atMs).changes === 1,
    cursor: (c) => (c.from === null ? begin.run(c.endpoint, c.to, c.atMs) : move.run(c.to, c.atMs, c.endpoint, c.from)).changes === 1,
    release: (c) => release.run(c.to, c.dueAtMs, c.seq, c.event, c.consumer, c.attempts).changes === 1,
  };
}

function claimOf(row: Row): ClaimRow {
  return {
    signed: row['signed'] as string,
    endpoint: row['endpoint'] as string,
    message: row['message'] as string | null,
    body: row['body'] as string,
    event: row['event'] as string,
    keepUntilMs: row['keep_until_ms'] as number,
  };
}

function eventOf(row: Row): EventRow {
  return {
    id: row['id'] as string,
    endpoint: row['endpoint'] as string,
    receivedAtMs: row['received_at_ms'] as number,
    statement: { bytes: row['bytes'] as string, key: row['key'] as string, sig: row['sig'] as string },
  };
}

function queueOf(row: Row): QueueRow {
  return {
    seq: row['seq'] as number,
    consumer: row['consumer'] as string,
    endpoint: row['endpoint'] as string,
    event: row['event'] as string,
    state: row['state'] as QueueRow['state'],
    attempts: row['attempts'] as number,
    dueAtMs: row['due_at_ms'] as number,
  };
}

function cursorOf(row: Row): CursorRow {
  return { endpoint: row['endpoint'] as string, cursor: row['cursor'] as string, atMs: row['at_ms'] as number };
}

type Synchronous<F> = F extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : never;

/** The queries about events, on one connection, without their promises. */
export type EventQueriesNow = { readonly [K in keyof EventQueries]: Synchronous<EventQueries[K]> };

/** Prepares the queries about events. */
export function eventQueries(db: DatabaseSync): EventQueriesNow {
  const joined = 'SELECT t.*, s.bytes, s.key, s.sig FROM events t JOIN statements s ON s.pos = t.statement';
  const bySigned = db.prepare('SELECT * FROM claims WHERE signed = ?');
  const byMessage = db.prepare('SELECT * FROM claims WHERE endpoint = ? AND message = ? AND message IS NOT NULL');
  const one = db.prepare(`${joined} WHERE t.id = ?`);
  const newest = db.prepare(`${joined} WHERE t.received_at_ms < ? ORDER BY t.received_at_ms DESC, t.rowid DESC LIMIT ?`);
  const newestOf = db.prepare(
    `${joined} WHERE t.endpoint = ? AND t.received_at_ms < ? ORDER BY t.received_at_ms DESC, t.rowid DESC LIMIT ?`,
  );
  const atWork = `FROM queue WHERE consumer = ? AND state IN ('waiting', 'leased')`;
  // From one endpoint to the next in the index: the look costs the same however many events wait for a consumer that takes none.
  const heads = db.prepare(
    `WITH RECURSIVE sources(endpoint) AS (
       SELECT min(endpoint) ${atWork}
       UNION ALL SELECT (SELECT min(endpoint) ${atWork} AND endpoint > sources.endpoint) FROM sources WHERE sources.endpoint IS NOT NULL)
     SELECT q.* FROM sources JOIN queue q ON q.seq = (SELECT min(seq) ${atWork} AND endpoint = sources.endpoint)
     WHERE q.${due} ORDER BY q.seq LIMIT ?`,
  );
  const ofEvent = db.prepare('SELECT * FROM queue WHERE event = ? ORDER BY consumer');
  const inState = db.prepare(
    'SELECT * FROM queue WHERE state = ? AND (? IS NULL OR endpoint = ?) AND (? IS NULL OR consumer = ?) ORDER BY seq LIMIT ?',
  );
  const cursor = db.prepare('SELECT * FROM cursors WHERE endpoint = ?');
  const forget = db.prepare(
    'DELETE FROM claims WHERE signed IN (SELECT signed FROM claims WHERE keep_until_ms < ? ORDER BY keep_until_ms LIMIT ?)',
  );
  return {
    claims: (endpoint, signed, message) =>
      [...bySigned.all(signed), ...(message === null ? [] : byMessage.all(endpoint, message))].map(claimOf),
    event: (id) => {
      const row = one.get(id);
      return row === undefined ? null : eventOf(row);
    },
    events: ({ endpoint, beforeMs, limit }) =>
      (endpoint === null ? newest.all(beforeMs, limit) : newestOf.all(endpoint, beforeMs, limit)).map(eventOf),
    queueDue: (consumer, nowMs, limit) => heads.all(consumer, consumer, consumer, nowMs, nowMs, limit).map(queueOf),
    queueOf: (event) => ofEvent.all(event).map(queueOf),
    queueIn: (state, { endpoint, consumer }, limit) => inState.all(state, endpoint, endpoint, consumer, consumer, limit).map(queueOf),
    cursor: (endpoint) => {
      const row = cursor.get(endpoint);
      return row === undefined ? null : cursorOf(row);
    },
    forgetClaims: (beforeMs, limit) => Number(forget.run(beforeMs, limit).changes),
  };
}
