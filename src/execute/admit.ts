import { actionDigest } from '../action/action.ts';
import type { Action } from '../action/action.ts';
import { zoneOf } from '../action/class.ts';
import { digest } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import type { Role } from '../action/principal.ts';
import type { Approver, Verdict } from '../action/statement.ts';
import type { WriteHand } from '../connectors/connector.ts';
import { actionOf } from '../decide/call.ts';
import type { DerivedCall } from '../decide/call.ts';
import { decisionRequest, distinctSources } from '../decide/flow.ts';
import { hardRefusal } from '../decide/hard.ts';
import type { DecisionRequest } from '../decide/request.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import type { Execution } from './context.ts';
import { gather } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { verifiedSigners } from './signers.ts';

/** The right to make one call, once: what the executor has checked itself, from scratch. */
export interface Permit {
  readonly proposal: string;
  readonly action: Action;
  readonly digest: Digest;
  /** What makes the execution unique: reserved in the store before the call. */
  readonly effect: Digest;
  readonly call: DerivedCall;
  readonly hand: WriteHand;
  readonly evidence: Evidence;
  readonly signers: readonly Approver[];
  readonly roles: readonly Role[];
}

/** The effect key of a proposal: one proposal can have one effect. */
export function effectOf(installation: string, proposal: string, action: Digest): Digest {
  return digest('effect', { installation, proposal, action });
}

/** The action of the evidence, computed from the executor's own catalogue and compared with what was resolved, decided and signed. */
export function rederive(e: Execution, evidence: Evidence): Result<{ call: DerivedCall; action: Action }> {
  const { proposed, resolved } = evidence;
  const call = e.derive({ system: proposed.body.system, operation: proposed.body.operation, arguments: evidence.asked });
  if (!call.ok) return refuse('digest-mismatch', `the executor's own catalogue does not know this call: ${call.message}`);
  if (zoneOf(call.value.derived.class) !== 'write') return refuse('wrong-zone', 'this is a read: the executor does not carry it out');
  const action = actionOf(call.value, resolved.body.action.target, resolved.body.action.precondition);
  if (actionDigest(action) !== resolved.body.digest)
    return refuse('digest-mismatch', "the action is not the one that the executor's own catalogue makes of the call");
  return ok({ call: call.value, action });
}

function inTime(e: Execution, evidence: Evidence): Refusal | null {
  const latest = Math.min(evidence.decided.body.expiresAtMs, evidence.proposed.atMs + e.proposalTtlMs);
  return e.now() > latest ? refuse('expired', 'nobody signed the proposal in time') : null;
}

/** The request that the executor's own policy decides about. */
async function requestOf(e: Execution, evidence: Evidence, call: DerivedCall): Promise<DecisionRequest> {
  const { proposed, resolved, decided } = evidence;
  // Both views of what the run has read count: the reader's records, and what the gateway signed. Neither can hide what the other has.
  const sources = distinctSources([...(await e.sources.of(proposed.body.run)), ...decided.body.sources]);
  return decisionRequest(call, {
    principal: proposed.body.principal,
    target: resolved.body.action.target,
    audience: resolved.body.audience,
    sources,
    configured: e.configuredTargets(proposed.body.system),
  });
}

/** Decides again, with the signatures that were really verified, under the policy as it is now; then the rules that no policy bends. */
function permitted(e: Execution, request: DecisionRequest, verdict: Verdict, roles: readonly Role[]): Refusal | null {
  const answer = e.engine().permits(request, roles);
  const stopped = answer.allowed
    ? hardRefusal(request, roles, 'write')
    : refuse('denied', `the policy does not allow this: ${answer.policies.join(', ') || 'no policy permits it'}`);
  // What more signatures would mend goes back to waiting for them.
  if (stopped === null || verdict.effect !== 'ask') return stopped;
  const signed = roles.length === 0 ? 'nobody has signed' : `signed: ${roles.join(', ')}`;
  return refuse('not-signed', `the policy asks for ${verdict.countersignatures.join(' and ')}; ${signed}`);
}

/** Once: no effect of this proposal, and no other execution of the same action whose outcome nobody knows. */
async function unused(e: Execution, evidence: Evidence, effect: Digest, action: Digest): Promise<Refusal | null> {
  if (evidence.intents.length > 0 || (await e.store.effect(effect)) !== null)
    return refuse('already-executed', 'this proposal was executed before');
  const unsettled = await e.store.unsettled(action);
  return unsettled.length === 0
    ? null
    : refuse('unsettled', 'the same action ended before with an unknown outcome: run `countersign reconcile` first');
}

/**
 * Admits a proposal for execution, or says why not. Everything is checked again: who said what, digest, class, zone,
 * expiry, signatures, single use, policy with the real signatures, hard rules, and the target as it is now.
 */
export async function admit(e: Execution, proposal: string): Promise<Result<Permit>> {
  const gathered = await gather(e, proposal);
  if (!gathered.ok) return gathered;
  const evidence = gathered.value;
  const derived = rederive(e, evidence);
  if (!derived.ok) return derived;
  const { call, action } = derived.value;
  const digestOf = actionDigest(action);
  const effect = effectOf(e.installation, proposal, digestOf);
  const late = (await unused(e, evidence, effect, digestOf)) ?? inTime(e, evidence);
  if (late !== null) return late;
  const request = await requestOf(e, evidence, call);
  const verdict = e.engine().verdict(request);
  const signers = await verifiedSigners(e, evidence, verdict.countersignatures);
  if (!signers.ok) return signers;
  const stopped = permitted(e, request, verdict, signers.value.roles);
  if (stopped !== null) return stopped;
  const hand = e.hands.get(action.system);
  if (hand === undefined) return refuse('not-supported', 'the executor has no connection to this system');
  const now = await hand.check(call.operation, action, evidence.resolved.body.audience);
  if (!now.ok) return now;
  return ok({ proposal, action, digest: digestOf, effect, call, hand, evidence, ...signers.value });
}
