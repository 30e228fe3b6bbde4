import { limits } from '../limits.ts';

async function textWithin(reply: Response, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (reply.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength;
    if (bytes > bytesMax) throw new Error('the reply is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/**
 * `fetch` for an issuer: no redirect is followed (a moved token endpoint would be sent the code and the client secret), the
 * call ends after `callMs`, and the reply has a bound.
 */
export async function boundedFetch(url: string, init: RequestInit, callMs: number = limits.accountCallMs): Promise<Response> {
  const reply = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(callMs) });
  const text = await textWithin(reply, limits.accountReplyBytesMax);
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
