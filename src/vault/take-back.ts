import type { Digest } from '../action/digest.ts';
import type { Revocation } from '../action/statement-accounts.ts';
import type { Body, Draft } from '../action/statement.ts';
import { limits } from '../limits.ts';
import { tokensInPlace } from './credential-file.ts';
import { openIssuer } from './issuer.ts';
import type { Kept, KeptTokens } from './kept-tokens.ts';
import { endOf } from './log-so-far.ts';
import type { Told } from './log-so-far.ts';
import { mayRevoke } from './may-revoke.ts';
import type { OfClient } from './may-revoke.ts';
import type { AccountSettings } from './settings.ts';

/*
 * Taking tokens back that are not used any more. Each is on disk before anything else is done with it, and stays there until the
 * issuer has answered, nothing can be done, or its own life is over, and until the log tells which. So a crash at any moment
 * leaves it to the next life, which may send the same revocation again: to the issuer that is the same as once (RFC 7009 2.2).
 * Only a token that an issuer has given, and whose reply had not been written yet, is lost: a code may not be used twice (RFC
 * 6749 4.1.2), so nobody can ask for it again.
 */

/** What taking back needs of its hand. */
export interface TakeBackDeps {
  /** The accounts of this hand's zone, by name. */
  readonly accounts: ReadonlyMap<string, AccountSettings>;
  readonly kept: KeptTokens;
  /** What this hand has signed about accounts, in the order of the log. */
  told(): Promise<readonly Told[]>;
  /** Writes a statement of this hand. @throws CountersignError `store-failed` */
  record(draft: Draft): Promise<void>;
  fingerprint(value: string): Digest;
  /** True if this hand uses the value as a credential that no account gives. */
  heldOtherwise(fingerprint: Digest): boolean;
  alarm(code: string, message: string, about: string): void;
  readonly now: () => number;
}

/** `failed`: it is tried again. `not-yet`: so it is, once nobody can confirm what it could end. */
type Tried = Revocation | 'failed' | 'not-yet';

/** Takes tokens back, now or later. */
export interface TakeBack {
  /**
   * An attempt is over without a link: marks its tokens, tries once, and records how the attempt ended.
   * @throws CountersignError `store-failed`: it is recorded later.
   */
  refuse(body: Omit<Body<'account-refused'>, 'revoked'>): Promise<void>;
  /** Marks what is kept of an attempt as never linked, tries once and records what the log lacks. Never throws: what failed is tried again. */
  giveUp(attempt: string): Promise<void>;
  /**
   * The tokens of an earlier link, whose place another has: settled once nobody uses them any more.
   * Returns what is to come of them: `revoked` is tried.
   */
  endReplaced(kept: Kept, atRest: Promise<void>): Revocation;
  /** Tries everything that is left, now and then until nothing is. */
  start(): void;
  /** Lets what is on its way end, and begins nothing more. */
  close(): Promise<void>;
}

const alarms: { readonly [T in Tried]?: string } = {
  failed: 'a token that is not used any more is still good at its issuer, which does not answer: it is tried again',
  declined: 'a token that is not used any more may still be good: its issuer declined to revoke it, so end it there',
};

const asClient = ({ about: { issuer }, clientId, tokens }: Kept): OfClient => ({ issuer, clientId, tokens });

/** The credentials that stand in the files of accounts. @throws if one is there and cannot be read */
function inPlace(accounts: TakeBackDeps['accounts']): readonly OfClient[] {
  return [...accounts.values()].flatMap(({ issuer, clientId, file }) => {
    const tokens = tokensInPlace(file);
    return tokens === null ? [] : [{ issuer, clientId, tokens }];
  });
}

/** The account's settings, if they are still of the client to which the tokens were given: nobody else is told a token. */
export function settingsFor({ accounts }: Pick<TakeBackDeps, 'accounts'>, { about, clientId }: Kept): AccountSettings | null {
  const settings = accounts.get(about.account);
  return settings?.issuer === about.issuer && settings.clientId === clientId ? settings : null;
}

/** Why nothing is sent; null: it may be. */
function whyNot(deps: TakeBackDeps, kept: Kept): Exclude<Tried, 'revoked' | 'declined' | 'failed'> | null {
  const settings = settingsFor(deps, kept);
  if (kept.endsAtMs !== null && deps.now() > kept.endsAtMs) return 'over';
  if (settings === null || settings.revocationEndpoint === null) return 'not-possible';
  const { access, refresh } = kept.tokens;
  if ([access, refresh].some((token) => token !== null && deps.heldOtherwise(deps.fingerprint(token)))) return 'in-use';
  const { attempt } = kept.about;
  const others = deps.kept.all().filter((one) => one.stage === 'held' && one.about.attempt !== attempt);
  const may = mayRevoke(asClient(kept), settings.revocationEnds, { inPlace: inPlace(deps.accounts), held: others.map(asClient) });
  return may === 'yes' ? null : may;
}

/** What is to come of tokens, as far as can be seen without asking anybody: `revoked` is tried. */
function outlook(deps: TakeBackDeps, kept: Kept): Revocation {
  try {
    const why = whyNot(deps, kept);
    return why === null || why === 'not-yet' ? 'revoked' : why;
  } catch {
    return 'revoked';
  }
}

async function tryOnce(deps: TakeBackDeps, kept: Kept): Promise<Tried> {
  // A turn later: attempts that end together do not wait for each other.
  await Promise.resolve();
  const settings = settingsFor(deps, kept);
  const tried = whyNot(deps, kept) ?? (settings === null ? 'not-possible' : await openIssuer(settings).revoke(kept.tokens));
  const alarm = alarms[tried];
  if (alarm !== undefined) deps.alarm('account-token-left', alarm, kept.about.account);
  return tried;
}

const isEnd = (tried: Tried): tried is Revocation => tried !== 'failed' && tried !== 'not-yet';

/** Writes what the log lacks of the end of these tokens. */
async function tell(deps: TakeBackDeps, kept: Kept, tried: Tried): Promise<void> {
  const { asked, ...about } = kept.about;
  const end = endOf(await deps.told(), about.attempt);
  if (kept.stage === 'not-linked' && !end.refused) {
    const said = end.linked
      ? { code: 'not-stored' as const, message: 'it was broken off before its credential was in place' }
      : { code: 'stopped' as const, message: 'it was broken off: the process that held it ended, or could not record it' };
    const revoked = isEnd(tried) ? tried : 'failed';
    await deps.record({ kind: 'account-refused', body: { ...about, asked, granted: null, id: null, name: null, ...said, revoked } });
  } else if (isEnd(tried)) {
    const why = kept.stage === 'replaced' ? 'replaced' : 'not-linked';
    const credential = deps.fingerprint(kept.tokens.access);
    await deps.record({ kind: 'account-revoked', body: { ...about, why, credential, revoked: tried } });
  }
}

/** True if tokens that were to be replaced are still in place: the new ones did not come. */
function stillThere({ accounts }: TakeBackDeps, { stage, about, tokens }: Kept): boolean {
  const settings = accounts.get(about.account);
  return stage === 'replaced' && settings !== undefined && tokensInPlace(settings.file)?.access === tokens.access;
}

/** Rounds over what is left, each after twice the time of the one before. */
interface Rounds {
  /** Plans a round, unless one is planned. */
  later(): void;
  /** There is something new: waits begin at the shortest again. */
  reset(): void;
  close(): void;
}

function openRounds(round: () => void): Rounds {
  let timer: NodeJS.Timeout | null = null;
  let waitMs: number = limits.accountRevokeAgainMs;
  return {
    later: () => {
      timer ??= setTimeout(() => {
        timer = null;
        waitMs = Math.min(2 * waitMs, limits.accountRevokeAgainMsMax);
        round();
      }, waitMs).unref();
    },
    reset: () => {
      waitMs = limits.accountRevokeAgainMs;
    },
    close: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Opens it. `start` begins with what earlier lives have left. */
export function openTakeBack(deps: TakeBackDeps): TakeBack {
  /** Attempts whose tokens somebody is busy with. */
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();
  let closed = false;
  const left = (): readonly Kept[] =>
    closed ? [] : deps.kept.all().filter(({ stage, about }) => stage !== 'held' && !busy.has(about.attempt));
  // One after the other: an issuer that was away is not met with all at once.
  const start = async (): Promise<void> => {
    for (const kept of left()) if (left().includes(kept)) await settle(kept);
  };
  const rounds = openRounds(() => void start());

  /** Does something with the tokens of an attempt; what is left of them afterwards is tried again. */
  const withTokens = async ({ about: { attempt } }: Kept, act: () => Promise<Tried>): Promise<void> => {
    busy.add(attempt);
    try {
      if (isEnd(await act())) deps.kept.drop(attempt);
    } finally {
      busy.delete(attempt);
      if (left().length > 0) rounds.later();
    }
  };
  const settle = (kept: Kept): Promise<void> => {
    const done = withTokens(kept, async () => {
      if (stillThere(deps, kept)) return 'in-use';
      const tried = await tryOnce(deps, kept);
      await tell(deps, kept, tried);
      return tried;
    }).catch(() => undefined);
    running.add(done);
    return done.finally(() => running.delete(done));
  };
  /** So that no later life takes the link for one that only has to be put in place. */
  const notLinked = (attempt: string): Kept | null => {
    const kept = deps.kept.of(attempt);
    rounds.reset();
    return kept === null ? null : deps.kept.mark(kept, 'not-linked');
  };
  const settleAfter = async (kept: Kept, atRest: Promise<void>): Promise<void> => {
    busy.add(kept.about.attempt);
    await Promise.allSettled([atRest]);
    busy.delete(kept.about.attempt);
    if (!closed) await settle(kept);
  };

  return {
    refuse: async (body) => {
      const kept = notLinked(body.attempt);
      if (kept === null) return deps.record({ kind: 'account-refused', body: { ...body, revoked: 'no-token' } });
      await withTokens(kept, async () => {
        const tried = await tryOnce(deps, kept);
        await deps.record({ kind: 'account-refused', body: { ...body, revoked: isEnd(tried) ? tried : 'failed' } });
        return tried;
      });
    },
    giveUp: async (attempt) => {
      const kept = notLinked(attempt);
      if (kept !== null) await settle(kept);
    },
    endReplaced: (kept, atRest) => {
      void settleAfter(kept, atRest);
      return outlook(deps, kept);
    },
    start: () => void start(),
    close: async () => {
      closed = true;
      rounds.close();
      await Promise.all(running);
    },
  };
}
