import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ok, refuse as no } from '../errors.ts';
import type { Result } from '../errors.ts';
import { sameText } from '../action/same-text.ts';
import { limits } from '../limits.ts';
import { openDoorAttempts } from './oauth-attempts.ts';
import { headersOf, noticePage } from './oauth-pages.ts';
import { cookieOf, fieldOf, fromOurPage, isGuess, isVisit, rightHost } from './oauth-request.ts';
import { callback, confirm, exchange, refuse, showConfirm, showContinue, start, toStranger } from './oauth-steps.ts';
import type { DoorAccount, Reply, Steps } from './oauth-steps.ts';

/*
 * The HTTP half of linking accounts, for paths below /oauth/. One account has one redirect path, so that no issuer's answer can
 * be brought to another's.
 */

/** What the door is opened with. `publicUrl` is the address in front of the paths, without a slash at its end. */
export interface OauthDoorDeps extends Omit<Steps, 'attempts'> {
  readonly accounts: ReadonlyMap<string, DoorAccount>;
  readonly publicUrl: string;
  /** Hears of what went wrong inside; a browser is told nothing of it. */
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
}

/** The door. `handles` and `handle` are for the server of the hooks door. */
export interface OauthDoor {
  /** Makes an attempt for a user, and the address that begins it, good once and for `limits.accountAttemptMs`. */
  begin(account: string, user: string): Result<{ readonly url: string; readonly expiresAtMs: number }>;
  handles(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** A request line, cut at its question mark: the path as it was written, and the query. */
function splitTarget(target = ''): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?');
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) };
}

/** The steps by method and by the last part of the path. */
const routes = ['GET start', 'GET callback', 'GET continue', 'GET confirm', 'POST continue', 'POST confirm', 'POST refuse'] as const;
type Route = (typeof routes)[number];

const pathText = /^\/oauth\/([a-z][a-z0-9-]{0,30})\/([a-z]{1,20})$/;

const plainPage = (status: number, title: string, message: string): Reply => ({
  is: 'page',
  status,
  html: noticePage(title, message),
  form: false,
});

/** Over TLS the cookie belongs to this host alone, by its name; in the clear, which only loopback may be, to this account's paths. */
function cookieRules(publicUrl: string, account: string): { readonly name: string; readonly attributes: string } {
  const secure = publicUrl.startsWith('https:');
  return {
    name: `${secure ? '__Host-' : ''}countersign-link-${account}`,
    attributes: `Path=${secure ? '/' : `/oauth/${account}/`}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`,
  };
}

function send(response: ServerResponse, reply: Reply, cookie: { readonly name: string; readonly attributes: string } | null): void {
  if (response.headersSent || response.destroyed) return;
  const headers: OutgoingHttpHeaders = { ...headersOf(reply.is === 'page' && reply.form), connection: 'close' };
  if (reply.is === 'go') headers['location'] = reply.to;
  const session = reply.is === 'go' ? reply.session : undefined;
  if (cookie !== null && session !== undefined)
    headers['set-cookie'] = `${cookie.name}=${session}; Max-Age=${limits.accountAttemptMs / 1000}; ${cookie.attributes}`;
  if (cookie !== null && reply.is === 'page' && reply.forget === true)
    headers['set-cookie'] = `${cookie.name}=; Max-Age=0; ${cookie.attributes}`;
  response.writeHead(reply.is === 'go' ? 303 : reply.status, headers);
  response.end(reply.is === 'go' ? '' : reply.html);
}

/** What no step should see: another host, a guess of the browser, an image or a frame, a form of somebody else's page. */
function turnedAway(request: IncomingMessage, publicUrl: string): Reply | null {
  if (!rightHost(request, publicUrl)) return plainPage(421, 'This was refused', 'This is not the address of this door.');
  if (isGuess(request)) return plainPage(503, 'Not yet', 'This page is only given to a person.');
  if (!isVisit(request)) return plainPage(403, 'This was refused', 'This is a page to visit, and nothing else.');
  if (request.method === 'POST' && !fromOurPage(request, publicUrl))
    return plainPage(403, 'This was refused', 'The form was not sent from a page of this door.');
  return null;
}

/** A request that may take a step, and the cookie that came with it. */
interface Visit {
  readonly request: IncomingMessage;
  readonly route: Route;
  readonly session: string | null;
}

async function take(steps: Steps, account: DoorAccount, { request, route, session }: Visit): Promise<Reply> {
  const { query } = splitTarget(request.url);
  if (route === 'GET start') return start(steps, account, query);
  if (route === 'GET callback') return callback(steps, account, query, session);
  const attempt = session === null ? null : steps.attempts.bySession(account.name, session);
  if (attempt === null) return toStranger();
  if (route === 'GET continue') return showContinue(account, attempt);
  if (route === 'GET confirm') return showConfirm(account, attempt);
  const csrf = await fieldOf(request, 'csrf');
  if (csrf === null || !sameText(csrf, attempt.csrf)) return toStranger();
  if (route === 'POST continue') return exchange(steps, account, attempt);
  return route === 'POST confirm' ? confirm(steps, account, attempt) : refuse(steps, account, attempt);
}

/** Opens the door. */
export function openOauthDoor(deps: OauthDoorDeps): OauthDoor {
  const steps: Steps = { ...deps, attempts: openDoorAttempts(deps.now) };
  const answer = async (request: IncomingMessage): Promise<{ readonly reply: Reply; readonly account: DoorAccount | null }> => {
    const match = pathText.exec(splitTarget(request.url).path);
    const account = deps.accounts.get(match?.[1] ?? '') ?? null;
    const away = turnedAway(request, deps.publicUrl);
    if (away !== null) return { reply: away, account: null };
    const known = account !== null && routes.some((one) => one.endsWith(` ${match?.[2]}`));
    if (!known)
      return {
        reply: plainPage(404, 'There is nothing here', 'An account is linked at the address that the command line gives.'),
        account: null,
      };
    const route = routes.find((one) => one === `${request.method} ${match?.[2]}`);
    if (route === undefined) return { reply: plainPage(405, 'This was refused', 'This is not how the page is used.'), account: null };
    const session = cookieOf(request, cookieRules(deps.publicUrl, account.name).name);
    return { reply: await take(steps, account, { request, route, session }), account };
  };
  return {
    begin: (name, user) => {
      if (!deps.accounts.has(name)) return no('not-found', `the configuration names no account ${name}: add it under \`accounts\``);
      const started = steps.attempts.start(name, user);
      if (started === null) return no('busy', 'too many accounts are being linked: wait for ten minutes');
      const url = `${deps.publicUrl}/oauth/${name}/start?ticket=${started.ticket}`;
      return ok({ url, expiresAtMs: started.attempt.expiresAtMs });
    },
    handles: (path) => path.startsWith('/oauth/'),
    handle: async (request, response) => {
      try {
        const { reply, account } = await answer(request);
        send(response, reply, account === null ? null : cookieRules(deps.publicUrl, account.name));
      } catch (error) {
        deps.onError(error);
        send(response, plainPage(503, 'This failed', 'Something failed inside. Start again with the command line.'), null);
      }
    },
  };
}
