import { expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { failuresAfter } from './supervisor.ts';

test('a process that ends right behind its start waits longer each time, and one that was up for long begins anew', () => {
  const long = limits.restartStableMs;
  const counts = (ups: readonly number[]): readonly number[] =>
    ups.reduce<readonly number[]>((all, upMs) => [...all, failuresAfter(all.at(-1) ?? 0, upMs)], []);
  expect(counts([0, 20, long - 1])).toEqual([1, 2, 3]);
  expect(counts([0, 20, long, 20])).toEqual([1, 2, 1, 2]);
});
