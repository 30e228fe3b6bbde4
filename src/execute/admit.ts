import { actionDigest } from '../action/action.ts';
import type { Action } from '../action/action.ts';
import { canonical } from '../action/canonical.ts';
import { zoneOf } from '../action/class.ts';
import { digest } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import type { Role } from '../action/principal.ts';
import type { Approver, Verdict } from '../action/statement.ts';
import type { WriteHand } from '../connectors/connector.ts';
import { actionOf } from '../decide/call.ts';
import type { DerivedCall } from '../decide/call.ts';
import type { Engine } from '../decide/engine.ts';
import { expandReferences } from '../decide/expand.ts';
import { distinctSources } from '../decide/flow.ts';
import { hardRefusal } from '../decide/hard.ts';
import { leaving } from '../decide/leaving.ts';
import { considered } from '../decide/request.ts';
import type { Considered, DecisionRequest } from '../decide/request.ts';
import { runFacts } from '../decide/run.ts';
import type { RunFacts } from '../decide/run.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
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
  /** The policy that decided. */
  readonly policy: Digest;
}

/** The effect key of a proposal: one proposal can have one effect. */
export function effectOf(installation: string, proposal: string, action: Digest): Digest {
  return digest('effect', { installation, proposal, action });
}

/** The action of the evidence, computed from the executor's own catalogue and compared with what was resolved, decided and signed. */
export async function rederive(e: Execution, evidence: Evidence): Promise<Result<{ call: DerivedCall; action: Action; run: RunFacts }>> {
  const { proposed, resolved } = evidence;
  // What the run had read when the reader resolved the action, by the reader's own records: what came later cannot be in it.
  const run = runFacts(await e.runs.of(proposed.body.run, resolved.atMs));
  const expanded = expandReferences(evidence.asked, run.references);
  if (!expanded.ok) return expanded;
  const call = e.derive({ system: proposed.body.system, operation: proposed.body.operation, arguments: expanded.value });
  if (!call.ok) return refuse('digest-mismatch', `the executor's own catalogue does not know this call: ${call.message}`);
  if (zoneOf(call.value.derived.class) !== 'write') return refuse('wrong-zone', 'this is a read: the executor does not carry it out');
  const action = actionOf(call.value, resolved.body.action.target, resolved.body.action.precondition);
  if (actionDigest(action) !== resolved.body.digest)
    return refuse('digest-mismatch', "the action is not the one that the executor's own catalogue makes of the call");
  return ok({ call: call.value, action, run });
}

/** Nobody's clock alone keeps a proposal alive: the gateway's expiry, and our own limit from when the gateway and the reader spoke. */
function inTime(e: Execution, { decided, proposed, resolved }: Evidence): Refusal | null {
  const latest = Math.min(decided.body.expiresAtMs, proposed.atMs + e.proposalTtlMs, resolved.atMs + e.proposalTtlMs);
  return e.now() > latest ? refuse('expired', 'nobody signed the proposal in time') : null;
}

/** What is being looked at: the action as the executor derives it, and the run as it was when the reader resolved it. */
interface Case {
  readonly evidence: Evidence;
  readonly call: DerivedCall;
  readonly action: Action;
  readonly run: RunFacts;
}

/** What the executor itself finds in the action, with the credentials that it holds. The reader found it first: people have seen it on the card. */
async function carried(e: Execution, { evidence, call, action, run }: Case): Promise<Result<DecisionRequest['egress']>> {
  const { proposed, resolved } = evidence;
  const found = leaving(call, action.arguments, {
    audience: resolved.body.audience,
    run,
    earlier: await e.runs.writesBefore(proposed.body.run, action.system, resolved.atMs),
    guarded: e.guarded(),
    links: e.links,
  });
  const shown = new Set(resolved.body.egress.map((finding) => canonical(finding)));
  const unseen = found.find((finding) => !shown.has(canonical(finding)));
  if (unseen?.kind === 'guarded') return refuse('guarded-value', `it carries ${unseen.what}: nobody can sign for that`);
  if (unseen !== undefined)
    return refuse(
      'found-more',
      `it carries something that the card does not show (${unseen.what}): ask for it again, so that people see it`,
    );
  return ok([...new Set([...resolved.body.egress, ...found].map(({ kind }) => kind))].toSorted());
}

async function requestOf(e: Execution, about: Case): Promise<Result<Considered>> {
  const { evidence, call, run } = about;
  const { proposed, resolved, decided } = evidence;
  const egress = await carried(e, about);
  if (!egress.ok) return egress;
  const made = considered(call, {
    principal: proposed.body.principal,
    target: resolved.body.action.target,
    audience: resolved.body.audience,
    binds: resolved.body.binds,
    egress: egress.value,
    // Both views count: neither can hide what the other has.
    run: { ...run, sources: distinctSources([...run.sources, ...decided.body.sources]) },
    configured: e.configuredTargets(proposed.body.system),
  });
  return ok({ ...made, request: { ...made.request, proposalAgeMs: e.now() - proposed.atMs } });
}

/** The card shows what the gateway said of binding, flow, scope, content and sources: people have signed it, so it must be what the executor finds. */
function toldTruly({ evidence: { decided }, run }: Case, { request, bindings, leak }: Considered): Refusal | null {
  const { sources, sourcesTotal, ...said } = decided.body;
  const read = distinctSources(run.sources);
  const listed = new Set(sources.map((source) => canonical(source)));
  const missing =
    sourcesTotal < read.length || (sourcesTotal <= limits.sourcesOnCardMax && read.some((source) => !listed.has(canonical(source))));
  const facts = ['binding', 'leaks', 'outsidersNamed', 'restricted', 'scope', 'content'] as const;
  const told = facts.every((fact) => said[fact] === request[fact]) && canonical(said.origin) === canonical(request.origin);
  const same = told && said.leak === leak && said.bindings.join() === bindings.join();
  if (same && !missing) return null;
  return refuse('inconsistent', 'the card said something else about the target or the sources than the executor finds: it is not executed');
}

/** Decides again, with the signatures that were really verified, under the policy as it is now; then the rules that no policy bends. */
function permitted(engine: Engine, request: DecisionRequest, verdict: Verdict, roles: readonly Role[]): Refusal | null {
  const answer = engine.permits(request, roles);
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
  if (e.spent.has(effect) || evidence.intents.length > 0 || (await e.store.effect(effect)) !== null)
    return refuse('already-executed', 'this proposal was executed before');
  if (evidence.cancelled.length > 0) return refuse('cancelled', 'this proposal was cancelled before');
  const unsettled = await e.store.unsettled(action);
  return unsettled.length === 0
    ? null
    : refuse('unsettled', 'the same action ended before with an unknown outcome: run `countersign reconcile` first');
}

/** Everything that time or people can change: expiry, signatures, policy, hard rules. Asked before and after the third party is. */
async function allowed(e: Execution, about: Case): Promise<Result<Pick<Permit, 'signers' | 'roles' | 'policy'>>> {
  const { evidence } = about;
  const late = inTime(e, evidence);
  if (late !== null) return late;
  const made = await requestOf(e, about);
  if (!made.ok) return made;
  const untrue = toldTruly(about, made.value);
  if (untrue !== null) return untrue;
  const { request } = made.value;
  const engine = e.engine();
  const verdict = engine.verdict(request);
  const signers = await verifiedSigners(e, evidence, verdict.countersignatures);
  if (!signers.ok) return signers;
  const { roles, oldestAtMs } = signers.value;
  const aged = { ...request, signatureAgeMs: oldestAtMs === null ? 0 : e.now() - oldestAtMs };
  const stopped = permitted(engine, aged, verdict, roles);
  if (stopped !== null && permitted(engine, request, verdict, roles) === null)
    return refuse('signature-expired', 'the policy takes only younger signatures: sign again when the old one has run out');
  // Everybody whom the card named has signed: nobody would be asked again, so it would wait for ever.
  const asked = evidence.decided.body.verdict.countersignatures;
  if (stopped?.code === 'not-signed' && asked.every((role) => roles.includes(role)))
    return refuse('policy-changed', 'the policy asks for more people now than when the proposal was made: ask for it again');
  return stopped ?? ok({ signers: signers.value.signers, roles, policy: engine.policy });
}

/** A third party that does not answer must not hold the executor. */
async function checked(work: Promise<Result<null>>): Promise<Result<null>> {
  const late = Promise.withResolvers<Result<null>>();
  const timer = setTimeout(() => late.resolve(refuse('timed-out', 'the third party did not answer in time')), limits.checkMs);
  try {
    return await Promise.race([work, late.promise]);
  } catch {
    return refuse('third-party-error', 'the target could not be looked at: the connector failed');
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Admits a proposal for execution, or says why not. Everything is checked again: who said what, digest, class, zone,
 * expiry, signatures, single use, policy with the real signatures, hard rules, and the target as it is now.
 */
export async function admit(e: Execution, proposal: string): Promise<Result<Permit>> {
  const gathered = await gather(e, proposal);
  if (!gathered.ok) return gathered;
  const evidence = gathered.value;
  const derived = await rederive(e, evidence);
  if (!derived.ok) return derived;
  const { call, action } = derived.value;
  const about = { evidence, ...derived.value };
  const digestOf = actionDigest(action);
  const effect = effectOf(e.installation, proposal, digestOf);
  const before = (await unused(e, evidence, effect, digestOf)) ?? (await allowed(e, about));
  if (!before.ok) return before;
  const hand = e.hands.get(action.system);
  if (hand === undefined) return refuse('not-supported', 'the executor has no connection to this system');
  const now = await checked(hand.check(call.operation, action, evidence.resolved.body.audience));
  if (!now.ok) return now;
  // The third party may have taken its time: a signature may have run out, an approver or a policy may have changed.
  const after = await allowed(e, about);
  return after.ok ? ok({ proposal, action, digest: digestOf, effect, call, hand, evidence, ...after.value }) : after;
}
