import type { Role } from '../action/principal.ts';
import type { Approver, Signed } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { rolesFilled, verifyCountersignature } from '../record/countersignature.ts';
import type { ProposalRow } from '../store/store.ts';
import type { ConsoleContext } from './context.ts';
import { openProposal } from '../record/opened.ts';
import type { OpenedProposal } from '../record/opened.ts';

/** Where the signatures of a proposal stand, counting only those that hold at this moment. */
export interface Signatures {
  readonly signers: readonly Approver[];
  readonly refusers: readonly Approver[];
  readonly needed: readonly Role[];
  readonly filled: readonly Role[];
}

/** A proposal as the console sees it. */
export interface ProposalView {
  readonly row: ProposalRow;
  readonly rows: readonly Signed[];
  readonly opened: OpenedProposal;
  readonly signatures: Signatures;
}

/** The roles that a set of signers fills for this proposal. */
export function rolesOf(context: Pick<ConsoleContext, 'ownersOf'>, opened: OpenedProposal, signers: readonly Approver[]): Role[] {
  const { system, target, requester } = opened.facts;
  const needed = opened.card.decided.verdict.countersignatures;
  return rolesFilled(signers, requester, { system, targetId: target.id, owners: context.ownersOf(system), needed });
}

/** Verifies every stored countersignature of a proposal again. A row that the console did not sign was left out before. */
async function signaturesOf(context: ConsoleContext, opened: OpenedProposal): Promise<Signatures> {
  const directory = await context.directory();
  const { installation, signatureTtlMs } = context;
  const nowMs = context.now();
  const who = (all: OpenedProposal['signed'] | OpenedProposal['refused'], wanted: 'sign' | 'refuse'): Approver[] =>
    all.flatMap(({ body: { countersignature } }) => {
      const verified = verifyCountersignature({
        countersignature,
        purpose: 'countersign/approval',
        directory,
        installation,
        facts: opened.facts,
        nowMs,
        signatureTtlMs,
      });
      return verified.ok && verified.value.decision === wanted ? [verified.value.approver] : [];
    });
  const signers = who(opened.signed, 'sign');
  return {
    signers,
    refusers: who(opened.refused, 'refuse'),
    needed: opened.card.decided.verdict.countersignatures,
    filled: rolesOf(context, opened, signers),
  };
}

/** Looks at one proposal, from the store's signed statements. */
export async function viewProposal(context: ConsoleContext, proposal: string): Promise<Result<ProposalView>> {
  const row = await context.store.proposal(proposal);
  if (row === null) return refuse('not-found', 'there is no such proposal: `countersign proposals` lists those that wait');
  const rows = await context.store.statementsOf(proposal);
  const opened = await openProposal(context.trust, proposal, rows, (digest) => context.store.body(digest));
  if (!opened.ok) return opened;
  return ok({ row, rows, opened: opened.value, signatures: await signaturesOf(context, opened.value) });
}
