import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Seal, Store, Write, Written } from '../store/store.ts';
import type { Identity } from './identity.ts';

/** Writes facts. Whoever awaits `record` knows that they are on disk. */
export interface Recorder {
  /**
   * Signs and commits one write, together with whatever else is waiting (group commit).
   * @throws CountersignError `store-failed`: nothing was stored; the caller must not act.
   */
  record(write: Partial<Write>): Promise<Written>;
}

/** A recorder that also writes several facts as one. */
export interface GroupRecorder extends Recorder {
  /**
   * The same of several writes that share one transaction: after a crash all of them are there or none. Each still stands or
   * falls alone by its own changes. For what has to move together with its cursor.
   * @throws CountersignError `store-failed`; or, if one of them cannot be sealed, what says so: nothing of any was stored.
   */
  recordTogether(writes: readonly Partial<Write>[]): Promise<readonly Written[]>;
}

/** Writes that somebody waits for. Those of one are never parted. */
interface Waiting {
  readonly writes: readonly Write[];
  readonly resolve: (written: readonly Written[]) => void;
  readonly reject: (error: unknown) => void;
}

/** How many of those that wait go into one commit: the first one whatever its size, then as many as are within the bound. */
function fitting(queue: readonly Waiting[]): number {
  let writes = 0;
  const beyond = queue.findIndex((waiting, i) => (writes += waiting.writes.length) > limits.commitBatchMax && i > 0);
  return beyond < 0 ? queue.length : beyond;
}

/**
 * Opens the recorder of one process. Statements are numbered when they are committed, so that the numbers of one life
 * have no gaps: after a failed commit the next one takes the same numbers. One identity has one recorder.
 */
export function openRecorder(store: Store, identity: Identity, now: () => number = Date.now): GroupRecorder {
  let next = 0;
  let flushing = false;
  const queue: Waiting[] = [];

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    const before = next;
    const seal: Seal = (drafts) => {
      const signed = identity.sign(drafts, next, now());
      next += drafts.length;
      return signed;
    };
    try {
      const results = await store.commit(
        batch.flatMap((waiting) => waiting.writes),
        seal,
      );
      let from = 0;
      for (const { writes, resolve } of batch) resolve(results.slice(from, (from += writes.length)));
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
    while (queue.length > 0) await commit(queue.splice(0, fitting(queue)));
    flushing = false;
  };

  const wait = (writes: readonly Partial<Write>[]): Promise<readonly Written[]> =>
    new Promise((resolve, reject) => {
      queue.push({ writes: writes.map((write) => ({ statements: [], changes: [], bodies: [], ...write })), resolve, reject });
      // Everything that arrives in this turn of the event loop and in the next one shares one commit: what a commit costs is
      // mostly the same for one and for many, and after a commit many are heard at once.
      if (!flushing) {
        flushing = true;
        setImmediate(() => setImmediate(() => void flush()));
      }
    });

  return {
    record: async (write) => (await wait([write]))[0] as Written,
    recordTogether: wait,
  };
}
