import { limits } from '../limits.ts';

/** What an error says whose reply had more bytes than were to be read. */
export const tooLarge = 'the reply is too large';

async function textWithin(reply: Response, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (reply.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > bytesMax) throw new Error(tooLarge);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** How long a call may take, and how much it may bring back. Those of an issuer, if left out. */
export interface CallBounds {
  readonly callMs: number;
  readonly bytesMax: number;
}

const ofIssuer: CallBounds = { callMs: limits.accountCallMs, bytesMax: limits.accountReplyBytesMax };

/**
 * `fetch` for an issuer, or for an API with an issuer's token: no redirect is followed (what moved would be sent the code, the
 * client secret or the token), the call ends, and the reply has a bound.
 */
export async function boundedFetch(url: string, init: RequestInit, { callMs, bytesMax }: CallBounds = ofIssuer): Promise<Response> {
  const reply = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(callMs) });
  const text = await textWithin(reply, bytesMax);
  const empty = [101, 204, 205, 304].includes(reply.status);
  return new Response(empty ? null : text, { status: reply.status, headers: reply.headers });
}

/** Failures before a connection was there. */
const beforeSending = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/;

/** True if it is proven that nothing of the request left this machine. */
export function neverSent(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const causes: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return causes.every((one) => one instanceof Error && 'code' in one && beforeSending.test(String(one.code)));
}
