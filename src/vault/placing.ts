import type { Digest } from '../action/digest.ts';
import { putInPlace, tokensInPlace } from './credential-file.ts';
import type { Tokens } from './issuer.ts';
import type { Kept, KeptTokens } from './kept-tokens.ts';
import { linkOf } from './log-so-far.ts';
import type { Told } from './log-so-far.ts';
import type { AccountSettings } from './settings.ts';

/*
 * Putting a confirmed credential in place of an earlier one, so that neither is lost: the earlier one is kept before it is
 * overwritten, and the new one is kept until it is in its place.
 */

/** What stood in place before. `link`: the tokens of an earlier link, to be revoked; `same`: the very token; `none`: nothing that a link of ours brought. */
export type Earlier = { readonly was: 'link'; readonly kept: Kept } | { readonly was: 'same' | 'none' };

/** What placing needs of its hand. */
export interface PlacingDeps {
  readonly kept: KeptTokens;
  fingerprint(value: string): Digest;
}

function earlierOf(deps: PlacingDeps, settings: AccountSettings, tokens: Tokens, told: readonly Told[]): Earlier {
  const before = tokensInPlace(settings.file);
  if (before === null) return { was: 'none' };
  if (before.access === tokens.access) return { was: 'same' };
  // What an operator has put there by hand may be anybody's.
  const link = linkOf(told, settings.name, deps.fingerprint(before.access));
  if (link === null) return { was: 'none' };
  const { attempt, account, system, zone, issuer, user, asked } = link;
  const about = { attempt, account, system, zone, issuer, user, asked: [...asked] };
  // A refresh token may live on when the access token is over.
  const endsAtMs = before.refresh === null ? link.tokenExpiresAtMs : null;
  return { was: 'link', kept: { v: 1, stage: 'replaced', about, clientId: settings.clientId, tokens: { ...before }, endsAtMs } };
}

/**
 * Puts the tokens of a linked attempt in place, durably, and forgets that they were kept. Nothing can come between its steps but
 * a crash, after which a new life does them again.
 * @throws if it cannot be done; then the earlier credential is still there.
 */
export function place(
  deps: PlacingDeps,
  settings: AccountSettings,
  { attempt, tokens }: { readonly attempt: string; readonly tokens: Tokens },
  told: readonly Told[],
): Earlier {
  const found = earlierOf(deps, settings, tokens, told);
  // A life that was broken off here has kept it already, and may have exchanged the refresh token since.
  const known = found.was === 'link' ? deps.kept.of(found.kept.about.attempt) : null;
  const earlier: Earlier = known?.stage === 'replaced' ? { was: 'link', kept: known } : found;
  try {
    if (earlier.was === 'link' && earlier.kept !== known) deps.kept.put(earlier.kept);
    putInPlace(settings.file, tokens);
  } catch (error) {
    if (earlier.was === 'link') deps.kept.drop(earlier.kept.about.attempt);
    throw error;
  }
  deps.kept.drop(attempt);
  return earlier;
}
