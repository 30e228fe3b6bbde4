import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { effectOf, entryColumns, entryOf, filedOf, proposalOf, runOf, tokenOf } from './sqlite-rows.ts';
import type { Row } from './sqlite-rows.ts';
import { eventQueries } from './sqlite-events.ts';
import type { ProposalRow, Store } from './store.ts';
import type { Texts } from './texts.ts';

type Synchronous<F> = F extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : never;

/** The reading half of a store, on one connection, without its promises. */
export type Queries = {
  readonly [K in keyof Omit<Store, 'commit' | 'sequence' | 'close'>]: Synchronous<Store[K]>;
};

/** Prepares the statements of a connection for reading. Each call is one statement and so sees one state of the store. */
export function openQueries(db: DatabaseSync, texts: Pick<Texts, 'read'>): Queries {
  const some = <T>(of: (row: Row) => T, sql: string): ((...values: SQLInputValue[]) => T | null) => {
    const statement = db.prepare(sql);
    return (...values) => {
      const row = statement.get(...values);
      return row === undefined ? null : of(row);
    };
  };
  const many = <T>(of: (row: Row) => T, sql: string): ((...values: SQLInputValue[]) => readonly T[]) => {
    const statement = db.prepare(sql);
    return (...values) => statement.all(...values).map(of);
  };
  const entries = (rest: string): ((...values: SQLInputValue[]) => ReturnType<Queries['statementsOf']>) =>
    many(entryOf, `SELECT ${entryColumns} FROM statements ${rest}`);
  const joined = (table: string): string => `SELECT t.*, s.bytes, s.key, s.sig FROM ${table} t JOIN statements s ON s.pos = t.statement`;

  const small = some((row) => row['text'] as string, 'SELECT text FROM bodies WHERE digest = ?');
  const large = some(
    (row) => texts.read({ at: row['at'] as number, length: row['length'] as number }),
    'SELECT at, length FROM texts WHERE digest = ?',
  );
  const ofRun = entries('WHERE run = ? AND kind = ? AND pos > ? ORDER BY pos');
  const inState = many(proposalOf, 'SELECT * FROM proposals WHERE state = ? ORDER BY created_at_ms, rowid LIMIT ?');
  const inRun = many(proposalOf, 'SELECT * FROM proposals WHERE run = ? AND state = ? ORDER BY created_at_ms, rowid LIMIT ?');

  return {
    ...eventQueries(db),
    statementsOf: entries('WHERE proposal = ? ORDER BY pos'),
    statementsOfRun: (run, kind, afterPos = -1) => ofRun(run, kind, afterPos),
    statementsOfKind: entries('WHERE kind = ? ORDER BY pos'),
    proposal: some(proposalOf, 'SELECT * FROM proposals WHERE id = ?'),
    proposalByCall: some(proposalOf, 'SELECT * FROM proposals WHERE call_key = ?'),
    proposals: ({ states, run, limit }) => {
      // One walk along an index for each state: finding what is ready stays fast however many are done.
      const found = [...new Set(states)].map((state) => (run === undefined ? inState(state, limit) : inRun(run, state, limit)));
      return found.length === 1 ? (found[0] ?? []) : oldest(found.flat(), limit);
    },
    token: some(tokenOf, `${joined('tokens')} WHERE t.secret = ?`),
    tokens: many(tokenOf, `${joined('tokens')} ORDER BY t.statement`),
    run: some(runOf, `${joined('runs')} WHERE t.id = ?`),
    runBySecret: some(runOf, `${joined('runs')} WHERE t.secret = ?`),
    effect: some(effectOf, 'SELECT * FROM effects WHERE effect = ?'),
    unsettled: many(effectOf, `SELECT * FROM effects WHERE action = ? AND state IN ('reserved', 'unknown') ORDER BY rowid`),
    body: (digest) => small(digest) ?? large(digest),
    entriesAfter: many(filedOf, `SELECT ${entryColumns}, kind, proposal, run FROM statements WHERE pos > ? ORDER BY pos LIMIT ?`),
    lastSequenced: some(
      (row) => ({ seq: row['seq'] as number, pos: row['pos'] as number }),
      'SELECT seq, pos FROM places ORDER BY seq DESC LIMIT 1',
    ),
    placeOf: some((row) => row['seq'] as number, 'SELECT seq FROM places WHERE pos = ?'),
  };
}

function oldest(rows: readonly ProposalRow[], limit: number): readonly ProposalRow[] {
  return rows.toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1)).slice(0, limit);
}
