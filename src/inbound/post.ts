import { createHmac } from 'node:crypto';
import { limits } from '../limits.ts';
import { base64Bytes } from './grammar.ts';

/*
 * Handing events to an address of the operator's: Standard Webhooks (github.com/standard-webhooks), so that every library
 * for it verifies them. The addresses are those of the configuration and no others; no redirect is followed.
 */

/** What became of one attempt. */
export type Posted = { readonly ok: true } | { readonly ok: false; readonly note: string };

/** The bytes of a `whsec_` secret, at least 24 (the specification's own bound); null if it is not one. */
export function postKey(text: string): Uint8Array | null {
  const key = text.startsWith('whsec_') ? base64Bytes(text.slice('whsec_'.length)) : null;
  return key === null || key.length < 24 || key.length > 64 ? null : key;
}

/** The headers of one message: id, time in seconds, and the HMAC-SHA256 of `<id>.<time>.<body>` as `v1`. */
export function signedHeaders(key: Uint8Array, id: string, atMs: number, body: string): Readonly<Record<string, string>> {
  const time = String(Math.floor(atMs / 1000));
  const mac = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${mac}` };
}

/** Posts a body, once. Anything but a 2xx in time is a failure: what the other side did with it is its own to know, by the id. */
export async function post(
  target: { readonly url: string; readonly key: Uint8Array },
  message: { readonly id: string; readonly body: string; readonly atMs: number },
): Promise<Posted> {
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', ...signedHeaders(target.key, message.id, message.atMs, message.body) },
      body: message.body,
      signal: AbortSignal.timeout(limits.eventPostMs),
    });
    await response.body?.cancel();
    return response.status >= 200 && response.status < 300 ? { ok: true } : { ok: false, note: `the answer was ${response.status}` };
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    return { ok: false, note: late ? `there was no answer in ${limits.eventPostMs / 1000} s` : 'the address could not be reached' };
  }
}
