import { ok } from '../errors.ts';
import type { Refusal } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ProposalState } from '../store/store.ts';
import type { Handlers } from '../wire/server.ts';
import { admit } from './admit.ts';
import { carryOut, recordOutcome, reserve, unknownOutcome } from './carry-out.ts';
import type { Execution } from './context.ts';
import { openStatement } from '../record/identity.ts';
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
      statements: [{ kind: 'alarm', body: { code: 'forged-proposal', message: refusal.message, about: proposal.slice(0, 100) } }],
    });
  await e.recorder.record({
    statements: id.test(proposal)
      ? [{ kind: 'cancelled', body: { proposal, code: refusal.code, message: refusal.message.slice(0, 500) } }]
      : [],
    changes: [{ change: 'state', proposal, from: ['open', 'ready'], to, atMs: e.now() }],
  });
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
    // Only the index says that this was executed: the log has the outcome, and nothing is written twice.
    if (admitted.code !== 'already-executed') await cancel(e, proposal, admitted);
    return 'settled';
  }
  if (state === 'ready') await e.recorder.record({ changes: [{ change: 'state', proposal, from: ['ready'], to: 'open', atMs: e.now() }] });
  return 'settled';
}

/** What an earlier life left behind: an intent without an outcome is `unknown`, and stays so until somebody has looked. */
async function recover(e: Execution): Promise<void> {
  for (const row of await e.store.proposals({ states: ['executing'], limit: limits.recoverMax })) {
    for (const entry of await e.store.statementsOf(row.id)) {
      const opened = openStatement(e.trust, entry);
      if (!opened.ok || opened.value.kind !== 'intent' || opened.value.body.proposal !== row.id) continue;
      const { proposal, action, effect } = opened.value.body;
      await recordOutcome(e, { proposal, action, effect }, { ...unknownOutcome, code: 'interrupted' });
    }
  }
}

/** Expires what nobody signed. Only the state of the index: a signature that comes too late is refused by its time anyway. */
async function sweep(e: Execution): Promise<void> {
  for (const row of await e.store.proposals({ states: ['open'], limit: limits.sweepMax })) {
    if (e.now() > row.expiresAtMs) await cancel(e, row.id, { ok: false, code: 'expired', message: 'nobody signed the proposal in time' });
  }
}

/** Starts the executor: it looks for work in the store, and a wake-up only makes it look sooner. */
export async function startExecutor(e: Execution, onError: (error: unknown) => void): Promise<Executor> {
  const working = new Map<string, Promise<void>>();
  const notBefore = new Map<string, number>();
  let closed = false;
  let sweepAtMs = 0;

  const begin = (proposal: string, state: ProposalState): void => {
    if (closed || working.has(proposal) || working.size >= limits.executorParallelMax || (notBefore.get(proposal) ?? 0) > e.now()) return;
    const work = consider(e, proposal, state)
      .then((result) => {
        if (result === 'later') notBefore.set(proposal, e.now() + limits.executorRetryMs);
        else notBefore.delete(proposal);
        return undefined;
      })
      .catch((error: unknown) => (notBefore.set(proposal, e.now() + limits.executorRetryMs), onError(error)))
      .finally(() => working.delete(proposal));
    working.set(proposal, work);
  };

  const look = async (): Promise<void> => {
    for (const row of await e.store.proposals({ states: ['ready'], limit: limits.executorParallelMax })) begin(row.id, row.state);
    if (e.now() < sweepAtMs) return;
    sweepAtMs = e.now() + limits.sweepEveryMs;
    await sweep(e);
  };

  await recover(e);
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = look().catch(onError);
  }, limits.executorPollMs);
  return {
    handlers: {
      wake: async ({ proposal }) => {
        const row = await e.store.proposal(proposal);
        if (row?.state === 'ready') begin(proposal, row.state);
        return ok(null);
      },
      reconcile: (question) => reconcile(e, question),
    },
    close: async () => {
      closed = true;
      clearInterval(timer);
      await looking;
      await Promise.allSettled(working.values());
    },
  };
}
