import type { Target } from '../action/action.ts';
import type { Audience } from '../action/audience.ts';
import type { Named } from '../action/binding.ts';
import type { Class } from '../action/class.ts';
import type { Principal } from '../action/principal.ts';
import type { Binding } from '../action/statement.ts';
import type { EgressKind, Level, Origin, Scope } from '../action/vocabulary.ts';
import { bindingOf, weakest } from './binding.ts';
import type { DerivedCall } from './call.ts';
import { flowOf } from './flow.ts';
import { mentionsOf } from './mentions.ts';
import { newRun, scopeOf } from './run.ts';
import type { RunFacts } from './run.ts';

/** Everything that a decision may depend on. The gateway, the reader and the executor each build it themselves. */
export interface DecisionRequest {
  readonly principal: Principal;
  readonly system: string;
  readonly tenant: string;
  readonly operation: string;
  readonly class: Class;
  readonly target: Target;
  readonly fourEyes: boolean;
  readonly reversible: boolean;
  /** Where the least bound of the things comes from that the call names. */
  readonly binding: Binding;
  /** Data of the run would reach somebody who may not read its source. */
  readonly leaks: boolean;
  /** All of those are named by the user's own words. */
  readonly outsidersNamed: boolean;
  /** What would reach them is marked as restricted. */
  readonly restricted: boolean;
  /** The run has read third-party content. */
  readonly tainted: boolean;
  /** Whether the operation is one that the task was declared to need. */
  readonly scope: Scope;
  /** The worst that was found in what the run has read. */
  readonly content: Level;
  /** The event that the run was opened for; null if a person or an application opened it. */
  readonly origin: Origin | null;
  /** What was found in the action that should not leave just like that. */
  readonly egress: readonly EgressKind[];
  /** Who will see the result: how far, how many (-1: not known), how many of them outsiders (-1), and whether others can join. */
  readonly reach: Audience['kind'];
  readonly count: number;
  readonly externals: number;
  readonly joinable: boolean;
  /** How long ago the proposal was made, and its oldest signature: 0 when it is made. A policy can shorten what it waits. */
  readonly proposalAgeMs?: number;
  readonly signatureAgeMs?: number;
}

/** What a decision about a call needs to know beyond the call. */
export interface CallFacts {
  readonly principal: Principal;
  readonly target: Target;
  readonly audience: Audience;
  /** Everything that the call names: the reader's word. */
  readonly binds: readonly Named[];
  readonly egress: readonly EgressKind[];
  readonly run: RunFacts;
  /** Immutable ids that the operator lets agents write to in this system. */
  readonly configured: readonly string[];
}

/** A request, and what of it is told to people beside it. */
export interface Considered {
  readonly request: DecisionRequest;
  /** Of each thing that the call names. */
  readonly bindings: readonly Binding[];
  readonly leak: string | null;
}

/** The id under which the configuration lists a thing: MCP servers call things by names, so the system and the type belong to it. */
function isConfigured(call: DerivedCall, thing: Named, configured: readonly string[]): boolean {
  const { connector, system } = call.catalogue;
  return configured.includes(connector === 'mcp' ? `${system}:${thing.type}:${thing.id}` : thing.id);
}

/** Nobody sees the result of a read but the asking run. */
const ownEyes: Audience = { kind: 'self', summary: 'this run only', count: 1, externals: 0, joinable: false };

/** Builds the request of a read: its result reaches nobody but the run, so only what the run has become matters. */
export function readRequest(
  call: DerivedCall,
  principal: Principal,
  target: Target,
  state: { readonly tainted: boolean; readonly content: Level; readonly origin: Origin | null },
): DecisionRequest {
  const { request } = considered(call, { principal, target, audience: ownEyes, binds: [], egress: [], configured: [], run: newRun });
  return { ...request, ...state };
}

/** Builds the request that the policy decides about. */
export function considered(call: DerivedCall, facts: CallFacts): Considered {
  const { run, audience, target } = facts;
  const { catalogue, operation, derived } = call;
  const known = {
    mentions: mentionsOf(run.texts),
    seen: run.seen,
    fields: run.fields,
    made: run.made,
    configured: (thing: Named) => isConfigured(call, thing, facts.configured),
    wordsFor: (type: string) => catalogue.typeWords?.get(type) ?? [],
  };
  const bindings = facts.binds.map((thing) => bindingOf(catalogue.system, thing, known));
  const binds = facts.binds.map((thing, i) => ({ thing, binding: bindings[i] ?? 'none' }));
  const { leak, ...flow } = flowOf(run.sources, audience, binds);
  const request: DecisionRequest = {
    principal: facts.principal,
    system: catalogue.system,
    tenant: catalogue.tenant,
    operation: operation.name,
    class: derived.class,
    target,
    fourEyes: derived.fourEyes,
    reversible: derived.reversible,
    binding: weakest(bindings),
    ...flow,
    tainted: run.sources.some((source) => source.label.integrity === 'untrusted'),
    scope: scopeOf(run.scope, catalogue.system, operation.name),
    content: run.content,
    origin: run.origin,
    egress: [...new Set(facts.egress)].toSorted(),
    reach: audience.kind,
    count: audience.count ?? -1,
    externals: audience.externals ?? -1,
    joinable: audience.joinable,
  };
  return { request, bindings, leak };
}
