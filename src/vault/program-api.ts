import { neverSent } from '../action/never-sent.ts';
import { parseJson } from '../action/parse-json.ts';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { boundedFetch, tooLarge } from './bounded-fetch.ts';
import { programToken } from './program-token.ts';
import type { Program } from './program-token.ts';

/*
 * An API that is only read, with a token of a program. The token is got for one look and is in nobody's hands but this file's;
 * the host is the configuration's, whatever anybody asks for.
 */

/** One GET: a percent-encoded path behind the configured address. `data` is null if the body is no JSON. */
export type Get = (
  path: string,
  query: Readonly<Record<string, string>>,
  headers?: Readonly<Record<string, string>>,
) => Promise<Result<{ readonly status: number; readonly data: unknown }>>;

/** The address, below the configured one and nowhere else. @throws CountersignError `bug` */
function addressOf(base: string, path: string, query: Readonly<Record<string, string>>): string {
  const root = base.replace(/\/+$/, '');
  const url = new URL(`${root}${path}`);
  const at = new URL(root);
  const within = at.pathname === '/' ? '/' : `${at.pathname}/`;
  if (url.origin !== at.origin || !url.pathname.startsWith(within) || url.search !== '' || url.hash !== '')
    throw new CountersignError('bug', 'an API was asked for what does not lie below its configured address');
  url.search = new URLSearchParams(query).toString();
  return url.href;
}

function failed(error: unknown): Refusal {
  if (error instanceof CountersignError) throw error;
  if (error instanceof Error && error.name === 'TimeoutError') return refuse('timed-out', 'the API did not answer in time');
  if (error instanceof Error && error.message === tooLarge)
    return refuse('too-large', `the reply of the API is larger than ${limits.thirdPartyResultBytesMax} bytes`);
  if (neverSent(error)) return refuse('not-reachable', 'the API cannot be reached: check the network and the url');
  return refuse('third-party-error', 'the API broke off the connection, or its reply is not HTTP');
}

async function jsonOf(reply: Response): Promise<unknown> {
  try {
    return parseJson(await reply.text());
  } catch {
    return null;
  }
}

/** Gets a token, and gives what reads the API below `base` with it. Refuses in our own words; nothing of the token is in them. */
export async function openProgramApi(base: string, program: Program, now: () => number): Promise<Result<Get>> {
  const token = await programToken(program, now());
  if (!token.ok) return token;
  const bounds = { callMs: limits.thirdPartyCallMs, bytesMax: limits.thirdPartyResultBytesMax };
  return ok(async (path, query, headers = {}) => {
    try {
      const address = addressOf(base, path, query);
      const sent = { accept: 'application/json', ...headers, authorization: `Bearer ${token.value}` };
      const reply = await boundedFetch(address, { method: 'GET', headers: sent }, bounds);
      return ok({ status: reply.status, data: await jsonOf(reply) });
    } catch (error) {
      return failed(error);
    }
  });
}
