import type { Digest } from '../action/digest.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { verifyCountersignature } from '../record/countersignature.ts';
import type { Question } from '../wire/messages.ts';
import { effectOf, rederive } from './admit.ts';
import { markerOf, nothingRead, recordOutcome } from './carry-out.ts';
import type { Outcome } from './carry-out.ts';
import type { Execution } from './context.ts';
import { gather } from './evidence.ts';
import type { Evidence } from './evidence.ts';

/** What the command line is told. */
export interface Reconciled {
  readonly proposal: string;
  readonly outcome: 'done' | 'failed';
  readonly basis: 'found' | 'person';
  readonly message: string;
}

/** Looks into the third party for the mark or the state that the call would have left. */
async function look(e: Execution, evidence: Evidence): Promise<Result<Outcome>> {
  const derived = await rederive(e, evidence);
  if (!derived.ok) return derived;
  const { call, action } = derived.value;
  const hand = e.hands.get(action.system);
  if (hand === undefined) return refuse('not-supported', 'the executor has no connection to this system');
  const effect = effectOf(e.installation, evidence.proposed.body.proposal, evidence.resolved.body.digest);
  let found;
  try {
    found = await hand.find(call.operation, action, markerOf(effect), evidence.intents[0]?.atMs);
  } catch {
    return refuse('third-party-error', 'the third party could not be asked: try again later');
  }
  if (found.found === 'done')
    return ok({
      outcome: 'done',
      code: 'found',
      message: 'it took effect: it was found in the third party',
      receipt: found.receipt,
      content: null,
      basis: 'found',
      ...nothingRead,
    });
  if (found.found === 'absent' && e.now() - (evidence.intents[0]?.atMs ?? 0) < limits.reconcileAbsentMs)
    return refuse('too-early', 'it is not there, but the call may still be on its way: look again in a minute');
  if (found.found === 'absent')
    return ok({
      outcome: 'failed',
      code: 'absent',
      message: 'it did not take effect: it is not there in the third party',
      receipt: {},
      content: null,
      basis: 'found',
      ...nothingRead,
    });
  return refuse(
    'cannot-tell',
    'this system cannot tell whether the call took effect: look there yourself, then settle it with --settle done or --settle failed',
  );
}

/** Takes a person's signed word for what became of the call. It must be signed for this purpose: an approval is not a settlement. */
async function settle(e: Execution, evidence: Evidence, question: Question<'reconcile'>): Promise<Result<Outcome>> {
  const { countersignature, settle: way } = question;
  if (countersignature === null || way === null)
    return refuse('not-signed', 'to settle an outcome by hand, an approver must sign for it: add --as <approver>');
  const verified = verifyCountersignature({
    countersignature,
    purpose: 'countersign/settlement',
    directory: await e.directory(),
    installation: e.installation,
    facts: evidence.facts,
    nowMs: e.now(),
    signatureTtlMs: e.signatureTtlMs,
  });
  if (!verified.ok) return verified;
  if (verified.value.decision !== (way === 'done' ? 'sign' : 'refuse'))
    return refuse('other-decision', 'the signature says something else than --settle');
  return ok({
    outcome: way,
    code: 'settled',
    message: `${verified.value.approver.approver} looked and says so`,
    receipt: { approver: verified.value.approver.approver },
    content: null,
    basis: 'person',
    ...nothingRead,
  });
}

/** What the log itself says of the proposal: it was begun exactly once, and how it ended is not known. The index may say anything. */
function unknownByRecord(evidence: Evidence, effect: Digest): Refusal | null {
  const [intent, ...more] = evidence.intents;
  if (intent === undefined || more.length > 0 || intent.body.effect !== effect)
    return refuse('not-unknown', 'the proposal was never begun: there is nothing to find out');
  const last = evidence.outcomes.filter((outcome) => outcome.body.effect === effect).at(-1);
  return last === undefined || last.body.outcome === 'unknown' ? null : refuse('not-unknown', `the outcome is known: ${last.body.outcome}`);
}

/** Finds out what became of an `unknown` outcome, once. Nothing is ever sent again. */
export async function reconcile(e: Execution, question: Question<'reconcile'>): Promise<Result<Reconciled>> {
  const { proposal } = question;
  const row = await e.store.proposal(proposal);
  if (row === null) return refuse('not-found', 'there is no such proposal');
  if (row.state !== 'unknown') return refuse('not-unknown', `the proposal is ${row.state}: only an unknown outcome is reconciled`);
  const gathered = await gather(e, proposal);
  if (!gathered.ok) return gathered;
  const evidence = gathered.value;
  const action = evidence.resolved.body.digest;
  const effect = effectOf(e.installation, proposal, action);
  const known = unknownByRecord(evidence, effect);
  if (known !== null) return known;
  const outcome = question.settle === null ? await look(e, evidence) : await settle(e, evidence, question);
  if (!outcome.ok) return outcome;
  const recorded = await recordOutcome(e, { proposal, run: evidence.proposed.body.run, action, effect }, outcome.value);
  if (!recorded || outcome.value.outcome === 'unknown' || outcome.value.basis === 'call')
    return refuse('conflict', 'somebody else settled this at the same time: look at it again');
  return ok({ proposal, outcome: outcome.value.outcome, basis: outcome.value.basis, message: outcome.value.message });
}
