import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { sign } from '@octokit/webhooks-methods';

/*
 * The webhooks of a pretend GitHub: it delivers, signed by GitHub's own package, remembers how each attempt went, and lists
 * its attempts as GitHub's REST API does, paged by a cursor. It never tries again by itself.
 */

/** One attempt, as GitHub lists it. */
interface Attempt {
  readonly id: number;
  readonly guid: string;
  readonly delivered_at: string;
  readonly redelivery: boolean;
  readonly duration: number;
  readonly status: string;
  readonly status_code: number;
  readonly event: string;
  readonly action: string | null;
  readonly installation_id: null;
  readonly repository_id: number | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A pretend GitHub with one webhook of `acme/app`. */
export interface GithubWebhooks {
  readonly url: string;
  readonly token: string;
  readonly hook: number;
  /** What the REST API was asked for. */
  readonly asked: readonly string[];
  /** Answers every request of the REST API in this way, until it is null again. */
  fault: { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | null;
  /** Delivers an event to an address, as `atMs` says when; the status is what the receiver answered, 0 if it was not there. */
  deliver(
    event: string,
    payload: Readonly<Record<string, unknown>>,
    to: { readonly url: string; readonly secret: string; readonly atMs?: number; readonly guid?: string },
  ): Promise<number>;
  /** Puts an attempt into the list that was never made. */
  list(attempt: Partial<Attempt> & Pick<Attempt, 'event'>): void;
  close(): Promise<void>;
}

const pageSize = (query: URLSearchParams): number => Math.min(100, Number(query.get('per_page') ?? 30));

/** Starts it on 127.0.0.1. */
export async function startGithubWebhooks(): Promise<GithubWebhooks> {
  const attempts: Attempt[] = [];
  const asked: string[] = [];
  const token = 'github_pat_pretend_read_webhooks';
  const hook = 77;
  let next = 1000;

  const record = (attempt: Partial<Attempt> & Pick<Attempt, 'event'>): void => {
    attempts.push({
      id: next++,
      guid: randomUUID(),
      delivered_at: new Date().toISOString(),
      redelivery: false,
      duration: 0.1,
      status: 'OK',
      status_code: 200,
      action: null,
      installation_id: null,
      repository_id: 42,
      payload: {},
      ...attempt,
    });
  };

  const answer = (req: IncomingMessage, res: ServerResponse): void => {
    const url = new URL(req.url ?? '/', doubleUrl());
    asked.push(`${req.method} ${url.pathname}${url.search}`);
    const say = (status: number, data: unknown, headers: Readonly<Record<string, string>> = {}): void =>
      void res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(data));
    if (double.fault !== null) return say(double.fault.status, { message: 'fault' }, double.fault.headers);
    if (req.headers.authorization !== `token ${token}` && req.headers.authorization !== `Bearer ${token}`)
      return say(401, { message: 'Bad credentials' });
    const [, id] = /^\/(?:repos\/acme\/app|orgs\/acme)\/hooks\/77\/deliveries(?:\/(\d+))?$/.exec(url.pathname) ?? [null, null];
    if (id === null) return say(404, { message: 'Not Found' });
    const newest = attempts.toSorted((a, b) => b.id - a.id);
    if (id !== undefined) {
      const found = newest.find((one) => one.id === Number(id));
      return found === undefined
        ? say(404, { message: 'Not Found' })
        : say(200, { ...found, request: { headers: {}, payload: found.payload }, response: { headers: {}, payload: '' } });
    }
    // The cursor says with which delivery a page begins.
    const from = url.searchParams.has('cursor') ? newest.findIndex((one) => `v1_${one.id}` === url.searchParams.get('cursor')) : 0;
    if (from < 0) return say(422, { message: 'Invalid cursor' });
    const size = pageSize(url.searchParams);
    const page = newest.slice(from, from + size).map((one) => ({ ...one, payload: undefined })); // which JSON leaves out
    const following = newest[from + size];
    const link =
      following === undefined ? {} : { link: `<${doubleUrl()}${url.pathname}?per_page=${size}&cursor=v1_${following.id}>; rel="next"` };
    return say(200, page, link);
  };

  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const doubleUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const double: GithubWebhooks = {
    url: doubleUrl(),
    token,
    hook,
    asked,
    fault: null,
    list: record,
    deliver: async (event, payload, { url, secret, atMs = Date.now(), guid = randomUUID() }) => {
      const body = JSON.stringify(payload);
      const headers = {
        'content-type': 'application/json',
        'x-github-event': event,
        'x-github-delivery': guid,
        'x-hub-signature-256': await sign(secret, body),
      };
      const status = await fetch(url, { method: 'POST', headers, body }).then(
        (reply) => reply.status,
        () => 0,
      );
      const action = typeof payload['action'] === 'string' ? payload['action'] : null;
      record({
        event,
        action,
        guid,
        payload,
        delivered_at: new Date(atMs).toISOString(),
        status: status === 200 ? 'OK' : 'failed',
        status_code: status,
      });
      return status;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return double;
}
