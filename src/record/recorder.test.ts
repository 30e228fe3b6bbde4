import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Draft, Signed } from '../action/statement.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { createIdentity, loadIdentity, openStatement, statementOpener, trustOf } from './identity.ts';
import type { Identity, Trust } from './identity.ts';
import { openRecorder } from './recorder.ts';

let folder = '';
let store: Store;
let identity: Identity;
let trust: Trust;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-recorder-'));
  trust = trustOf({ executor: [createIdentity(join(folder, 'executor.key'))] });
  identity = loadIdentity('executor', join(folder, 'executor.key'));
  store = await openSqliteStore(join(folder, 'store.db'));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const proposal = `p_${'a'.repeat(22)}`;
const draft = (code: string, message = ''): Draft => ({ kind: 'cancelled', body: { proposal, code, message } });

/** What stands in the store: number and code of each statement, every signature checked. */
async function recorded(): Promise<string[]> {
  return (await store.statementsOfKind('cancelled')).map((entry) => {
    const opened = openStatement(trust, entry);
    return opened.ok && opened.value.kind === 'cancelled' ? `${opened.value.n} ${opened.value.body.code}` : 'bad';
  });
}

test('a hundred records that come together share few commits and are numbered without a gap', async () => {
  let commits = 0;
  const counting: Store = { ...store, commit: (batch, seal) => (commits++, store.commit(batch, seal)) };
  const recorder = openRecorder(counting, identity);
  const written = await Promise.all(Array.from({ length: 100 }, (_, i) => recorder.record({ statements: [draft(`c${i}`)] })));
  expect(written.every((one) => one.ok && one.signed.length === 1)).toBe(true);
  expect(commits).toBeLessThanOrEqual(3);
  expect(await recorded()).toEqual(Array.from({ length: 100 }, (_, i) => `${i} c${i}`));
});

test('more records than a batch may have are taken in several commits', async () => {
  const sizes: number[] = [];
  const counting: Store = { ...store, commit: (batch, seal) => (sizes.push(batch.length), store.commit(batch, seal)) };
  const recorder = openRecorder(counting, identity);
  await Promise.all(Array.from({ length: limits.commitBatchMax + 1 }, () => recorder.record({ statements: [] })));
  expect(sizes).toEqual([limits.commitBatchMax, 1]);
});

test('after a failed commit everybody who waited is told, and the next statement takes the number that was free', async () => {
  let broken = false;
  const failing: Store = {
    ...store,
    commit: (batch, seal) =>
      broken
        ? store.commit(batch, (drafts) => {
            seal(drafts);
            throw new CountersignError('store-failed', 'the disk is gone');
          })
        : store.commit(batch, seal),
  };
  const recorder = openRecorder(failing, identity);
  await recorder.record({ statements: [draft('first')] });
  broken = true;
  const lost = await Promise.allSettled([
    recorder.record({ statements: [draft('lost')] }),
    recorder.record({ statements: [draft('lost too')] }),
  ]);
  expect(lost).toMatchObject([
    { status: 'rejected', reason: { code: 'store-failed' } },
    { status: 'rejected', reason: { code: 'store-failed' } },
  ]);
  broken = false;
  await recorder.record({ statements: [draft('second')] });
  expect(await recorded()).toEqual(['0 first', '1 second']);
});

test('statements that were committed together have one signature, and one that opened vouches for no other', async () => {
  const other = createIdentity(join(folder, 'other.key'));
  const keys = new Map([...trust, ...trustOf({ executor: [other] })]);
  const recorder = openRecorder(store, identity);
  await Promise.all(['a', 'b', 'c'].map((code) => recorder.record({ statements: [draft(code)] })));
  const [a, b, c]: readonly Signed[] = await store.statementsOfKind('cancelled');
  if (a === undefined || b === undefined || c === undefined) throw new Error('three were recorded');
  expect(new Set([a, b, c].map(({ sig }) => sig.slice(0, 86))).size).toBe(1);
  const foreign = `executor:${other.slice('ed25519:'.length, 'ed25519:'.length + 12)}`;
  const forged: readonly Signed[] = [
    { ...b, bytes: b.bytes.replace('"code":"b"', '"code":"x"') },
    { ...b, sig: a.sig },
    { ...b, sig: a.sig.slice(0, 86) },
    { ...b, key: foreign },
    { ...b, sig: `${b.sig.slice(0, 85)}${b.sig[85] === 'A' ? 'B' : 'A'}${b.sig.slice(86)}` },
  ];
  // A forged one comes right behind good ones, and good ones come right behind it.
  for (const one of forged) {
    const open = statementOpener(keys);
    expect([a, b, one, c].map((signed) => open(signed).ok)).toEqual([true, true, false, true]);
  }
});

test('a write whose condition fails takes no number', async () => {
  const recorder = openRecorder(store, identity);
  const missing = { change: 'token-revoked', id: 't_none' } as const;
  const results = await Promise.all([
    recorder.record({ statements: [draft('a')] }),
    recorder.record({ statements: [draft('not this')], changes: [missing] }),
    recorder.record({ statements: [draft('b')] }),
  ]);
  expect(results.map((one) => one.ok)).toEqual([true, false, true]);
  expect(await recorded()).toEqual(['0 a', '1 b']);
});

test('a statement that cannot be an entry of the log is refused alone: what waited beside it is recorded', async () => {
  const recorder = openRecorder(store, identity);
  // Quotes are escaped twice in an entry: within the byte limit of a statement, beyond that of an entry.
  const huge = { kind: 'outcome', body: { ...outcome, receipt: { a: '"'.repeat(25_000) } } } as const;
  const results = await Promise.allSettled([
    recorder.record({ statements: [draft('a')] }),
    recorder.record({ statements: [huge] }),
    recorder.record({ statements: [draft('b')] }),
  ]);
  expect(results.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { code: 'bug' } });
  await recorder.record({ statements: [draft('c')] });
  expect(await recorded()).toEqual(['0 a', '1 b', '2 c']);
});

test('writes that belong together share one transaction, whatever waits beside them, and are never parted', async () => {
  const sizes: number[] = [];
  const counting: Store = { ...store, commit: (batch, seal) => (sizes.push(batch.length), store.commit(batch, seal)) };
  const recorder = openRecorder(counting, identity);
  const missing = { change: 'token-revoked', id: 't_none' } as const;
  const many = Array.from({ length: limits.commitBatchMax }, () => ({ statements: [] }));
  const [, together] = await Promise.all([
    recorder.record({ statements: [draft('a')] }),
    recorder.recordTogether([{ statements: [draft('b')] }, { changes: [missing] }, { statements: [draft('c')] }]),
    recorder.recordTogether(many),
    recorder.record({ statements: [draft('d')] }),
  ]);
  expect(sizes).toEqual([4, limits.commitBatchMax, 1]);
  expect(together.map((one) => one.ok)).toEqual([true, false, true]);
  expect(await recorder.recordTogether([])).toEqual([]);
  expect(await recorded()).toEqual(['0 a', '1 b', '2 c', '3 d']);
});

test('if one of those that belong together cannot be sealed, none of them is stored, and what waited beside them is', async () => {
  const recorder = openRecorder(store, identity);
  const huge = { kind: 'outcome', body: { ...outcome, receipt: { a: '"'.repeat(25_000) } } } as const;
  const results = await Promise.allSettled([
    recorder.record({ statements: [draft('a')] }),
    recorder.recordTogether([{ statements: [draft('lost')] }, { statements: [huge] }, { statements: [draft('lost too')] }]),
    recorder.record({ statements: [draft('b')] }),
  ]);
  expect(results.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await recorded()).toEqual(['0 a', '1 b']);
});

const digest = `sha256:${'0'.repeat(64)}` as const;
const outcome = {
  proposal,
  action: digest,
  effect: digest,
  outcome: 'done',
  code: 'done',
  message: '',
  result: null,
  basis: 'call',
  run: `r_${'A'.repeat(22)}`,
  source: null,
  content: null,
  facts: null,
} as const;
