import { classes, zoneOf } from '../action/class.ts';
import type { Class } from '../action/class.ts';
import type { Digest } from '../action/digest.ts';
import type { Role } from '../action/principal.ts';
import type { Verdict } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { askCedar, loadPolicies, loadSchema, policyParts } from './cedar.ts';
import type { Question } from './cedar.ts';
import type { Permission, Permits } from './permission.ts';
import { policySet } from './policy-set.ts';
import type { PolicySet } from './policy-set.ts';
import type { DecisionRequest } from './request.ts';
import { scanPolicy } from './scan.ts';
import { hardRefusal } from './hard.ts';
import { actionId, cedarActions, groupsOf, raisedId, requestSchema, targetId } from './schema.ts';
import type { Outline } from './schema.ts';
import { tooDeep } from './shape.ts';
import { mayApply, scopeOf } from './slice.ts';
import { verdictOf } from './verdict.ts';

/** Decides. Pure and total: the same request always gets the same answer, and anything that goes wrong is a deny. */
export interface Engine {
  /** The digest of the policy set that decides. */
  readonly policy: Digest;
  /** Asks the policies once, with exactly these signatures. */
  readonly permits: Permits;
  /** Allow, ask (the smallest set of signatures that would be allowed) or deny, with reasons and ways out. */
  readonly verdict: (request: DecisionRequest) => Verdict;
}

/** By Cedar action: the name of the policies that may apply to it. */
type Slices = ReadonlyMap<string, string>;

interface Loaded {
  readonly catalogues: readonly Outline[];
  readonly slices: Slices;
  readonly schemas: Map<string, string>;
  readonly systems: ReadonlyMap<string, Outline>;
}

/**
 * Builds an engine for policies that `inspectPolicies` has accepted over the same catalogues; refuses any other set. Its
 * names in Cedar's cache are its own, so that engines before and after a reload cannot mix.
 */
export function createEngine(set: PolicySet, catalogues: readonly Outline[]): Result<Engine> {
  if (policySet(set.policies, catalogues).digest !== set.digest)
    return refuse('bad-policy', 'the policies were checked against other catalogues: check them again');
  const slices = loadSlices(set, catalogues);
  if (!slices.ok) return slices;
  const systems = new Map(catalogues.map((catalogue) => [catalogue.system, catalogue]));
  const loaded: Loaded = { catalogues, slices: slices.value, schemas: new Map(), systems };
  const permits: Permits = (request, signed) => {
    try {
      return permission(loaded, request, signed);
    } catch {
      return denied('the request is not one that can be decided');
    }
  };
  const ownClass = (request: DecisionRequest): Class | null =>
    systems.get(request.system)?.operations.get(request.operation)?.class ?? null;
  return ok({ policy: set.digest, permits, verdict: (request) => verdictOf(governed(permits), request, ownClass(request)) });
}

/**
 * What the policies allow and the hard rules do not object to: a verdict must not promise what the executor then refuses.
 * The executor asks the two apart.
 */
function governed(permits: Permits): Permits {
  return (request, signed) => {
    const permission = permits(request, signed);
    const hard = permission.allowed ? hardRefusal(request, signed, zoneOf(request.class)) : null;
    return hard === null ? permission : { allowed: false, policies: [`built-in:${hard.code}`], errors: [] };
  };
}

/** Loads one slice of the policies for each Cedar action; actions to which the same policies may apply share one. */
function loadSlices(set: PolicySet, catalogues: readonly Outline[]): Result<Slices> {
  const scopes = new Map<string, ReadonlySet<string> | null>();
  for (const [id, text] of set.policies) {
    if (scanPolicy(text) !== null) return refuse('bad-policy', `policy ${id} was never checked`);
    const parts = policyParts(text);
    if (!parts.ok) return parts;
    if (tooDeep(parts.value)) return refuse('bad-policy', `policy ${id} was never checked`);
    scopes.set(id, scopeOf(parts.value));
  }
  const byPolicies = new Map<string, string>();
  const slices = new Map<string, string>();
  for (const [action, klass] of cedarActions(catalogues)) {
    const ids = Array.from(scopes.keys()).filter((id) => mayApply(scopes.get(id) ?? null, action, groupsOf(klass)));
    const key = JSON.stringify(ids);
    const known = byPolicies.get(key);
    const name = known === undefined ? loadPolicies(new Map(ids.map((id) => [id, set.policies.get(id) ?? '']))) : ok(known);
    if (!name.ok) return name;
    byPolicies.set(key, name.value);
    slices.set(action, name.value);
  }
  return ok(slices);
}

/** Whole minutes, as Cedar has no fractions. A clock that went backwards makes nothing younger than new. */
function minutes(ms: number | undefined): number {
  return Math.max(0, Math.floor((ms ?? 0) / 60_000));
}

function denied(error: string): Permission {
  return { allowed: false, policies: [], errors: [error] };
}

function permission(loaded: Loaded, request: DecisionRequest, signed: readonly Role[]): Permission {
  const system = loaded.systems.get(request.system);
  if (system === undefined) return denied('the system is not configured here');
  if (request.tenant !== system.tenant) return denied('the tenant is not the configured one');
  const own = system.operations.get(request.operation)?.class;
  if (own === undefined) return denied('the operation is in no catalogue');
  const raised = classes.indexOf(request.class) - classes.indexOf(own);
  if (!classes.includes(request.class) || raised < 0) return denied('the class is lighter than the operation is');
  const once = asked(loaded, request, signed, [actionId(request.system, request.operation), own]);
  return raised === 0 ? once : both(once, asked(loaded, request, signed, [raisedId(request.class), request.class]));
}

/** A raised call must be permitted as the operation and as what its arguments make of it. */
function both(own: Permission, raised: Permission): Permission {
  const allowed = own.allowed && raised.allowed;
  const deciding = [own, raised].filter((one) => one.allowed === allowed);
  return {
    allowed,
    policies: Array.from(new Set(deciding.flatMap((one) => one.policies))).toSorted(),
    errors: Array.from(new Set([...own.errors, ...raised.errors])),
  };
}

/** The name of the schema for requests of one action: parsed when the action is first asked about. */
function schemaOf(loaded: Loaded, action: string, klass: Class): string | null {
  const known = loaded.schemas.get(action);
  if (known !== undefined) return known;
  const schema = loadSchema(requestSchema(loaded.catalogues, action, klass));
  if (!schema.ok) return null;
  loaded.schemas.set(action, schema.value);
  return schema.value;
}

function asked(loaded: Loaded, request: DecisionRequest, signed: readonly Role[], [action, klass]: readonly [string, Class]): Permission {
  const policies = loaded.slices.get(action);
  const schema = schemaOf(loaded, action, klass);
  if (policies === undefined || schema === null) return denied('the policy engine failed');
  const reply = askCedar(question({ schema, policies }, request, signed, action));
  if (reply.kind === 'failed')
    return denied(reply.why === 'request' ? 'the request does not fit the policy schema' : 'the policy engine failed');
  // Cedar goes on without a policy that it cannot evaluate, and it may have been the one that forbids.
  if (reply.broken.length > 0)
    return { allowed: false, policies: reply.broken, errors: reply.broken.map((id) => `policy ${id} cannot be evaluated`) };
  return { allowed: reply.allowed, policies: reply.policies, errors: [] };
}

function question(
  names: Pick<Question, 'schema' | 'policies'>,
  request: DecisionRequest,
  signed: readonly Role[],
  action: string,
): Question {
  const resource = { type: 'Target', id: targetId(request.system, request.target.type, request.target.id) };
  return {
    ...names,
    principal: { type: 'User', id: request.principal.user },
    action: { type: 'Action', id: action },
    resource,
    context: {
      class: request.class,
      binding: request.binding,
      reversible: request.reversible,
      fourEyes: request.fourEyes,
      tainted: request.tainted,
      flow: { leaks: request.leaks, outsidersNamed: request.outsidersNamed, restricted: request.restricted },
      reach: request.reach,
      audience: { kind: request.reach, count: request.count, externals: request.externals, joinable: request.joinable },
      scope: request.scope,
      content: request.content,
      ...(request.origin === null ? {} : { origin: { ...request.origin } }),
      egress: [...request.egress],
      agent: { __entity: { type: 'Agent', id: request.principal.agent } },
      tenant: request.tenant,
      countersignatures: [...signed],
      proposalAgeMinutes: minutes(request.proposalAgeMs),
      signatureAgeMinutes: minutes(request.signatureAgeMs),
    },
    entities: [
      {
        uid: resource,
        attrs: { kind: request.target.type, id: request.target.id },
        parents: [{ type: 'System', id: request.system }],
      },
    ],
  };
}
