import { randomBytes } from 'node:crypto';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import { limits } from '../limits.ts';

/*
 * The door's half of an attempt: which browser it belongs to. Everything that a browser must bring back is random, is kept as a
 * digest where it need not be written out again, and is good once, for ten minutes.
 */

/** Where an attempt stands. `busy`: a step is on its way. `over`: kept until its time ends, so that what comes again is known. */
export type Stage = 'ticket' | 'begun' | 'answered' | 'shown' | 'busy' | 'over';

/** Whose account it is, as the hand tells it. The names are the issuer's words. */
export interface ShownAccount {
  readonly id: string;
  readonly name: string;
  readonly granted: readonly string[];
}

/** One attempt. */
export interface DoorAttempt {
  readonly id: string;
  readonly account: string;
  /** Who asked for it at the command line. */
  readonly user: string;
  readonly ticket: Digest;
  readonly expiresAtMs: number;
  stage: Stage;
  /** The digest of the browser's cookie. Null until a browser has used the ticket. */
  session: Digest | null;
  /** What the issuer brings back; the hand asks for it at every step. */
  state: string;
  /** What the form of the next step must hold. */
  csrf: string;
  answer: { readonly code: string; readonly iss: string | null } | null;
  shown: ShownAccount | null;
  /** Whether a wrong browser has been reported. */
  alarmed: boolean;
}

const secretText = (): string => randomBytes(32).toString('base64url');
const digestOf = (text: string): Digest => digestText('account', text);

/** The attempts of one door. */
export interface DoorAttempts {
  /** A new attempt and its ticket, which exists nowhere else. Null: there are too many. */
  start(account: string, user: string): { readonly ticket: string; readonly attempt: DoorAttempt } | null;
  /** Uses a ticket, once: binds the attempt to a new browser session. Null: it is not good. */
  begin(account: string, ticket: string): { readonly session: string; readonly attempt: DoorAttempt } | null;
  /** By what the issuer brought back. */
  byState(account: string, state: string): DoorAttempt | null;
  /** By the browser's cookie. */
  bySession(account: string, session: string): DoorAttempt | null;
  /** True if the attempt is this browser's. */
  isOf(attempt: DoorAttempt, session: string | null): boolean;
  /** Makes the attempt ready for its next form. */
  next(attempt: DoorAttempt, stage: Stage): void;
}

/** Opens the table. */
export function openDoorAttempts(now: () => number): DoorAttempts {
  const attempts = new Set<DoorAttempt>();
  // There are at most `limits.accountAttemptsMax`: looking at each is cheap, and compares digests only.
  const find = (account: string, matches: (attempt: DoorAttempt) => boolean): DoorAttempt | null => {
    for (const attempt of attempts) if (now() >= attempt.expiresAtMs) attempts.delete(attempt);
    return [...attempts].find((attempt) => attempt.account === account && matches(attempt)) ?? null;
  };
  const next: DoorAttempts['next'] = (attempt, stage) => {
    attempt.stage = stage;
    attempt.csrf = secretText();
  };
  const isOf: DoorAttempts['isOf'] = (attempt, session) =>
    session !== null && attempt.session !== null && digestOf(session) === attempt.session;
  return {
    start: (account, user) => {
      find(account, () => false);
      if (attempts.size >= limits.accountAttemptsMax) return null;
      const ticket = secretText();
      const attempt: DoorAttempt = {
        id: `a_${randomBytes(16).toString('base64url')}`,
        account,
        user,
        ticket: digestOf(ticket),
        expiresAtMs: now() + limits.accountAttemptMs,
        stage: 'ticket',
        session: null,
        state: secretText(),
        csrf: '',
        answer: null,
        shown: null,
        alarmed: false,
      };
      attempts.add(attempt);
      return { ticket, attempt };
    },
    begin: (account, ticket) => {
      const digest = digestOf(ticket);
      const attempt = find(account, (one) => one.stage === 'ticket' && one.ticket === digest);
      if (attempt === null) return null;
      const session = secretText();
      attempt.session = digestOf(session);
      next(attempt, 'busy');
      return { session, attempt };
    },
    byState: (account, state) => {
      const digest = digestOf(state);
      return find(account, (attempt) => attempt.session !== null && digestOf(attempt.state) === digest);
    },
    bySession: (account, session) => find(account, (attempt) => isOf(attempt, session)),
    isOf,
    next,
  };
}
