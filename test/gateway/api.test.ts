// verifies: gateway.host-runs, gateway.plain-runs, gateway.http-api, gateway.openapi
import { expect, test } from 'vitest';
import { limits } from '../../src/limits.ts';
import { alice, answers, bearer, bob, openDoors, proposal, send } from './doors.ts';
import type { Doors } from './doors.ts';

interface Json {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function api(doors: Doors, token: string, path: string, body?: unknown): Promise<Json> {
  const reply = await send(doors.port, {
    path,
    headers: bearer(token),
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: JSON.parse(reply.text) as Record<string, unknown> };
}

const post = { system: 'demo', operation: 'post', arguments: { text: 'hi' } };

test('an action is answered as it is: 200 read or outcome, 202 waiting, 403 refused', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  for (const [kind, status] of [
    ['read', 200],
    ['outcome', 200],
    ['waiting', 202],
    ['refused', 403],
  ] as const) {
    doors.script.answer = answers[kind];
    expect(await api(doors, text, '/v1/actions', { ...post, call_id: kind })).toEqual({ status, body: answers[kind] });
  }
  expect(doors.script.calls[3]).toEqual({
    caller: { principal: alice, run: expect.stringMatching(/^r_/) as string },
    call: { ...post, callId: 'refused' },
  });
});

test('a proposal is waited for, for so long as was asked; one that is not there is a 404', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  expect(await api(doors, text, `/v1/proposals/${proposal}?wait=25`)).toEqual({ status: 200, body: answers.outcome });
  expect(await api(doors, text, `/v1/proposals/${proposal}`)).toMatchObject({ status: 200 });
  expect(doors.script.waits.map(({ waitMs }) => waitMs)).toEqual([limits.statusWaitMs, 0]);
  for (const query of ['?wait=26', '?wait=-1', '?wait=1e1', '?wait=', '?wait=1&wait=2', '?other=1'])
    expect({ query, ...(await api(doors, text, `/v1/proposals/${proposal}${query}`)) }).toMatchObject({ query, status: 400 });
  expect(await api(doors, text, '/v1/proposals/p_short')).toMatchObject({ status: 404, body: { error: { code: 'not-found' } } });
  doors.script.answer = {
    ...answers.refused,
    kind: 'refused',
    proposal: null,
    code: 'not-found',
    message: 'this run has no such proposal',
    reasons: [],
    waysOut: [],
  };
  expect(await api(doors, text, `/v1/proposals/${proposal}`)).toMatchObject({ status: 404, body: { error: { code: 'not-found' } } });
});

test('tools are listed, and other paths, methods and fields are refused in words', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const { status, body } = await api(doors, text, '/v1/tools');
  expect({ status, names: (body['tools'] as { name: string }[]).map(({ name }) => name) }).toEqual({
    status: 200,
    names: ['demo_get', 'demo_post', 'demo_ring'],
  });
  expect(await api(doors, text, '/v1/tools?x=1')).toMatchObject({ status: 400 });
  expect(await api(doors, text, '/v1/tools', {})).toMatchObject({ status: 405, body: { error: { code: 'bad-method' } } });
  expect(await api(doors, text, '/v2/tools')).toMatchObject({ status: 404, body: { error: { code: 'not-found' } } });
  for (const wrong of [{ ...post, extra: 1 }, { ...post, arguments: [] }, { ...post, call_id: '' }, { ...post, system: 7 }, [], null])
    expect({ wrong, ...(await api(doors, text, '/v1/actions', wrong)) }).toMatchObject({
      status: 400,
      body: { error: { code: 'bad-request' } },
    });
  expect(doors.script.calls).toEqual([]);
});

const wish = { user: 'bob', agent: 'assistant', text: 'Tell #general that we are late.' };
type Run = { run: string; token: string; mcp_url: string; expires_at_ms: number };

async function openRun(doors: Doors): Promise<Run> {
  const host = await doors.book.make({ user: 'app', agent: 'app' }, 'host');
  const opened = await api(doors, host.text, '/v1/runs', wish);
  expect(opened.status).toBe(201);
  return opened.body as Run;
}

test("a host opens a run for a user with the user's own words; its token acts in that run only", async () => {
  const doors = await openDoors();
  const run = await openRun(doors);
  expect(run).toMatchObject({
    mcp_url: `${doors.url}/mcp/runs/${run.run}`,
    token: expect.stringMatching(/^csr_[A-Za-z0-9_-]{43}$/) as string,
  });
  expect(doors.script.runs).toMatchObject([{ principal: bob, text: wish.text }]);
  expect(await api(doors, run.token, '/v1/actions', post)).toMatchObject({ status: 202 });
  expect(doors.script.calls).toMatchObject([{ caller: { principal: bob, run: run.run } }]);
  expect(await api(doors, run.token, '/v1/runs', wish)).toMatchObject({ status: 403, body: { error: { code: 'not-a-host-token' } } });
});

test('only a host token opens runs, and it can do nothing else', async () => {
  const doors = await openDoors();
  const agent = await doors.book.make(alice);
  const host = await doors.book.make(alice, 'host');
  expect(await api(doors, agent.text, '/v1/runs', wish)).toMatchObject({ status: 403, body: { error: { code: 'not-a-host-token' } } });
  expect(await api(doors, host.text, '/v1/actions', post)).toMatchObject({ status: 403, body: { error: { code: 'host-token' } } });
  expect(await api(doors, host.text, '/v1/tools')).toMatchObject({ status: 403 });
  expect((await send(doors.port, { method: 'POST', path: '/mcp', headers: bearer(host.text), body: '{}' })).status).toBe(403);
  for (const wrong of [
    { ...wish, user: '' },
    { ...wish, user: 'b‮ob' },
    { ...wish, text: 'é'.repeat(limits.requestTextBytesMax / 2 + 1) },
    { ...wish, scope: 'host' },
  ])
    expect(await api(doors, host.text, '/v1/runs', wrong)).toMatchObject({ status: 400 });
  expect(doors.script.runs).toEqual([]);
});

const call = (id: number): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: {
      name: 'demo_post',
      arguments: {},
      _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} },
    },
  });
const head = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'demo_post' };

test("a run's address takes the run's token and agent tokens of the same principal; to others there is no such run", async () => {
  const doors = await openDoors();
  const run = await openRun(doors);
  const another = await openRun(doors);
  const own = await doors.book.make(bob);
  const use = async (token: string, path: string): Promise<number> =>
    (await send(doors.port, { method: 'POST', path, headers: bearer(token, head), body: call(1) })).status;
  const path = `/mcp/runs/${run.run}`;
  expect(await use(run.token, path)).toBe(200);
  expect(await use(own.text, path)).toBe(200);
  expect(await use(run.token, '/mcp')).toBe(200);
  const caller = { principal: bob, run: run.run };
  expect(doors.script.calls.map((made) => made.caller)).toEqual([caller, caller, caller]);

  expect(await use(another.token, path)).toBe(404);
  expect(await use((await doors.book.make(alice)).text, path)).toBe(404);
  expect(await use((await doors.book.make({ ...bob, agent: 'other' })).text, path)).toBe(404);
  expect(await use((await doors.book.make(bob, 'host')).text, path)).toBe(403);
  expect(await use(own.text, `/mcp/runs/r_${'A'.repeat(22)}`)).toBe(404);
  expect(await use(own.text, '/mcp/runs/')).toBe(404);
  expect(doors.script.calls).toHaveLength(3);
});

test('a plain client has one run, opened once however many calls come at once, and a new one after an idle hour', async () => {
  const doors = await openDoors();
  const { id, text } = await doors.book.make(alice, 'agent', 1e9);
  await Promise.all(Array.from({ length: 8 }, () => api(doors, text, '/v1/actions', post)));
  expect(doors.script.runs).toEqual([{ principal: alice, token: id, text: null, scope: null }]);
  doors.book.clock.ms += limits.runIdleMs - 1;
  await api(doors, text, '/v1/actions', post);
  doors.book.clock.ms += limits.runIdleMs - 1;
  await api(doors, text, '/v1/actions', post);
  expect(doors.script.runs).toHaveLength(1);
  doors.book.clock.ms += limits.runIdleMs;
  await api(doors, text, '/v1/actions', post);
  expect(doors.script.runs).toHaveLength(2);
  expect(new Set(doors.script.calls.map(({ caller }) => caller.run)).size).toBe(2);

  // Never idle, it ends all the same when its time is over.
  for (let used = 0; used < limits.runTtlMs; used += limits.runIdleMs - 1) {
    doors.book.clock.ms += limits.runIdleMs - 1;
    await api(doors, text, '/v1/actions', post);
  }
  expect(doors.script.runs).toHaveLength(3);
});

test('health and the description need no token, and the description is made of the shapes that requests are parsed with', async () => {
  const doors = await openDoors();
  expect(JSON.parse((await send(doors.port, { path: '/healthz' })).text)).toEqual({ ok: true, version: '1.2.3' });
  const document = JSON.parse((await send(doors.port, { path: '/openapi.json' })).text) as {
    openapi: string;
    paths: Record<string, Record<string, { requestBody?: { content: { 'application/json': { schema: Record<string, unknown> } } } }>>;
    components: { schemas: Record<string, unknown> };
  };
  expect(document.openapi).toMatch(/^3\.1/);
  expect(Object.keys(document.paths).toSorted()).toEqual([
    '/healthz',
    '/v1/actions',
    '/v1/events/settle',
    '/v1/events/take',
    '/v1/proposals/{id}',
    '/v1/runs',
    '/v1/runs/{id}/words',
    '/v1/tools',
    '/v1/words',
  ]);
  expect(document.paths['/v1/actions']?.['post']?.requestBody?.content['application/json'].schema).toMatchObject({
    type: 'object',
    additionalProperties: false,
    required: ['system', 'operation', 'arguments'],
  });
  const refs = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => String(match[1]));
  expect(refs.filter((name) => !(name in document.components.schemas))).toEqual([]);
  expect(JSON.stringify(document)).not.toContain('#/$defs');
});
