import type { Digest } from '../action/digest.ts';
import type { Signed, Statement } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { aboutOf, openAttempts } from './attempts.ts';
import type { Attempt, Attempts, OfAttempt, Why } from './attempts.ts';
import { openIssuer } from './issuer.ts';
import type { Grant, NoGrant, OnGiven } from './issuer.ts';
import type { Kept } from './kept-tokens.ts';
import { leftTo } from './log-so-far.ts';
import type { Told } from './log-so-far.ts';
import { place } from './placing.ts';
import type { Earlier } from './placing.ts';
import type { AccountSettings } from './settings.ts';
import { openTakeBack, settingsFor } from './take-back.ts';
import type { TakeBack, TakeBackDeps } from './take-back.ts';

/*
 * The hand's half of linking an account. The door hears the browser and is believed about nothing else: which attempt, how
 * often, how long, which issuer and which scope is decided here, and tokens never leave this process but into their file.
 */

/** What linking needs of its process. */
export interface AccountsDeps extends TakeBackDeps {
  /** Opens a statement of the hooks door: its signature, its maker and its shape. */
  openBegun(signed: Signed): Result<Statement<'account-begun'>>;
  /** True if the other zone holds this very value. */
  heldElsewhere(fingerprint: Digest): Promise<boolean>;
  /** The credential file has changed: use it from now on. A refusal says, in our words, why it cannot be used. */
  onLinked(account: AccountSettings): Result<null>;
  /** Waits until every call is over that began with an earlier credential of the account. */
  atRest(account: AccountSettings): Promise<void>;
}

/** What the door may tell a person of a grant. */
export interface Shown {
  readonly id: string;
  readonly name: string;
  readonly granted: readonly string[];
}

/** What becomes of the token of an earlier link: `revoking`, or why it stays good at the issuer. `none`: there was no other. */
export type EarlierToken = 'none' | 'same' | 'revoking' | 'not-possible' | 'in-use' | 'over';

/** A link, as it is told to the person who confirmed it. `problem`: its credential cannot be used, and why. */
export interface Linked extends Shown {
  readonly problem: string | null;
  readonly earlier: EarlierToken;
}

/** The hand's half. Each method answers one message; each step of an attempt is taken once. */
export interface Accounts {
  begin(question: { readonly begun: Signed }): Promise<Result<{ readonly url: string }>>;
  exchange(question: OfAttempt & { readonly code: string; readonly iss: string | null }): Promise<Result<Shown>>;
  confirm(question: OfAttempt): Promise<Result<Linked>>;
  abandon(question: OfAttempt & { readonly why: Why }): Promise<Result<null>>;
  /** Ends every attempt; unconfirmed tokens are revoked. */
  close(): Promise<void>;
}

/** When a token ends of which an issuer says how many seconds it lives. */
const endOfLife = (nowMs: number, expiresInS: number): number => Math.floor(Math.min(nowMs + Math.max(0, expiresInS) * 1000, 8.64e15));

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
  if (attempts.full() || deps.kept.size() >= limits.accountTokensKeptMax)
    return refuse('busy', 'too many accounts are being linked: wait for ten minutes');
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

/** Keeps what an issuer has given before it is judged, or anything else can be lost. */
function keeping({ kept, now }: AccountsDeps, attempt: Attempt): OnGiven {
  return (tokens, expiresInS) => {
    const ends = expiresInS === null || tokens.refresh !== null ? null : endOfLife(now(), expiresInS);
    try {
      kept.put({ v: 1, stage: 'held', about: aboutOf(attempt), clientId: attempt.settings.clientId, tokens, endsAtMs: ends });
      return true;
    } catch {
      return false;
    }
  };
}

/** Lets the token of an earlier link be revoked once nobody uses it any more, and says what will come of it. */
function endEarlier(deps: AccountsDeps, takeBack: TakeBack, settings: AccountSettings, earlier: Earlier): EarlierToken {
  if (earlier.was !== 'link') return earlier.was;
  const comes = takeBack.endReplaced(earlier.kept, deps.atRest(settings));
  return comes === 'not-possible' || comes === 'in-use' || comes === 'over' ? comes : 'revoking';
}

/** Records the link, then puts its credential in place. A crash in between leaves it kept, and the next life puts it in place. */
async function link({ deps, attempts, takeBack }: Hand, attempt: Attempt, grant: Grant): Promise<Result<Linked>> {
  const { settings } = attempt;
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
      tokenExpiresAtMs: expiresInS === null ? null : endOfLife(deps.now(), expiresInS),
      refresh: tokens.refresh !== null,
    },
  });
  const told = await deps.told();
  let earlier: Earlier;
  try {
    earlier = place(deps, settings, { attempt: attempt.about.attempt, tokens }, told);
  } catch {
    return attempts.end(attempt, { code: 'not-stored', message: 'the credential file cannot be written: check its folder' });
  }
  attempts.over(attempt);
  const live = deps.onLinked(settings);
  return ok({ id, name, granted, problem: live.ok ? null : live.message, earlier: endEarlier(deps, takeBack, settings, earlier) });
}

/** Puts in place what was confirmed in an earlier life. False: it cannot be, or the account is another one by now. */
function placeNow(deps: AccountsDeps, kept: Kept, told: readonly Told[]): boolean {
  const settings = settingsFor(deps, kept);
  if (settings === null) return false;
  try {
    place(deps, settings, { attempt: kept.about.attempt, tokens: kept.tokens }, told);
  } catch {
    return false;
  }
  deps.onLinked(settings);
  return true;
}

/** What an earlier life has left: a confirmed credential is put in place, and the rest is marked for what becomes of it. */
async function takeUp(deps: AccountsDeps): Promise<void> {
  for (const name of deps.kept.unreadable) deps.alarm('account-token-left', 'a file of a token that is to be revoked cannot be read', name);
  if (deps.kept.size() === 0) return;
  const told = await deps.told();
  for (const kept of deps.kept.all()) {
    const left = leftTo(kept, deps.fingerprint(kept.tokens.access), told);
    if (left === 'done') deps.kept.drop(kept.about.attempt);
    else if (left !== 'place') deps.kept.mark(kept, left);
    else if (!placeNow(deps, kept, told)) deps.kept.mark(kept, 'not-linked');
  }
}

/** The parts of the hand's half. */
interface Hand {
  readonly deps: AccountsDeps;
  readonly attempts: Attempts;
  readonly takeBack: TakeBack;
}

/**
 * Opens the hand's half: what a person had confirmed and a crash kept out of its place is put there first, and what is to be
 * revoked is revoked from now on, one after the other.
 */
export async function openAccounts(deps: AccountsDeps): Promise<Accounts> {
  const beganAtMs = deps.now();
  const takeBack = openTakeBack(deps);
  const attempts = openAttempts({ takeBack, now: deps.now });
  const hand: Hand = { deps, attempts, takeBack };
  await takeUp(deps);
  takeBack.start();
  // One link after the other: the log tells them in the order in which they are put in place.
  let linking: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = linking.then(act);
    linking = turn.catch(() => undefined);
    return turn;
  };
  return {
    begin: ({ begun }) => begin(deps, attempts, begun, beganAtMs),
    exchange: async (question) => {
      const attempt = attempts.take(question, 'begun');
      if (attempt === null) return unknownAttempt;
      return attempts.finish(attempt, async () => {
        const exchanged = await attempt.issuer.exchange(question, attempt.verifier, keeping(deps, attempt));
        if (!exchanged.ok) return attempts.end(attempt, exchanged);
        attempt.grant = exchanged.grant;
        return hold(deps, attempts, attempt, exchanged.grant);
      });
    },
    confirm: async (question) => {
      const attempt = attempts.take(question, 'held');
      const grant = attempt?.grant ?? null;
      if (attempt === null || grant === null) return unknownAttempt;
      return attempts.finish(attempt, () => inTurn(() => link(hand, attempt, grant)));
    },
    abandon: async ({ why, ...question }) => {
      const attempt = attempts.take(question, 'held') ?? attempts.take(question, 'begun');
      if (attempt === null) return unknownAttempt;
      await attempts.endBy(attempt, why);
      return ok(null);
    },
    close: async () => {
      await attempts.close();
      await takeBack.close();
    },
  };
}
