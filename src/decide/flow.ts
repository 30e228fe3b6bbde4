import type { Target } from '../action/action.ts';
import { leaksTo } from '../action/audience.ts';
import type { Audience, Source } from '../action/audience.ts';
import { canonical } from '../action/canonical.ts';
import type { Principal } from '../action/principal.ts';
import type { Binding } from '../action/statement.ts';
import type { DerivedCall } from './call.ts';
import type { DecisionRequest } from './request.ts';

/** The different things among what a run has read, in order. */
export function distinctSources(sources: readonly Source[]): readonly Source[] {
  const seen = new Map<string, Source>();
  for (const source of sources) {
    const key = canonical(source);
    if (!seen.has(key)) seen.set(key, source);
  }
  return [...seen.values()];
}

/** The first source whose readers do not include everybody in the audience, or null. */
function leakingSource(sources: readonly Source[], audience: Audience): Source | null {
  return sources.find((source) => leaksTo(source.label, audience)) ?? null;
}

/** Where the target comes from. Only what the operator wrote into the configuration is known to be meant; the rest is `none`. */
function bindingOf(target: Target, configured: readonly string[]): Binding {
  return configured.includes(target.id) ? 'configured' : 'none';
}

/** What a decision about a call needs to know beyond the call. */
export interface CallFacts {
  readonly principal: Principal;
  readonly target: Target;
  readonly audience: Audience;
  readonly sources: readonly Source[];
  readonly configured: readonly string[];
}

/** Nobody sees the result of a read but the asking run. */
const ownEyes: Audience = { reach: 'self', summary: 'this run only', count: null };

/** Builds the request of a read: its result reaches nobody but the run, so only the run's taint matters. */
export function readRequest(call: DerivedCall, principal: Principal, target: Target, tainted: boolean): DecisionRequest {
  return { ...decisionRequest(call, { principal, target, audience: ownEyes, sources: [], configured: [] }), tainted };
}

/** Builds the request that the policy decides about. */
export function decisionRequest(call: DerivedCall, facts: CallFacts): DecisionRequest {
  return {
    principal: facts.principal,
    system: call.catalogue.system,
    tenant: call.catalogue.tenant,
    operation: call.operation.name,
    class: call.derived.class,
    target: facts.target,
    fourEyes: call.derived.fourEyes,
    reversible: call.derived.reversible,
    binding: bindingOf(facts.target, facts.configured),
    leaks: leakingSource(facts.sources, facts.audience) !== null,
    tainted: facts.sources.some((source) => source.label.integrity === 'untrusted'),
    reach: facts.audience.reach,
  };
}
