import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { migrate } from './migrations.ts';
import { openApply, openPlaces } from './sqlite-commit.ts';
import { patient, storeFailure } from './sqlite-patience.ts';
import { openQueries } from './sqlite-queries.ts';
import type { Store } from './store.ts';
import { openTexts, textsFile } from './texts.ts';

/** Settings of a store in a file. */
export interface SqliteOptions {
  /** The largest size of the file, and of the one beside it, in pages of 4096 bytes; beyond it every commit is refused as on a full disk. */
  readonly pagesMax?: number;
}

/** SQLite would make the file readable for everybody; its journal and index files take the mode of this one. */
function touch(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
}

function create(file: string): void {
  try {
    try {
      touch(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // Only if it is not there: a confined process may make the file, but may not even look at its folder.
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      touch(file);
    }
    // Made before the store writes anything, so that the name of this file is on disk as soon as the store is.
    touch(textsFile(file));
    for (const one of [file, textsFile(file)]) chmodSync(one, 0o600);
  } catch (error) {
    throw new CountersignError('store-failed', `the store cannot be opened at ${file}: look at the rights of its folder`, { cause: error });
  }
}

function connect(file: string, options: SqliteOptions): DatabaseSync {
  // `timeout: 0`: waiting for a lock is ours, and does not block.
  const db = new DatabaseSync(file, { timeout: 0, allowExtension: false, enableForeignKeyConstraints: false });
  try {
    // FULL: a commit is on disk when it returns. WAL alone would lose the last commits at a power cut.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY');
    // A page that many commits change is written into the file once for all of them.
    db.exec(`PRAGMA wal_autocheckpoint = ${limits.storeCheckpointPages}`);
    if (db.prepare('PRAGMA journal_mode').get()?.['journal_mode'] !== 'wal')
      throw new CountersignError(
        'store-failed',
        'the file system of the store does not support what it needs (shared memory): use a local disk',
      );
    if (options.pagesMax !== undefined) db.exec(`PRAGMA max_page_count = ${Math.trunc(options.pagesMax)}`);
    migrate(db);
    refuseForeignObjects(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * A trigger or a view in the file would act inside our own commits: a store that holds one was tampered with.
 * @throws CountersignError `log-corrupt`
 */
function refuseForeignObjects(db: DatabaseSync): void {
  const foreign = db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type IN ('trigger', 'view')").get()?.['n'];
  if (foreign !== 0)
    throw new CountersignError(
      'log-corrupt',
      'the store holds triggers or views, which nothing of ours makes: somebody has changed it. Restore it from a copy, and look at `countersign log verify`',
    );
}

/** Runs a step in one transaction. A step that gives null is undone. */
type Transaction = <T>(step: () => T) => Promise<T>;

function openTransaction(db: DatabaseSync): Transaction {
  const [begin, commit, rollback] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT'), db.prepare('ROLLBACK')];
  const schema = db.prepare('PRAGMA schema_version');
  let known = schema.get()?.['schema_version'];
  return async (step) =>
    // One turn of the event loop from BEGIN to COMMIT: nothing else of this process can come between on this connection.
    patient(() => {
      begin.run();
      try {
        const version = schema.get()?.['schema_version'];
        if (version !== known) {
          refuseForeignObjects(db);
          known = version;
        }
        const result = step();
        // A crash before this line leaves nothing of the step; after it, all of it is on disk.
        if (result === null) rollback.run();
        else commit.run();
        return result;
      } catch (error) {
        // SQLite has already rolled back by itself after some errors, such as a full disk.
        if (db.isTransaction) rollback.run();
        // Only waiting for the lock is repeated, never the step: a statement is sealed once for each attempt of its maker.
        throw storeFailure(error);
      }
    });
}

/**
 * Opens the store in a file, making or upgrading it if need be. Any number of processes may have it open.
 * @throws CountersignError `store-failed`: it cannot be opened, is not a store, or was made by a newer version.
 */
export async function openSqliteStore(file: string, options: SqliteOptions = {}): Promise<Store> {
  create(file);
  const db = await patient(() => connect(file, options));
  const texts = openTexts(textsFile(file), options.pagesMax === undefined ? undefined : options.pagesMax * 4096);
  const { transaction, apply, place, q } = await patient(() => ({
    transaction: openTransaction(db),
    apply: openApply(db, texts),
    place: openPlaces(db),
    q: openQueries(db, texts),
  }));
  return {
    commit: async (batch, seal) => {
      if (batch.length === 0) return [];
      return (await transaction(() => apply.hopeful(batch, seal))) ?? transaction(() => apply.careful(batch, seal));
    },
    sequence: (places) => transaction(() => place(places)),
    statementsOf: (proposal) => patient(() => q.statementsOf(proposal)),
    statementsOfRun: (run, kind, afterPos) => patient(() => q.statementsOfRun(run, kind, afterPos)),
    statementsOfKind: (kind) => patient(() => q.statementsOfKind(kind)),
    proposal: (id) => patient(() => q.proposal(id)),
    proposalByCall: (callKey) => patient(() => q.proposalByCall(callKey)),
    proposals: (filter) => patient(() => q.proposals(filter)),
    token: (secret) => patient(() => q.token(secret)),
    tokens: () => patient(() => q.tokens()),
    run: (id) => patient(() => q.run(id)),
    runBySecret: (secret) => patient(() => q.runBySecret(secret)),
    effect: (effect) => patient(() => q.effect(effect)),
    unsettled: (action) => patient(() => q.unsettled(action)),
    body: (digest) => patient(() => q.body(digest)),
    entriesAfter: (pos, limit) => patient(() => q.entriesAfter(pos, limit)),
    lastSequenced: () => patient(() => q.lastSequenced()),
    placeOf: (pos) => patient(() => q.placeOf(pos)),
    claims: (endpoint, signed, message) => patient(() => q.claims(endpoint, signed, message)),
    event: (id) => patient(() => q.event(id)),
    events: (filter) => patient(() => q.events(filter)),
    queueDue: (consumer, nowMs, limit) => patient(() => q.queueDue(consumer, nowMs, limit)),
    queueOf: (event) => patient(() => q.queueOf(event)),
    queueIn: (state, of, limit) => patient(() => q.queueIn(state, of, limit)),
    cursor: (endpoint) => patient(() => q.cursor(endpoint)),
    forgetClaims: (beforeMs, limit) => transaction(() => q.forgetClaims(beforeMs, limit)),
    close: async () => {
      db.close();
      texts.close();
    },
  };
}
