import type { Role } from '../action/principal.ts';
import type { Approver, Body, Countersignature } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { approverDirectory, checkEnrolment } from './approvers.ts';
import type { Administrator } from './approvers.ts';
import { rolesFilled, signedByKeyOf } from './countersignature.ts';

/** Whose signatures count, as the verifier's own configuration says: nothing of it comes from the log. */
export interface People {
  readonly installation: string;
  /** The first approvers. Every other one is in the log, and leads back to them. */
  readonly administrators: readonly Administrator[];
  /** Users who own a system, by the name of the system. Of one that is not in it, the owners are not known. */
  readonly owners?: ReadonlyMap<string, readonly string[]>;
}

/** What signers must fill, and where. */
export interface RolesAsked {
  readonly roles: readonly Role[];
  readonly requester: string;
  readonly system: string;
  readonly targetId: string;
}

/** The approvers at one place in a log, and what their own keys say. */
export interface PeopleSoFar {
  /** Takes in an enrolment, or says why it counts for nothing. */
  enrol(enrolment: Body<'enrolled'>): Refusal | null;
  /** The approver of a name, withdrawn or not. */
  approver(name: string): Approver | undefined;
  /** The approver whose own key signed this envelope for this installation. */
  verify(countersignature: Countersignature): Result<Approver>;
  /** Whether each role is filled, by another person. Where owners are not known, `owner` is any person who could be one. */
  fill(signers: readonly Approver[], asked: RolesAsked): boolean;
}

/** Begins with the administrators. `unknownOwners` is told of a system whose owners would have to be known. */
export function openPeople({ installation, administrators, owners }: People, unknownOwners: (system: string) => void): PeopleSoFar {
  const pinned = approverDirectory({ administrators, installation, statements: [], trust: new Map() }).approvers;
  const pinnedNames = new Set(pinned.keys());
  const approvers = new Map(pinned);
  return {
    enrol: (enrolment) => {
      const checked = checkEnrolment(approvers, pinnedNames, installation, enrolment);
      if (!checked.ok) return checked;
      approvers.set(checked.value.approver, checked.value);
      return null;
    },
    approver: (name) => approvers.get(name),
    verify: (countersignature) => {
      const approver = approvers.get(countersignature.approver);
      if (approver === undefined) return refuse('unknown-approver', 'nobody of this name was an approver by then');
      if (approver.withdrawn) return refuse('withdrawn-approver', 'its approver was withdrawn before');
      if (!signedByKeyOf(approver, countersignature)) return refuse('bad-signature', "the approver's key did not sign these words");
      if (countersignature.envelope.installation !== installation)
        return refuse('other-installation', 'it was made for another installation');
      return ok(approver);
    },
    fill: (signers, { roles, requester, system, targetId }) => {
      const known = owners?.get(system);
      if (known === undefined && roles.includes('owner')) unknownOwners(system);
      const filled = rolesFilled(signers, requester, {
        system,
        targetId,
        owners: known ?? signers.map((signer) => signer.user),
        needed: roles,
      });
      return roles.every((role) => filled.includes(role));
    },
  };
}
