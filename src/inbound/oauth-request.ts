import type { IncomingMessage } from 'node:http';
import { bytesWithin } from '../action/bytes-within.ts';
import { limits } from '../limits.ts';
import { parseForm } from './form.ts';

/*
 * What a request says of the browser that sends it, and of why. A page of somebody else can make a browser send nearly
 * anything; these headers are what it cannot choose.
 */

function valuesOf(headers: IncomingMessage['headersDistinct'], name: string): readonly string[] {
  return headers[name] ?? [];
}

/** True if the request is for the host of the public address: a name that was made to point here by somebody's DNS is not it. */
export function rightHost(request: IncomingMessage, publicUrl: string): boolean {
  const values = valuesOf(request.headersDistinct, 'host');
  return values.length === 1 && values[0]?.toLowerCase() === new URL(publicUrl).host;
}

/**
 * True if the browser only guesses that the person will go there. `Sec-Purpose` is what the Fetch standard sends; the others
 * are what browsers sent before it. Such a request may change nothing.
 */
export function isGuess({ headersDistinct }: IncomingMessage): boolean {
  return (
    valuesOf(headersDistinct, 'sec-purpose').length > 0 ||
    ['purpose', 'x-purpose', 'x-moz'].some((name) =>
      valuesOf(headersDistinct, name).some((value) => /prefetch|prerender|preview|instant/i.test(value)),
    )
  );
}

/** True unless the browser says that this is no page for the person to look at: an image, a frame, a call of a script. */
export function isVisit({ headersDistinct }: IncomingMessage): boolean {
  const [mode] = valuesOf(headersDistinct, 'sec-fetch-mode');
  const [destination] = valuesOf(headersDistinct, 'sec-fetch-dest');
  return (mode === undefined || mode === 'navigate') && (destination === undefined || destination === 'document');
}

/** True if a page of this very door sent the form: browsers set `Origin` on every POST, and pages cannot forge it. */
export function fromOurPage({ headersDistinct }: IncomingMessage, publicUrl: string): boolean {
  const origins = valuesOf(headersDistinct, 'origin');
  const [site] = valuesOf(headersDistinct, 'sec-fetch-site');
  return origins.length === 1 && origins[0] === new URL(publicUrl).origin && (site === undefined || site === 'same-origin');
}

/** The value of a cookie. Null if it is not there once: a second one of the same name was planted by somebody. */
export function cookieOf({ headersDistinct }: IncomingMessage, name: string): string | null {
  const found = valuesOf(headersDistinct, 'cookie')
    .flatMap((line) => line.split(/; */))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return found.length === 1 && /^[A-Za-z0-9_-]{43}$/.test(found[0] ?? '') ? (found[0] ?? null) : null;
}

/** The one field of a small form. Null: it is another form, a large one, or it did not come in time. */
export async function fieldOf(request: IncomingMessage, name: string): Promise<string | null> {
  if (request.headersDistinct['content-type']?.join() !== 'application/x-www-form-urlencoded') return null;
  const timer = setTimeout(() => request.destroy(), limits.accountFormMs);
  let bytes: Uint8Array | null;
  try {
    bytes = await bytesWithin(request as AsyncIterable<Buffer>, limits.accountFormBytesMax);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
  if (bytes === null) return null;
  const form = parseForm(Buffer.from(bytes).toString('latin1'));
  return form.ok && form.value.size === 1 ? (form.value.get(name) ?? null) : null;
}
