import { bytesWithin } from '../action/bytes-within.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';

/*
 * One GET to an address of a third party that the operator's command has put together itself, out of what stands in this code
 * and strict grammar: never an address that a delivery names. Only commands ask; the hooks door calls nobody.
 */

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks once: redirects are not followed, time and size are bounded, nothing but the address is sent. `ask` is `fetch`.
 * Refused with `not-reachable`, or with `too-large`.
 */
export async function askPinned(url: string, bytesMax: number, ask: typeof fetch = fetch): Promise<Result<Answered>> {
  try {
    const reply = await ask(url, {
      redirect: 'manual',
      headers: { 'user-agent': 'countersign' },
      signal: AbortSignal.timeout(limits.publishedFetchMs),
    });
    const bytes = await bytesWithin(reply.body, bytesMax);
    return bytes === null
      ? refuse('too-large', `${new URL(url).host} answered with more than ${bytesMax} bytes`)
      : ok({ status: reply.status, text: Buffer.from(bytes).toString('utf8') });
  } catch {
    // What a library says of a network may name what nobody should read in a log.
    return refuse('not-reachable', `${new URL(url).host} cannot be reached`);
  }
}

/** A document that somebody publishes: `askPinned`, and only with status 200. */
export async function fetchDocument(url: string, bytesMax: number, ask: typeof fetch = fetch): Promise<Result<string>> {
  const answered = await askPinned(url, bytesMax, ask);
  if (!answered.ok)
    return answered.code === 'not-reachable'
      ? refuse('not-reachable', `${url} cannot be reached: download it elsewhere, and give the file with --from`)
      : answered;
  const { status, text } = answered.value;
  return status === 200 ? ok(text) : refuse('not-reachable', `${url} answered with status ${status}`);
}
