import { describe, expect, test } from 'vitest';
import { digestText } from '../../src/action/digest.ts';
import type { Draft } from '../../src/action/statement.ts';
import { limits } from '../../src/limits.ts';
import type { ClaimRow, QueueState } from '../../src/store/events.ts';
import type { Change, Store, Write } from '../../src/store/store.ts';
import { sealer, testStores } from './store.ts';
import type { Fresh } from './store.ts';
import { write } from './write.ts';

const hex = (text: string): string => digestText('body', text).slice('sha256:'.length);
let made = 0;
const newEvent = (): string => `e_${String(made++).padStart(22, '0')}`;

/** The statement of an event, as far as a store looks. */
const received = (event: string): Draft => ({
  kind: 'event-received',
  body: {
    event,
    endpoint: 'one',
    provider: 'github',
    names: ['push'],
    tenant: {},
    secret: 's1',
    grades: { bodyIntegrity: 'mac', freshness: 'stored', source: 'none', trust: 'event' },
    doubts: [],
    schema: 'github/push/1',
    signed: hex(event),
    body: hex('body'),
    bodyBytes: 1,
    original: null,
  },
});

const claimOf = (parts: Partial<ClaimRow> = {}): ClaimRow => {
  const event = parts.event ?? newEvent();
  return { signed: hex(`signed ${event}`), endpoint: 'one', message: null, body: hex(event), event, keepUntilMs: 100, ...parts };
};

/** What every store must do with events. */
export function eventsContract(name: string, fresh: () => Promise<Fresh>): void {
  describe(`${name} keeps the contract of a store of events`, () => {
    const { place, one, make } = testStores(fresh);
    const claim = (store: Store, parts: Partial<ClaimRow> = {}): Promise<boolean> => make(store, { change: 'claim', row: claimOf(parts) });
    const take = async (store: Store, atMs: number, endpoint = 'one', consumers: readonly string[] = []): Promise<string> => {
      const event = newEvent();
      const changes: Change[] = [
        { change: 'event', id: event, endpoint, atMs },
        ...consumers.map((consumer): Change => ({ change: 'enqueue', consumer, endpoint, event, atMs })),
      ];
      const [written] = await store.commit([write({ statements: [received(event)], changes })], sealer().seal);
      expect(written?.ok).toBe(true);
      return event;
    };
    /** From a moment, until another. */
    type Span = readonly [fromMs: number, untilMs: number];
    const seqOf = async (store: Store, event: string): Promise<number> =>
      (await store.queueOf(event)).find(({ consumer }) => consumer === 'a')?.seq ?? 0;
    const lease = async (store: Store, event: string, attempts: number, [atMs, untilMs]: Span): Promise<boolean> =>
      make(store, { change: 'lease', seq: await seqOf(store, event), consumer: 'a', event, attempts, atMs, untilMs });
    const release = async (store: Store, event: string, attempts: number, to: Exclude<QueueState, 'leased'> | number): Promise<boolean> =>
      make(store, {
        change: 'release',
        seq: await seqOf(store, event),
        consumer: 'a',
        event,
        attempts,
        ...(typeof to === 'number' ? { to: 'waiting', dueAtMs: to } : { to, dueAtMs: 0 }),
      });
    const enqueue = (store: Store, event: string, endpoint = 'one', consumer = 'a'): Promise<boolean> =>
      make(store, { change: 'enqueue', consumer, endpoint, event, atMs: 1 });
    const due = async (store: Store, nowMs: number, limit = 10): Promise<string[]> =>
      (await store.queueDue('a', nowMs, limit)).map((row) => row.event);

    test('signed bytes are claimed once, whichever connection asks, and the claim says what stood in the way', async () => {
      const at = await place();
      const [a, b] = [await at(), await at()];
      const row = claimOf();
      expect(await make(a, { change: 'claim', row })).toBe(true);
      expect(await make(a, { change: 'claim', row })).toBe(false);
      expect(await claim(b, { signed: row.signed, body: hex('other') })).toBe(false);
      expect(await b.claims('one', row.signed, null)).toEqual([row]);
      expect(await b.claims('one', hex('never'), null)).toEqual([]);
      expect(await claim(b)).toBe(true);
    });

    test('a message id is claimed once at its endpoint, whichever connection asks, and no id is like no other', async () => {
      const at = await place();
      const [a, b] = [await at(), await at()];
      const first = claimOf({ message: 'm1' });
      expect(await make(a, { change: 'claim', row: first })).toBe(true);
      expect(await claim(b, { message: 'm1' })).toBe(false);
      expect(await claim(b, { message: 'm1', endpoint: 'two' })).toBe(true);
      expect(await claim(b, { message: 'm2' })).toBe(true);
      expect(await claim(b)).toBe(true);
      expect(await claim(b)).toBe(true);
      expect(await b.claims('one', hex('new'), 'm1')).toEqual([first]);
      expect(await b.claims('one', hex('new'), null)).toEqual([]);
      expect(await b.claims('three', hex('new'), 'm1')).toEqual([]);
    });

    test('of many that claim the same at once exactly one has it, and the losers leave nothing', async () => {
      const at = await place();
      const stores = [await at(), await at(), await at()];
      const signed = hex('contended');
      const { seal, sealed } = sealer();
      const results = await Promise.all(
        stores.flatMap((store) =>
          [0, 1].map(async () => {
            const event = newEvent();
            const changes: Change[] = [
              { change: 'claim', row: claimOf({ signed, event }) },
              { change: 'event', id: event, endpoint: 'one', atMs: 1 },
              { change: 'enqueue', consumer: 'a', endpoint: 'one', event, atMs: 1 },
            ];
            const [written] = await store.commit([write({ statements: [received(event)], changes })], seal);
            return { event, written };
          }),
        ),
      );
      const won = results.filter(({ written }) => written?.ok === true);
      expect(won).toHaveLength(1);
      for (const { written } of results)
        if (written?.ok !== true) expect(written).toEqual({ ok: false, code: 'conflict', change: 'claim' });
      expect(sealed).toHaveLength(1);
      const all = await stores[0]!.events({ endpoint: null, beforeMs: 9, limit: 9 });
      expect(all.map((row) => row.id)).toEqual([won[0]!.event]);
      expect(await due(stores[1]!, 9)).toEqual([won[0]!.event]);
    });

    test('claims are forgotten only after their time, the oldest first, at most so many', async () => {
      const store = await one();
      const rows = [40, 10, 30, 20].map((keepUntilMs) => claimOf({ keepUntilMs }));
      for (const row of rows) await make(store, { change: 'claim', row });
      const left = async (): Promise<number[]> => {
        const found = await Promise.all(rows.map((row) => store.claims('one', row.signed, null)));
        return found.flat().map((row) => row.keepUntilMs);
      };
      expect(await store.forgetClaims(10, 10)).toBe(0);
      expect(await store.forgetClaims(31, 2)).toBe(2);
      expect(await left()).toEqual([40, 30]);
      expect(await store.forgetClaims(31, 2)).toBe(1);
      expect(await store.forgetClaims(31, 2)).toBe(0);
      expect(await left()).toEqual([40]);
      expect(await claim(store, { signed: rows[0]!.signed })).toBe(false);
      expect(await claim(store, { signed: rows[1]!.signed })).toBe(true);
    });

    test('an event comes with the statement of its own write, and none is made without one or twice', async () => {
      const store = await one();
      const event = newEvent();
      const change: Change = { change: 'event', id: event, endpoint: 'one', atMs: 5 };
      const [written] = await store.commit(
        [write({ statements: [received(newEvent()), received(event)], changes: [change] })],
        sealer().seal,
      );
      // The first of its kind: a write that takes one event makes one such statement.
      expect(await store.event(event)).toEqual({
        id: event,
        endpoint: 'one',
        receivedAtMs: 5,
        statement: written?.ok === true ? written.signed[0] : null,
      });
      expect(await store.event(newEvent())).toBeNull();
      const [again] = await store.commit([write({ statements: [received(event)], changes: [change] })], sealer().seal);
      expect(again).toEqual({ ok: false, code: 'conflict', change: 'event' });
      const bare = newEvent();
      await expect(make(store, { change: 'event', id: bare, endpoint: 'one', atMs: 5 })).rejects.toMatchObject({ code: 'bug' });
      expect(await store.event(bare)).toBeNull();
    });

    test('events are listed newest first, before a time, of one endpoint or of all, at most so many', async () => {
      const store = await one();
      const [a, b, c, d] = [await take(store, 1), await take(store, 3, 'two'), await take(store, 2), await take(store, 3)];
      const list = async (endpoint: string | null, beforeMs: number, limit: number): Promise<string[]> =>
        (await store.events({ endpoint, beforeMs, limit })).map((row) => row.id);
      expect(await list(null, 99, 99)).toEqual([d, b, c, a]);
      expect(await list(null, 99, 2)).toEqual([d, b]);
      expect(await list(null, 3, 99)).toEqual([c, a]);
      expect(await list('one', 99, 99)).toEqual([d, c, a]);
      expect(await list('one', 3, 1)).toEqual([c]);
      expect(await list('none', 99, 99)).toEqual([]);
    });

    test('an event waits for a consumer once, and again only after it is over', async () => {
      const store = await one();
      const event = await take(store, 1, 'one', ['a', 'b']);
      expect(await enqueue(store, event)).toBe(false);
      expect(await lease(store, event, 0, [1, 50])).toBe(true);
      expect(await enqueue(store, event)).toBe(false);
      expect(await release(store, event, 1, 9)).toBe(true);
      expect(await enqueue(store, event)).toBe(false);
      expect(await lease(store, event, 1, [9, 50])).toBe(true);
      expect(await release(store, event, 2, 'dead')).toBe(true);
      const all = { endpoint: null, consumer: null };
      expect((await store.queueIn('dead', all, 9)).map((row) => row.event)).toEqual([event]);
      expect((await store.queueIn('dead', { ...all, endpoint: 'one' }, 9)).map((row) => row.event)).toEqual([event]);
      expect(await store.queueIn('dead', { ...all, endpoint: 'two' }, 9)).toEqual([]);
      expect((await store.queueIn('dead', { ...all, consumer: 'a' }, 9)).map((row) => row.event)).toEqual([event]);
      expect(await store.queueIn('dead', { ...all, consumer: 'b' }, 9)).toEqual([]);
      const before = await seqOf(store, event);
      const behind = await take(store, 2, 'one', ['a']);
      expect(await enqueue(store, event)).toBe(true);
      // At the end, and with a fresh count.
      expect(await due(store, 99)).toEqual([behind]);
      const rows = await store.queueOf(event);
      expect(rows.map(({ consumer, state, attempts }) => [consumer, state, attempts])).toEqual([
        ['a', 'waiting', 0],
        ['b', 'waiting', 0],
      ]);
      // Whoever held it at its former place does not hold it now, though the count is the same.
      const old = { seq: before, consumer: 'a', event, attempts: 0 } as const;
      expect(await make(store, { change: 'lease', ...old, atMs: 99, untilMs: 100 })).toBe(false);
      expect(await lease(store, event, 0, [99, 100])).toBe(true);
      expect(await make(store, { change: 'release', ...old, attempts: 1, to: 'done', dueAtMs: 0 })).toBe(false);
      expect(await release(store, event, 1, 'done')).toBe(true);
    });

    test('a lease is taken by whoever knows the last attempt, once, and only of what is due', async () => {
      const at = await place();
      const [a, b] = [await at(), await at()];
      const event = await take(a, 10, 'one', ['a']);
      expect(await lease(a, event, 0, [9, 20])).toBe(false);
      expect(await lease(a, event, 1, [10, 20])).toBe(false);
      expect(await lease(a, event, 0, [10, 20])).toBe(true);
      expect(await lease(b, event, 0, [10, 20])).toBe(false);
      expect(await lease(b, event, 1, [19, 30])).toBe(false);
      expect(await due(b, 19)).toEqual([]);
      // Whoever held it died: the lease ends, and the next one is another.
      expect(await due(b, 20)).toEqual([event]);
      expect(await lease(b, event, 1, [20, 40])).toBe(true);
      expect(await release(a, event, 1, 'done')).toBe(false);
      expect(await release(b, event, 2, 'done')).toBe(true);
      expect(await release(b, event, 2, 'dead')).toBe(false);
      expect(await lease(b, event, 2, [99, 100])).toBe(false);
      expect((await a.queueOf(event)).map(({ state, attempts }) => [state, attempts])).toEqual([['done', 2]]);
      expect(await lease(a, newEvent(), 0, [99, 100])).toBe(false);
      expect(await release(a, newEvent(), 0, 'done')).toBe(false);
    });

    test('what a clock that ran ahead has put off is due, and holds up nothing behind it', async () => {
      const store = await one();
      const ahead = 1000 + limits.eventBackoffMaxMs + 1;
      const [first, second] = [await take(store, ahead, 'one', ['a']), await take(store, 1000, 'one', ['a'])];
      // As far ahead as anything can be that this clock has put off: it waits.
      expect(await due(store, 1001)).toEqual([]);
      expect(await due(store, 1000)).toEqual([first]);
      expect(await lease(store, first, 0, [1001, 2000])).toBe(false);
      expect(await lease(store, first, 0, [1000, ahead])).toBe(true);
      // Whoever leased it died, and had that clock: the lease is over.
      expect(await due(store, 1000)).toEqual([first]);
      expect(await lease(store, first, 1, [1000, 2000])).toBe(true);
      expect(await due(store, 1999)).toEqual([]);
      expect(await release(store, first, 2, 'done')).toBe(true);
      expect(await due(store, 1999)).toEqual([second]);
    });

    test('of two leases at once one is taken', async () => {
      const at = await place();
      const stores = [await at(), await at()];
      const event = await take(stores[0]!, 1, 'one', ['a']);
      const won = await Promise.all(stores.map((store) => lease(store, event, 0, [1, 9])));
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    test('only the oldest of each source is due, and a source that waits holds up no other', async () => {
      const store = await one();
      const [a1, a2, b1] = [await take(store, 1, 'A', ['a']), await take(store, 1, 'A', ['a']), await take(store, 1, 'B', ['a'])];
      await take(store, 1, 'A', ['b']);
      expect(await due(store, 0)).toEqual([]);
      expect(await due(store, 1)).toEqual([a1, b1]);
      expect(await due(store, 1, 1)).toEqual([a1]);
      await lease(store, a1, 0, [1, 10]);
      expect(await due(store, 1)).toEqual([b1]);
      await release(store, a1, 1, 50);
      // The one behind it does not overtake it.
      expect(await due(store, 49)).toEqual([b1]);
      expect(await due(store, 50)).toEqual([a1, b1]);
      await lease(store, a1, 1, [50, 60]);
      await release(store, a1, 2, 'dead');
      expect(await due(store, 50)).toEqual([a2, b1].toSorted());
      await lease(store, a2, 0, [50, 60]);
      await release(store, a2, 1, 'done');
      expect(await due(store, 50)).toEqual([b1]);
    });

    test('a cursor is moved by whoever knows where it is, each endpoint has its own, and it begins once', async () => {
      const at = await place();
      const [a, b] = [await at(), await at()];
      const move = (store: Store, from: string | null, to: string, endpoint = 'one'): Promise<boolean> =>
        make(store, { change: 'cursor', endpoint, from, to, atMs: to.length });
      expect(await a.cursor('one')).toBeNull();
      expect(await move(a, 'c0', 'c1')).toBe(false);
      expect(await move(a, null, 'c1')).toBe(true);
      expect(await move(b, null, 'other')).toBe(false);
      expect(await b.cursor('one')).toEqual({ endpoint: 'one', cursor: 'c1', atMs: 2 });
      expect(await move(b, null, 'x', 'two')).toBe(true);
      expect((await Promise.all([a, b].map((store) => move(store, 'c1', 'next')))).filter(Boolean)).toHaveLength(1);
      expect(await move(a, 'c1', 'c2')).toBe(false);
      // A look that found nothing may stand where it stood.
      expect(await move(a, 'next', 'next')).toBe(true);
      expect(await a.cursor('two')).toMatchObject({ cursor: 'x' });
      await a.close();
      expect(await (await at()).cursor('one')).toMatchObject({ cursor: 'next' });
    });

    test('what was found and the cursor behind it are stored together or not at all', async () => {
      const at = await place();
      const store = await at();
      const { seal } = sealer();
      const found = (event: string): Write => {
        const changes: Change[] = [
          { change: 'claim', row: claimOf({ event }) },
          { change: 'event', id: event, endpoint: 'one', atMs: 1 },
          { change: 'enqueue', consumer: 'a', endpoint: 'one', event, atMs: 1 },
        ];
        return write({ statements: [received(event)], changes });
      };
      const move = (from: string | null, to: string): Write =>
        write({ changes: [{ change: 'cursor', endpoint: 'one', from, to, atMs: 1 }] });
      const [first, second] = [newEvent(), newEvent()];
      // The second of two is not sealed: that is a crash in the middle of the transaction.
      const dying: typeof seal = (drafts) => seal(drafts).slice(0, 1);
      await expect(store.commit([move(null, 'c1'), found(first), found(second)], dying)).rejects.toThrow('fewer');
      expect([await store.cursor('one'), await store.event(first), await due(store, 9)]).toEqual([null, null, []]);
      // From the same place once more; and once more by somebody who did not see that.
      expect((await store.commit([move(null, 'c1'), found(first), found(second)], seal)).map((one) => one.ok)).toEqual([true, true, true]);
      const again = await store.commit([move(null, 'c1'), found(first), found(second)], seal);
      expect(again.map((one) => one.ok)).toEqual([false, false, false]);
      expect(await due(store, 9, 9)).toEqual([first]);
      expect((await store.events({ endpoint: null, beforeMs: 9, limit: 9 })).length).toBe(2);
      expect(await store.cursor('one')).toMatchObject({ cursor: 'c1' });
    });

    test('claims, events and queues are there again after closing and opening', async () => {
      const at = await place();
      const store = await at();
      const row = claimOf({ message: 'm1' });
      await make(store, { change: 'claim', row });
      const event = await take(store, 1, 'one', ['a']);
      await lease(store, event, 0, [1, 20]);
      const before = [await store.event(event), await store.queueOf(event)];
      await store.close();
      const again = await at();
      expect([await again.event(event), await again.queueOf(event)]).toEqual(before);
      expect(await make(again, { change: 'claim', row })).toBe(false);
      expect(await due(again, 20)).toEqual([event]);
    });
  });
}
