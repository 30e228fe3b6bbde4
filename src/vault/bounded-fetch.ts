import { bytesWithin } from '../action/bytes-within.ts';
import { limits } from '../limits.ts';

/** What an error says whose reply had more bytes than were to be read. */
export const tooLarge = 'the reply is too large';

/** How long a call may take, and how much it may bring back. Those of an issuer, if left out. */
export interface CallBounds {
  readonly callMs: number;
  readonly bytesMax: number;
}

const ofIssuer: CallBounds = { callMs: limits.accountCallMs, bytesMax: limits.accountReplyBytesMax };

/**
 * `fetch` for an issuer, or for an API with an issuer's token: no redirect is followed (what moved would be sent the code, the
 * client secret or the token), the call ends, and the reply has a bound. Throws `tooLarge` beyond it.
 */
export async function boundedFetch(url: string, init: RequestInit, { callMs, bytesMax }: CallBounds = ofIssuer): Promise<Response> {
  const reply = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(callMs) });
  const bytes = await bytesWithin(reply.body, bytesMax);
  if (bytes === null) throw new Error(tooLarge);
  const empty = [101, 204, 205, 304].includes(reply.status);
  return new Response(empty ? null : bytes, { status: reply.status, headers: reply.headers });
}
