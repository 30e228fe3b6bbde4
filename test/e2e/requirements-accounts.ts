/*
 * What must hold of linking an account by OAuth, one row each: see requirements.ts.
 */

/** The rows. */
export const accountRows = [
  {
    id: 'accounts.bound',
    source: 'how it must hold',
    behaviour:
      'An answer counts once, in the browser that asked, from the issuer that was asked, for ten minutes; a guess of a browser uses nothing up.',
  },
  {
    id: 'accounts.confirmed',
    source: 'how it must hold',
    behaviour: 'Nothing is linked before the person in that browser has seen whose account it is, and has confirmed it.',
  },
  {
    id: 'accounts.scope',
    source: 'how it must hold',
    behaviour: 'A token of another scope, type or account than the configuration says is refused, and revoked where the issuer can.',
  },
  {
    id: 'accounts.kept',
    source: 'how it must hold',
    behaviour: 'Tokens and client secrets stay in the hand of their zone and in its file; the log knows fingerprints.',
  },
  {
    id: 'accounts.taken-back',
    source: 'how it must hold',
    behaviour:
      'A token that nobody confirmed, or that a later link replaced, is revoked whatever crashes in between, and no revocation ends a credential that is in use.',
  },
] as const;
