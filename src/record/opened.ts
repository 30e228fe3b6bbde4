import { cardInput, displayDigest, renderCard } from '../action/card.ts';
import type { CardInput } from '../action/card.ts';
import type { Digest } from '../action/digest.ts';
import type { Signed, Statement, StatementKind } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { proposalFacts } from './countersignature.ts';
import type { ProposalFacts } from './countersignature.ts';
import { openStatement } from './identity.ts';
import type { Trust } from './identity.ts';

/** A proposal that has been proved by its signed statements, and the card that they give. */
export interface OpenedProposal {
  readonly proposed: Statement<'proposed'>;
  readonly resolved: Statement<'resolved'>;
  readonly decided: Statement<'decided'>;
  readonly card: CardInput;
  readonly text: string;
  readonly facts: ProposalFacts;
  readonly policy: Digest;
  readonly signed: readonly Statement<'signed'>[];
  readonly refused: readonly Statement<'refused'>[];
  /** Whatever an index says: an intent means that the proposal had its one chance. */
  readonly intents: readonly Statement<'intent'>[];
  readonly cancelled: readonly Statement<'cancelled'>[];
  readonly outcomes: readonly Statement<'outcome'>[];
}

const ofKind = <K extends StatementKind>(all: readonly Statement[], kind: K): Statement<K>[] =>
  all.flatMap((statement) => (statement.kind === kind ? [statement as Statement<K>] : []));

/**
 * Opens a proposal from its rows: what the gateway and the reader signed, exactly once each and about the same action,
 * and the arguments that they name by digest. The rows and the body may be anybody's; rows that prove nothing are left out.
 * The console, the person's own command line and the executor all do it, each for itself.
 */
export async function openProposal(
  trust: Trust,
  proposal: string,
  rows: readonly Signed[],
  body: (digest: Digest) => Promise<string | null> | string | null,
): Promise<Result<OpenedProposal>> {
  // Once each, out of what opened: a copy that does not open must not stand in the way of the row that it is a copy of.
  const distinct = new Map<string, Statement>();
  for (const row of rows) {
    const opened = openStatement(trust, row);
    if (opened.ok && 'proposal' in opened.value.body && opened.value.body.proposal === proposal) distinct.set(row.bytes, opened.value);
  }
  const all = [...distinct.values()];
  const [proposed, ...proposedMore] = ofKind(all, 'proposed');
  const [resolved, ...resolvedMore] = ofKind(all, 'resolved');
  const [decided, ...decidedMore] = ofKind(all, 'decided');
  if (proposed === undefined || resolved === undefined || decided === undefined)
    return refuse(
      'not-proven',
      'the proposal lacks a signed record of the gateway or of the reader: it can be neither signed nor executed',
    );
  if (proposedMore.length + resolvedMore.length + decidedMore.length > 0)
    return refuse('ambiguous', 'there are two different records of the same step of this proposal: it can be neither signed nor executed');
  const text = await body(resolved.body.action.arguments);
  if (text === null) return refuse('not-proven', 'the arguments of the proposal are not kept any more');
  const card = cardInput({ proposed: proposed.body, resolved: resolved.body, decided: decided.body, arguments: text });
  if (!card.ok) return card;
  const { policy } = decided.body;
  if (policy === null) return refuse('inconsistent', 'the proposal was decided without a policy');
  const shown = renderCard(card.value);
  return ok({
    proposed,
    resolved,
    decided,
    card: card.value,
    text: shown,
    facts: proposalFacts(card.value, displayDigest(shown)),
    policy,
    signed: ofKind(all, 'signed'),
    refused: ofKind(all, 'refused'),
    intents: ofKind(all, 'intent'),
    cancelled: ofKind(all, 'cancelled'),
    outcomes: ofKind(all, 'outcome'),
  });
}
