import { randomBytes, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Target } from '../action/action.ts';
import { canonical } from '../action/canonical.ts';
import type { CardInput } from '../action/card.ts';
import { digest } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import type { Role } from '../action/principal.ts';
import type { Approver, Countersignature, Envelope } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Approvers } from './approvers.ts';
import { publicKey } from './identity.ts';

const domain = 'countersign/countersignature/v1\n';

/** What an envelope must say about a proposal. Whoever verifies makes it from the statements that they opened themselves. */
export interface ProposalFacts {
  readonly proposal: string;
  readonly tenant: string;
  readonly system: string;
  readonly operation: string;
  readonly target: Target;
  /** The digest of the action. */
  readonly action: Digest;
  /** The digest of the card. */
  readonly display: Digest;
  readonly requester: string;
  readonly agent: string;
}

/** The facts of a proposal, from the very data that its card was rendered from. */
export function proposalFacts({ proposed, resolved }: CardInput, display: Digest): ProposalFacts {
  const { tenant, system, operation, target } = resolved.action;
  const { user: requester, agent } = proposed.principal;
  return { proposal: proposed.proposal, tenant, system, operation, target, action: resolved.digest, display, requester, agent };
}

/** What an approver adds to the facts. */
export interface EnvelopeInput {
  readonly purpose: Envelope['purpose'];
  readonly decision: Envelope['decision'];
  readonly installation: string;
  readonly facts: ProposalFacts;
  /** The digest of the policy that decided; for the record: the executor decides by its own. */
  readonly policy: Digest;
  readonly approver: string;
  readonly note: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

/** Makes the envelope that an approver signs. The nonce makes two envelopes with the same words two envelopes. */
export function makeEnvelope({ facts, ...input }: EnvelopeInput): Envelope {
  return { v: 1, ...input, ...facts, nonce: randomBytes(16).toString('base64url') };
}

const signedBytes = (envelope: Envelope): Buffer => Buffer.from(domain + digest('approval', envelope));

/** Signs an envelope with an approver's own key. */
export function signEnvelope(key: KeyObject, envelope: Envelope): Countersignature {
  return {
    kind: 'ed25519',
    approver: envelope.approver,
    envelope,
    signature: sign(null, signedBytes(envelope), key).toString('base64url'),
  };
}

/** What a countersignature is verified against: nothing of it comes from the countersignature itself. */
export interface VerifyInput {
  readonly countersignature: Countersignature;
  readonly purpose: Envelope['purpose'];
  readonly directory: Approvers;
  readonly installation: string;
  readonly facts: ProposalFacts;
  readonly nowMs: number;
  readonly signatureTtlMs: number;
}

/** A countersignature that holds: by whom, and which way it goes. */
export interface Verified {
  readonly approver: Approver;
  readonly decision: Envelope['decision'];
}

/**
 * The first field in which the envelope is not about this proposal; null if there is none. The installation and what was
 * shown are for the caller to compare: a log does not have the card.
 */
export function differingField(envelope: Envelope, facts: Omit<ProposalFacts, 'display'>): string | null {
  for (const field of ['proposal', 'tenant', 'system', 'operation', 'action', 'requester', 'agent'] as const) {
    if (envelope[field] !== facts[field]) return field;
  }
  return canonical(envelope.target) === canonical(facts.target) ? null : 'target';
}

function difference(envelope: Envelope, installation: string, facts: ProposalFacts): string | null {
  if (envelope.installation !== installation) return 'installation';
  return differingField(envelope, facts) ?? (envelope.display === facts.display ? null : 'display');
}

/** Whether this approver's key signed exactly this envelope, of theirs. That it is about the right thing, and in time, is not looked at. */
export function signedByKeyOf(approver: Approver, { envelope, signature }: Countersignature): boolean {
  return (
    envelope.approver === approver.approver &&
    verify(null, signedBytes(envelope), publicKey(approver.key), Buffer.from(signature, 'base64url'))
  );
}

function timely(envelope: Envelope, nowMs: number, signatureTtlMs: number): Result<null> {
  if (envelope.issuedAtMs > nowMs + limits.clockSkewMs)
    return refuse('not-yet-valid', 'the signature is from the future: compare the clocks');
  if (envelope.expiresAtMs <= envelope.issuedAtMs) return refuse('signature-expired', 'the signature expires before it begins');
  if (envelope.expiresAtMs - envelope.issuedAtMs > signatureTtlMs)
    return refuse('too-long', 'the signature claims to be good for longer than is allowed here');
  return nowMs <= envelope.expiresAtMs ? ok(null) : refuse('signature-expired', 'the signature has expired: sign again');
}

/**
 * Verifies a countersignature: its approver is enrolled and not withdrawn, their key signed exactly this envelope, every
 * field of the envelope is what the verifier itself knows about the proposal, and it is neither too old nor too new.
 * The policy digest is not compared: whoever executes decides again, by the policy of that moment.
 *
 * The countersignature may come from anybody. That it is used once only is for the caller to see to.
 */
export function verifyCountersignature(input: VerifyInput): Result<Verified> {
  const { countersignature, directory, facts } = input;
  const { envelope } = countersignature;
  const approver = directory.get(countersignature.approver);
  if (approver === undefined) return refuse('unknown-approver', 'the signature names an approver who is not enrolled here');
  if (approver.withdrawn) return refuse('withdrawn-approver', 'the approver has been withdrawn');
  if (envelope.approver !== approver.approver) return refuse('other-approver', 'the signed words name another approver');
  if (!signedByKeyOf(approver, countersignature)) return refuse('bad-signature', "the approver's key did not sign these words");
  if (envelope.purpose !== input.purpose) return refuse('other-purpose', 'the signature was made for another purpose');
  const field = difference(envelope, input.installation, facts);
  if (field !== null) return refuse(`other-${field}`, `the signature is about something else: its ${field} is not that of this proposal`);
  const time = timely(envelope, input.nowMs, input.signatureTtlMs);
  return time.ok ? ok({ approver, decision: envelope.decision }) : time;
}

/** What decides who may fill which role. */
export interface RoleContext {
  readonly system: string;
  readonly targetId: string;
  /** Users whom the configuration names as owners of the system. */
  readonly owners?: readonly string[];
  /** The roles that the verdict asks for. They decide which role one person fills who could fill two. */
  readonly needed?: readonly Role[];
}

/** Two spellings of a user's name that differ only in case or width are one person: nobody becomes a second one by them. */
const person = (user: string): string => user.normalize('NFKC').toLowerCase();

/**
 * The roles that these signers fill, each by another person. Signers must have been verified.
 *
 * The requester's own signature fills `requester` and never another role, under whichever of their keys. One other person
 * fills one other role: an owner who signs alone fills `owner`, unless `needed` asks for `second` only.
 */
export function rolesFilled(signers: readonly Approver[], requesterUser: string, context: RoleContext): Role[] {
  const active = signers.filter((signer) => !signer.withdrawn);
  const filled: Role[] = active.some((signer) => signer.user === requesterUser) ? ['requester'] : [];
  const others = active.filter((signer) => person(signer.user) !== person(requesterUser));
  const people = new Set(others.map((signer) => person(signer.user)));
  if (people.size === 0) return filled;
  const owners = new Set((context.owners ?? []).map(person));
  const scopes = [context.system, `${context.system}/${context.targetId}`];
  const owner = others.some((signer) => owners.has(person(signer.user)) || signer.owns.some((scope) => scopes.includes(scope)));
  if (!owner) return [...filled, 'second'];
  if (people.size > 1) return [...filled, 'second', 'owner'];
  const needed = context.needed ?? [];
  return [...filled, needed.includes('second') && !needed.includes('owner') ? 'second' : 'owner'];
}
