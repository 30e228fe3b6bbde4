import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import { proposalId } from '../action/ids.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import type { Answer, Mediator } from './answer.ts';
import { ask } from './ask.ts';
import { readBody } from './body.ts';
import { settleEvents, takeEvents } from './events.ts';
import type { EventParts } from './events.ts';
import { sendJson, sendRefusal } from './reply.ts';
import type { Asker, Runs } from './runs.ts';
import { actionShape, described, describedTool, problemOf, runShape, settleShape, takeShape, waitShape, wordsShape } from './shapes.ts';
import type { Shaped } from './shapes.ts';
import type { Asked } from './tools.ts';
import type { Credential } from './tokens.ts';

/** A request to the API whose bearer was proved. `origin` is our own address, as the caller wrote it. */
export interface ApiRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly credential: Credential;
  readonly origin: string;
}

/** What the API is made of. */
export interface ApiParts {
  readonly mediator: Mediator;
  readonly runs: Runs;
  /** The operations of a task profile; null if the configuration has none of that name. */
  readonly profile: (name: string) => readonly string[] | null;
  /** Events for agents; null: there is no hooks door beside this gateway. */
  readonly events: EventParts | null;
}

const statusOfAnswer: Record<Answer['kind'], number> = { read: 200, outcome: 200, waiting: 202, refused: 403 };

async function bodyOf<S extends z.ZodType>(req: IncomingMessage, shape: S): Promise<Result<z.output<S>>> {
  const body = await readBody(req);
  if (!body.ok) return body;
  const parsed = shape.safeParse(body.value);
  return parsed.success ? ok(parsed.data) : refuse('bad-request', problemOf(parsed.error));
}

async function answerTo(parts: ApiParts, request: ApiRequest, asked: Asked): Promise<void> {
  const asker = await parts.runs.asker(request.credential, null);
  if (!asker.ok) return sendRefusal(request.res, 'api', asker);
  const answer = await ask(parts.mediator, asker.value, asked);
  if (asked.ask === 'status' && answer.kind === 'refused' && answer.code === 'not-found')
    return sendRefusal(request.res, 'api', refuse('not-found', answer.message));
  sendJson(request.res, statusOfAnswer[answer.kind], described(answer));
}

async function propose(parts: ApiParts, request: ApiRequest): Promise<void> {
  const body = await bodyOf(request.req, actionShape);
  if (!body.ok) return sendRefusal(request.res, 'api', body);
  const { system, operation, arguments: args, call_id: callId } = body.value;
  await answerTo(parts, request, { ask: 'call', call: { system, operation, arguments: args, callId } });
}

async function status(parts: ApiParts, request: ApiRequest, id: string): Promise<void> {
  const proposal = proposalId.safeParse(id);
  const repeated = request.url.searchParams.getAll('wait').length > 1;
  const query = waitShape.safeParse(Object.fromEntries(request.url.searchParams));
  if (!proposal.success) return sendRefusal(request.res, 'api', refuse('not-found', 'there is no proposal with this id'));
  if (!query.success || repeated) return sendRefusal(request.res, 'api', refuse('bad-request', 'the only query is wait, from 0 to 25'));
  await answerTo(parts, request, { ask: 'status', proposal: proposal.data, waitMs: (query.data.wait ?? 0) * 1000 });
}

async function tools(parts: ApiParts, request: ApiRequest): Promise<void> {
  const asker: Result<Asker> = await parts.runs.asker(request.credential, null);
  if (!asker.ok) return sendRefusal(request.res, 'api', asker);
  const listed = parts.mediator.tools(asker.value.principal).map(describedTool);
  const answer: Shaped<'Tools'> = { tools: listed.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  sendJson(request.res, 200, answer);
}

async function openRun(parts: ApiParts, request: ApiRequest): Promise<void> {
  const body = await bodyOf(request.req, runShape);
  if (!body.ok) return sendRefusal(request.res, 'api', body);
  const { user, agent, text, profile } = body.value;
  const scope = profile === undefined ? (body.value.scope ?? null) : parts.profile(profile);
  if (profile !== undefined && scope === null)
    return sendRefusal(request.res, 'api', refuse('no-such-profile', 'the configuration has no task profile of this name: see `profiles`'));
  const opened = await parts.runs.open(request.credential, { principal: { user, agent }, text, scope });
  if (!opened.ok) return sendRefusal(request.res, 'api', opened);
  const { run, secret, expiresAtMs } = opened.value;
  const answer: Shaped<'Run'> = { run, token: secret, mcp_url: `${request.origin}/mcp/runs/${run}`, expires_at_ms: expiresAtMs };
  sendJson(request.res, 201, answer);
}

async function addWords(parts: ApiParts, request: ApiRequest, run: string | null): Promise<void> {
  const body = await bodyOf(request.req, wordsShape);
  if (!body.ok) return sendRefusal(request.res, 'api', body);
  const heard = await parts.runs.addWords(request.credential, { run, text: body.value.text });
  if (!heard.ok) return sendRefusal(request.res, 'api', heard);
  const answer: Shaped<'Heard'> = { heard: true };
  sendJson(request.res, 200, answer);
}

const hostOnly: Refusal = refuse(
  'not-a-host-token',
  'only a host token takes events: `countersign token create --host --user <operator> --agent <application>` makes one',
);
const noHooks: Refusal = refuse('unavailable', 'there is no hooks door beside this gateway');

async function events(parts: ApiParts, request: ApiRequest, what: 'take' | 'settle'): Promise<void> {
  const { credential, req, res, origin } = request;
  if (credential.kind !== 'token' || credential.scope !== 'host') return sendRefusal(res, 'api', hostOnly);
  if (parts.events === null) return sendRefusal(res, 'api', noHooks);
  if (what === 'take') {
    const body = await bodyOf(req, takeShape);
    const taken = body.ok ? await takeEvents(parts.events, { ...body.value, token: credential.id, origin }) : body;
    return taken.ok ? sendJson(res, 200, taken.value) : sendRefusal(res, 'api', taken);
  }
  const body = await bodyOf(req, settleShape);
  const settled = body.ok ? await settleEvents(parts.events, body.value) : body;
  return settled.ok ? sendJson(res, 200, settled.value) : sendRefusal(res, 'api', settled);
}

const noSuchPath: Refusal = refuse('not-found', 'there is nothing at this path: GET /openapi.json lists what there is');

/** Answers a request to the HTTP API. */
export async function handleApi(parts: ApiParts, request: ApiRequest): Promise<void> {
  const { req, res, url } = request;
  const id = /^\/v1\/proposals\/([^/]+)$/.exec(url.pathname)?.[1];
  const run = /^\/v1\/runs\/(r_[A-Za-z0-9_-]{22})\/words$/.exec(url.pathname)?.[1] ?? null;
  const path = id !== undefined ? '/v1/proposals/' : run !== null ? '/v1/words' : url.pathname;
  const [method, handler] =
    path === '/v1/actions'
      ? (['POST', () => propose(parts, request)] as const)
      : path === '/v1/runs'
        ? (['POST', () => openRun(parts, request)] as const)
        : path === '/v1/words'
          ? (['POST', () => addWords(parts, request, run)] as const)
          : path === '/v1/tools'
            ? (['GET', () => tools(parts, request)] as const)
            : path === '/v1/events/take' || path === '/v1/events/settle'
              ? (['POST', () => events(parts, request, path === '/v1/events/take' ? 'take' : 'settle')] as const)
              : path === '/v1/proposals/'
                ? (['GET', () => status(parts, request, id ?? '')] as const)
                : ([null, () => sendRefusal(res, 'api', noSuchPath)] as const);
  if (method !== null && method !== req.method) {
    res.setHeader('allow', method);
    return sendRefusal(res, 'api', refuse('bad-method', `this path takes ${method}`));
  }
  if (url.search !== '' && path !== '/v1/proposals/') return sendRefusal(res, 'api', refuse('bad-request', 'this path takes no query'));
  await handler();
}
