import { zoneOf } from '../action/class.ts';
import type { Class } from '../action/class.ts';
import type { Verdict } from '../action/statement.ts';
import type { Permission, Permits } from './permission.ts';
import { clip, facts, policyReasons } from './explain.ts';
import { lowestRung, rungs } from './ladder.ts';
import type { DecisionRequest } from './request.ts';
import { waysOut } from './ways-out.ts';

/**
 * The one semantics for approval: allowed without signatures is `allow`; otherwise the smallest set of signatures that
 * would be allowed is `ask`; if there is none it is `deny`. A read cannot wait, so for it `ask` is `deny`.
 *
 * @param own the class of the operation itself, or null if it is in no catalogue
 */
export function verdictOf(permits: Permits, request: DecisionRequest, own: Class | null): Verdict {
  const bare = permits(request, []);
  if (bare.allowed)
    return clip({ effect: 'allow', countersignatures: [], policies: bare.policies, reasons: policyReasons('allow', bare), waysOut: [] });
  const seen: Permission[] = [bare];
  const found =
    bare.errors.length > 0
      ? null // what cannot be decided is not decided by signing
      : lowestRung((signed) => {
          if (signed.length === 0) return false;
          const permission = permits(request, signed);
          seen.push(permission);
          return permission.allowed;
        });
  const needs = found === null ? null : (rungs[found] ?? []);
  const last = seen.at(-1) ?? bare;
  const reading = zoneOf(request.class) === 'read';
  const ask = needs !== null && !reading;
  const blocked = ask ? bare : last.allowed ? bare : last;
  return clip({
    effect: ask ? 'ask' : 'deny',
    countersignatures: ask ? needs : [],
    policies: Array.from(new Set([...blocked.policies, ...(ask ? last.policies : [])])),
    reasons: [
      ...facts(request, own),
      ...policyReasons(ask ? 'ask' : 'deny', blocked),
      ...(reading && needs !== null ? ['a read is answered at once: it cannot wait for a signature'] : []),
    ],
    waysOut: waysOut({ permits, request, own, needs: ask ? needs : null, rung: ask ? found : null, bare }),
  });
}
