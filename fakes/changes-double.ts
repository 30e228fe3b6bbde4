import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/*
 * What the pretend Drive and the pretend Graph have in common: a server that gives tokens at one address, answers with the
 * token at all others, and can be told to answer anything at all.
 */

/** What a server says. A `body` that is a text is sent as it is. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A pretend provider. */
export interface ChangesDouble {
  readonly url: string;
  /** Every request, as `METHOD path?query`. */
  readonly asked: string[];
  /** Answers instead of the API, or of the token endpoint if that is what is asked; null: as it should. */
  fault: ((path: string, url: URL) => Reply | null) | null;
  close(): Promise<void>;
}

/** How a provider answers. */
export interface Answers {
  readonly tokenPath: string;
  /** The token for a good request, or the refusal of it. */
  token(form: URLSearchParams): string | Reply;
  api(url: URL, headers: IncomingMessage['headers']): Reply;
}

/** Starts it on 127.0.0.1. What it gives is good for its own life. */
export async function startDouble(answersOf: (url: string) => Answers): Promise<ChangesDouble> {
  const given = new Set<string>();
  const answer = async (req: IncomingMessage): Promise<Reply> => {
    const at = new URL(req.url ?? '/', double.url);
    double.asked.push(`${req.method} ${at.pathname}${at.search}`);
    const fault = double.fault?.(at.pathname, at) ?? null;
    if (fault !== null) return fault;
    if (at.pathname === answers.tokenPath) {
      if (req.method !== 'POST') return { status: 405, body: {} };
      const made = answers.token(new URLSearchParams(await text(req)));
      if (typeof made !== 'string') return made;
      given.add(made);
      return { status: 200, body: { access_token: made, token_type: 'Bearer', expires_in: 3599 } };
    }
    if (req.method !== 'GET') return { status: 405, body: {} };
    const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
    if (token === undefined || !given.has(token)) return { status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } };
    return answers.api(at, req.headers);
  };
  const server: Server = createServer((req, res: ServerResponse) => {
    void answer(req).then(({ status, body, headers = {} }) =>
      res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body)),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const double: ChangesDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    fault: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const answers = answersOf(double.url);
  return double;
}
