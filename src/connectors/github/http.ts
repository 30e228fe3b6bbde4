import { Octokit } from '@octokit/rest';
import type { z } from 'zod';
import { bytesWithin } from '../../action/bytes-within.ts';
import { neverSent } from '../../action/never-sent.ts';
import { CountersignError, ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { HandCode } from '../connector.ts';
import { isLoopback } from '../settings.ts';
import type { GithubSettings } from '../settings.ts';
import { tenantOf } from './names.ts';

/** How one request ended. `lost`: it may or may not have been carried out. */
export type Exchange =
  | { readonly kind: 'answered'; readonly status: number; readonly data: unknown; readonly link: string; readonly limited: boolean }
  /** proven: no byte of the request left */
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'lost'; readonly code: 'timed-out' | 'too-large' | 'third-party-error' };

/** A reply of the expected shape. `lastPage` is null if this is the last one, or if there are no pages. */
export interface Page<T> {
  readonly data: T;
  readonly lastPage: number | null;
  readonly more: boolean;
  /** Of a list that is paged by a cursor: where its next page begins. */
  readonly nextCursor: string | null;
}

/** A connection to GitHub with one credential. It never follows a redirect, never retries, and writes nothing to the console. */
export interface GithubClient {
  /** One request. `route` is a template of ours (`/repos/{owner}/{repo}`), filled with percent-encoded `params`. */
  exchange(method: Method, route: string, params: Readonly<Record<string, unknown>>): Promise<Exchange>;
  /** Asks and parses. Refuses with a code of `handCodes`. */
  get<T>(route: string, params: Readonly<Record<string, unknown>>, shape: z.ZodType<T>): Promise<Result<Page<T>>>;
}

/** The methods that a client may use. */
export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT';

/**
 * Checks a credential before it is used for anything.
 * Classic personal access tokens (`ghp_`, or 40 hex digits) are refused: they reach every private repository of their owner,
 * to read and to write. An emulator on this machine may have one.
 * @throws CountersignError `bad-credential`, `bad-config`
 */
function checked(settings: GithubSettings, credential: string): { readonly base: string; readonly credential: string } {
  tenantOf(settings); // refuses an address with a user, a query or a fragment
  const url = new URL(settings.url);
  const local = isLoopback(url.hostname);
  if (url.protocol !== 'https:' && !local)
    throw new CountersignError(
      'bad-config',
      'the url of a github system must begin with https://, or the credential would travel in the clear',
    );
  if (!/^[\x21-\x7e]{1,4096}$/.test(credential))
    throw new CountersignError('bad-credential', 'the github credential is empty or has white space in it: give the token alone');
  if (!local && /^(?:ghp_|[0-9a-f]{40}$)/i.test(credential))
    throw new CountersignError(
      'bad-credential',
      'this is a classic personal access token, which reaches every repository of its owner: use the installation token of a GitHub App (ghs_…) or a fine-grained token (github_pat_…) for these repositories only',
    );
  return { base: url.href.replace(/\/+$/, ''), credential };
}

/** The `fetch` that the SDK is given: only these methods, no redirects, bounded in time and size. */
function boundedFetch(methods: readonly Method[], callMs: number): typeof fetch {
  return async (input, init) => {
    if (!methods.some((method) => method === init?.method))
      throw new CountersignError('bug', 'this hand was asked for a method that it may not use');
    // A redirect would carry the request to whatever a renamed repository has become: it is answered as it is.
    const reply = await fetch(input, { ...init, redirect: 'manual', signal: AbortSignal.timeout(callMs) });
    const body = await bytesWithin(reply.body, limits.thirdPartyResultBytesMax);
    if (body === null) throw Object.assign(new Error('the reply is too large'), { code: 'too-large' });
    return new Response(reply.status === 204 || reply.status === 304 ? null : body, { status: reply.status, headers: reply.headers });
  };
}

interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly cause?: Failure;
  readonly response?: { readonly status: number; readonly headers: Readonly<Record<string, string | number | undefined>> };
}

/** What a thrown thing says about the request. Nothing of it is passed on: it may quote the third party. */
function failed(error: unknown): Exchange {
  let failure = error as Failure | undefined;
  if (failure?.response !== undefined) return answered(failure.response.status, failure.response.headers, null);
  for (let depth = 0; failure !== undefined && failure !== null && depth < 5; depth++, failure = failure.cause) {
    if (failure instanceof CountersignError) throw failure; // our own, which the SDK has wrapped
    if (failure.name === 'TimeoutError') return { kind: 'lost', code: 'timed-out' };
    if (failure.code === 'too-large') return { kind: 'lost', code: 'too-large' };
  }
  return neverSent(error) ? { kind: 'not-sent' } : { kind: 'lost', code: 'third-party-error' };
}

function answered(status: number, headers: Readonly<Record<string, string | number | undefined>>, data: unknown): Exchange {
  const limited =
    status === 429 || (status === 403 && (headers['retry-after'] !== undefined || String(headers['x-ratelimit-remaining']) === '0'));
  return { kind: 'answered', status, data, link: String(headers['link'] ?? ''), limited };
}

/** What a status that is not a success means, in our own words. Null for a status that proves nothing (5xx and the like). */
export function refusalOf(status: number, limited: boolean): { readonly code: HandCode; readonly message: string } | null {
  if (limited) return { code: 'rate-limited', message: 'GitHub asks to slow down: try again later' };
  if (status >= 300 && status < 400)
    return { code: 'target-changed', message: 'the repository or issue has moved: call it by its new name' };
  switch (status) {
    case 401:
      return { code: 'bad-credential', message: 'GitHub does not accept the credential: it is wrong, expired or revoked' };
    case 403:
    case 451:
      return { code: 'forbidden', message: 'GitHub does not let this credential do that' };
    case 404:
    case 410:
      return { code: 'not-found', message: 'GitHub has no such thing, or hides it from this credential' };
    case 409:
      return { code: 'precondition-changed', message: 'GitHub says that the state of the target does not allow it' };
    case 400:
    case 405:
    case 413:
    case 414:
    case 415:
    case 422:
      return { code: 'bad-arguments', message: 'GitHub does not accept these arguments for this target' };
    default:
      return null;
  }
}

const lostMessages = {
  'timed-out': 'GitHub did not answer in time',
  'too-large': `the reply of GitHub is larger than ${limits.thirdPartyResultBytesMax} bytes: ask for less at a time`,
  'third-party-error': 'GitHub broke off the connection or its reply is not HTTP',
} as const;

function parsed<T>(exchange: Exchange, shape: z.ZodType<T>): Result<Page<T>> {
  if (exchange.kind === 'not-sent') return refuse('not-reachable', 'GitHub cannot be reached: check the network and the url');
  if (exchange.kind === 'lost') return refuse(exchange.code, lostMessages[exchange.code]);
  if (exchange.status >= 300) {
    const refusal = refusalOf(exchange.status, exchange.limited);
    return refusal === null
      ? refuse('third-party-error', `GitHub answered with status ${exchange.status}`)
      : refuse(refusal.code, refusal.message);
  }
  const data = shape.safeParse(exchange.data);
  if (!data.success) return refuse('broken-reply', 'the reply of GitHub is not what its documentation says');
  const last = /[?&]page=(\d{1,9})[^>]*>; rel="last"/.exec(exchange.link)?.[1];
  const cursor = /[?&]cursor=([A-Za-z0-9%._~+/=-]{1,300})[^>]*>; rel="next"/.exec(exchange.link)?.[1];
  return ok({
    data: data.data,
    lastPage: last === undefined ? null : Number(last),
    more: /rel="next"/.test(exchange.link),
    nextCursor: cursor === undefined ? null : new URLSearchParams(`cursor=${cursor}`).get('cursor'),
  });
}

/** Says nothing: what the SDK would log may hold third-party text. */
const silent = { debug: (): void => {}, info: (): void => {}, warn: (): void => {}, error: (): void => {} };

/** What a client may do, and how long it waits for one reply. */
export interface ClientOptions {
  readonly methods: readonly Method[];
  readonly callMs?: number;
}

/**
 * Opens a connection. Nothing is sent yet.
 * @throws CountersignError `bad-credential`, `bad-config`
 */
export function openClient(settings: GithubSettings, credential: string, options: ClientOptions): GithubClient {
  const { base, credential: auth } = checked(settings, credential);
  const octokit = new Octokit({
    auth,
    baseUrl: base,
    userAgent: 'countersign',
    log: silent,
    request: { fetch: boundedFetch(options.methods, options.callMs ?? limits.thirdPartyCallMs), log: silent },
  });
  const exchange: GithubClient['exchange'] = async (method, route, params) => {
    try {
      const reply = await octokit.request(`${method} ${route}`, { ...params, headers: { 'x-github-api-version': '2022-11-28' } });
      return answered(reply.status, reply.headers, reply.data);
    } catch (error) {
      return failed(error);
    }
  };
  return { exchange, get: async (route, params, shape) => parsed(await exchange('GET', route, params), shape) };
}

/** Percent-encodes each part of a path or branch for a `{+name}` in a route. */
export function inPath(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
