import { parseCanonical } from '../action/canonical.ts';
import { digestText } from '../action/digest.ts';
import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { openProposal } from '../record/opened.ts';
import type { OpenedProposal } from '../record/opened.ts';
import type { Execution } from './context.ts';

/** What is proven about a proposal, and what the agent asked with, from which the executor derives the action itself. */
export interface Evidence extends OpenedProposal {
  readonly asked: JsonObject;
}

/** The text behind a digest that a statement names. The store may hold anything: what does not have the digest is nothing. */
function objectOf(text: string | null, wanted: string): JsonObject | null {
  if (text === null || digestText('arguments', text) !== wanted) return null;
  let value: Json;
  try {
    value = parseCanonical(text);
  } catch {
    return null;
  }
  return isObject(value) ? value : null;
}

/** Gathers what the store can prove about a proposal. Rows that are not signed by who may say so count for nothing. */
export async function gather(e: Pick<Execution, 'store' | 'trust'>, proposal: string): Promise<Result<Evidence>> {
  const opened = await openProposal(e.trust, proposal, await e.store.statementsOf(proposal), (wanted) => e.store.body(wanted));
  if (!opened.ok) return opened;
  const wanted = opened.value.proposed.body.arguments;
  const asked = objectOf(await e.store.body(wanted), wanted);
  return asked === null
    ? refuse('not-proven', 'the arguments of the call are missing or were changed: it is not executed')
    : ok({ ...opened.value, asked });
}
