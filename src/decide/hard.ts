import { zoneOf } from '../action/class.ts';
import type { Zone } from '../action/class.ts';
import type { Role } from '../action/principal.ts';
import { refuse } from '../errors.ts';
import type { Refusal } from '../errors.ts';
import type { DecisionRequest } from './request.ts';

/**
 * The rules that no policy can bend, without Cedar, for the executor to apply after the policy has allowed. Null: none of
 * them objects. That the tenant is the configured one is the caller's to check: it holds the configuration.
 *
 * Two people are the requester and somebody else: `second` and `owner` without the requester could be one person.
 *
 * @param signed the roles whose signatures the caller has verified itself
 * @param zone the zone of the process that is about to act
 */
export function hardRefusal(request: DecisionRequest, signed: readonly Role[], zone: Zone): Refusal | null {
  if (zoneOf(request.class) !== zone) return refuse('wrong-zone', `what is of class ${request.class} is not for the ${zone} zone`);
  if (zone === 'read') return null;
  if (request.egress.includes('guarded'))
    return refuse('guarded-value', 'it carries a credential of this installation, or a canary: nobody can sign for that');
  const requester = signed.includes('requester');
  const other = signed.includes('second') || signed.includes('owner');
  if (needsTwo(request) && !(requester && other))
    return refuse('needs-two-people', 'the user who asked and somebody else must both countersign this, whatever the policy says');
  if (needsOne(request) && !requester && !other)
    return refuse('needs-a-signature', 'somebody must countersign this, whatever the policy says');
  return null;
}

// Written as "is it one of the few that may pass", so that a value which nobody thought of needs signatures.

function needsTwo(request: DecisionRequest): boolean {
  const single = ['write', 'publish', 'share', 'code-write', 'execute', 'destructive'].includes(request.class);
  const leaks = request.leaks && !(request.outsidersNamed && !request.restricted);
  return leaks || request.fourEyes || request.egress.includes('secret') || !single;
}

function needsOne(request: DecisionRequest): boolean {
  const light = ['write', 'publish', 'code-write'].includes(request.class);
  const bound = ['request', 'run', 'configured', 'record'].includes(request.binding);
  const expected = request.scope === 'inside' || request.scope === 'undeclared';
  const calm = request.content === 'none' || request.content === 'noted';
  return !light || !bound || !expected || !calm || request.egress.length > 0;
}
