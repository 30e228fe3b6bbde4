import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * An authorization server that does what a test tells it: honest by default, hostile where a test says so. It checks PKCE as
 * RFC 7636 says, so that a client that does not send S256 gets nothing.
 */

/** What a test may change. */
export interface Behaviour {
  /** The query with which it answers the browser, given an honest one. */
  answer: (honest: URLSearchParams) => URLSearchParams;
  /** The body of the token response, given an honest one. */
  token: (honest: Record<string, unknown>) => unknown;
  /** The status of the token response. */
  tokenStatus: number;
  userinfo: unknown;
  /** Headers of the token response: a redirect, for example. */
  tokenHeaders: Record<string, string>;
  revocationStatus: number;
  revocationBody: unknown;
}

/** The issuer, and what it saw. */
export interface IssuerDouble {
  readonly url: string;
  readonly behaviour: Behaviour;
  /** The queries of the authorization endpoint. */
  readonly asked: URLSearchParams[];
  /** The bodies of the token endpoint. */
  readonly exchanged: URLSearchParams[];
  readonly authorizations: string[];
  readonly revoked: string[];
  /** The tokens that it gave, newest last. */
  readonly given: string[];
  close(): Promise<void>;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part as string;
  return new URLSearchParams(text);
}

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** Starts an issuer on a free port. */
export async function startIssuer(): Promise<IssuerDouble> {
  const codes = new Map<string, URLSearchParams>();
  const behaviour: Behaviour = {
    answer: (honest) => honest,
    token: (honest) => honest,
    tokenStatus: 200,
    userinfo: { sub: 'u-1' },
    tokenHeaders: {},
    revocationStatus: 200,
    revocationBody: {},
  };
  const saw: Pick<IssuerDouble, 'asked' | 'exchanged' | 'authorizations' | 'revoked' | 'given'> = {
    asked: [],
    exchanged: [],
    authorizations: [],
    revoked: [],
    given: [],
  };

  const authorize = (url: URL, response: ServerResponse): void => {
    saw.asked.push(url.searchParams);
    const code = randomBytes(16).toString('base64url');
    codes.set(code, url.searchParams);
    const to = new URL(url.searchParams.get('redirect_uri') ?? '');
    const query = behaviour.answer(new URLSearchParams({ code, state: url.searchParams.get('state') ?? '', iss: issuer.url }));
    response.writeHead(302, { location: `${to.href}?${query.toString()}` });
    response.end();
  };
  const token = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await formOf(request);
    saw.exchanged.push(body);
    saw.authorizations.push(request.headers.authorization ?? '');
    const asked = codes.get(body.get('code') ?? '');
    codes.delete(body.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(body.get('code_verifier') ?? '')
      .digest('base64url');
    const proved = asked?.get('code_challenge_method') === 'S256' && asked.get('code_challenge') === challenge;
    if (asked === undefined || !proved || asked.get('redirect_uri') !== body.get('redirect_uri'))
      return json(response, 400, { error: 'invalid_grant', error_description: '<b>no</b>' });
    const access = `at-${randomBytes(16).toString('base64url')}`;
    saw.given.push(access);
    const honest = {
      access_token: access,
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: `rt-${randomBytes(16).toString('base64url')}`,
      scope: asked.get('scope') ?? '',
      team: { id: 'T1', name: 'Acme' },
    };
    return json(response, behaviour.tokenStatus, behaviour.token(honest), behaviour.tokenHeaders);
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1');
    if (url.pathname === '/authorize') return authorize(url, response);
    if (url.pathname === '/token') return void token(request, response);
    if (url.pathname === '/userinfo') return json(response, 200, behaviour.userinfo);
    if (url.pathname === '/revoke')
      return void formOf(request).then((body) => {
        saw.revoked.push(body.get('token') ?? '');
        return json(response, behaviour.revocationStatus, behaviour.revocationBody);
      });
    return json(response, 404, {});
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const issuer: IssuerDouble = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behaviour,
    ...saw,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return issuer;
}
