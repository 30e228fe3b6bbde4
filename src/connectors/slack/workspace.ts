import { z } from 'zod';
import { cut } from '../../action/cut.ts';
import { limits } from '../../limits.ts';
import type { SlackSettings } from '../settings.ts';
import type { Answered, Ask } from './client.ts';
import { deny } from './verdicts.ts';

/*
 * The workspace is pinned by the configuration. A credential must belong to it, and so must every row that comes back: Slack
 * mixes rows of other workspaces into answers (Slack Connect, organisations), and says so in fields of the row.
 */

/** Who a credential is, in the pinned workspace. */
export interface Identity {
  readonly user: string;
  readonly bot: string | null;
  /** The address of the workspace, if Slack names one of its own: permalinks begin with it. */
  readonly url: string | null;
}

const identityShape = z.object({
  team_id: z.string(),
  user_id: z.string(),
  bot_id: z.string().nullish(),
  url: z.string().nullish(),
  is_enterprise_install: z.boolean().nullish(),
  response_metadata: z.object({ scopes: z.array(z.string()).nullish() }).nullish(),
});

/** Scopes that only look. Everything else can change something, whatever Slack will call it. */
export function onlyReads(scope: string): boolean {
  return /^[a-z_.]+:(?:read|history)(?:\.[a-z_]+)*$/.test(scope) && !scope.startsWith('admin')
    ? true
    : ['identify', 'openid', 'email', 'profile'].includes(scope);
}

/** Scopes that a writer has no use for: administration, speaking as somebody else, posting where it was not invited. */
export function tooMuchForAWriter(scope: string): boolean {
  return scope === 'admin' || scope.startsWith('admin.') || ['chat:write.public', 'chat:write.customize', 'client', 'post'].includes(scope);
}

/** What one hand's credential must be. */
export interface Need {
  readonly settings: SlackSettings;
  /** True for a scope that the credential must not have. */
  readonly surplus: (scope: string) => boolean;
  /** What to say about such scopes. */
  readonly surplusMessage: string;
  readonly now: () => number;
}

/**
 * Opens the check of a credential: asked before the first call, remembered for `limits.slackPinFreshMs`, asked again
 * afterwards, and whenever `fresh` is true. A refusal is not remembered, so that a repaired credential works at once.
 */
export function openPin(ask: Ask, need: Need): (fresh?: boolean) => Promise<Answered<Identity>> {
  let known: { readonly identity: Identity; readonly atMs: number } | null = null;
  return async (fresh = false) => {
    if (!fresh && known !== null && need.now() - known.atMs < limits.slackPinFreshMs) return { ok: true, value: known.identity };
    const asked = await ask('auth.test', {}, identityShape);
    known = null;
    if (!asked.ok) return asked;
    const { team_id, user_id, bot_id, url, is_enterprise_install, response_metadata } = asked.value;
    if (is_enterprise_install === true)
      return deny('bad-credential', 'the credential is for a whole organisation: install the app in the one workspace instead', true);
    if (team_id !== need.settings.team)
      return deny('wrong-tenant', `the credential belongs to another workspace than ${need.settings.team}, which is configured`, true);
    if ((response_metadata?.scopes ?? []).some(need.surplus)) return deny('bad-credential', need.surplusMessage, true);
    const own = /^https:\/\/[a-z0-9-]+(?:\.enterprise)?\.slack\.com\/$/.test(url ?? '') ? (url ?? null) : null;
    known = { identity: { user: user_id, bot: bot_id ?? null, url: own }, atMs: need.now() };
    return { ok: true, value: known.identity };
  };
}

const teamFields = z.object({
  team: z.unknown(),
  team_id: z.unknown(),
  context_team_id: z.unknown(),
  user_team: z.unknown(),
  source_team: z.unknown(),
  user_profile: z.object({ team: z.unknown() }).nullish().catch(null),
  bot_profile: z.object({ team_id: z.unknown() }).nullish().catch(null),
});

/** True if a row says that it belongs to another workspace, in any of the fields that Slack uses for it. */
export function isForeign(row: unknown, team: string): boolean {
  const fields = teamFields.partial().safeParse(row);
  if (!fields.success) return true;
  const { user_profile, bot_profile, ...direct } = fields.data;
  const said = [...Object.values(direct), user_profile?.team, bot_profile?.team_id];
  return said.some((value) => value !== undefined && value !== null && value !== '' && value !== team);
}

/** The rows of an answer that are of this workspace. */
export interface OwnRows<T> {
  readonly rows: readonly T[];
  /** How many were left out, for whatever reason. */
  readonly withheld: number;
  /** How many of these did not prove that they are of this workspace. */
  readonly foreign: number;
}

/** The rows that have the documented shape and prove that they are of this workspace, and how many were left out. */
export function ownRows<T>(
  rows: readonly unknown[],
  shape: z.ZodType<T>,
  team: string,
  proves: (row: T, team: string) => boolean = () => true,
): OwnRows<T> {
  const own: T[] = [];
  let foreign = 0;
  for (const row of rows) {
    const parsed = shape.safeParse(row);
    if (isForeign(row, team) || (parsed.success && !proves(parsed.data, team))) foreign++;
    else if (parsed.success) own.push(parsed.data);
  }
  return { rows: own, withheld: rows.length - own.length, foreign };
}

/** Text of a third party, fit for canonical JSON: bounded, and without half surrogate pairs. */
export function fit(text: string | null | undefined, max: number = limits.slackFieldCharsMax): string {
  return cut(text ?? '', max);
}

/** A name that a third party chose, fit for a line that people read: letters, digits and `._-`, at most 80 characters. */
export function fitName(name: string | null | undefined): string {
  const shown = fit(name, 80).replace(/[^\p{L}\p{M}\p{N}._-]/gu, '?');
  return shown === '' ? '?' : shown;
}
