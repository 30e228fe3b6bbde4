import { setTimeout as sleep } from 'node:timers/promises';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';

/** The primary result codes of SQLite that are told apart; the extended ones have them in their lowest byte. */
const codes = { busy: 5, locked: 6, full: 13, corrupt: 11, notADatabase: 26 } as const;

function codeOf(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

/** What is thrown instead of an error of SQLite. Its own message is kept as the cause only: it may hold names of files. */
export function storeFailure(error: unknown): unknown {
  if (error instanceof CountersignError) return error;
  const code = codeOf(error);
  // Not SQLite's: a bug of ours, or one of who sealed a statement.
  if (code === null && !(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_'))) return error;
  const why =
    code === codes.full
      ? 'the disk is full: make room'
      : code === codes.busy || code === codes.locked
        ? `other processes kept it locked for ${limits.storeBusyGiveUpMs / 1000} s: look for one that hangs`
        : code === codes.corrupt || code === codes.notADatabase
          ? 'the file is damaged or is not a store: restore it from a backup'
          : `SQLite refused with code ${code ?? 'unknown'}: look at the disk and at the rights of the file`;
  return new CountersignError('store-failed', `the store cannot be used: ${why}. Nothing was stored`, { cause: error });
}

/**
 * Runs a step again while another process holds the lock. SQLite's own waiting would block the event loop, and with it
 * everything else that this process does.
 * @throws CountersignError `store-failed`
 */
export async function patient<T>(step: () => T): Promise<T> {
  let waitedMs = 0;
  for (;;) {
    try {
      return step();
    } catch (error) {
      const code = codeOf(error);
      if ((code !== codes.busy && code !== codes.locked) || waitedMs >= limits.storeBusyGiveUpMs) throw storeFailure(error);
    }
    const startedMs = performance.now();
    await sleep(limits.storeBusyRetryMs);
    waitedMs += performance.now() - startedMs;
  }
}
