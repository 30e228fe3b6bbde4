// verifies: gateway.stateless-clients, gateway.session-clients, gateway.legacy-sessions, gateway.tools
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test } from 'vitest';
import { alice, answers, bob, openDoors, proposal, send, bearer } from './doors.ts';
import type { Doors } from './doors.ts';

/** What the tests need of a client, whatever its version. */
interface Spoken {
  listTools(): Promise<{ tools: readonly { name: string; annotations?: unknown; inputSchema: unknown }[] }>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
}

const clients: Readonly<Record<string, (doors: Doors, token: string) => Promise<Spoken>>> = {
  'the v1 SDK': async ({ mcp }, token) => {
    const client = new ClientV1({ name: 'test', version: '1' });
    await client.connect(new HttpV1(mcp, { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
    onTestFinished(() => client.close());
    return client;
  },
  'the v2 SDK, choosing by itself': async ({ mcp }, token) => {
    const client = new ClientV2({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new HttpV2(mcp, { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
    onTestFinished(() => client.close());
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    return client;
  },
  'the v2 SDK, as a client of 2025': async ({ mcp }, token) => {
    const client = new ClientV2({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
    await client.connect(new HttpV2(mcp, { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
    onTestFinished(() => client.close());
    expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25');
    return client;
  },
};

for (const [name, connect] of Object.entries(clients)) {
  test(`${name} lists the tools, sorted, with our annotations and a call id on what writes`, async () => {
    const doors = await openDoors();
    const client = await connect(doors, (await doors.book.make(alice)).text);
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(['countersign_status', 'demo_get', 'demo_post', 'demo_ring']);
    const by = Object.fromEntries(tools.map((tool) => [tool.name, tool]));
    expect(by['demo_post']).toMatchObject({
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
      inputSchema: { properties: { text: { type: 'string' }, call_id: { type: 'string' } } },
    });
    expect(by['demo_ring']).toMatchObject({
      inputSchema: { properties: { call_id: { type: 'string' }, countersign_call_id: { type: 'string' } } },
    });
    expect(by['demo_get']).toMatchObject({ annotations: { readOnlyHint: true } });
    expect(JSON.stringify(by['demo_get'])).not.toContain('call_id');
  });

  test(`${name} reads, asks to write, waits and is refused`, async () => {
    const doors = await openDoors();
    const client = await connect(doors, (await doors.book.make(alice)).text);

    expect(await client.callTool({ name: 'demo_get', arguments: { id: '7' } })).toMatchObject({
      isError: false,
      structuredContent: { kind: 'read', content: answers.read.kind === 'read' ? answers.read.content : null },
      _meta: { 'countersign/proposal': proposal, 'countersign/label': { readers: 'team', integrity: 'untrusted', space: 'demo:1' } },
    });
    expect(await client.callTool({ name: 'demo_post', arguments: { text: 'hi', call_id: 'one' } })).toMatchObject({
      isError: false,
      structuredContent: { kind: 'waiting', proposal, needs: ['requester'] },
    });
    expect(await client.callTool({ name: 'countersign_status', arguments: { proposal, wait_seconds: 25 } })).toMatchObject({
      isError: false,
      structuredContent: { kind: 'outcome', outcome: 'done' },
    });
    doors.script.answer = answers.refused;
    expect(await client.callTool({ name: 'demo_post', arguments: { text: 'no' } })).toMatchObject({
      isError: true,
      structuredContent: { kind: 'refused', code: 'denied', waysOut: ['a fresh run'] },
    });

    expect(doors.script.calls.map(({ call }) => call)).toEqual([
      { system: 'demo', operation: 'get', arguments: { id: '7' } },
      { system: 'demo', operation: 'post', arguments: { text: 'hi' }, callId: 'one' },
      { system: 'demo', operation: 'post', arguments: { text: 'no' } },
    ]);
    expect(doors.script.waits).toMatchObject([{ proposal, waitMs: 25_000 }]);
    // One run for the token, whatever the sessions.
    const runs = new Set([...doors.script.calls, ...doors.script.waits].map(({ caller }) => caller.run));
    expect(doors.script.runs).toHaveLength(1);
    expect(runs.size).toBe(1);
    expect(doors.script.calls[0]?.caller.principal).toEqual(alice);
  });

  test(`${name} is told safely of an unknown tool, a bad call id, and a failure inside`, async () => {
    const doors = await openDoors();
    const client = await connect(doors, (await doors.book.make(alice)).text);
    const odd = `demo_‮x\n${'y'.repeat(500)}`;
    const unknown = JSON.stringify(await client.callTool({ name: odd }));
    expect(unknown).toContain('unknown-tool');
    expect(unknown).not.toContain('‮');
    expect(unknown).not.toContain('y'.repeat(200));
    expect(await client.callTool({ name: 'demo_post', arguments: { call_id: 7 } })).toMatchObject({
      isError: true,
      structuredContent: { code: 'bad-arguments' },
    });
    expect(await client.callTool({ name: 'countersign_status', arguments: { proposal: 'p_1' } })).toMatchObject({
      isError: true,
      structuredContent: { code: 'bad-arguments' },
    });
    expect(doors.script.calls).toEqual([]);
    doors.script.answer = () => Promise.reject(new Error('secret detail'));
    const failed = JSON.stringify(await client.callTool({ name: 'demo_get', arguments: {} }));
    expect(failed).toContain('"isError":true');
    expect(failed).not.toContain('secret detail');
    expect(doors.errors).toHaveLength(1);
  });

  test(`${name} does not get in with a token that is not good`, async () => {
    const doors = await openDoors();
    await expect(connect(doors, `cst_${'A'.repeat(22)}_${'B'.repeat(43)}`)).rejects.toThrow();
    expect(doors.script.calls).toEqual([]);
  });
}

const initialize = (protocolVersion: string): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion, capabilities: {}, clientInfo: { name: 't', version: '1' } },
  });
const list = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} });

async function session(doors: Doors, token: string, path = '/mcp'): Promise<string> {
  const reply = await send(doors.port, { method: 'POST', path, headers: bearer(token), body: initialize('2025-06-18') });
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.text)).toMatchObject({
    result: { protocolVersion: '2025-06-18', serverInfo: { name: 'countersign', version: '1.2.3' } },
  });
  return String(reply.headers['mcp-session-id']);
}

test('a session belongs to the token that opened it: to another one it does not exist', async () => {
  const doors = await openDoors();
  const own = await doors.book.make(alice);
  const other = await doors.book.make(alice); // the same principal
  const id = await session(doors, own.text);
  const use = (token: string, method = 'POST') =>
    send(doors.port, {
      method,
      path: '/mcp',
      headers: bearer(token, { 'mcp-session-id': id }),
      ...(method === 'POST' ? { body: list } : {}),
    });
  expect((await use(own.text)).status).toBe(200);
  const foreign = await use(other.text);
  expect(foreign.status).toBe(404);
  expect(JSON.parse(foreign.text)).toMatchObject({ error: { message: 'Session not found' } });
  expect((await use(other.text, 'DELETE')).status).toBe(404);
  expect((await use(own.text)).status).toBe(200);
  expect((await use(own.text, 'DELETE')).status).toBe(200);
  expect((await use(own.text)).status).toBe(404);
});

test('a session ends when it is idle, and a client that opens many loses its own oldest', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice, 'agent', 1e9);
  const neighbour = await doors.book.make(bob, 'agent', 1e9);
  const kept = await session(doors, neighbour.text);
  const first = await session(doors, text);
  doors.book.clock.ms += 1;
  for (let i = 0; i < 64; i++) await session(doors, text);
  const use = async (token: string, id: string): Promise<number> =>
    (await send(doors.port, { method: 'POST', path: '/mcp', headers: bearer(token, { 'mcp-session-id': id }), body: list })).status;
  expect(await use(text, first)).toBe(404);
  expect(await use(neighbour.text, kept)).toBe(200);
  doors.book.clock.ms += 30 * 60_000;
  expect(await use(neighbour.text, kept)).toBe(404);
});

test('outside of a session there is only initialize; batches, streams and older revisions are not offered', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const post = (body: string) => send(doors.port, { method: 'POST', path: '/mcp', headers: bearer(text), body });
  expect((await post(list)).status).toBe(400);
  const id = await session(doors, text);
  const batch = { method: 'POST', path: '/mcp', headers: bearer(text, { 'mcp-session-id': id }), body: `[${list},${list}]` };
  expect((await send(doors.port, batch)).status).toBe(400);
  expect((await send(doors.port, { path: '/mcp', headers: bearer(text) })).status).toBe(405);
  expect(JSON.parse((await post(initialize('2024-11-05'))).text)).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
});

const stateless = (name: string): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name,
      arguments: {},
      _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} },
    },
  });

test('in the stateless revision, headers that do not say what the body says are refused before anything is called', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const good = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'demo_post' };
  const call = async (headers: Record<string, string>) => {
    const reply = await send(doors.port, { method: 'POST', path: '/mcp', headers: bearer(text, headers), body: stateless('demo_post') });
    return { status: reply.status, code: (JSON.parse(reply.text) as { error?: { code: number } }).error?.code };
  };
  expect(await call({ ...good, 'mcp-name': 'demo_get' })).toEqual({ status: 400, code: -32_020 });
  expect(await call({ ...good, 'mcp-method': 'tools/list' })).toEqual({ status: 400, code: -32_020 });
  expect(await call({ ...good, 'mcp-protocol-version': '2025-11-25' })).toMatchObject({ status: 400 });
  const { 'mcp-name': _, ...nameless } = good;
  expect(await call(nameless)).toEqual({ status: 400, code: -32_020 });
  expect(doors.script.calls).toEqual([]);
  expect(await call(good)).toEqual({ status: 200, code: undefined });
  expect(doors.script.calls).toHaveLength(1);
});

test('a tool list is for one principal only and says so', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const body = stateless('x').replace('"tools/call"', '"tools/list"').replace('"name":"x","arguments":{},', '');
  const headers = bearer(text, { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' });
  const reply = await send(doors.port, { method: 'POST', path: '/mcp', headers, body });
  expect(JSON.parse(reply.text)).toMatchObject({ result: { cacheScope: 'private', ttlMs: 0 } });
});
