import { sealedDigest } from '../action/action.ts';
import { parseCanonical } from '../action/canonical.ts';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { Statement, StatementKind } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { openStatement } from '../record/identity.ts';
import type { Store } from '../store/store.ts';
import type { Execution } from './context.ts';

/** What is proven about a proposal: every statement was opened with a pinned key, and all of them speak of the same thing. */
export interface Evidence {
  readonly proposed: Statement<'proposed'>;
  readonly resolved: Statement<'resolved'>;
  readonly decided: Statement<'decided'>;
  readonly signed: readonly Statement<'signed'>[];
  readonly refused: readonly Statement<'refused'>[];
  /** Whatever the index says: an intent means that this proposal had its one chance. */
  readonly intents: readonly Statement<'intent'>[];
  /** What the agent asked with, and what will really be used. */
  readonly asked: JsonObject;
  readonly arguments: JsonObject;
  /** Rows of this proposal that nobody trusted has signed. */
  readonly forged: number;
}

const ofKind = <K extends StatementKind>(all: readonly Statement[], kind: K): Statement<K>[] =>
  all.filter((statement) => statement.kind === kind) as Statement<K>[];

/** A text stored apart is what its digest says, or nothing. The store may hold anything. */
async function objectBody(store: Store, wanted: Digest): Promise<JsonObject | null> {
  const text = await store.body(wanted);
  if (text === null || digestText('arguments', text) !== wanted) return null;
  let value: Json;
  try {
    value = parseCanonical(text);
  } catch {
    return null;
  }
  return isObject(value) ? value : null;
}

/**
 * Gathers what the store can prove about a proposal. Rows that are not signed by who may say so are left out and
 * counted; two different trusted words for the same step are a refusal, because one of them must be wrong.
 */
export async function gather(e: Pick<Execution, 'store' | 'trust'>, proposal: string): Promise<Result<Evidence>> {
  const entries = await e.store.statementsOf(proposal);
  const opened = entries.map((entry) => openStatement(e.trust, entry));
  const all = opened.flatMap((result) =>
    result.ok && 'proposal' in result.value.body && result.value.body.proposal === proposal ? [result.value] : [],
  );
  const forged = opened.filter((result) => !result.ok).length;
  const [proposed, secondProposed] = ofKind(all, 'proposed');
  const [resolved, secondResolved] = ofKind(all, 'resolved');
  const [decided, secondDecided] = ofKind(all, 'decided');
  if (proposed === undefined || resolved === undefined || decided === undefined)
    return refuse('not-proven', 'the store holds a proposal that was not made by the gateway and the reader: it is not executed');
  if (secondProposed !== undefined || secondResolved !== undefined || secondDecided !== undefined)
    return refuse('ambiguous', 'there are two different records of the same step: it is not executed');
  if (resolved.body.run !== proposed.body.run || decided.body.run !== proposed.body.run)
    return refuse('not-proven', 'the records of the proposal speak of different runs');
  if (sealedDigest(resolved.body.action) !== resolved.body.digest || decided.body.digest !== resolved.body.digest)
    return refuse('digest-mismatch', 'the records of the proposal speak of different actions');
  const asked = await objectBody(e.store, proposed.body.arguments);
  const used = await objectBody(e.store, resolved.body.action.arguments);
  if (asked === null || used === null)
    return refuse('not-proven', 'the arguments of the proposal are missing or were changed: it is not executed');
  return ok({
    proposed,
    resolved,
    decided,
    signed: ofKind(all, 'signed'),
    refused: ofKind(all, 'refused'),
    intents: ofKind(all, 'intent'),
    asked,
    arguments: used,
    forged,
  });
}
