import { sealedDigest } from '../action/action.ts';
import type { SealedAction } from '../action/action.ts';
import type { Principal, Role } from '../action/principal.ts';
import type { Approver, Body, Envelope, Statement } from '../action/statement.ts';
import { differingField } from './countersignature.ts';
import { openAccountMeaning } from './meaning-accounts.ts';
import type { PeopleSoFar } from './verify-people.ts';

/*
 * What the order of statements must show, read from the log alone. It repeats, after the fact and without the store,
 * what the executor had to make sure of. That a person signed or refused is the console's word only where nobody says
 * who the approvers are; otherwise it is verified with the person's own key.
 */

interface Signature {
  readonly approver: string;
  readonly action: string;
  readonly expiresAtMs: number;
  /** The key that it was verified with; null if it is the console's word. */
  readonly key: string | null;
}

interface Proposal {
  /** Who asked: the first word counts. */
  principal: Principal | null;
  /** By the digest of the action. */
  readonly resolved: Map<string, SealedAction>;
  /** By the digest of the action: what was last decided about it. */
  readonly decided: Map<string, Body<'decided'>['verdict']>;
  /** Only those that hold. */
  readonly signatures: Signature[];
  over: 'refused' | 'cancelled' | null;
}

interface Effect {
  readonly proposal: string;
  readonly action: string;
  outcome: Body<'outcome'>['outcome'] | null;
}

/** Reads a log in order and says, for each statement, what is wrong with its place in the story. */
export type Meaning = (statement: Statement) => readonly string[];

/** Takes in a signature if it is about this proposal and holds, or says why it counts for nothing. */
function countersignedProblem(
  { kind, body }: Statement<'signed'> | Statement<'refused'>,
  proposal: Proposal,
  people: PeopleSoFar | null,
): string | null {
  const { approver, envelope } = body.countersignature;
  const decision: Envelope['decision'] = kind === 'signed' ? 'sign' : 'refuse';
  if (envelope.purpose !== 'countersign/approval' || envelope.decision !== decision || envelope.approver !== approver)
    return 'the signature is recorded for something else than what it signs';
  const { principal } = proposal;
  if (principal === null) return 'the signature is for a proposal that nobody made before';
  const action = proposal.resolved.get(envelope.action);
  if (action === undefined) return 'the signature is for an action that the reader has not resolved before';
  const { tenant, system, operation, target } = action;
  const { user: requester, agent } = principal;
  const facts = { proposal: body.proposal, tenant, system, operation, target, action: sealedDigest(action), requester, agent };
  const field = differingField(envelope, facts);
  if (field !== null) return `the signature is about something else: its ${field} is not that of the proposal`;
  const verified = people?.verify(body.countersignature);
  if (verified?.ok === false) return `the signature does not hold: ${verified.message}`;
  const key = verified?.value.key ?? null;
  if (kind === 'signed') proposal.signatures.push({ approver, action: envelope.action, expiresAtMs: envelope.expiresAtMs, key });
  return null;
}

/** Looks for the signature of one signer that was good when the intent was made. */
function signerProblem(
  name: string,
  { body, atMs }: Statement<'intent'>,
  proposal: Proposal,
  people: PeopleSoFar | null,
): string | Approver | null {
  const theirs = proposal.signatures.filter((one) => one.approver === name && one.action === body.action);
  if (theirs.length === 0) return 'the intent names a signer who has not signed this action before';
  const timely = theirs.filter((one) => one.expiresAtMs >= atMs);
  if (timely.length === 0) return 'the intent names a signer whose signature had expired';
  if (people === null) return null;
  const approver = people.approver(name);
  if (approver === undefined || approver.withdrawn || timely.every((one) => one.key !== approver.key))
    return 'the intent names a signer who was withdrawn, or was given another key, after signing';
  return approver;
}

/** Every role needs another person, and its own: `second` and `owner` are two people, and neither is the requester. */
function rolesProblem(
  { body }: Statement<'intent'>,
  proposal: Proposal,
  signers: { readonly names: number; readonly approvers: readonly Approver[] },
  people: PeopleSoFar | null,
): string | null {
  const roles: readonly Role[] = [...new Set(body.roles)];
  const action = proposal.resolved.get(body.action);
  const asked =
    proposal.principal === null || action === undefined
      ? null
      : { roles, requester: proposal.principal.user, system: action.system, targetId: action.target.id };
  // Without their keys, names are all that is known of people: there must be one for each role.
  const filled = people === null || asked === null ? signers.names >= roles.length : people.fill(signers.approvers, asked);
  return filled ? null : 'the roles of the intent are not filled by those who have signed it, each by another person';
}

function intentProblems(intent: Statement<'intent'>, proposal: Proposal | undefined, people: PeopleSoFar | null): readonly string[] {
  const { body } = intent;
  if (proposal === undefined || proposal.principal === null) return ['the intent is for a proposal that nobody made before'];
  const problems: string[] = [];
  if (proposal.over !== null) problems.push(`the intent is for a proposal that was ${proposal.over} before`);
  if (!proposal.resolved.has(body.action)) problems.push('the intent is for an action that the reader has not resolved before');
  const verdict = proposal.decided.get(body.action);
  if (verdict === undefined) problems.push('the intent is for an action that was not decided before');
  if (verdict?.effect === 'deny') problems.push('the intent is for an action that was denied');
  const found = [...new Set(body.signers)].map((name) => signerProblem(name, intent, proposal, people));
  problems.push(...new Set(found.filter((one) => typeof one === 'string')));
  const signers = {
    names: found.filter((one) => typeof one !== 'string').length,
    approvers: found.filter((one) => one !== null && typeof one !== 'string'),
  };
  const unfilled = rolesProblem(intent, proposal, signers, people);
  if (unfilled !== null) problems.push(unfilled);
  if (verdict?.effect === 'ask' && verdict.countersignatures.some((role) => !body.roles.includes(role)))
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

const noProposal = (): Proposal => ({ principal: null, resolved: new Map(), decided: new Map(), signatures: [], over: null });

/** Begins before the first entry of a log. Without `people`, that somebody signed is the console's word. */
export function openMeaning(people: PeopleSoFar | null = null): Meaning {
  const proposals = new Map<string, Proposal>();
  const effects = new Map<string, Effect>();
  const accounts = openAccountMeaning();
  const of = (id: string): Proposal => {
    const known = proposals.get(id) ?? noProposal();
    proposals.set(id, known);
    return known;
  };
  return (statement) => {
    switch (statement.kind) {
      case 'proposed':
        of(statement.body.proposal).principal ??= statement.body.principal;
        return [];
      case 'resolved':
        of(statement.body.proposal).resolved.set(statement.body.digest, statement.body.action);
        return sealedDigest(statement.body.action) === statement.body.digest ? [] : ['the digest is not that of the action'];
      case 'decided':
        if (statement.body.digest !== null) of(statement.body.proposal).decided.set(statement.body.digest, statement.body.verdict);
        return [];
      case 'signed':
      case 'refused': {
        const proposal = of(statement.body.proposal);
        const problem = countersignedProblem(statement, proposal, people);
        // Whether the refusal holds or not: an honest executor does not go on after the console has recorded one.
        if (statement.kind === 'refused') proposal.over ??= 'refused';
        return problem === null ? [] : [problem];
      }
      case 'cancelled':
        of(statement.body.proposal).over ??= 'cancelled';
        return [];
      case 'enrolled': {
        const refusal = people?.enrol(statement.body) ?? null;
        return refusal === null ? [] : [`the enrolment counts for nothing: ${refusal.message}`];
      }
      case 'intent': {
        const { proposal, action, effect } = statement.body;
        const problems = intentProblems(statement, proposals.get(proposal), people);
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
      case 'account-begun':
      case 'account-linked':
      case 'account-refused':
      case 'account-revoked':
        return accounts(statement);
      default:
        return [];
    }
  };
}
