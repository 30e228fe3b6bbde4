import { parseCanonical } from '../action/canonical.ts';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import type { Json } from '../action/json.ts';
import type { Statement, StatementKind } from '../action/statement.ts';
import { limits } from '../limits.ts';
import { openAs } from '../record/identity.ts';
import type { ProposalRow } from '../store/store.ts';
import type { Answer, Caller } from './answer.ts';
import type { Mediation } from './mediate-context.ts';

/** Waits until the proposal has left the state that it is in, or the time is over. */
export async function awaitChange(m: Mediation, proposal: string, waitMs: number): Promise<void> {
  const before = (await m.store.proposal(proposal))?.state;
  const until = m.now() + waitMs;
  while (m.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, limits.statusPollMs));
    const state = (await m.store.proposal(proposal))?.state;
    // `ready` and `executing` are on the way to an outcome: whoever waits wants to hear of that.
    if (state !== before && state !== 'ready' && state !== 'executing') return;
  }
}

/** The last statement of one kind about a proposal that somebody who may say so has signed. */
export async function lastOf<K extends StatementKind>(m: Mediation, proposal: string, kind: K): Promise<Statement<K> | null> {
  const entries = await m.store.statementsOf(proposal);
  for (const entry of entries.toReversed()) {
    const opened = openAs(m.trust, entry, kind);
    if (opened.ok && 'proposal' in opened.value.body && opened.value.body.proposal === proposal) return opened.value;
  }
  return null;
}

async function bodyOf(m: Mediation, result: Digest | null): Promise<Json> {
  const text = result === null ? null : await m.store.body(result);
  return text === null || digestText('body', text) !== result ? null : parseCanonical(text);
}

async function outcomeAnswer(m: Mediation, row: ProposalRow): Promise<Answer> {
  const outcome = await lastOf(m, row.id, 'outcome');
  if (outcome === null)
    return {
      kind: 'refused',
      proposal: row.id,
      code: 'log-corrupt',
      message: 'the store says that this is over, but there is no signed outcome: ask an administrator',
      reasons: [],
      waysOut: [],
    };
  const { body } = outcome;
  return {
    kind: 'outcome',
    proposal: row.id,
    outcome: body.outcome,
    code: body.code,
    message: body.message,
    receipt: body.receipt,
    content: await bodyOf(m, body.result),
  };
}

async function endedAnswer(m: Mediation, row: ProposalRow): Promise<Answer> {
  const cancelled = await lastOf(m, row.id, 'cancelled');
  const refusal = await lastOf(m, row.id, 'refused');
  const by = refusal?.body.countersignature.approver;
  const message = cancelled?.body.message ?? (by === undefined ? `the proposal is ${row.state}` : `${by} refused this action`);
  const waysOut =
    row.state === 'refused'
      ? ['do not ask for the same thing again; ask the user what they want instead']
      : ['ask for it again with a new call id'];
  return { kind: 'refused', proposal: row.id, code: cancelled?.body.code ?? row.state, message, reasons: [], waysOut };
}

/** Where a proposal of the caller's run stands, told from signed statements. */
export async function statusAnswer(m: Mediation, caller: Caller, row: ProposalRow): Promise<Answer> {
  if (row.run !== caller.run)
    return { kind: 'refused', proposal: null, code: 'not-found', message: 'this run has no such proposal', reasons: [], waysOut: [] };
  if (row.state === 'done' || row.state === 'failed' || row.state === 'unknown') return outcomeAnswer(m, row);
  if (row.state === 'open' && m.now() > row.expiresAtMs) return endedAnswer(m, { ...row, state: 'expired' });
  if (row.state !== 'open' && row.state !== 'ready' && row.state !== 'executing') return endedAnswer(m, row);
  const decided = await lastOf(m, row.id, 'decided');
  return {
    kind: 'waiting',
    proposal: row.id,
    state: row.state,
    needs: row.state === 'open' ? (decided?.body.verdict.countersignatures ?? []) : [],
    reasons: [...(decided?.body.verdict.reasons ?? []), ...[decided?.body.leak ?? []].flat()],
    url: `${m.consoleUrl}/p/${row.id}`,
    command: `countersign sign ${row.id} --as <approver>`,
    expiresAtMs: row.expiresAtMs,
  };
}
