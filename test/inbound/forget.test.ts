import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startForgetting } from '../../src/inbound/forget.ts';
import { limits } from '../../src/limits.ts';

/* What ends the time of a claim. */

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const everyMs = limits.claimsForgetEveryMs;

/** Forgetting, by clocks that the test sets; `finds`: what each look forgets. */
function forgetting(finds: (number | Error)[] = []) {
  const [clock, asked, errors] = [{ nowMs: 1_000_000, steadyMs: 7 }, [] as number[], [] as unknown[]];
  const store = {
    forgetClaims: async (beforeMs: number): Promise<number> => {
      asked.push(beforeMs);
      const found = finds.shift() ?? 0;
      if (found instanceof Error) throw found;
      return found;
    },
  };
  const open = startForgetting({ store, now: () => clock.nowMs, steadyMs: () => clock.steadyMs, onError: (error) => errors.push(error) });
  const pass = async (wallMs: number, steadyMs = everyMs): Promise<void> => {
    clock.nowMs += wallMs;
    clock.steadyMs += steadyMs;
    await vi.advanceTimersByTimeAsync(everyMs + 10); // and time for looks that come at once
  };
  return { ...open, pass, asked, errors };
}

test('R10i a clock that is put forward ends no claim, and one that is put back ends none early', async () => {
  const day = 24 * 60 * 60_000;
  const { pass, asked, close } = forgetting();
  await pass(everyMs);
  await pass(everyMs + day);
  await pass(everyMs - day);
  await pass(everyMs - day);
  expect(asked.map((beforeMs) => beforeMs - 1_000_000)).toEqual([everyMs, 2 * everyMs, 3 * everyMs, 4 * everyMs - day]);
  close();
});

test('as many claims are forgotten as are over, and a store that fails is asked again', async () => {
  const most = limits.claimsForgottenMax;
  const { pass, asked, errors, close } = forgetting([most, most, most - 1, new Error('full')]);
  await pass(everyMs);
  expect(asked).toHaveLength(3);
  await pass(everyMs);
  expect([asked.length, errors.length]).toEqual([4, 1]);
  await pass(everyMs);
  expect(asked).toHaveLength(5);
  close();
  await pass(everyMs);
  expect(asked).toHaveLength(5);
});
