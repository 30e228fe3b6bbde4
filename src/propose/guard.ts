import type { IncomingMessage } from 'node:http';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Credential, Tokens } from './tokens.ts';

/** The values of a header that may be given once only. Node keeps the first of several and hides the others. */
function only(req: IncomingMessage, name: string): Result<string | null> {
  const values = req.headersDistinct[name] ?? [];
  return values.length > 1 ? refuse('bad-header', `the header ${name} is given more than once`) : ok(values[0] ?? null);
}

/**
 * Refuses what a web page could make a browser send here (DNS rebinding, cross-site requests): Host must be this very
 * address, and Origin, which browsers set and pages cannot forge, must be the same or absent. There is no CORS.
 */
export function checkAddress(req: IncomingMessage, port: number): Result<null> {
  const host = only(req, 'host');
  const origin = only(req, 'origin');
  if (!host.ok) return host;
  if (!origin.ok) return origin;
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
  if (host.value === null || !hosts.includes(host.value.toLowerCase()))
    return refuse('bad-host', 'this address is only reachable as 127.0.0.1 or localhost, with its own port');
  if (origin.value !== null && origin.value.toLowerCase() !== `http://${host.value.toLowerCase()}`)
    return refuse('bad-origin', 'pages of other origins may not call this address');
  return ok(null);
}

const noToken: Refusal = refuse('no-token', 'a valid token is needed: send it as "Authorization: Bearer …"');

/** Who is calling. One constant refusal for no token, a malformed, unknown, forged, expired or revoked one. */
export async function checkBearer(req: IncomingMessage, tokens: Tokens): Promise<Result<Credential>> {
  const header = only(req, 'authorization');
  const text = header.ok ? /^Bearer +([A-Za-z0-9_-]+)$/i.exec(header.value ?? '')?.[1] : undefined;
  const credential = text === undefined ? null : await tokens.verify(text);
  return credential === null ? noToken : ok(credential);
}

/** Bounds how many requests of one credential are at work at once. */
export interface Gate {
  /** Takes a place; the caller must give it back by calling what it gets. Null if there is none. */
  enter(key: string): (() => void) | null;
}

/** Opens a gate. */
export function openGate(max: number = limits.callsInFlightPerTokenMax): Gate {
  const inside = new Map<string, number>();
  return {
    enter: (key) => {
      const count = inside.get(key) ?? 0;
      if (count >= max) return null;
      inside.set(key, count + 1);
      return () => {
        const left = (inside.get(key) ?? 1) - 1;
        if (left > 0) inside.set(key, left);
        else inside.delete(key);
      };
    },
  };
}
