import type { Draft, Signed } from '../action/statement.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Store, Write, Written } from '../store/store.ts';
import type { Identity } from './identity.ts';

/** Writes facts. Whoever awaits `record` knows that they are on disk. */
export interface Recorder {
  /**
   * Signs and commits one write, together with whatever else is waiting (group commit).
   * @throws CountersignError `store-failed`: nothing was stored; the caller must not act.
   */
  record(write: Partial<Write>): Promise<Written>;
}

interface Waiting {
  readonly write: Write;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens the recorder of one process. Statements are numbered when they are committed, so that the numbers of one life
 * have no gaps: after a failed commit the next one takes the same numbers. One identity has one recorder.
 */
export function openRecorder(store: Store, identity: Identity, now: () => number = Date.now): Recorder {
  let next = 0;
  let flushing = false;
  const queue: Waiting[] = [];

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    const before = next;
    const seal = (draft: Draft): Signed => identity.sign(draft, next++, now());
    try {
      const results = await store.commit(
        batch.map((waiting) => waiting.write),
        seal,
      );
      batch.forEach((waiting, i) => waiting.resolve(results[i] as Written));
    } catch (error) {
      next = before;
      if (batch.length === 1 || (error instanceof CountersignError && error.code === 'store-failed')) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      // Not the store: one of the writes cannot be sealed, for example because it is too large. The others must not suffer.
      for (const waiting of batch) await commit([waiting]);
    }
  };

  const flush = async (): Promise<void> => {
    while (queue.length > 0) await commit(queue.splice(0, limits.commitBatchMax));
    flushing = false;
  };

  return {
    record: (write) =>
      new Promise((resolve, reject) => {
        queue.push({ write: { statements: [], changes: [], bodies: [], ...write }, resolve, reject });
        // Everything that arrives in this turn of the event loop and in the next one shares one commit: what a commit costs is
        // mostly the same for one and for many, and after a commit many are heard at once.
        if (!flushing) {
          flushing = true;
          setImmediate(() => setImmediate(() => void flush()));
        }
      }),
  };
}
