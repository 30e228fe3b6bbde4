import { sealedDigest } from '../action/action.ts';
import type { Body, Statement } from '../action/statement.ts';

/*
 * What the order of statements must show, read from the log alone. It repeats, after the fact and without the store,
 * what the executor had to make sure of. The approvers' own signatures are not part of it: the console's word that
 * somebody signed is taken here; the executor verifies the signatures themselves before it acts.
 */

interface Proposal {
  proposed: boolean;
  readonly resolved: Set<string>;
  /** By the digest of the action: what was last decided about it. */
  readonly decided: Map<string, Body<'decided'>['verdict']>;
  /** By the digest of the action: who has signed it. */
  readonly signed: Map<string, Set<string>>;
}

interface Effect {
  readonly proposal: string;
  readonly action: string;
  outcome: Body<'outcome'>['outcome'] | null;
}

/** Reads a log in order and says, for each statement, what is wrong with its place in the story. */
export type Meaning = (statement: Statement) => readonly string[];

function intentProblems(body: Body<'intent'>, proposal: Proposal | undefined): readonly string[] {
  if (proposal === undefined || !proposal.proposed) return ['the intent is for a proposal that nobody made before'];
  const problems: string[] = [];
  if (!proposal.resolved.has(body.action)) problems.push('the intent is for an action that the reader has not resolved before');
  const verdict = proposal.decided.get(body.action);
  if (verdict === undefined) return [...problems, 'the intent is for an action that was not decided before'];
  if (verdict.effect === 'deny') problems.push('the intent is for an action that was denied');
  const signed = proposal.signed.get(body.action) ?? new Set<string>();
  if (body.signers.some((signer) => !signed.has(signer))) problems.push('the intent names a signer who has not signed this action before');
  if (verdict.effect !== 'ask') return problems;
  const needed = verdict.countersignatures;
  // The requester signs for nobody else: a role beside that of the requester needs a second person.
  const people = needed.includes('requester') && needed.length > 1 ? 2 : 1;
  if (new Set(body.signers).size < people || needed.some((role) => !body.roles.includes(role)))
    problems.push('the intent has fewer signatures than were decided to be needed');
  return problems;
}

function outcomeProblems(body: Body<'outcome'>, effect: Effect | undefined): readonly string[] {
  if (effect === undefined || effect.proposal !== body.proposal || effect.action !== body.action)
    return ['the outcome has no intent before it'];
  if (effect.outcome === null) return [];
  if (effect.outcome !== 'unknown') return ['the outcome comes after one that is final'];
  // What the call itself did not tell can only be learned by looking, or from a person.
  return body.basis === 'call' ? ['an unknown outcome is settled without saying whether it was found or is a person’s word'] : [];
}

/** Begins before the first entry of a log. */
export function openMeaning(): Meaning {
  const proposals = new Map<string, Proposal>();
  const effects = new Map<string, Effect>();
  const of = (id: string): Proposal => {
    const known = proposals.get(id) ?? { proposed: false, resolved: new Set(), decided: new Map(), signed: new Map() };
    proposals.set(id, known);
    return known;
  };
  return (statement) => {
    switch (statement.kind) {
      case 'proposed':
        of(statement.body.proposal).proposed = true;
        return [];
      case 'resolved':
        of(statement.body.proposal).resolved.add(statement.body.digest);
        return sealedDigest(statement.body.action) === statement.body.digest ? [] : ['the digest is not that of the action'];
      case 'decided':
        if (statement.body.digest !== null) of(statement.body.proposal).decided.set(statement.body.digest, statement.body.verdict);
        return [];
      case 'signed': {
        const { approver, envelope } = statement.body.countersignature;
        if (envelope.decision !== 'sign' || envelope.proposal !== statement.body.proposal || envelope.approver !== approver)
          return ['the signature is recorded for something else than what it signs'];
        const { signed } = of(envelope.proposal);
        signed.set(envelope.action, (signed.get(envelope.action) ?? new Set()).add(approver));
        return [];
      }
      case 'intent': {
        const { proposal, action, effect } = statement.body;
        const problems = intentProblems(statement.body, proposals.get(proposal));
        if (effects.has(effect)) return [...problems, 'the effect has an intent already'];
        effects.set(effect, { proposal, action, outcome: null });
        return problems;
      }
      case 'outcome': {
        const effect = effects.get(statement.body.effect);
        const problems = outcomeProblems(statement.body, effect);
        if (effect !== undefined && problems.length === 0) effect.outcome = statement.body.outcome;
        return problems;
      }
      default:
        return [];
    }
  };
}
