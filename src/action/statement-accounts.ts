import { z } from 'zod';
import { limits } from '../limits.ts';
import { attemptId as attempt } from './ids.ts';
import { hash, text, timeMs } from './vocabulary.ts';

/*
 * The statements of linking an account: a person lets an issuer (an OAuth authorization server) give us a token. No code, state
 * or token stands in any of them.
 */

const scopes = z.array(text(limits.accountScopeCharsMax)).max(limits.accountScopesMax);

/** What every step says of the attempt. `user`: who asked for it at the command line. */
const about = {
  attempt,
  account: text(limits.shortNameCharsMax),
  system: text(limits.shortNameCharsMax),
  zone: z.enum(['read', 'write']),
  issuer: text(limits.idCharsMax),
  user: text(),
};

/** Why an attempt ended without a link. Closed; `message` beside it is ours. */
export const accountRefusals = [
  'expired' /** nobody finished it within `limits.accountAttemptMs` */,
  'stopped' /** the process that held it ended */,
  'refused-by-person',
  'refused-by-issuer' /** the answer was an OAuth error */,
  'wrong-issuer' /** `iss` is missing where it must be, or names another one */,
  'replayed' /** a second, different answer came to the same attempt */,
  'not-reachable' /** proven: the code was not sent */,
  'no-token' /** the issuer did not give one, or answered what no standard says */,
  'wrong-token-type',
  'wider-scope',
  'narrower-scope',
  'no-account' /** the issuer does not say whose the token is */,
  'wrong-tenant' /** it is not the account that the configuration expects */,
  'wrong-zone' /** the other zone holds this very token */,
  'not-stored' /** the file could not be written */,
] as const;

/** Why an attempt ended without a link. */
export type AccountRefusal = (typeof accountRefusals)[number];

/** What became of a token that must not be used. Closed. */
export const revocations = [
  'revoked' /** the issuer has said so, or that it knows no such token */,
  'not-possible' /** the configuration names no revocation endpoint for it */,
  'in-use' /** nothing was sent: that could have ended a credential that is in use */,
  'declined' /** the issuer has answered with an error */,
  'over' /** its own life was over first */,
] as const;

/** What became of a token that must not be used. */
export type Revocation = (typeof revocations)[number];

/** The body of each of these statements, as in `statementShapes`. */
export const accountStatements = {
  /** A browser was sent to the issuer. `state` is the digest of what the issuer must bring back. */
  'account-begun': z.strictObject({ ...about, asked: scopes, state: hash, expiresAtMs: timeMs }),
  /** A person has confirmed the account that the issuer named. Durable before the credential is put in place. */
  'account-linked': z.strictObject({
    ...about,
    asked: scopes,
    granted: scopes,
    /** The immutable id of the account or workspace at the issuer, and the name that was shown: the issuer's words. */
    id: text(limits.accountNameCharsMax),
    name: text(limits.accountNameCharsMax),
    /** The fingerprint of the access token, as in `started`. */
    credential: hash,
    tokenExpiresAtMs: timeMs.nullable(),
    /** Whether a refresh token came with it and is kept. */
    refresh: z.boolean(),
  }),
  /**
   * Nothing was linked. `revoked`: what became of a token that the issuer had given already; `failed`: it is tried again, and
   * `account-revoked` tells the end.
   */
  'account-refused': z.strictObject({
    ...about,
    asked: scopes,
    granted: scopes.nullable(),
    id: text(limits.accountNameCharsMax).nullable(),
    name: text(limits.accountNameCharsMax).nullable(),
    code: z.enum(accountRefusals),
    message: z.string().max(limits.lineCharsMax),
    revoked: z.enum(['no-token', ...revocations, 'failed']),
  }),
  /** The end of a token that was not used any more: one of an attempt that had ended without a link, or of a link that a later one replaced. */
  'account-revoked': z.strictObject({
    ...about,
    why: z.enum(['not-linked', 'replaced']),
    /** The fingerprint of the access token. */
    credential: hash,
    revoked: z.enum(revocations),
  }),
} as const;
