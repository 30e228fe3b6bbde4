import type { Body } from '../action/statement.ts';
import { limits } from '../limits.ts';
import type { Recorder } from '../record/recorder.ts';

/** Why a delivery was not taken: the verifier's reasons, and those of the door around it. */
export type Uncounted = { readonly endpoint: string; readonly reason: string; readonly body: string | null };

/** Counts deliveries that were not taken, and writes them down together. */
export interface Refusals {
  count(refusal: Uncounted): void;
  /** Writes down what was counted. What cannot be written is kept for the next time. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the count. Anybody can send what is refused, so a refusal costs no write of its own: one statement for each endpoint
 * and reason and `limits.hooksRefusalsFlushMs`, however many there were.
 */
export function openRefusals(recorder: Recorder, now: () => number): Refusals {
  let counted = new Map<string, Body<'deliveries-refused'>>();

  const add = (one: Body<'deliveries-refused'>): void => {
    // With all kinds in use, the rest is counted as one: the table has a bound, whatever strangers send.
    const named = counted.size < limits.hooksRefusalKindsMax || counted.has(`${one.endpoint} ${one.reason}`);
    const kind = named ? one : { ...one, endpoint: '', reason: 'others' };
    const key = `${kind.endpoint} ${kind.reason}`;
    const before = counted.get(key);
    counted.set(
      key,
      before === undefined
        ? kind
        : {
            ...(kind.lastAtMs < before.lastAtMs ? before : kind),
            count: before.count + kind.count,
            firstAtMs: Math.min(before.firstAtMs, kind.firstAtMs),
          },
    );
  };

  const flush = async (): Promise<void> => {
    const taken = [...counted.values()];
    counted = new Map();
    if (taken.length === 0) return;
    try {
      await recorder.record({ statements: taken.map((body) => ({ kind: 'deliveries-refused' as const, body })) });
    } catch {
      for (const one of taken) add(one);
    }
  };

  const timer = setInterval(() => void flush(), limits.hooksRefusalsFlushMs);
  timer.unref();
  return {
    count: ({ endpoint, reason, body }) => {
      const atMs = now();
      add({ endpoint, reason, count: 1, firstAtMs: atMs, lastAtMs: atMs, body });
    },
    flush,
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}
