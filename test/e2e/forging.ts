import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Draft, Signed, SignerName, Statement } from '../../src/action/statement.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { paths } from '../../src/processes/paths.ts';
import { createIdentity, loadIdentity, openStatement, trustOf } from '../../src/record/identity.ts';
import type { Identity } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { ProposalState, Store, Write } from '../../src/store/store.ts';
import { eventually } from './company.ts';
import type { World } from '../../fakes/world.ts';

/** Somebody who can write to the store, and who may have stolen keys. */
export interface Forging {
  readonly store: Store;
  /** The real key of a process: what somebody who has taken that process over can sign with. */
  stolen(name: SignerName): Identity;
  /** A fresh key under the name of a process: what somebody has who only writes to the store. */
  made(name: SignerName): Identity;
  /** Writes statements, signed by an identity, and changes of the indexes. */
  write(as: Identity, write: Partial<Write>): Promise<readonly Signed[]>;
  /** Runs SQL on the file of the store. */
  sql(text: string, ...values: (string | number)[]): void;
  /** Says in the index that the executor should look at the proposal, and waits until it has: the state that it left, and why. */
  push(proposal: string): Promise<{ readonly state: ProposalState; readonly code: string | null }>;
  /** What trusted keys say about a proposal. */
  statements(proposal: string): Promise<readonly Statement[]>;
  /** The alarms in the log, by code. */
  alarms(code: string): Promise<readonly Statement<'alarm'>['body'][]>;
  close(): Promise<void>;
}

/** Opens the store of a running house from outside. */
export async function openForging(world: World): Promise<Forging> {
  const config = loadConfig(world.configFile);
  const place = paths(config);
  const trust = trustOf(config.trust);
  const store = await openSqliteStore(place.store);
  const keys = mkdtempSync(join(world.folder, 'forged-'));
  const recorders = new Map<Identity, ReturnType<typeof openRecorder>>();
  const opened = (rows: readonly Signed[]): Statement[] =>
    rows.flatMap((row) => {
      const statement = openStatement(trust, row);
      return statement.ok ? [statement.value] : [];
    });
  const sql: Forging['sql'] = (text, ...values) => {
    const db = new DatabaseSync(place.store, { timeout: 10_000 });
    try {
      if (db.prepare(text).run(...values).changes === 0) throw new Error('the forgery changed no row');
    } finally {
      db.close();
    }
  };
  let forged = 0;
  return {
    store,
    sql,
    stolen: (name) => loadIdentity(name, place.key(name)),
    made: (name) => {
      const file = join(keys, `${forged++}.key`);
      createIdentity(file);
      return loadIdentity(name, file);
    },
    write: async (as, write) => {
      const recorder = recorders.get(as) ?? openRecorder(store, as);
      recorders.set(as, recorder);
      const written = await recorder.record(write);
      if (!written.ok) throw new Error(`the forgery was not written: ${written.change}`);
      return written.signed;
    },
    push: async (proposal) => {
      sql("UPDATE proposals SET state = 'ready', updated_at_ms = updated_at_ms + 1 WHERE id = ?", proposal);
      const state = await eventually(`the executor looks at ${proposal}`, async () => {
        const now = (await store.proposal(proposal))?.state ?? 'denied';
        return now === 'ready' || now === 'executing' ? null : now;
      });
      const cancelled = opened(await store.statementsOf(proposal)).findLast((statement) => statement.kind === 'cancelled');
      return { state, code: cancelled?.kind === 'cancelled' ? cancelled.body.code : null };
    },
    statements: async (proposal) => opened(await store.statementsOf(proposal)),
    alarms: async (code) =>
      opened(await store.statementsOfKind('alarm')).flatMap((statement) =>
        statement.kind === 'alarm' && statement.body.code === code ? [statement.body] : [],
      ),
    close: () => store.close(),
  };
}

/** A statement outside of any store, to be put into a message. */
export function statement(as: Identity, draft: Draft, atMs: number = Date.now()): Signed {
  return as.sign([draft], 0, atMs)[0]!;
}
