import { sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { digest } from '../action/digest.ts';
import type { Approver, Signed, Statement } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { openAs, publicKey, publicText } from './identity.ts';
import type { Trust } from './identity.ts';

const domain = 'countersign/enrolment/v1\n';

/** A first approver, as the configuration pins it. */
export interface Administrator {
  readonly approver: string;
  readonly user: string;
  readonly key: string;
  readonly owns: readonly string[];
}

/** What the directory is built from. `statements` are the store's rows of kind `enrolled`: anybody may have written them. */
export interface DirectoryInput {
  readonly administrators: readonly Administrator[];
  readonly installation: string;
  readonly statements: readonly Signed[];
  readonly trust: Trust;
}

/** Approvers by name. A withdrawn one stays in it, so that its signature can be refused with the true reason. */
export type Approvers = ReadonlyMap<string, Approver>;

/** The directory, and one line for each row that was ignored. */
export interface Directory {
  readonly approvers: Approvers;
  readonly problems: readonly string[];
}

const signedBytes = (record: Approver): Buffer => Buffer.from(domain + digest('enrolment', record));

/** An administrator's signature under the record of an approver, in base64url. */
export function signEnrolment(key: KeyObject, record: Approver): string {
  return sign(null, signedBytes(record), key).toString('base64url');
}

/** A key that has one spelling only: the last of 43 characters has two bits that a decoder ignores. */
function spelledRight(key: string): boolean {
  return publicText(publicKey(key)) === key;
}

/** Administrators as approvers. They come from the configuration, which whoever can write to the store cannot change. */
function pinned({ administrators, installation }: DirectoryInput, problems: string[]): Map<string, Approver> {
  const approvers = new Map<string, Approver>();
  for (const { approver, user, key, owns } of administrators) {
    const taken = [...approvers.values()].some((other) => other.key === key);
    if (approvers.has(approver) || taken || !spelledRight(key)) {
      problems.push('the configuration pins an administrator twice, or one key under two names: only the first one counts');
      continue;
    }
    const record = { v: 1, purpose: 'countersign/approver', installation, approver, user, key } as const;
    approvers.set(approver, { ...record, administrator: true, owns: [...owns], withdrawn: false, issuedAtMs: 0 });
  }
  return approvers;
}

/**
 * Whether an enrolment may be believed, given who was enrolled before it.
 *
 * `by` and the record come from a statement that the console or the operator signed, which proves only that it went through
 * one of them: the authority is the administrator's own signature.
 */
export function checkEnrolment(
  approvers: Approvers,
  pinnedNames: ReadonlySet<string>,
  installation: string,
  { record, by, signature }: Statement<'enrolled'>['body'],
): Result<Approver> {
  if (record.installation !== installation) return refuse('other-installation', 'the enrolment was made for another installation');
  if (pinnedNames.has(record.approver)) return refuse('pinned', 'an administrator whom the configuration pins can only be changed there');
  if (by === record.approver) return refuse('self-signed', 'nobody can enrol or withdraw themselves');
  const administrator = approvers.get(by);
  if (administrator === undefined || !administrator.administrator || administrator.withdrawn)
    return refuse('not-an-administrator', 'the enrolment is not signed by an administrator');
  if (!verify(null, signedBytes(record), publicKey(administrator.key), Buffer.from(signature, 'base64url')))
    return refuse('bad-signature', "the administrator's signature does not cover this enrolment");
  if (!spelledRight(record.key)) return refuse('bad-key', 'the key is not written as a public key is written');
  for (const other of approvers.values()) {
    if (other.approver !== record.approver && other.key === record.key)
      return refuse('key-taken', 'the key belongs to another approver already');
  }
  const before = approvers.get(record.approver);
  if (before !== undefined && record.issuedAtMs <= before.issuedAtMs)
    return refuse('replayed', 'the enrolment is not newer than the one that it would replace');
  return ok(record);
}

/**
 * Builds the directory of approvers: the pinned administrators, then every enrolment in the order in which it was made.
 * The order is that of the signed times, never that of the store's rows; an older record never replaces a newer one, so that
 * a withdrawal cannot be undone by storing an old row again. Rows that cannot be believed are ignored and reported.
 * What a store that drops a withdrawal leaves behind is found by the log, not here.
 */
export function approverDirectory(input: DirectoryInput): Directory {
  const problems: string[] = [];
  const approvers = pinned(input, problems);
  const pinnedNames = new Set(approvers.keys());
  // What opened, once each: a copy that does not open must not stand in the way of the row that it is a copy of.
  const opened = new Map<string, Statement<'enrolled'>>();
  for (const row of input.statements) {
    const statement = openAs(input.trust, row, 'enrolled');
    if (statement.ok) opened.set(row.bytes, statement.value);
    else problems.push(`an enrolment was ignored: ${statement.message}`);
  }
  for (const { body } of [...opened.values()].toSorted((a, b) => a.atMs - b.atMs || a.n - b.n)) {
    const checked = checkEnrolment(approvers, pinnedNames, input.installation, body);
    if (checked.ok) approvers.set(checked.value.approver, checked.value);
    else problems.push(`an enrolment was ignored: ${checked.message}`);
  }
  return { approvers, problems };
}

/** The directory as it is now, each time it is asked for: rows that cannot be believed are left out. */
export function openDirectory(source: Omit<DirectoryInput, 'statements'> & { readonly store: Store }): () => Promise<Approvers> {
  const { store, ...input } = source;
  return async () => approverDirectory({ ...input, statements: await store.statementsOfKind('enrolled') }).approvers;
}
