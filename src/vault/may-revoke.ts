import type { Tokens } from './issuer.ts';

/*
 * Whether a token may be taken back at its issuer: pure. RFC 7009 lets an issuer end the whole grant with any token of it (2.1),
 * and some end all that a client was given for a user: taking one token back must never end a credential that is in use.
 */

/** Tokens of one client at one issuer. */
export interface OfClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly tokens: Tokens;
}

/** True if they have a token in common: some issuers give the same one again. */
function shareToken(a: Tokens, b: Tokens): boolean {
  const texts = [b.access, b.refresh];
  return texts.includes(a.access) || (a.refresh !== null && texts.includes(a.refresh));
}

/**
 * Whether `mine` may be revoked. `in-use`: that could end what stands in place. `not-yet`: it could end what a person may still confirm.
 * @param ends what a revocation ends at this issuer; see `AccountSettings`.
 */
export function mayRevoke(
  mine: OfClient,
  ends: 'token' | 'grant',
  others: { readonly inPlace: readonly OfClient[]; readonly held: readonly OfClient[] },
): 'yes' | 'in-use' | 'not-yet' {
  const wouldEnd = (other: OfClient): boolean =>
    shareToken(mine.tokens, other.tokens) || (ends === 'grant' && other.issuer === mine.issuer && other.clientId === mine.clientId);
  if (others.inPlace.some(wouldEnd)) return 'in-use';
  return others.held.some(wouldEnd) ? 'not-yet' : 'yes';
}
