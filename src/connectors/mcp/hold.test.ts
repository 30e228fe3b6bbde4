import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { limits } from '../../limits.ts';
import { holdLink } from './hold.ts';
import type { Link } from './link.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function server(works: () => boolean): {
  readonly opened: () => number;
  readonly crash: () => void;
  readonly ends: readonly (() => void)[];
  readonly held: ReturnType<typeof holdLink>;
  readonly closed: () => number;
} {
  let [opened, closed] = [0, 0];
  const ends: (() => void)[] = [];
  const held = holdLink((onClose) => {
    opened++;
    ends.push(onClose);
    const link: Link = {
      server: { name: '', version: '', instructions: null },
      list: () => Promise.reject(new Error('not used')),
      call: () => Promise.reject(new Error('not used')),
      close: () => Promise.resolve(void closed++),
    };
    return works() ? Promise.resolve(link) : Promise.reject(new Error('no'));
  });
  return { opened: () => opened, closed: () => closed, crash: () => ends.at(-1)?.(), ends, held };
}

test('many callers share one connection', async () => {
  const { held, opened } = server(() => true);
  const links = await Promise.all([held.get(), held.get(), held.get()]);
  expect(links.every((link) => link.ok)).toBe(true);
  expect(opened()).toBe(1);
});

test('a server that broke is started again at once, and after longer and longer pauses if it keeps breaking', async () => {
  const { held, opened, crash } = server(() => true);
  await held.get();
  crash();
  expect(await held.get()).toMatchObject({ ok: true });
  expect(opened()).toBe(2);
  // 250, 500, 1000 and 2000 ms are waited out; 4 s are not.
  for (const pauseMs of [1, 2, 4, 8].map((n) => n * limits.restartBackoffMs)) {
    crash();
    const next = held.get();
    await vi.advanceTimersByTimeAsync(pauseMs - 1);
    const before = opened();
    await vi.advanceTimersByTimeAsync(1);
    expect(await next).toMatchObject({ ok: true });
    expect(opened()).toBe(before + 1);
  }
  crash();
  expect(await held.get()).toMatchObject({ ok: false, code: 'not-reachable', message: 'the server stopped; it is tried again in 4 s' });
  await vi.advanceTimersByTimeAsync(4000);
  expect(await held.get()).toMatchObject({ ok: true });
  held.worked();
  crash();
  expect(await held.get()).toMatchObject({ ok: true });
});

test('the end of an old connection does not end the one that replaced it', async () => {
  const { held, opened, ends } = server(() => true);
  const first = await held.get();
  if (!first.ok) throw new Error('unreachable');
  await held.drop(first.value);
  await held.get();
  ends[0]?.();
  await held.get();
  expect(opened()).toBe(2);
  ends[1]?.();
  await held.get();
  expect(opened()).toBe(3);
});

test('what cannot be opened is refused as not reachable, and nothing is opened after the end', async () => {
  const { held, opened } = server(() => false);
  expect(await held.get()).toMatchObject({ ok: false, code: 'not-reachable' });
  await held.close();
  expect(await held.get()).toMatchObject({ ok: false, code: 'not-reachable' });
  expect(opened()).toBe(1);
});

test('closing closes the connection', async () => {
  const { held, closed } = server(() => true);
  await held.get();
  await held.close();
  expect(closed()).toBe(1);
});
