import { LogLevel, WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError, WebClient } from '@slack/web-api';
import type { Logger } from '@slack/web-api';
import type { z } from 'zod';
import { neverSent } from '../../action/never-sent.ts';
import { CountersignError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { SlackSettings } from '../settings.ts';
import { slackScopes } from './catalog.ts';
import { boundedFetch, faultOf } from './transport.ts';
import { deny, verdictOf } from './verdicts.ts';
import type { Denied } from './verdicts.ts';

/*
 * What both hands share: how Slack is called and how its answers are understood. It is given a credential by its caller, and
 * of itself asks only the methods below, none of which changes anything.
 */

/** For tests: how long one call may take, and the clock. */
export interface ClientOptions {
  readonly callMs?: number;
  readonly now?: () => number;
}

/** An answer of Slack, parsed. */
export type Answered<T> = { readonly ok: true; readonly value: T } | Denied;

/** The methods that change nothing. */
type ReadMethod =
  | 'assistant.search.context'
  | 'auth.test'
  | 'conversations.history'
  | 'conversations.info'
  | 'conversations.list'
  | 'conversations.members'
  | 'conversations.replies'
  | 'users.info'
  | 'users.list';

/** Asks one method and parses its answer. */
export type Ask = <T>(
  method: ReadMethod,
  args: Readonly<Record<string, string | number | boolean>>,
  shape: z.ZodType<T>,
) => Promise<Answered<T>>;

/** Says nothing anywhere: what the SDK would log holds what was sent and answered. */
const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  setName: () => {},
  getLevel: () => LogLevel.ERROR,
};

/**
 * Refuses, before anything is sent, what is not a token of an installed app. Token kinds: https://docs.slack.dev/authentication/tokens.
 * @throws CountersignError `bad-credential`
 */
function checkCredential(credential: string): void {
  const bad = (what: string): never => {
    throw new CountersignError(
      'bad-credential',
      `${what}: use the bot token (xoxb-…) or user token (xoxp-…) of a Slack app that is made for this hand`,
    );
  };
  if (/^xox[cds]-/.test(credential)) bad("this is a person's browser session, which no scope limits");
  if (credential.startsWith('xapp-')) bad('this is an app-level token, which cannot act in a workspace');
  if (credential.startsWith('xoxe-')) bad('this is a refresh token, which is good for one exchange only');
  if (!/^(?:xoxe\.)?xox[bp]-[\x21-\x7e]{1,1000}$/.test(credential)) bad('this is not a Slack token of a kind that can be used here');
}

/** Opens the official client: one try per call, a bounded answer, and no word to any log. */
export function openClient(settings: SlackSettings, credential: string, options: ClientOptions): WebClient {
  checkCredential(credential);
  return new WebClient(credential, {
    slackApiUrl: settings.url,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: options.callMs ?? limits.thirdPartyCallMs,
    allowAbsoluteUrls: false,
    logger: silent,
    fetch: boundedFetch,
  });
}

/** What went wrong with a call, in our words. */
function understand(error: unknown): Denied {
  if (error instanceof WebAPIPlatformError) return verdictOf(error.data, slackScopes);
  if (error instanceof WebAPIRateLimitedError)
    return deny(
      'rate-limited',
      `Slack takes no more calls for ${Math.trunc(error.retryAfter)} seconds: try again then`,
      true,
      'ratelimited',
    );
  if (error instanceof WebAPIHTTPError)
    return deny('third-party-error', 'Slack answered with an error of its servers: try again later', false);
  if (!(error instanceof WebAPIRequestError)) return deny('third-party-error', 'the call to Slack failed', false);
  const fault = faultOf(error.original);
  if (fault === 'too-large') return deny('too-large', 'the answer of Slack is too large: ask for less at a time', false);
  if (fault === 'broken-reply') return deny('broken-reply', 'the answer of Slack could not be parsed', false);
  if (neverSent(error.original)) return deny('not-reachable', 'Slack cannot be reached: nothing was sent', true);
  if (error.original.name === 'TimeoutError') return deny('timed-out', 'Slack did not answer in time', false);
  return deny('third-party-error', 'the connection to Slack broke', false);
}

/** Waits for a call, and parses what Slack answers. */
export async function answer<T>(call: Promise<unknown>, shape: z.ZodType<T>): Promise<Answered<T>> {
  let reply: unknown;
  try {
    reply = await call;
  } catch (error) {
    return understand(error);
  }
  const parsed = shape.safeParse(reply);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : deny('broken-reply', 'the answer of Slack has not the documented shape', false);
}

/** Limits a client to asking. */
export function asker(client: WebClient): Ask {
  return (method, args, shape) => answer(client.apiCall(method, args), shape);
}
