import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CountersignError } from '../errors.ts';

/** A lock that is held. */
export interface Lock {
  release(): void;
}

/** Who wrote that it holds the lock, for a message to a person. Never decides anything: the file can be old, or be edited. */
function holder(file: string): string {
  try {
    const text = readFileSync(`${file}.pid`, 'utf8');
    return /^\d{1,10}$/.test(text) ? `process ${text}` : 'another process';
  } catch {
    return 'another process';
  }
}

/**
 * Takes a lock on a file that belongs to this process for as long as it lives: the operating system lets go of it at the
 * process's end, however it ends. So a crash leaves nothing to clean up, and no time-out and no reused process id can
 * hand the lock to a second holder. (It is SQLite's file lock, which also holds between two users in one process.)
 *
 * @throws CountersignError `store-failed` if it is held, or cannot be made.
 */
export function takeLock(file: string, what: string): Lock {
  let db: DatabaseSync | null = null;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    db = new DatabaseSync(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
    writeFileSync(`${file}.pid`, String(process.pid), { mode: 0o600 });
    const held = db;
    return { release: () => held.close() };
  } catch (error) {
    if (db?.isOpen === true) db.close();
    const busy = error instanceof Error && 'errcode' in error && error.errcode === 5;
    throw new CountersignError(
      'store-failed',
      busy ? `${what} is in use by ${holder(file)}: stop it first` : `${what} cannot be locked: look at the rights of ${dirname(file)}`,
      { cause: error },
    );
  }
}
