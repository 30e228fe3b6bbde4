import type { PolicyJson } from './cedar.ts';

/*
 * Slicing: Cedar's time grows with the policies that it looks at, so each action gets only those whose scope can match it.
 * A policy that is left out is one that Cedar would have found not to apply, by its scope, before any of its conditions.
 */

/** The actions that a policy's scope names; null if it names none, or in a way that is not understood here: it is kept. */
export function scopeOf(policy: PolicyJson): ReadonlySet<string> | null {
  const { action } = policy;
  if (action.op === 'All') return null;
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : null;
  if (named === null) return null;
  const ids = new Set<string>();
  for (const entity of named) {
    const uid = '__entity' in entity ? entity.__entity : entity;
    if (uid.type !== 'Action') return null;
    ids.add(uid.id);
  }
  return ids;
}

/** True if the policy may apply to an action that is called `action` and is in `groups`. */
export function mayApply(scope: ReadonlySet<string> | null, action: string, groups: readonly string[]): boolean {
  return scope === null || scope.has(action) || groups.some((group) => scope.has(group));
}
