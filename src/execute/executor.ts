import { cut } from '../action/cut.ts';
import { ok } from '../errors.ts';
import type { Refusal } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ProposalRow, ProposalState } from '../store/store.ts';
import type { Handlers } from '../wire/server.ts';
import { admit } from './admit.ts';
import { carryOut, recordOutcome, reserve, unknownOutcome } from './carry-out.ts';
import type { Execution } from './context.ts';
import { gather } from './evidence.ts';
import { reconcile } from './reconcile.ts';

/** A running executor. */
export interface Executor {
  readonly handlers: Handlers;
  /** Finishes what it has begun and stops. */
  close(): Promise<void>;
}

/** Refusals that may pass by themselves: the proposal stays, and is looked at again later. */
const passing = new Set(['not-reachable', 'timed-out', 'rate-limited']);
/** Refusals that more signatures can mend: the proposal goes back to waiting. */
const mendable = new Set(['not-signed', 'signature-expired']);

/** Refusals that mean that somebody wrote into the store who is not who they claim to be. */
const forged = new Set(['not-proven', 'ambiguous', 'inconsistent', 'digest-mismatch']);

const id = /^p_[A-Za-z0-9_-]{22}$/;

/** Ends a proposal that will not be executed, with the reason. Nothing was sent. */
async function cancel(e: Execution, proposal: string, refusal: Refusal): Promise<void> {
  const to: ProposalState = refusal.code === 'expired' ? 'expired' : refusal.code === 'refused' ? 'refused' : 'cancelled';
  if (forged.has(refusal.code))
    await e.recorder.record({
      statements: [
        { kind: 'alarm', body: { code: 'forged-proposal', message: refusal.message, about: cut(proposal, limits.nameCharsMax) } },
      ],
    });
  await e.recorder.record({
    statements: id.test(proposal)
      ? [{ kind: 'cancelled', body: { proposal, code: refusal.code, message: cut(refusal.message, limits.lineCharsMax) } }]
      : [],
    changes: [{ change: 'state', proposal, from: ['open', 'ready'], to, atMs: e.now() }],
  });
}

/** The index calls something ready that was begun before: it is set to what the signed records say, and nothing is written twice. */
async function correctIndex(e: Execution, proposal: string): Promise<void> {
  const opened = await gather(e, proposal);
  const to = (opened.ok ? opened.value.outcomes.at(-1)?.body.outcome : undefined) ?? 'executing';
  await e.recorder.record({ changes: [{ change: 'state', proposal, from: ['open', 'ready'], to, atMs: e.now() }] });
}

/** Looks at one proposal: admit, reserve, carry out; or say why not. */
async function consider(e: Execution, proposal: string, state: ProposalState): Promise<'settled' | 'later'> {
  const admitted = await admit(e, proposal);
  if (admitted.ok) {
    if (await reserve(e, admitted.value)) await carryOut(e, admitted.value);
    return 'settled';
  }
  if (passing.has(admitted.code)) return 'later';
  if (!mendable.has(admitted.code)) {
    await (admitted.code === 'already-executed' ? correctIndex(e, proposal) : cancel(e, proposal, admitted));
    return 'settled';
  }
  if (state === 'ready') await e.recorder.record({ changes: [{ change: 'state', proposal, from: ['ready'], to: 'open', atMs: e.now() }] });
  return 'settled';
}

/** What an earlier life left behind: an intent without an outcome is `unknown`, and stays so until somebody has looked. */
async function recover(e: Execution): Promise<void> {
  for (const row of await e.store.proposals({ states: ['executing'], limit: limits.recoverMax })) {
    const opened = await gather(e, row.id);
    const intent = opened.ok ? opened.value.intents.at(-1) : undefined;
    if (!opened.ok || intent === undefined || opened.value.outcomes.length > 0) continue;
    const { proposal, action, effect } = intent.body;
    await recordOutcome(e, { proposal, run: opened.value.proposed.body.run, action, effect }, { ...unknownOutcome, code: 'interrupted' });
  }
}

/** Expires what nobody signed. Only the state of the index: a signature that comes too late is refused by its time anyway. */
async function sweep(e: Execution): Promise<void> {
  for (const row of await e.store.proposals({ states: ['open'], limit: limits.sweepMax })) {
    if (e.now() > row.expiresAtMs) await cancel(e, row.id, { ok: false, code: 'expired', message: 'nobody signed the proposal in time' });
  }
}

/** When a proposal that had to wait is looked at again: later each time. */
interface Later {
  readonly atMs: number;
  readonly waitMs: number;
}

/** Starts the executor: it looks for work in the store, and a wake-up only makes it look sooner. */
export async function startExecutor(e: Execution, onError: (error: unknown) => void): Promise<Executor> {
  const working = new Map<string, { readonly system: string; readonly done: Promise<void> }>();
  const later = new Map<string, Later>();
  let closed = false;
  let sweepAtMs = 0;

  const postpone = (proposal: string): void => {
    const waitMs = Math.min((later.get(proposal)?.waitMs ?? limits.executorRetryMs / 2) * 2, limits.executorRetryMaxMs);
    later.set(proposal, { atMs: e.now() + waitMs, waitMs });
  };

  /** One slow or unreachable system must not take the places of the others. */
  const free = (system: string): boolean =>
    working.size < limits.executorParallelMax &&
    [...working.values()].filter((one) => one.system === system).length < limits.executorParallelPerSystemMax;

  const begin = (row: ProposalRow): void => {
    if (closed || working.has(row.id) || !free(row.system) || (later.get(row.id)?.atMs ?? 0) > e.now()) return;
    const done = consider(e, row.id, row.state)
      .then((result) => void (result === 'later' ? postpone(row.id) : later.delete(row.id)))
      .catch((error: unknown) => (postpone(row.id), onError(error)))
      .finally(() => working.delete(row.id));
    working.set(row.id, { system: row.system, done });
  };

  const look = async (): Promise<void> => {
    const rows = await e.store.proposals({ states: ['ready'], limit: limits.sweepMax });
    const ready = new Set(rows.map((row) => row.id));
    for (const id of later.keys()) if (!ready.has(id)) later.delete(id);
    for (const row of rows) begin(row);
    if (e.now() < sweepAtMs) return;
    sweepAtMs = e.now() + limits.sweepEveryMs;
    await sweep(e);
  };

  await recover(e);
  let looking: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = look()
      .catch(onError)
      .finally(() => (busy = false));
  }, limits.executorPollMs);
  return {
    handlers: {
      wake: async ({ proposal }) => {
        const row = await e.store.proposal(proposal);
        if (row?.state === 'ready') begin(row);
        return ok(null);
      },
      reconcile: (question) => reconcile(e, question),
    },
    close: async () => {
      closed = true;
      clearInterval(timer);
      await looking;
      await Promise.allSettled([...working.values()].map((one) => one.done));
    },
  };
}
