import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';

/** What forgetting works with. */
export interface ForgetParts {
  readonly store: Pick<Store, 'forgetClaims'>;
  readonly now: () => number;
  /** Milliseconds from any moment on, by a clock that nobody sets. */
  readonly steadyMs: () => number;
  readonly onError: (error: unknown) => void;
}

/**
 * Forgets, now and then, the claims whose time is over: those that the signed time alone refuses, or that are past their keep.
 * A clock that is put forward ends no claim: it may be put back, and a copy of what was forgotten meanwhile would be the first.
 * So no more time counts than has gone by here. As long as a look finds all that one may forget, the next one comes at once.
 */
export function startForgetting({ store, now, steadyMs, onError }: ForgetParts): { readonly close: () => void } {
  const startedMs = now() - steadyMs();
  let timer: NodeJS.Timeout | null = null;
  const wait = (ms: number): void => {
    timer = setTimeout(() => void forget(), ms).unref();
  };
  const forget = async (): Promise<void> => {
    let forgotten = 0;
    try {
      forgotten = await store.forgetClaims(Math.min(now(), startedMs + steadyMs()), limits.claimsForgottenMax);
    } catch (error) {
      onError(error);
    }
    if (timer !== null) wait(forgotten === limits.claimsForgottenMax ? 0 : limits.claimsForgetEveryMs);
  };
  wait(limits.claimsForgetEveryMs);
  return {
    close: () => {
      clearTimeout(timer ?? undefined);
      timer = null;
    },
  };
}
