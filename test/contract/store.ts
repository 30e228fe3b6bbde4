import { afterEach, describe, expect, test } from 'vitest';
import { digestText } from '../../src/action/digest.ts';
import type { Digest } from '../../src/action/digest.ts';
import type { Draft, Signed } from '../../src/action/statement.ts';
import type { Change, ProposalRow, Seal, Store } from '../../src/store/store.ts';
import { draftOf, write } from './write.ts';

/** One empty place that stores can be opened on. */
export interface Fresh {
  /** Opens one more connection to it. */
  open(): Promise<Store>;
  /** Removes it. The suite has closed what it opened. */
  dispose(): Promise<void>;
}

const hash = (text: string): Digest => digestText('body', text);
let made = 0;
const id = (letter: 'p' | 'r'): string => `${letter}_${String(made++).padStart(22, '0')}`;

const readOf = (run: string): Draft => ({ kind: 'read-failed', body: { proposal: id('p'), run, code: 'x', message: '' } });

/** Stands for an identity: counts how often it was asked. Signing is not the store's business. */
export function sealer(key = 'k'): { seal: Seal; readonly sealed: Draft[] } {
  const sealed: Draft[] = [];
  return { sealed, seal: (drafts) => drafts.map((draft) => ({ bytes: JSON.stringify([sealed.push(draft), draft]), key, sig: 's' })) };
}

/** What a suite opens. Each of its tests is followed by closing it all. */
export interface TestStores {
  /** A new place, as what opens one more connection to it. */
  readonly place: () => Promise<() => Promise<Store>>;
  /** A store in a new place. */
  readonly one: () => Promise<Store>;
  /** Commits changes without a statement. False: they were refused. */
  readonly make: (store: Store, ...changes: Change[]) => Promise<boolean>;
}

/** The stores of a suite. */
export function testStores(fresh: () => Promise<Fresh>): TestStores {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).toReversed()) await close();
  });
  const place: TestStores['place'] = async () => {
    const at = await fresh();
    open.push(() => at.dispose());
    return async () => {
      const store = await at.open();
      open.push(() => store.close().catch(() => {}));
      return store;
    };
  };
  return {
    place,
    one: async () => (await place())(),
    make: async (store, ...changes) => (await store.commit([write({ changes })], sealer().seal))[0]!.ok,
  };
}

const rowOf = (parts: Partial<ProposalRow> = {}): ProposalRow => {
  const own = parts.id ?? id('p');
  const who = { id: own, run: 'r_1', user: 'alice', agent: 'assistant', system: 'slack', operation: 'post' };
  const times = { createdAtMs: 1, expiresAtMs: 100, updatedAtMs: 1 };
  return { ...who, ...times, digest: hash('action'), callKey: hash(own), state: 'open', ...parts };
};
const proposalOf = (row: ProposalRow): Change => ({ change: 'proposal', row });
const codes = (entries: readonly Signed[]): string[] =>
  entries.map((entry) => (JSON.parse(entry.bytes) as [number, { body: { code: string } }])[1].body.code);

/** What every store must do. */
export function storeContract(name: string, fresh: () => Promise<Fresh>): void {
  describe(`${name} keeps the contract of a store`, () => {
    const { place, one, make } = testStores(fresh);

    test('statements are found by proposal, by run and kind, and by kind, in the order in which they were made', async () => {
      const store = await one();
      const [a, b, run] = [id('p'), id('p'), id('r')];
      const { seal } = sealer();
      await store.commit(
        [write({ statements: [draftOf(a, '1'), draftOf(b, '2')] }), write({ statements: [readOf(run), draftOf(a, '3')] })],
        seal,
      );
      await store.commit([write({ statements: [readOf(run), draftOf(a, '4')] })], seal);
      expect(codes(await store.statementsOf(a))).toEqual(['1', '3', '4']);
      expect(codes(await store.statementsOf(b))).toEqual(['2']);
      expect(await store.statementsOf(id('p'))).toEqual([]);
      expect(codes(await store.statementsOfKind('cancelled'))).toEqual(['1', '2', '3', '4']);
      expect(await store.statementsOfKind('alarm')).toEqual([]);
      const reads = await store.statementsOfRun(run, 'read-failed');
      expect(reads).toHaveLength(2);
      expect(await store.statementsOfRun(run, 'read-failed', reads[0]!.pos)).toEqual([reads[1]]);
      expect(await store.statementsOfRun(run, 'read')).toEqual([]);
    });

    test('a commit returns what was sealed, and keeps exactly those bytes', async () => {
      const store = await one();
      const p = id('p');
      const odd: Signed = { bytes: '{"a":"\u0000 \u202e 😀 \\u0000"}', key: 'gateway:ä', sig: '-_' };
      const [written] = await store.commit([write({ statements: [draftOf(p)] })], () => [odd]);
      expect(written).toEqual({ ok: true, signed: [odd] });
      expect(await store.statementsOf(p)).toEqual([{ ...odd, pos: expect.any(Number) as number }]);
      expect(await store.commit([], () => [odd])).toEqual([]);
    });

    test('a write whose condition fails leaves nothing of itself, is not sealed, and does not touch the others of its batch', async () => {
      const store = await one();
      const taken = rowOf();
      await make(store, proposalOf(taken));
      const [before, inside, after] = [rowOf(), rowOf(), rowOf()];
      const s = sealer();
      const results = await store.commit(
        [
          write({ statements: [draftOf(before.id, 'before')], changes: [proposalOf(before)] }),
          write({
            statements: [draftOf(inside.id, 'inside')],
            changes: [proposalOf(inside), proposalOf(taken)],
            bodies: [{ digest: hash('b'), text: 'b' }],
          }),
          write({ statements: [draftOf(after.id, 'after')], changes: [proposalOf(after)] }),
        ],
        s.seal,
      );
      expect(results.map((result) => (result.ok ? 'ok' : `${result.code} ${result.change}`))).toEqual(['ok', 'conflict proposal', 'ok']);
      expect(s.sealed).toHaveLength(2);
      expect(await store.proposal(inside.id)).toBeNull();
      expect(await store.statementsOf(inside.id)).toEqual([]);
      expect(await store.body(hash('b'))).toBeNull();
      expect(await store.proposal(before.id)).toEqual(before);
      expect(codes(await store.statementsOfKind('cancelled'))).toEqual(['before', 'after']);
    });

    test('if sealing throws, nothing of the batch is stored, and the error is the one that was thrown', async () => {
      const store = await one();
      const row = rowOf();
      const error = new Error('cannot sign');
      const seal = (): readonly Signed[] => {
        throw error;
      };
      const batch = [write({ statements: [draftOf(row.id)], changes: [proposalOf(row)] }), write({ statements: [draftOf(row.id)] })];
      await expect(store.commit(batch, seal)).rejects.toBe(error);
      expect(await store.proposal(row.id)).toBeNull();
      expect(await store.statementsOf(row.id)).toEqual([]);
      expect(await make(store, proposalOf(row))).toBe(true); // the connection is usable again
    });

    test('a proposal is made once by id and once by call', async () => {
      const store = await one();
      const row = rowOf();
      expect(await make(store, proposalOf(row))).toBe(true);
      expect(await make(store, proposalOf(rowOf({ id: row.id })))).toBe(false);
      expect(await make(store, proposalOf(rowOf({ callKey: row.callKey })))).toBe(false);
      expect(await store.proposalByCall(row.callKey)).toEqual(row);
      expect(await store.proposalByCall(hash('other'))).toBeNull();
    });

    test('a proposal changes its state only from a state that was named', async () => {
      const store = await one();
      const row = rowOf();
      const to = (from: readonly ProposalRow['state'][], state: ProposalRow['state'], proposal = row.id): Promise<boolean> =>
        make(store, { change: 'state', proposal, from, to: state, atMs: 7 });
      await make(store, proposalOf(row));
      expect(await to(['ready'], 'executing')).toBe(false);
      expect(await to([], 'executing')).toBe(false);
      expect((await store.proposal(row.id))?.state).toBe('open');
      expect(await to(['ready', 'open'], 'executing')).toBe(true);
      expect(await store.proposal(row.id)).toEqual({ ...row, state: 'executing', updatedAtMs: 7 });
      expect(await to(['open'], 'executing')).toBe(false);
      expect(await to(['open'], 'done', id('p'))).toBe(false);
    });

    test('proposals are listed by state and run, oldest first, at most so many', async () => {
      const store = await one();
      const rows = [
        rowOf({ createdAtMs: 3 }),
        rowOf({ createdAtMs: 1, state: 'ready' }),
        rowOf({ createdAtMs: 2, run: 'r_2' }),
        rowOf({ createdAtMs: 4, state: 'done' }),
      ] as const;
      for (const row of rows) await make(store, proposalOf(row));
      const ids = async (filter: Parameters<Store['proposals']>[0]): Promise<string[]> =>
        (await store.proposals(filter)).map((row) => row.id);
      expect(await ids({ states: ['open', 'ready'], limit: 10 })).toEqual([rows[1].id, rows[2].id, rows[0].id]);
      expect(await ids({ states: ['open', 'ready', 'open'], limit: 2 })).toEqual([rows[1].id, rows[2].id]);
      expect(await ids({ states: ['open'], run: 'r_2', limit: 10 })).toEqual([rows[2].id]);
      expect(await ids({ states: ['open'], limit: 1 })).toEqual([rows[2].id]);
      expect(await ids({ states: [], limit: 10 })).toEqual([]);
      expect(await ids({ states: ['expired'], limit: 10 })).toEqual([]);
    });

    test('an effect is reserved once, whoever asks, and settled only from a state that was named', async () => {
      const store = await one();
      const [effect, action] = [hash('effect'), hash('action')];
      const settle = (from: 'reserved' | 'unknown', to: 'unknown' | 'done'): Promise<boolean> =>
        make(store, { change: 'settle', effect, from: [from], to });
      expect(await store.effect(effect)).toBeNull();
      expect(await make(store, { change: 'reserve', effect, proposal: 'p_1', action })).toBe(true);
      expect(await make(store, { change: 'reserve', effect, proposal: 'p_1', action })).toBe(false);
      expect(await make(store, { change: 'reserve', effect, proposal: 'p_2', action: hash('another') })).toBe(false);
      const row = { effect, proposal: 'p_1', action };
      expect(await store.unsettled(action)).toEqual([{ ...row, state: 'reserved' }]);
      expect(await settle('unknown', 'done')).toBe(false);
      expect(await settle('reserved', 'unknown')).toBe(true);
      expect(await store.unsettled(action)).toEqual([{ ...row, state: 'unknown' }]);
      expect(await settle('unknown', 'done')).toBe(true);
      expect(await store.unsettled(action)).toEqual([]);
      expect(await store.effect(effect)).toEqual({ ...row, state: 'done' });
      expect(await settle('unknown', 'done')).toBe(false);
    });

    test('tokens and runs are found by their secret and come with the statement that proves them', async () => {
      const store = await one();
      const [run, principal] = [id('r'), { user: 'alice', agent: 'assistant' }];
      const token: Draft = { kind: 'token-created', body: { token: 't_1', secret: hash('t'), principal, expiresAtMs: 9, scope: 'agent' } };
      const opened: Draft = {
        kind: 'run-opened',
        body: { run, principal, token: 't_1', request: null, scope: null, secret: hash('r'), expiresAtMs: 9 },
      };
      const { seal } = sealer();
      const [first, second] = await store.commit(
        [
          write({ statements: [draftOf(id('p')), token], changes: [{ change: 'token', id: 't_1', secret: hash('t') }] }),
          write({ statements: [opened], changes: [{ change: 'run', id: run, secret: hash('r'), atMs: 5 }] }),
        ],
        seal,
      );
      const tokenRow = { id: 't_1', secret: hash('t'), statement: first!.ok && first!.signed[1], revoked: false };
      expect(await store.token(hash('t'))).toEqual(tokenRow);
      expect(await store.token(hash('r'))).toBeNull();
      expect(await store.tokens()).toEqual([tokenRow]);
      const runRow = { id: run, secret: hash('r'), statement: second!.ok && second!.signed[0], lastUsedAtMs: 5 };
      expect(await store.runBySecret(hash('r'))).toEqual(runRow);
      expect(await store.run(run)).toEqual(runRow);
      expect(await store.run(id('r'))).toBeNull();

      expect(await make(store, { change: 'run-used', id: run, atMs: 8 })).toBe(true);
      expect(await make(store, { change: 'run-used', id: run, atMs: 6 })).toBe(true);
      expect((await store.run(run))?.lastUsedAtMs).toBe(8); // another process was later
      expect(await make(store, { change: 'run-used', id: id('r'), atMs: 6 })).toBe(false);
      expect(await make(store, { change: 'token-revoked', id: 't_1' })).toBe(true);
      expect(await make(store, { change: 'token-revoked', id: 't_1' })).toBe(false);
      expect(await make(store, { change: 'token-revoked', id: 't_2' })).toBe(false);
      expect((await store.token(hash('t')))?.revoked).toBe(true);
    });

    test('a second token or run of the same id or secret conflicts, runs without a secret do not, and none comes without its statement', async () => {
      const store = await one();
      const opened = (run: string): Draft => ({
        kind: 'run-opened',
        body: { run, principal: { user: 'a', agent: 'b' }, token: 't', request: null, scope: null, secret: null, expiresAtMs: 9 },
      });
      const add = async (run: string, secret: Digest | null): Promise<boolean> =>
        (
          await store.commit([write({ statements: [opened(run)], changes: [{ change: 'run', id: run, secret, atMs: 1 }] })], sealer().seal)
        )[0]!.ok;
      const [a, b, c] = [id('r'), id('r'), id('r')];
      expect(await add(a, hash('s'))).toBe(true);
      expect(await add(a, hash('other'))).toBe(false);
      expect(await add(b, hash('s'))).toBe(false);
      expect(await add(b, null)).toBe(true);
      expect(await add(c, null)).toBe(true);
      await expect(make(store, { change: 'run', id: id('r'), secret: null, atMs: 1 })).rejects.toMatchObject({ code: 'bug' });
      await expect(make(store, { change: 'token', id: 't', secret: hash('x') })).rejects.toMatchObject({ code: 'bug' });
      expect(await store.tokens()).toEqual([]);
    });

    test('bodies are kept under their digest, once', async () => {
      const store = await one();
      const bodies = [{ digest: hash('a'), text: 'a\u0000ü' }];
      await store.commit([write({ bodies }), write({ bodies })], sealer().seal);
      expect(await store.body(hash('a'))).toBe('a\u0000ü');
      expect(await store.body(hash('b'))).toBeNull();
    });

    test('entries come in the order of their positions, page by page, each once', async () => {
      const store = await one();
      const { seal } = sealer();
      for (let i = 0; i < 5; i++) await store.commit([write({ statements: [draftOf(id('p'), `${i}a`), draftOf(id('p'), `${i}b`)] })], seal);
      const seen: string[] = [];
      for (let pos = -1; ;) {
        const page = await store.entriesAfter(pos, 3);
        if (page.length === 0) break;
        expect(page.length).toBeLessThanOrEqual(3);
        for (const entry of page) expect(entry.pos).toBeGreaterThan(pos);
        expect(page.map((entry) => entry.pos)).toEqual(page.map((entry) => entry.pos).toSorted((a, b) => a - b));
        seen.push(...codes(page));
        pos = page.at(-1)!.pos;
      }
      expect(seen).toEqual(['0a', '0b', '1a', '1b', '2a', '2b', '3a', '3b', '4a', '4b']);
    });

    test('a place belongs to one entry and an entry has one place; asking for the same again is no conflict', async () => {
      const store = await one();
      await store.commit([write({ statements: [draftOf(id('p')), draftOf(id('p')), draftOf(id('p'))] })], sealer().seal);
      const [a, b, c] = (await store.entriesAfter(-1, 10)).map((entry) => entry.pos) as [number, number, number];
      expect(await store.lastSequenced()).toBeNull();
      expect(await store.placeOf(a)).toBeNull();
      await store.sequence([{ seq: 0, pos: a }]);
      await store.sequence([
        { seq: 0, pos: a },
        { seq: 1, pos: b },
      ]);
      expect(await store.lastSequenced()).toEqual({ seq: 1, pos: b });
      expect([await store.placeOf(a), await store.placeOf(b), await store.placeOf(c)]).toEqual([0, 1, null]);
      for (const bad of [
        { seq: 1, pos: c },
        { seq: 3, pos: b },
        { seq: 0, pos: b },
      ])
        await expect(store.sequence([{ seq: 2, pos: c }, bad])).rejects.toMatchObject({ code: 'log-corrupt' });
      expect(await store.lastSequenced()).toEqual({ seq: 1, pos: b }); // nothing of a refused step stays
    });

    test('what one connection has committed, another one sees at once', async () => {
      const at = await place();
      const [a, b] = [await at(), await at()];
      const row = rowOf();
      await make(a, proposalOf(row));
      expect(await b.proposal(row.id)).toEqual(row);
      expect(await make(b, proposalOf(row))).toBe(false);
    });

    test('two connections that write at the same time lose nothing and reserve nothing twice', async () => {
      const at = await place();
      const stores = [await at(), await at(), await at()];
      const effects = Array.from({ length: 40 }, (_, i) => hash(`effect ${i}`));
      const won = await Promise.all(
        stores.map(async (store, s) => {
          const { seal, sealed } = sealer(`key ${s}`);
          let count = 0;
          for (const effect of effects) {
            const changes: Change[] = [{ change: 'reserve', effect, proposal: `p_${s}`, action: hash('a') }];
            const batch = [
              write({ statements: [draftOf(`p_${s}`, 'own')] }),
              write({ statements: [draftOf(`p_${s}`, 'effect')], changes }),
            ];
            const [own, reserved] = await store.commit(batch, seal);
            expect(own!.ok).toBe(true);
            if (reserved!.ok) count++;
            // Gives the others a turn: several connections of one process take turns only when one waits.
            await new Promise((resume) => setImmediate(resume));
          }
          expect(sealed).toHaveLength(effects.length + count);
          return count;
        }),
      );
      expect(won.reduce((sum, count) => sum + count)).toBe(effects.length);
      const all = await stores[0]!.statementsOfKind('cancelled');
      expect(all).toHaveLength(stores.length * effects.length + effects.length);
      expect(new Set(all.map((entry) => entry.pos)).size).toBe(all.length);
    });

    test('everything is there again after closing and opening', async () => {
      const at = await place();
      const store = await at();
      const row = rowOf();
      const changes: Change[] = [proposalOf(row), { change: 'reserve', effect: hash('e'), proposal: row.id, action: hash('a') }];
      await store.commit([write({ statements: [draftOf(row.id)], changes, bodies: [{ digest: hash('b'), text: 'b' }] })], sealer().seal);
      const before = await store.entriesAfter(-1, 10);
      await store.sequence([{ seq: 0, pos: before[0]!.pos }]);
      await store.close();
      const again = await at();
      expect(await again.entriesAfter(-1, 10)).toEqual(before);
      expect(await again.proposal(row.id)).toEqual(row);
      expect(await again.effect(hash('e'))).not.toBeNull();
      expect(await again.body(hash('b'))).toBe('b');
      expect(await again.lastSequenced()).toEqual({ seq: 0, pos: before[0]!.pos });
      await again.commit([write({ statements: [draftOf(row.id)] })], sealer().seal);
      expect((await again.entriesAfter(before[0]!.pos, 10)).length).toBe(1);
    });
  });
}
