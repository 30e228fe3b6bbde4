import { zoneOf } from '../action/class.ts';
import type { Catalogue, Operation } from '../action/operation.ts';
import { roles } from '../action/principal.ts';
import type { Principal } from '../action/principal.ts';
import type { Engine } from '../decide/engine.ts';
import type { DecisionRequest } from '../decide/request.ts';
import { limits } from '../limits.ts';
import type { Tool } from './answer.ts';
import type { Mediation } from './mediate-context.ts';

/** The most harmless call of an operation that could be made, on a target that the operator named if there is one. */
function bestCase(catalogue: Catalogue, operation: Operation, principal: Principal, target: string): DecisionRequest {
  const reading = zoneOf(operation.class) === 'read';
  return {
    principal,
    system: catalogue.system,
    tenant: catalogue.tenant,
    operation: operation.name,
    class: operation.class,
    target: { type: operation.targetType, id: target, name: '' },
    fourEyes: operation.fourEyes,
    reversible: operation.reversible,
    binding: 'configured',
    leaks: false,
    outsidersNamed: false,
    restricted: false,
    tainted: false,
    scope: 'inside',
    content: 'none',
    origin: null,
    egress: [],
    reach: reading ? 'self' : 'named',
    count: 1,
    externals: 0,
    joinable: false,
  };
}

/** Whether the policy leaves this principal any way to the operation, if everybody signs. A read cannot be signed for. */
function possible(
  engine: Engine,
  catalogue: Catalogue,
  operation: Operation,
  ask: { readonly principal: Principal; readonly targets: readonly string[] },
): boolean {
  const signed = zoneOf(operation.class) === 'read' ? [] : roles;
  return ['', ...ask.targets].some((target) => engine.permits(bestCase(catalogue, operation, ask.principal, target), signed).allowed);
}

function toolOf(catalogue: Catalogue, operation: Operation): Tool {
  return {
    name: `${catalogue.system}_${operation.name}`,
    system: catalogue.system,
    operation: operation.name,
    title: operation.title,
    description: operation.description,
    input: operation.input,
    readOnly: zoneOf(operation.class) === 'read',
    destructive: zoneOf(operation.class) === 'write' && !(operation.class === 'write' && operation.reversible),
  };
}

/**
 * The tools that a principal may see: those to which the policy, as it is now, leaves them a way. Leaving a tool out of the
 * list refuses nothing; every call is decided by itself. Annotations say what our own class says: a publish cannot be taken
 * back, so it is destructive to a client.
 */
export function toolLists(m: Pick<Mediation, 'catalogues' | 'engine' | 'configuredTargets'>): (principal: Principal) => readonly Tool[] {
  const lists = new Map<string, readonly Tool[]>();
  return (principal) => {
    const engine = m.engine();
    const key = JSON.stringify([engine.policy, principal.user, principal.agent]);
    const known = lists.get(key);
    if (known !== undefined) return known;
    const tools = [...m.catalogues.values()].flatMap((catalogue) => {
      const ask = { principal, targets: m.configuredTargets(catalogue.system).slice(0, limits.targetsTriedMax) };
      return [...catalogue.operations.values()]
        .filter((operation) => possible(engine, catalogue, operation, ask))
        .map((operation) => toolOf(catalogue, operation));
    });
    if (lists.size >= limits.toolListsMax) lists.clear();
    lists.set(key, tools);
    return tools;
  };
}
