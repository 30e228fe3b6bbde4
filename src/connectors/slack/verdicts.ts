import { refuse } from '../../errors.ts';
import type { Refusal } from '../../errors.ts';
import type { HandCode } from '../connector.ts';

/** A refusal that also says whether it is certain that the call had no effect. */
export interface Denied extends Refusal {
  readonly code: HandCode;
  readonly certain: boolean;
  /** Slack's own code, if it is one of the table below. Never Slack's words. */
  readonly slack: string | null;
}

/** Builds a denial. */
export function deny(code: HandCode, message: string, certain: boolean, slack: string | null = null): Denied {
  return { ok: false, code, message, certain, slack };
}

/** The refusal alone, as it leaves a hand. */
export function refusalOf(refusal: Refusal): Refusal {
  return refuse(refusal.code, refusal.message);
}

type Row = readonly [code: HandCode, message: string, slack: readonly string[]];

/** What Slack's codes mean (https://docs.slack.dev/reference/methods, the error tables of the methods used). With each, nothing has happened. */
const rows: readonly Row[] = [
  [
    'bad-credential',
    'Slack does not accept the credential: install the app again and store its new token',
    ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'org_login_required', 'team_access_not_granted'],
  ],
  ['forbidden', 'the credential lacks a scope that this needs', ['missing_scope']],
  ['forbidden', 'Slack allows this with another kind of token only (search needs a user token)', ['not_allowed_token_type']],
  ['forbidden', 'the bot is not in this channel: a member must invite it (/invite)', ['not_in_channel']],
  [
    'forbidden',
    'Slack does not allow this here',
    [
      'access_denied',
      'cannot_dm_bot',
      'cannot_message_user',
      'cannot_reply_to_message',
      'channel_type_not_supported',
      'ekm_access_denied',
      'enterprise_is_restricted',
      'is_inactive',
      'messages_tab_disabled',
      'method_not_supported_for_channel_type',
      'no_permission',
      'not_supported',
      'restricted_action',
      'restricted_action_non_threadable_channel',
      'restricted_action_read_only_channel',
      'restricted_action_thread_locked',
      'restricted_action_thread_only_channel',
      'user_disabled',
      'user_is_restricted',
    ],
  ],
  ['target-changed', 'the channel is archived: nothing can be posted there', ['is_archived']],
  ['not-found', 'there is no such channel, or the credential cannot see it', ['channel_not_found', 'channel_is_deleted']],
  ['not-found', 'there is no such person, or the credential cannot see it', ['user_not_found', 'users_not_found', 'user_not_visible']],
  ['not-found', 'there is no such message', ['thread_not_found', 'message_not_found']],
  ['rate-limited', 'Slack takes no more calls for now: try again in a minute', ['ratelimited', 'rate_limited', 'message_limit_exceeded']],
  [
    'bad-arguments',
    'Slack does not accept the arguments',
    [
      'invalid_arg_name',
      'invalid_arguments',
      'invalid_array_arg',
      'invalid_cursor',
      'invalid_form_data',
      'invalid_limit',
      'invalid_metadata_format',
      'invalid_metadata_schema',
      'invalid_ts_latest',
      'invalid_ts_oldest',
      'invalid_types',
      'metadata_too_large',
      'missing_query',
      'msg_too_long',
      'no_text',
      'users_list_not_supplied',
    ],
  ],
];

const table: ReadonlyMap<string, { readonly code: HandCode; readonly message: string }> = new Map(
  rows.flatMap(([code, message, names]) => names.map((name) => [name, { code, message }] as const)),
);

/**
 * What Slack's `ok: false` means. A code that is not in the table (`internal_error`, `fatal_error`, one that Slack adds
 * tomorrow) proves nothing: Slack says of `fatal_error` that some of the operation may have succeeded.
 */
export function verdictOf(data: { readonly error?: unknown; readonly needed?: unknown }, knownScopes: ReadonlySet<string>): Denied {
  const name = typeof data.error === 'string' ? data.error : '';
  const known = table.get(name);
  if (known === undefined) return deny('third-party-error', 'Slack failed, and did not say whether anything happened', false);
  const scopes = typeof data.needed === 'string' ? data.needed.split(/[,|]/).filter((scope) => knownScopes.has(scope)) : [];
  const message = name === 'missing_scope' && scopes.length > 0 ? `${known.message}: ${scopes.join(', ')}` : known.message;
  return deny(known.code, message, true, name);
}
