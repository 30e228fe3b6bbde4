import { cut } from '../action/cut.ts';
import { digestText } from '../action/digest.ts';
import { sameText } from '../action/same-text.ts';
import type { AccountRefusal } from '../action/statement-accounts.ts';
import type { Body } from '../action/statement.ts';
import { refuse } from '../errors.ts';
import type { Refusal } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Grant, Issuer, NoGrant } from './issuer.ts';
import type { AccountSettings } from './settings.ts';
import type { TakeBack } from './take-back.ts';

/*
 * The attempts of a hand: each step of each is taken once, in time, by whoever knows its state. An attempt that ends without a
 * link leaves a statement behind, and no token at the issuer where that can be helped.
 */

/** One attempt. `busy`: a step is on its way, and no other can be taken. */
export interface Attempt {
  readonly about: Body<'account-begun'>;
  readonly settings: AccountSettings;
  readonly issuer: Issuer;
  readonly verifier: string;
  readonly expiresAtMs: number;
  stage: 'begun' | 'busy' | 'held' | 'over';
  grant: Grant | null;
}

/** Which attempt, proved by the state that only the door and that browser's way through the issuer have seen. */
export interface OfAttempt {
  readonly attempt: string;
  readonly state: string;
}

/** Why an attempt ends without an answer of the issuer being judged. */
export type Why = 'refused-by-person' | 'refused-by-issuer' | 'wrong-issuer' | 'replayed' | 'expired' | 'stopped';

const whyWords: Readonly<Record<Why & AccountRefusal, string>> = {
  'refused-by-person': 'the person did not confirm the account',
  'refused-by-issuer': 'the issuer answered with an error: nothing was granted there',
  'wrong-issuer': 'the answer does not name the issuer that was asked',
  replayed: 'a second, different answer came to the same attempt',
  expired: 'nobody finished it in time',
  stopped: 'the process that held it was stopped',
};

/** The attempts of one life of a hand. */
export interface Attempts {
  /** True the first time that a begun attempt of this id is seen; `atMs` is when the door signed it. */
  once(id: string, atMs: number): boolean;
  readonly full: () => boolean;
  add(attempt: Attempt): void;
  /** The attempt, if it stands at this step; from then on it is busy. */
  take(question: OfAttempt, stage: 'begun' | 'held'): Attempt | null;
  /** Forgets an attempt and what it holds. */
  over(attempt: Attempt): void;
  /** Ends an attempt without a link: what the issuer gave is taken back, and the log says why. */
  end(attempt: Attempt, why: Pick<NoGrant, 'code' | 'message'> & Partial<NoGrant>): Promise<Refusal>;
  endBy(attempt: Attempt, why: Why): Promise<Refusal>;
  /** Does the rest of a step; if it throws, the attempt is over and what it holds is taken back. */
  finish<T>(attempt: Attempt, rest: () => Promise<T>): Promise<T>;
  /** Ends all that wait, and what comes of the steps that are on their way. */
  close(): Promise<void>;
}

/** What every statement about an attempt begins with. */
export function aboutOf({
  about,
}: Attempt): Pick<Body<'account-begun'>, 'attempt' | 'account' | 'system' | 'zone' | 'issuer' | 'user' | 'asked'> {
  const { attempt, account, system, zone, issuer, user, asked } = about;
  return { attempt, account, system, zone, issuer, user, asked };
}

/** Scopes as an issuer wrote them, if they fit into a statement. */
function recordable(scopes: readonly string[] | null): string[] | null {
  const fits =
    scopes !== null &&
    scopes.length <= limits.accountScopesMax &&
    scopes.every((scope) => scope.length <= limits.accountScopeCharsMax && scope.isWellFormed());
  return fits ? [...scopes] : null;
}

/** How an attempt ended, for the log. */
function refusedBody(
  attempt: Attempt,
  grant: Grant | null,
  why: Pick<NoGrant, 'code' | 'message'> & Partial<NoGrant>,
): Omit<Body<'account-refused'>, 'revoked'> {
  const known = { id: why.id ?? grant?.id ?? null, name: why.name ?? grant?.name ?? null };
  const granted = recordable(why.scopes ?? grant?.scopes ?? null);
  return { ...aboutOf(attempt), ...known, granted, code: why.code, message: cut(why.message, limits.lineCharsMax) };
}

/** The requests that were seen lately: older ones are refused by their age. */
function openSeen(now: () => number): (id: string, atMs: number) => boolean {
  const seen = new Map<string, number>();
  return (id, atMs) => {
    for (const [old, at] of seen) if (at < now() - 2 * limits.requestFreshMs) seen.delete(old);
    if (seen.has(id)) return false;
    seen.set(id, atMs);
    return true;
  };
}

/** Opens the table. */
export function openAttempts(deps: { readonly takeBack: TakeBack; readonly now: () => number }): Attempts {
  const attempts = new Map<string, Attempt>();
  const timers = new Map<string, NodeJS.Timeout>();
  const over = (attempt: Attempt): void => {
    const { attempt: id } = attempt.about;
    attempt.stage = 'over';
    attempt.grant = null;
    clearTimeout(timers.get(id));
    timers.delete(id);
    attempts.delete(id);
  };
  const end: Attempts['end'] = async (attempt, why) => {
    const { grant } = attempt;
    over(attempt);
    await deps.takeBack.refuse(refusedBody(attempt, grant, why));
    return refuse(why.code, why.message);
  };
  const endBy: Attempts['endBy'] = (attempt, why) => end(attempt, { code: why, message: whyWords[why] });
  const steps = new Set<Promise<unknown>>();
  const endWaiting = (): Promise<Refusal>[] =>
    [...attempts.values()].filter((one) => one.stage === 'begun' || one.stage === 'held').map((one) => endBy(one, 'stopped'));
  const expire = (attempt: Attempt): void => {
    // A step that is on its way finds out about the time itself.
    if (attempt.stage !== 'busy') void endBy(attempt, 'expired').catch(() => undefined);
  };

  return {
    once: openSeen(deps.now),
    full: () => attempts.size >= limits.accountAttemptsMax,
    add: (attempt) => {
      const { attempt: id } = attempt.about;
      attempts.set(id, attempt);
      const timer = setTimeout(() => expire(attempt), Math.max(0, attempt.expiresAtMs - deps.now()));
      timers.set(id, timer.unref());
    },
    take: ({ attempt: id, state }, stage) => {
      const attempt = attempts.get(id);
      if (attempt === undefined || attempt.stage !== stage || deps.now() >= attempt.expiresAtMs) return null;
      if (!sameText(digestText('account', state), attempt.about.state)) return null;
      attempt.stage = 'busy';
      return attempt;
    },
    over,
    end,
    endBy,
    finish: (attempt, rest) => {
      const step = rest().catch(async (error: unknown) => {
        over(attempt);
        await deps.takeBack.giveUp(attempt.about.attempt);
        throw error;
      });
      steps.add(step);
      return step.finally(() => steps.delete(step));
    },
    close: async () => {
      await Promise.allSettled([...endWaiting(), ...steps]);
      // A token that came meanwhile.
      await Promise.allSettled(endWaiting());
    },
  };
}
