import type { WebClientOptions } from '@slack/web-api';
import { bytesWithin } from '../../action/bytes-within.ts';
import { parseJson } from '../../action/parse-json.ts';
import { limits } from '../../limits.ts';

/*
 * How bytes come back from Slack. The SDK takes a body that is not JSON for an error of the platform, which would make a
 * broken answer to a write look like a refusal; so the body is bounded and parsed here, before the SDK sees it.
 */

type Fetch = NonNullable<WebClientOptions['fetch']>;

/** What can be wrong with a body. */
export type Fault = 'too-large' | 'broken-reply';

const faultName = 'SlackBodyFault';

function fault(kind: Fault): Error {
  const error = new Error(kind);
  error.name = faultName;
  return error;
}

/** Which fault an error is, or null. */
export function faultOf(error: Error): Fault | null {
  if (error.name !== faultName) return null;
  return error.message === 'too-large' ? 'too-large' : 'broken-reply';
}

async function boundedText(reply: Response): Promise<string> {
  const bytes = await bytesWithin(reply.body, limits.thirdPartyResultBytesMax);
  if (bytes === null) throw fault('too-large');
  return Buffer.from(bytes).toString('utf8');
}

function requireAnswer(text: string): void {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw fault('broken-reply');
  }
  if (typeof value !== 'object' || value === null || typeof (value as { ok?: unknown }).ok !== 'boolean') throw fault('broken-reply');
}

const kept = ['x-oauth-scopes', 'retry-after'];

/**
 * `fetch`, with a bounded body that is an answer of Slack's Web API. Only the headers that we read get through: the SDK gives
 * others (a content type of gzip) a meaning that no method used here has.
 */
export const boundedFetch: Fetch = async (url, init) => {
  const reply = await fetch(url, init);
  const text = await boundedText(reply);
  if (reply.status === 200) requireAnswer(text);
  const headers = new Headers();
  for (const name of kept) {
    const value = reply.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  // Without a number of seconds the SDK does not recognise that it is rate limited.
  if (reply.status === 429 && !/^[0-9]{1,6}$/.test(headers.get('retry-after') ?? '')) headers.set('retry-after', '60');
  return {
    ok: reply.ok,
    status: reply.status,
    statusText: reply.statusText,
    url: reply.url,
    headers,
    text: () => Promise.resolve(text),
    json: () => Promise.resolve(parseJson(text)),
    arrayBuffer: () => Promise.reject(fault('broken-reply')),
  };
};
