import type { Digest } from '../action/digest.ts';
import type { Statement } from '../action/statement.ts';
import type { Kept } from './kept-tokens.ts';

/*
 * What this hand itself has signed about its accounts, and what follows from it for tokens that an earlier life has kept: pure.
 */

/** A statement of this hand about an attempt, in the order of the log. */
export type Told = Statement<'account-linked'> | Statement<'account-refused'> | Statement<'account-revoked'>;

/** A link that the log holds. */
export type Link = Statement<'account-linked'>['body'];

/** The links of an account that hold, the last one last. */
function linksOf(told: readonly Told[], account: string): readonly Link[] {
  const undone = new Set(told.flatMap(({ kind, body }) => (kind === 'account-refused' ? [body.attempt] : [])));
  return told.flatMap(({ kind, body }) =>
    kind === 'account-linked' && body.account === account && !undone.has(body.attempt) ? [body] : [],
  );
}

/** The link by which a credential came into an account. Null: the credential is of no link of ours. */
export function linkOf(told: readonly Told[], account: string, credential: Digest): Link | null {
  return linksOf(told, account).findLast((link) => link.credential === credential) ?? null;
}

/** Whether the log holds that the attempt was linked or refused; both, if its credential could not be put in place. */
export function endOf(told: readonly Told[], attempt: string): { readonly linked: boolean; readonly refused: boolean } {
  const has = (kind: Told['kind']): boolean => told.some((one) => one.kind === kind && one.body.attempt === attempt);
  return { linked: has('account-linked'), refused: has('account-refused') };
}

/**
 * What is to be done at the beginning of a life with what an earlier one has kept.
 * `place`: a person has confirmed it, on record, and it was not put in place any more. `done`: nothing is left to do.
 * @param credential the fingerprint of its access token: what was never linked under it is not put in place.
 */
export function leftTo({ stage, about }: Kept, credential: Digest, told: readonly Told[]): 'place' | 'not-linked' | 'replaced' | 'done' {
  const mine = told.filter(({ body }) => body.attempt === about.attempt);
  if (mine.some(({ kind }) => kind === 'account-revoked')) return 'done';
  const refused = mine.find((one) => one.kind === 'account-refused');
  if (refused !== undefined) return ['failed', 'no-token'].includes(refused.body.revoked) ? 'not-linked' : 'done';
  const links = linksOf(told, about.account);
  const last = links.at(-1);
  // Also what was linked, and could not be put in place, before the log could be told.
  if (stage === 'not-linked' || links.every((link) => link.attempt !== about.attempt)) return 'not-linked';
  if (last?.attempt !== about.attempt) return 'replaced';
  if (stage === 'replaced') return 'done';
  return last.credential === credential ? 'place' : 'not-linked';
}
