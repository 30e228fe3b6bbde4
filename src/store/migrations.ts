import type { DatabaseSync } from 'node:sqlite';
import { CountersignError } from '../errors.ts';

/*
 * The schema, as steps that are only ever added to. A step that has run on anybody's store is never edited.
 * `statements` is the truth; every other table is an index that could be made from it again, except `bodies` and `texts`, and
 * `cursors`: how far a sender's list of changes was looked at, which proves nothing.
 */
const steps: readonly string[] = [
  `CREATE TABLE statements (
     -- AUTOINCREMENT: the position of a row that somebody deleted is never given to another one
     pos INTEGER PRIMARY KEY AUTOINCREMENT,
     kind TEXT NOT NULL, proposal TEXT, run TEXT,
     bytes TEXT NOT NULL, key TEXT NOT NULL, sig TEXT NOT NULL
   ) STRICT;
   CREATE INDEX statements_by_kind ON statements (kind);
   CREATE INDEX statements_by_proposal ON statements (proposal) WHERE proposal IS NOT NULL;
   CREATE INDEX statements_by_run ON statements (run, kind) WHERE run IS NOT NULL;

   CREATE TABLE proposals (
     id TEXT PRIMARY KEY, run TEXT NOT NULL, user TEXT NOT NULL, agent TEXT NOT NULL,
     system TEXT NOT NULL, operation TEXT NOT NULL, digest TEXT NOT NULL, call_key TEXT NOT NULL UNIQUE,
     state TEXT NOT NULL, created_at_ms INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX proposals_by_state ON proposals (state, created_at_ms);
   CREATE INDEX proposals_by_run ON proposals (run, state, created_at_ms);

   CREATE TABLE tokens (id TEXT PRIMARY KEY, secret TEXT NOT NULL UNIQUE, statement INTEGER, revoked INTEGER NOT NULL) STRICT;
   CREATE TABLE runs (id TEXT PRIMARY KEY, secret TEXT UNIQUE, statement INTEGER, last_used_at_ms INTEGER NOT NULL) STRICT;
   CREATE TABLE effects (effect TEXT PRIMARY KEY, proposal TEXT NOT NULL, action TEXT NOT NULL, state TEXT NOT NULL) STRICT;
   CREATE INDEX effects_by_action ON effects (action, state);
   CREATE TABLE bodies (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
   CREATE TABLE places (seq INTEGER PRIMARY KEY, pos INTEGER NOT NULL UNIQUE) STRICT;`,

  `CREATE TABLE claims (
     signed TEXT PRIMARY KEY, endpoint TEXT NOT NULL, message TEXT, body TEXT NOT NULL, event TEXT NOT NULL, keep_until_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX claims_by_message ON claims (endpoint, message) WHERE message IS NOT NULL;
   CREATE INDEX claims_by_end ON claims (keep_until_ms);
   CREATE TABLE events (id TEXT PRIMARY KEY, endpoint TEXT NOT NULL, received_at_ms INTEGER NOT NULL, statement INTEGER) STRICT;
   CREATE INDEX events_by_time ON events (received_at_ms);
   CREATE TABLE queue (
     -- AUTOINCREMENT: what is queued again comes behind everything that ever was
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     consumer TEXT NOT NULL, endpoint TEXT NOT NULL, event TEXT NOT NULL,
     state TEXT NOT NULL, attempts INTEGER NOT NULL, due_at_ms INTEGER NOT NULL,
     UNIQUE (event, consumer)
   ) STRICT;
   CREATE INDEX queue_at_work ON queue (consumer, endpoint, seq) WHERE state IN ('waiting', 'leased');
   CREATE INDEX queue_by_state ON queue (state, seq);`,

  `-- where large texts lie in the file beside the store
   CREATE TABLE texts (digest TEXT PRIMARY KEY, at INTEGER NOT NULL, length INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,

  `CREATE TABLE cursors (endpoint TEXT PRIMARY KEY, cursor TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
];

/** The version of the schema that this code writes. */
export const schemaVersion: number = steps.length;

/** The version of a store; 0 if it is new. */
function versionOf(db: DatabaseSync): number {
  const found = db.prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema'`).get();
  return found === undefined ? 0 : Number(db.prepare('SELECT max(version) AS version FROM schema').get()?.['version'] ?? 0);
}

/**
 * Brings a store to this version, in one transaction: a crash leaves the old version.
 * SQLite's own error (busy, full, not a database) passes through.
 * @throws CountersignError `store-failed` if the store was made by a newer version.
 */
export function migrate(db: DatabaseSync): void {
  if (versionOf(db) === schemaVersion) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = versionOf(db); // again, now that nobody else can change it
    if (version > schemaVersion)
      throw new CountersignError(
        'store-failed',
        `the store was made by a newer version of countersign (schema ${version}, this one knows ${schemaVersion}): upgrade countersign`,
      );
    db.exec('CREATE TABLE IF NOT EXISTS schema (version INTEGER PRIMARY KEY) STRICT');
    for (let next = version; next < steps.length; next++) {
      db.exec(String(steps[next]));
      db.prepare('INSERT INTO schema (version) VALUES (?)').run(next + 1);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
