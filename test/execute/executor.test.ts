import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test, vi } from 'vitest';
import { digest } from '../../src/action/digest.ts';
import { refuse } from '../../src/errors.ts';
import { effectOf } from '../../src/execute/admit.ts';
import { limits } from '../../src/limits.ts';
import { startExecutor } from '../../src/execute/executor.ts';
import type { Executor } from '../../src/execute/executor.ts';
import type { OpenedProposal } from '../../src/record/opened.ts';
import type { Entry } from '../../src/store/store.ts';
import { asksRequester, openLab } from './lab.ts';
import type { Lab } from './lab.ts';

// What these tests wait for is counted in looks of the executor at the store.
vi.mock('../../src/limits.ts', async (original) => {
  const table = await original<{ readonly limits: Readonly<Record<string, number>> }>();
  return { limits: { ...table.limits, executorPollMs: 50 } };
});

let lab: Lab;
let executors: Executor[] = [];

afterEach(async () => {
  await Promise.all(executors.map((executor) => executor.close()));
  executors = [];
  await lab.close();
});

async function begin(policy?: string): Promise<Executor> {
  lab = await openLab(policy);
  return start();
}

async function start(): Promise<Executor> {
  const executor = await lab.start();
  executors.push(executor);
  return executor;
}

/** A proposal about whose target the gateway tells the truth: nothing but the agent names it. */
const propose = (change: Parameters<Lab['house']['propose']>[0] = {}): Promise<OpenedProposal> =>
  lab.house.propose({ binding: 'none', ...change });

const idOf = (opened: OpenedProposal): string => opened.proposed.body.proposal;

async function signed(change?: Parameters<Lab['house']['propose']>[0]): Promise<string> {
  const opened = await propose(change);
  expect(await lab.sign(opened)).toMatchObject({ ok: true, value: { state: 'ready' } });
  return idOf(opened);
}

test('a signed proposal is executed once, and its outcome is recorded', async () => {
  await begin();
  const proposal = await signed();
  expect(await lab.until(proposal, 'done')).toBe('done');
  await new Promise((done) => setTimeout(done, 3 * limits.executorPollMs));
  expect(lab.third.calls).toHaveLength(1);
  expect(lab.third.calls[0]?.action.arguments).toEqual({ channel: 'C1', text: 'hello' });
});

test('two executors that look at the same proposal execute it once', async () => {
  lab = await openLab();
  const proposal = await signed();
  await Promise.all([start(), start(), start()]);
  expect(await lab.until(proposal, 'done')).toBe('done');
  await new Promise((done) => setTimeout(done, 3 * limits.executorPollMs));
  expect(lab.third.calls).toHaveLength(1);
});

test('a call that throws is unknown, and the same action is not executed again, by any proposal', async () => {
  await begin();
  lab.third.performs = async () => {
    throw new Error('the line broke, and the third party said secret-text');
  };
  const first = await signed();
  expect(await lab.until(first, 'unknown')).toBe('unknown');
  const second = await signed();
  expect(await lab.until(second, 'cancelled')).toBe('cancelled');
  expect(lab.third.calls).toHaveLength(1);
  const rows = await lab.house.store.statementsOfKind('outcome');
  expect(rows.map((row) => row.bytes).join('')).not.toContain('secret-text');
});

test('a call that the third party refused is failed', async () => {
  await begin();
  lab.third.performs = async () => ({ outcome: 'failed', code: 'forbidden', message: 'it may not' });
  expect(await lab.until(await signed(), 'failed')).toBe('failed');
});

test('a changed precondition cancels before anything is sent', async () => {
  await begin();
  lab.third.checks = async () => refuse('precondition-changed', 'the head has moved');
  expect(await lab.until(await signed(), 'cancelled')).toBe('cancelled');
  expect(lab.third.calls).toHaveLength(0);
});

test('a third party that cannot be reached for the check is tried again later', async () => {
  await begin();
  const asked = { times: 0 };
  lab.third.checks = async () => (++asked.times === 1 ? refuse('not-reachable', 'down') : { ok: true, value: null });
  const proposal = await signed();
  for (const until = Date.now() + 5000; Date.now() < until && asked.times === 0;) await new Promise((done) => setTimeout(done, 20));
  lab.house.clock += limits.executorRetryMs + 1;
  expect(await lab.until(proposal, 'done')).toBe('done');
  expect(lab.third.calls).toHaveLength(1);
});

test('a row that only says that it is ready goes back to waiting', async () => {
  await begin();
  const opened = await propose();
  const proposal = idOf(opened);
  await lab.house.recorders.gateway.record({
    changes: [{ change: 'state', proposal, from: ['open'], to: 'ready', atMs: lab.house.clock }],
  });
  expect(await lab.until(proposal, 'open')).toBe('open');
  expect(lab.third.calls).toHaveLength(0);
});

test('a signature that ran out before the executor looked counts for nothing', async () => {
  lab = await openLab();
  const proposal = await signed();
  lab.house.clock += 16 * 60_000;
  await start();
  expect(await lab.until(proposal, 'open')).toBe('open');
  expect(lab.third.calls).toHaveLength(0);
});

test('an index that forgets an execution does not cause a second one: the intent stands', async () => {
  await begin();
  const proposal = await signed();
  expect(await lab.until(proposal, 'done')).toBe('done');
  await lab.house.recorders.gateway.record({
    changes: [{ change: 'state', proposal, from: ['done'], to: 'ready', atMs: lab.house.clock }],
  });
  await new Promise((done) => setTimeout(done, 5 * limits.executorPollMs));
  expect(lab.third.calls).toHaveLength(1);
});

test('an intent without an outcome is unknown in the next life', async () => {
  lab = await openLab();
  const opened = await propose();
  const proposal = idOf(opened);
  const action = opened.facts.action;
  const effect = effectOf(lab.house.installation, proposal, action);
  await lab.house.recorders.executor.record({
    statements: [
      { kind: 'intent', body: { proposal, action, effect, signers: ['alice'], roles: ['requester'], policy: digest('policy', 'p') } },
    ],
    changes: [
      { change: 'reserve', effect, proposal, action },
      { change: 'state', proposal, from: ['open'], to: 'executing', atMs: lab.house.clock },
    ],
  });
  await start();
  expect(await lab.until(proposal, 'unknown')).toBe('unknown');
  expect(lab.third.calls).toHaveLength(0);
});

test('what the policy allows to everybody still needs a signature where the hard rules say so', async () => {
  await begin('permit (principal, action, resource);');
  const opened = await propose({ needs: [] });
  const proposal = idOf(opened);
  await lab.house.recorders.gateway.record({
    changes: [{ change: 'state', proposal, from: ['open'], to: 'ready', atMs: lab.house.clock }],
  });
  // Its target is bound by nothing: the gateway's word that nobody needs to sign is worth nothing.
  expect(await lab.until(proposal, 'cancelled')).toBe('cancelled');
  expect(lab.third.calls).toHaveLength(0);
});

test('a store that forgets an execution does not cause a second one in the same life', async () => {
  await begin();
  const proposal = await signed();
  expect(await lab.until(proposal, 'done')).toBe('done');
  const db = new DatabaseSync(join(lab.house.folder, 'store.db'));
  db.exec(`DELETE FROM statements WHERE kind IN ('intent', 'outcome'); DELETE FROM effects; UPDATE proposals SET state = 'ready'`);
  db.close();
  await new Promise((done) => setTimeout(done, 6 * limits.executorPollMs));
  expect(lab.third.calls).toHaveLength(1);
});

test.each([
  ['is not there', () => []],
  [
    'has its signature under other words',
    (row: Entry) => [{ ...row, bytes: row.bytes.replace('"signers":["alice"]', '"signers":["mallory"]') }],
  ],
] as const)('an intent that was committed and %s is not acted on, and somebody is told', async (_, shown) => {
  lab = await openLab();
  const proposal = await signed();
  const alarms: string[] = [];
  const { store } = lab.execution;
  const forgets: typeof store.statementsOf = async (id) =>
    (await store.statementsOf(id)).flatMap((row) => (row.bytes.includes('"kind":"intent"') ? shown(row) : [row]));
  const alarm = (code: string): void => void alarms.push(code);
  executors.push(await startExecutor({ ...lab.execution, alarm, store: { ...store, statementsOf: forgets } }, () => undefined));
  await vi.waitFor(() => expect(alarms).toContain('store-forgets'));
  await new Promise((done) => setTimeout(done, 3 * limits.executorPollMs));
  expect(lab.third.calls).toHaveLength(0);
  expect((await lab.house.store.proposal(proposal))?.state).not.toBe('done');
});

test('a trigger that is planted in the store stops every commit, and nothing is sent', async () => {
  lab = await openLab();
  const proposal = await signed();
  const db = new DatabaseSync(join(lab.house.folder, 'store.db'));
  db.exec(`CREATE TRIGGER forget AFTER INSERT ON statements BEGIN DELETE FROM effects; END`);
  db.close();
  executors.push(await startExecutor(lab.execution, () => undefined));
  await new Promise((done) => setTimeout(done, 4 * limits.executorPollMs));
  expect(lab.third.calls).toHaveLength(0);
  expect((await lab.house.store.proposal(proposal))?.state).toBe('ready');
});

test('a recorded cancellation binds, whatever the index says', async () => {
  lab = await openLab();
  const proposal = await signed();
  await lab.house.recorders.executor.record({ statements: [{ kind: 'cancelled', body: { proposal, code: 'expired', message: 'over' } }] });
  await start();
  expect(await lab.until(proposal, 'cancelled')).toBe('cancelled');
  expect(lab.third.calls).toHaveLength(0);
});

test('a signature that runs out while the third party is looked at counts for nothing', async () => {
  await begin();
  lab.third.checks = async () => {
    lab.house.clock += 16 * 60_000;
    return { ok: true, value: null };
  };
  expect(await lab.until(await signed(), 'open')).toBe('open');
  expect(lab.third.calls).toHaveLength(0);
});

test('what the gateway told the signers about the target must be what the executor finds', async () => {
  await begin();
  expect(await lab.until(await signed({ binding: 'request' }), 'cancelled')).toBe('cancelled');
  expect(lab.third.calls).toHaveLength(0);
});

test('a source that the card did not show stops the execution', async () => {
  lab = await openLab();
  const opened = await propose();
  const { run } = opened.proposed.body;
  const source = {
    system: 'slack',
    tenant: 'T1',
    operation: 'read',
    target: 'x',
    label: { readers: 'internet', integrity: 'untrusted' },
  } as const;
  lab.house.clock -= 1;
  await lab.house.recorders.reader.record({
    statements: [
      {
        kind: 'read',
        body: {
          proposal: idOf(opened),
          run,
          digest: opened.facts.action,
          source,
          result: opened.facts.action,
          resultBytes: 1,
          content: { level: 'none', findings: [], withheld: null, foreign: 0 },
          facts: null,
        },
      },
    ],
  });
  lab.house.clock += 1;
  await lab.sign(opened);
  await start();
  expect(await lab.until(idOf(opened), 'cancelled')).toBe('cancelled');
  expect(lab.third.calls).toHaveLength(0);
});

test('one system that cannot be reached does not stop another', async () => {
  await begin();
  lab.third.checks = async () => refuse('not-reachable', 'down');
  const stuck = await Promise.all(
    Array.from({ length: limits.executorParallelMax + 4 }, (_, i) =>
      signed({ action: { arguments: { channel: 'C1', text: `stuck ${i}` } } }),
    ),
  );
  lab.third.checks = async () => ({ ok: true, value: null });
  const proposal = await signed();
  expect(await lab.until(proposal, 'done')).toBe('done');
  expect(stuck).toHaveLength(limits.executorParallelMax + 4);
});

test('a settlement is believed only about what the log says was begun', async () => {
  const executor = await begin();
  const opened = await propose();
  const proposal = idOf(opened);
  await lab.house.recorders.gateway.record({
    changes: [{ change: 'state', proposal, from: ['open'], to: 'unknown', atMs: lab.house.clock }],
  });
  expect(await executor.handlers.reconcile?.({ proposal, settle: null, countersignature: null })).toMatchObject({
    ok: false,
    code: 'not-unknown',
  });
});

test('what a write returns counts as read by its run', async () => {
  await begin();
  lab.third.performs = async () => ({ outcome: 'done', receipt: {}, content: 'text of a third party' });
  const opened = await propose();
  await lab.sign(opened);
  expect(await lab.until(idOf(opened), 'done')).toBe('done');
  expect(await lab.execution.runs.state(opened.proposed.body.run)).toMatchObject({ tainted: true });
  expect((await lab.execution.runs.of(opened.proposed.body.run)).readings).toMatchObject([
    { source: { operation: 'post_message', label: { readers: 'org' } } },
  ]);
});

test('an unknown outcome is settled by what is found, not before the call can have arrived, and only once', async () => {
  const executor = await begin();
  lab.third.performs = async () => {
    throw new Error('lost');
  };
  const proposal = await signed();
  await lab.until(proposal, 'unknown');
  const reconcile = async (): Promise<unknown> => executor.handlers.reconcile?.({ proposal, settle: null, countersignature: null });
  expect(await reconcile()).toMatchObject({ ok: false, code: 'cannot-tell' });
  lab.third.finds = async () => ({ found: 'absent' });
  expect(await reconcile()).toMatchObject({ ok: false, code: 'too-early' });
  lab.house.clock += limits.reconcileAbsentMs;
  expect(await reconcile()).toMatchObject({ ok: true, value: { outcome: 'failed', basis: 'found' } });
  expect(await reconcile()).toMatchObject({ ok: false, code: 'not-unknown' });
  expect(await lab.until(proposal, 'failed')).toBe('failed');
});

test("a person's word settles an unknown outcome only if it was signed for that", async () => {
  const executor = await begin();
  lab.third.performs = async () => {
    throw new Error('lost');
  };
  const opened = await propose();
  await lab.sign(opened);
  const proposal = idOf(opened);
  await lab.until(proposal, 'unknown');
  const settle = async (countersignature: ReturnType<Lab['countersignature']> | null): Promise<unknown> =>
    executor.handlers.reconcile?.({ proposal, settle: 'done', countersignature });
  expect(await settle(null)).toMatchObject({ ok: false, code: 'not-signed' });
  // The approval that she gave before is not a settlement, whatever it says.
  expect(await settle(lab.countersignature(opened))).toMatchObject({ ok: false, code: 'other-purpose' });
  expect(await settle(lab.countersignature(opened, { purpose: 'countersign/settlement', decision: 'refuse' }))).toMatchObject({
    ok: false,
    code: 'other-decision',
  });
  expect(await settle(lab.countersignature(opened, { purpose: 'countersign/settlement' }))).toMatchObject({
    ok: true,
    value: { outcome: 'done', basis: 'person' },
  });
  expect(lab.third.calls).toHaveLength(1);
});

test('a proposal whose gateway says another class, run or digest than the executor finds is not executed', async () => {
  await begin();
  const opened = await propose({ action: { class: 'write' } });
  const proposal = idOf(opened);
  await lab.sign(opened);
  await lab.house.recorders.gateway.record({
    changes: [{ change: 'state', proposal, from: ['open'], to: 'ready', atMs: lab.house.clock }],
  });
  expect(await lab.until(proposal, 'cancelled')).toBe('cancelled');
  const foreign = await propose({ action: { tenant: 'T2' } });
  await lab.sign(foreign);
  expect(await lab.until(idOf(foreign), 'cancelled')).toBe('cancelled');
  expect(lab.third.calls).toHaveLength(0);
});

test('a policy can shorten how long a proposal waits and how long a signature is good for', async () => {
  const short = (what: string, minutes: number): string =>
    `${asksRequester}\nforbid (principal, action, resource) when { context.${what} > ${minutes} };`;
  lab = await openLab(short('proposalAgeMinutes', 30));
  const late = await signed();
  lab.house.clock += 10 * 60_000;
  await start();
  expect(await lab.until(late, 'done')).toBe('done');
  const old = await propose();
  lab.house.clock += 31 * 60_000;
  await lab.sign(old);
  expect(await lab.until(idOf(old), 'cancelled')).toBe('cancelled');
  await Promise.all(executors.splice(0).map((executor) => executor.close()));
  await lab.close();
  lab = await openLab(short('signatureAgeMinutes', 2));
  const signature = await signed();
  lab.house.clock += 5 * 60_000;
  await start();
  expect(await lab.until(signature, 'open')).toBe('open');
  expect(lab.third.calls).toHaveLength(0);
});
