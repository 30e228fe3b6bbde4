import { zoneOf } from '../action/class.ts';
import type { Class } from '../action/class.ts';
import { roles } from '../action/principal.ts';
import type { Role } from '../action/principal.ts';
import { persons } from './explain.ts';
import { lowestRung, rungs } from './ladder.ts';
import type { DecisionRequest } from './request.ts';
import type { Permission, Permits } from './permission.ts';

/** What is looked at to find the ways out. */
export interface Stuck {
  readonly permits: Permits;
  readonly request: DecisionRequest;
  readonly own: Class | null;
  /** Who must sign, or null if nobody's signature helps. */
  readonly needs: readonly Role[] | null;
  readonly rung: number | null;
  /** What the policies say of the request without signatures. */
  readonly bare: Permission;
}

/** Another request that could have been made, and how to make it. */
interface Other {
  readonly how: string;
  readonly request: DecisionRequest;
}

function others(request: DecisionRequest, own: Class | null): readonly Other[] {
  const list: Other[] = [];
  if (own !== null && own !== request.class)
    list.push({ how: `leave out the arguments that raise it from class ${own} to ${request.class}`, request: { ...request, class: own } });
  if (request.egress.length > 0)
    list.push({ how: 'leave out the links, images, copied text and credentials that it carries', request: { ...request, egress: [] } });
  if (request.scope === 'outside')
    list.push({
      how: 'declare the operation as one that the task needs, when the run is opened',
      request: { ...request, scope: 'inside' },
    });
  if (request.leaks)
    list.push({
      how: 'ask for a narrower audience, in which everybody may read what the run has read',
      request: { ...request, leaks: false },
    });
  if (request.leaks || request.tainted)
    list.push({
      how: 'start a fresh run that reads nothing it does not need for this',
      request: { ...request, leaks: false, tainted: false, content: 'none' },
    });
  if (request.binding === 'none' || request.binding === 'record') {
    list.push({ how: "let the user's own words name the target", request: { ...request, binding: 'request' } });
    list.push({
      how: `name the target in the configuration, under systems.${request.system}.targets`,
      request: { ...request, binding: 'configured' },
    });
  }
  return list;
}

/** The rung of another request, if it is lower than the one that is stuck. */
function lowered(stuck: Stuck, request: DecisionRequest): number | null {
  const allowed = (signed: readonly Role[]): boolean => stuck.permits(request, signed).allowed;
  if (stuck.rung !== null || zoneOf(request.class) === 'read') return lowestRung(allowed, stuck.rung ?? 1);
  // A refusal can be provoked at will, so it must stay cheap: no search where even everybody's signatures do not help.
  return allowed([]) ? 0 : allowed(roles) ? lowestRung(allowed) : null;
}

/**
 * What would be legal. Each way out has been tried on the policies themselves: it is named only if it needs fewer
 * signatures than the request as it is.
 */
export function waysOut(stuck: Stuck): string[] {
  if (stuck.bare.errors.length > 0)
    return stuck.bare.policies.length > 0
      ? [`an operator must repair ${stuck.bare.policies.slice(0, 10).join(', ')}`]
      : ['ask for an operation that a configured system offers, in its own tenant'];
  const lines = stuck.needs === null ? [] : stuck.needs.map((role) => `${persons[role]} must countersign (role ${role})`);
  for (const other of others(stuck.request, stuck.own)) {
    const found = lowered(stuck, other.request);
    const lower = found === null ? null : (rungs[found] ?? []);
    if (lower === null || (stuck.needs !== null && lower.length >= stuck.needs.length)) continue;
    const then = lower.length === 0 ? 'then it goes ahead' : `then it needs only ${lower.map((role) => persons[role]).join(' and ')}`;
    lines.push(`${other.how}: ${then}`);
  }
  return lines.length > 0 ? lines : ['none within this policy: an operator can permit it in a policy file'];
}
