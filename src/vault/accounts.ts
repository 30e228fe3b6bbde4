import type { Digest } from '../action/digest.ts';
import type { Draft, Signed, Statement } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { aboutOf, openAttempts } from './attempts.ts';
import type { Attempt, Attempts, OfAttempt, Why } from './attempts.ts';
import { putInPlace } from './credential-file.ts';
import { openIssuer } from './issuer.ts';
import type { Grant, NoGrant } from './issuer.ts';
import type { AccountSettings } from './settings.ts';

/*
 * The hand's half of linking an account. The door hears the browser and is believed about nothing else: which attempt, how
 * often, how long, which issuer and which scope is decided here, and tokens never leave this process but into their file.
 */

/** What linking needs of its process. */
export interface AccountsDeps {
  /** The accounts of this hand's zone, by name. */
  readonly accounts: ReadonlyMap<string, AccountSettings>;
  /** Opens a statement of the hooks door: its signature, its maker and its shape. */
  openBegun(signed: Signed): Result<Statement<'account-begun'>>;
  /** Writes a statement of this hand. @throws CountersignError `store-failed` */
  record(draft: Draft): Promise<void>;
  fingerprint(value: string): Digest;
  /** True if the other zone holds this very value. */
  heldElsewhere(fingerprint: Digest): Promise<boolean>;
  /** The credential file has changed: use it from now on. A refusal says, in our words, why it cannot be used. */
  onLinked(account: AccountSettings): Result<null>;
  readonly now: () => number;
}

/** What the door may tell a person of a grant. */
export interface Shown {
  readonly id: string;
  readonly name: string;
  readonly granted: readonly string[];
}

/** The hand's half. Each method answers one message; each step of an attempt is taken once. */
export interface Accounts {
  begin(question: { readonly begun: Signed }): Promise<Result<{ readonly url: string }>>;
  exchange(question: OfAttempt & { readonly code: string; readonly iss: string | null }): Promise<Result<Shown>>;
  /** `problem`: the account is linked, but its credential cannot be used, and why. */
  confirm(question: OfAttempt): Promise<Result<Shown & { readonly problem: string | null }>>;
  abandon(question: OfAttempt & { readonly why: Why }): Promise<Result<null>>;
  /** Ends every attempt; unconfirmed tokens are revoked. */
  close(): Promise<void>;
}

const unknownAttempt: Refusal = refuse('no-attempt', 'there is no such attempt at this step: start again with `countersign account link`');

/** The door's statement against this hand's own configuration and clock. */
function beginnable(deps: AccountsDeps, { body, atMs }: Statement<'account-begun'>, beganAtMs: number): Result<AccountSettings> {
  const settings = deps.accounts.get(body.account);
  if (settings === undefined) return refuse('not-found', 'this hand links no account of that name');
  // What was signed before this life began may have been used in the one before.
  if (Math.abs(deps.now() - atMs) > limits.requestFreshMs || atMs < beganAtMs)
    return refuse('stale', 'the request was signed too long ago');
  const same =
    body.system === settings.system &&
    body.zone === settings.zone &&
    body.issuer === settings.issuer &&
    JSON.stringify(body.asked) === JSON.stringify(settings.scopes);
  return same ? ok(settings) : refuse('bad-config', 'the door and the hand were started with different configurations: restart both');
}

async function begin(deps: AccountsDeps, attempts: Attempts, begun: Signed, beganAtMs: number): Promise<Result<{ readonly url: string }>> {
  const opened = deps.openBegun(begun);
  if (!opened.ok) return refuse('not-authentic', 'the request is not signed by the hooks door');
  const settings = beginnable(deps, opened.value, beganAtMs);
  if (!settings.ok) return settings;
  const { body, atMs } = opened.value;
  if (!attempts.once(body.attempt, atMs)) return refuse('replayed', 'this attempt was begun already');
  if (attempts.full()) return refuse('busy', 'too many accounts are being linked: wait for ten minutes');
  const issuer = openIssuer(settings.value);
  const { verifier, url } = await issuer.begin();
  const expiresAtMs = Math.min(body.expiresAtMs, deps.now() + limits.accountAttemptMs);
  attempts.add({ about: body, settings: settings.value, issuer, verifier, expiresAtMs, stage: 'begun', grant: null });
  return ok({ url });
}

/** What is said of a token that the other zone holds; null if it does not. */
async function wrongZone(deps: AccountsDeps, { tokens }: Grant): Promise<Pick<NoGrant, 'code' | 'message'> | null> {
  const held = await deps.heldElsewhere(deps.fingerprint(tokens.access));
  return held ? { code: 'wrong-zone', message: 'the other zone holds this very token: register a client for each zone' } : null;
}

/** What the issuer gave is held until the person has seen whose it is. */
async function hold(deps: AccountsDeps, attempts: Attempts, attempt: Attempt, grant: Grant): Promise<Result<Shown>> {
  const wrong = await wrongZone(deps, grant);
  if (wrong !== null) return attempts.end(attempt, wrong);
  // Looked at last: from here on only the attempt's own timer ends it.
  if (deps.now() >= attempt.expiresAtMs) return attempts.endBy(attempt, 'expired');
  attempt.stage = 'held';
  return ok({ id: grant.id, name: grant.name, granted: grant.scopes });
}

/** Records the link, then puts its credential in place. A crash in between leaves the old credential and a link that `account list` shows as not in place. */
async function link(
  deps: AccountsDeps,
  attempts: Attempts,
  attempt: Attempt,
  grant: Grant,
): Promise<Result<Shown & { readonly problem: string | null }>> {
  const { id, name, scopes: granted, tokens, expiresInS } = grant;
  // Once more: the other zone may have linked the same token while the person was looking.
  const wrong = await wrongZone(deps, grant);
  if (wrong !== null) return attempts.end(attempt, wrong);
  await deps.record({
    kind: 'account-linked',
    body: {
      ...aboutOf(attempt),
      granted: [...granted],
      id,
      name,
      credential: deps.fingerprint(tokens.access),
      tokenExpiresAtMs: expiresInS === null ? null : Math.floor(Math.min(deps.now() + Math.max(0, expiresInS) * 1000, 8.64e15)),
      refresh: tokens.refresh !== null,
    },
  });
  try {
    putInPlace(attempt.settings.file, tokens);
  } catch {
    return attempts.end(attempt, { code: 'not-stored', message: 'the credential file cannot be written: check its folder' });
  }
  attempts.over(attempt);
  const live = deps.onLinked(attempt.settings);
  return ok({ id, name, granted, problem: live.ok ? null : live.message });
}

/** Opens the hand's half. */
export function openAccounts(deps: AccountsDeps): Accounts {
  const attempts = openAttempts(deps);
  const beganAtMs = deps.now();
  return {
    begin: ({ begun }) => begin(deps, attempts, begun, beganAtMs),
    exchange: async (question) => {
      const attempt = attempts.take(question, 'begun');
      if (attempt === null) return unknownAttempt;
      return attempts.finish(attempt, async () => {
        const exchanged = await attempt.issuer.exchange(question, attempt.verifier);
        if (!exchanged.ok) return attempts.end(attempt, exchanged);
        attempt.grant = exchanged.grant;
        return hold(deps, attempts, attempt, exchanged.grant);
      });
    },
    confirm: async (question) => {
      const attempt = attempts.take(question, 'held');
      const grant = attempt?.grant ?? null;
      if (attempt === null || grant === null) return unknownAttempt;
      return attempts.finish(attempt, () => link(deps, attempts, attempt, grant));
    },
    abandon: async ({ why, ...question }) => {
      const attempt = attempts.take(question, 'held') ?? attempts.take(question, 'begun');
      if (attempt === null) return unknownAttempt;
      await attempts.endBy(attempt, why);
      return ok(null);
    },
    close: () => attempts.close(),
  };
}
