import { expect, test } from 'vitest';
import { bytesWithin } from './bytes-within.ts';

async function* parts(given: readonly number[], left: { count: number }): AsyncGenerator<Uint8Array> {
  for (const length of given) {
    left.count--;
    yield new Uint8Array(length).fill(length);
    await Promise.resolve();
  }
}

test('all parts come, in their order, up to the bound and not one byte beyond it', async () => {
  expect(await bytesWithin(parts([1, 2], { count: 2 }), 3)).toEqual(Uint8Array.of(1, 2, 2));
  expect(await bytesWithin(parts([1, 2], { count: 2 }), 2)).toBeNull();
  expect(await bytesWithin(null, 0)).toEqual(new Uint8Array());
});

test('what is too large is not read to its end', async () => {
  const left = { count: 3 };
  expect(await bytesWithin(parts([4, 4, 4], left), 7)).toBeNull();
  expect(left.count).toBe(1);
});
