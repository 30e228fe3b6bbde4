import { shortCode } from '../action/card.ts';
import type { Role } from '../action/principal.ts';
import type { Countersignature } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { verifyCountersignature } from '../record/countersignature.ts';
import type { Verified } from '../record/countersignature.ts';
import type { ProposalState } from '../store/store.ts';
import type { Handlers } from '../wire/server.ts';
import type { ConsoleContext } from './context.ts';
import { rolesOf, viewProposal } from './view.ts';
import type { ProposalView } from './view.ts';

const waiting: readonly ProposalState[] = ['open', 'ready', 'executing', 'unknown'];
const everything: readonly ProposalState[] = [...waiting, 'done', 'failed', 'refused', 'cancelled', 'expired', 'denied'];

/** What became of a countersignature. */
export interface Countersigned {
  readonly proposal: string;
  readonly decision: 'sign' | 'refuse';
  readonly state: ProposalState;
  readonly needed: readonly Role[];
  readonly filled: readonly Role[];
  readonly code: string;
}

const executed = refuse('already-executed', 'the proposal was executed already: nothing can be signed or refused any more');
const gone: Readonly<Partial<Record<ProposalState, Refusal>>> = {
  executing: executed,
  done: executed,
  failed: executed,
  unknown: executed,
  refused: refuse('already-refused', 'a person has refused the proposal: the agent has to ask again'),
  cancelled: refuse('cancelled', 'the proposal was cancelled: the agent has to ask again'),
  expired: refuse('expired', 'the proposal has expired: the agent has to ask again'),
  denied: refuse('denied', 'the policy denies this, whoever signs'),
};

/** Why nobody can countersign this proposal any more. The index is asked, and the signed statements, which it may contradict. */
function closed({ row, opened }: ProposalView, nowMs: number): Refusal | null {
  const byIndex = gone[row.state];
  if (byIndex !== undefined) return byIndex;
  if (opened.intents.length > 0) return executed;
  if (opened.cancelled.length > 0) return gone.cancelled ?? executed;
  // Any refusal that the console once verified ends it, also after the refusal's own time is over.
  if (opened.refused.some(({ body }) => body.countersignature.envelope.decision === 'refuse')) return gone.refused ?? executed;
  if (nowMs > opened.card.decided.expiresAtMs) return gone.expired ?? executed;
  return null;
}

function useless({ opened, signatures }: ProposalView, { approver }: Verified, after: readonly Role[]): Refusal | null {
  const { verdict } = opened.card.decided;
  if (verdict.effect !== 'ask') return refuse('needs-no-signature', 'the policy asks for no signature here');
  if (signatures.signers.some((signer) => signer.approver === approver.approver))
    return refuse('already-signed', 'this approver has signed the proposal already, and the signature is still good');
  if (after.some((role) => signatures.needed.includes(role) && !signatures.filled.includes(role))) return null;
  const missing = signatures.needed.filter((role) => !signatures.filled.includes(role));
  if (missing.length === 0) return refuse('fully-signed', 'everybody who has to sign has signed');
  return refuse(
    'fills-no-role',
    `this signature would fill none of the roles that are missing (${missing.join(', ')}): \`requester\` is the person who asked, ` +
      '`second` and `owner` are other people, one for each',
  );
}

async function countersign(context: ConsoleContext, countersignature: Countersignature): Promise<Result<Countersigned>> {
  const { proposal } = countersignature.envelope;
  const seen = await viewProposal(context, proposal);
  if (!seen.ok) return seen;
  const view = seen.value;
  const nowMs = context.now();
  const over = closed(view, nowMs);
  if (over !== null) return over;
  const { facts, card } = view.opened;
  const { installation, signatureTtlMs } = context;
  const directory = await context.directory();
  const verified = verifyCountersignature({
    countersignature,
    purpose: 'countersign/approval',
    directory,
    installation,
    facts,
    nowMs,
    signatureTtlMs,
  });
  if (!verified.ok) return verified;
  const { approver, decision } = verified.value;
  const needed = card.decided.verdict.countersignatures;
  const filled = decision === 'sign' ? rolesOf(context, view.opened, [...view.signatures.signers, approver]) : view.signatures.filled;
  const vain = decision === 'sign' ? useless(view, verified.value, filled) : null;
  if (vain !== null) return vain;
  const state: ProposalState = decision === 'refuse' ? 'refused' : needed.every((role) => filled.includes(role)) ? 'ready' : 'open';
  // The state is an index. A crash before this commit leaves nothing; after it, the executor finds the row and checks all again.
  const written = await context.recorder.record({
    statements: [{ kind: decision === 'sign' ? 'signed' : 'refused', body: { proposal, countersignature } }],
    changes: [{ change: 'state', proposal, from: ['open', 'ready'], to: state, atMs: nowMs }],
  });
  if (!written.ok) return refuse('no-longer-open', 'the proposal changed at this moment: look at it again');
  return ok({ proposal, decision, state, needed, filled, code: shortCode(facts.action) });
}

/** One after the other: two people who sign at once must each see the other's signature. */
function inTurn<Q, A>(work: (question: Q) => Promise<A>): (question: Q) => Promise<A> {
  let last: Promise<unknown> = Promise.resolve();
  return (question) => {
    const mine = last.then(() => work(question));
    last = mine.catch(() => null);
    return mine;
  };
}

/** What the console answers on its socket. A question may come from anybody who may open it: authority is in the signatures. */
export function consoleHandlers(context: ConsoleContext): Handlers {
  const turn = inTurn((countersignature: Countersignature) => countersign(context, countersignature));
  return {
    proposals: async ({ all }) => {
      const rows = await context.store.proposals({ states: all ? everything : waiting, limit: limits.proposalsListedMax });
      return ok(
        rows.map(({ id, state, user, agent, system, operation, createdAtMs, expiresAtMs }) => {
          return { id, state, user, agent, system, operation, createdAtMs, expiresAtMs };
        }),
      );
    },
    show: async ({ proposal }) => {
      const seen = await viewProposal(context, proposal);
      if (!seen.ok) return seen;
      const { row, rows, opened, signatures } = seen.value;
      const name = (approver: { approver: string; user: string }) => ({ approver: approver.approver, user: approver.user });
      return ok({
        proposal,
        state: row.state,
        statements: rows.map(({ bytes, key, sig }) => ({ bytes, key, sig })),
        arguments: await context.store.body(opened.card.resolved.action.arguments),
        card: opened.text,
        needed: signatures.needed,
        filled: signatures.filled,
        signers: signatures.signers.map(name),
        refusers: signatures.refusers.map(name),
      });
    },
    countersign: ({ countersignature }) => turn(countersignature),
  };
}
