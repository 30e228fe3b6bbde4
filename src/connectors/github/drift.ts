import type { Action } from '../../action/action.ts';
import { widened } from '../../action/audience.ts';
import type { Audience } from '../../action/audience.ts';
import { canonical } from '../../action/canonical.ts';
import { refuse } from '../../errors.ts';
import type { Refusal } from '../../errors.ts';
import type { Resolution } from '../connector.ts';

/** What has changed between what was approved and what is there now, as a refusal; null if nothing has. */
export function driftOf(action: Action, approved: Audience, now: Resolution): Refusal | null {
  if (now.target.type !== action.target.type || now.target.id !== action.target.id)
    return refuse('target-changed', 'the name now leads to another target than the one that was approved');
  const fields = new Set([...Object.keys(action.precondition), ...Object.keys(now.precondition)]);
  for (const field of fields) {
    const [before, after] = [action.precondition[field], now.precondition[field]];
    if (before === undefined || after === undefined || canonical(before) !== canonical(after))
      return refuse('precondition-changed', `${field}: the target is not in the state that was approved; propose it again`);
  }
  if (widened(approved, now.audience)) return refuse('audience-widened', 'more people would see the result than when it was approved');
  return null;
}
