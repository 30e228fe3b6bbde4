import type { Role } from '../action/principal.ts';
import type { Approver } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { rolesFilled, verifyCountersignature } from '../record/countersignature.ts';
import type { Execution } from './context.ts';
import type { Evidence } from './evidence.ts';

/** Who has really signed, and which roles they fill. */
export interface Signers {
  readonly signers: readonly Approver[];
  readonly roles: readonly Role[];
  /** When the oldest of the signatures was made; null if there is none. */
  readonly oldestAtMs: number | null;
}

/**
 * Verifies every countersignature of a proposal, offline, against the approvers as they are now. One that does not hold
 * counts for nothing; a refusal that holds ends the proposal, whatever else was signed. `needed` are the roles that this
 * executor's own policy asks for.
 */
export async function verifiedSigners(e: Execution, evidence: Evidence, needed: readonly Role[]): Promise<Result<Signers>> {
  const directory = await e.directory();
  const verify = (
    statement: { readonly body: { readonly countersignature: Parameters<typeof verifyCountersignature>[0]['countersignature'] } },
    nowMs: number,
  ) =>
    verifyCountersignature({
      countersignature: statement.body.countersignature,
      purpose: 'countersign/approval',
      directory,
      installation: e.installation,
      facts: evidence.facts,
      nowMs,
      signatureTtlMs: e.signatureTtlMs,
    });
  for (const statement of evidence.refused) {
    // A refusal does not wear off: it is verified as of the time when it was given.
    const refusal = verify(statement, statement.body.countersignature.envelope.issuedAtMs);
    if (refusal.ok && refusal.value.decision === 'refuse')
      return refuse('refused', `${refusal.value.approver.approver} refused this action`);
  }
  const signers = new Map<string, Approver>();
  const times: number[] = [];
  for (const statement of evidence.signed) {
    const signature = verify(statement, e.now());
    if (!signature.ok || signature.value.decision !== 'sign') continue;
    signers.set(signature.value.approver.approver, signature.value.approver);
    times.push(statement.body.countersignature.envelope.issuedAtMs);
  }
  const { system, target } = evidence.resolved.body.action;
  const roles = rolesFilled([...signers.values()], evidence.proposed.body.principal.user, {
    system,
    targetId: target.id,
    owners: e.ownersOf(system),
    needed,
  });
  return ok({ signers: [...signers.values()], roles, oldestAtMs: times.length === 0 ? null : Math.min(...times) });
}
