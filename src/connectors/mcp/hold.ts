import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Link } from './link.ts';

/** Holds one connection, and makes it again when it broke: at once the first time, then after longer and longer pauses. */
export interface HeldLink {
  get(): Promise<Result<Link>>;
  /** A call came through: the pauses begin small again. */
  worked(): void;
  /** Gives a connection up that is no longer good. */
  drop(link: Link): Promise<void>;
  close(): Promise<void>;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Holds what `open` opens. `open` is given what to call when the connection ends by itself. */
export function holdLink(open: (onClose: () => void) => Promise<Link>): HeldLink {
  let current: Promise<Link> | null = null;
  let closed = false;
  let failures = 0;
  let notBeforeMs = 0;

  const connect = (): Promise<Link> => {
    const attempt: { promise: Promise<Link> | null } = { promise: null };
    const broke = (): void => {
      if (current !== attempt.promise) return;
      current = null;
      const pauseMs = failures === 0 ? 0 : limits.restartBackoffMs * 2 ** Math.min(failures - 1, 16);
      notBeforeMs = Date.now() + Math.min(pauseMs, limits.restartBackoffMaxMs);
      failures++;
    };
    attempt.promise = open(broke);
    attempt.promise.catch(broke);
    return attempt.promise;
  };

  return {
    get: async () => {
      const waitMs = current === null ? notBeforeMs - Date.now() : 0;
      if (waitMs > limits.mcpReconnectWaitMs)
        return refuse('not-reachable', `the server stopped; it is tried again in ${Math.ceil(waitMs / 1000)} s`);
      if (waitMs > 0) await sleep(waitMs);
      if (closed) return refuse('not-reachable', 'the connection is closed');
      // Others may have waited too: the first one connects for all.
      current ??= connect();
      try {
        return ok(await current);
      } catch {
        return refuse('not-reachable', 'the server could not be started or reached');
      }
    },
    worked: () => {
      failures = 0;
    },
    drop: async (link) => {
      const held = await current?.catch(() => null);
      if (held === link) current = null;
      await link.close();
    },
    close: async () => {
      closed = true;
      const last = current;
      current = null;
      const link = await last?.catch(() => null);
      await link?.close();
    },
  };
}
