// verifies: gateway.rebinding
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { CountersignError } from '../../src/errors.ts';
import { limits } from '../../src/limits.ts';
import { openTokens } from '../../src/propose/tokens.ts';
import { createToken, revokeToken } from '../../src/propose/issue.ts';
import { alice, bearer, bob, openDoors, send } from './doors.ts';
import type { Doors } from './doors.ts';

const action = JSON.stringify({ system: 'demo', operation: 'get', arguments: {} });
const paths = ['/mcp', '/v1/actions', '/healthz', '/openapi.json'];

test('a request for another host, or from a page of another origin, is refused at every door', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const { port } = doors;
  const bad: Record<string, string>[] = [
    { host: 'evil.example' },
    { host: `evil.example:${port}` },
    { host: '127.0.0.1' },
    { host: `127.0.0.1:${port + 1}` },
    { host: `127.0.0.1.evil.example:${port}` },
    { host: `localhost:${port}`, origin: 'http://evil.example' },
    { host: `localhost:${port}`, origin: 'null' },
    { host: `localhost:${port}`, origin: `http://127.0.0.1:${port}` },
    { host: `localhost:${port}`, origin: `https://localhost:${port}` },
    { host: `localhost:${port}`, origin: `http://localhost:${port + 1}` },
  ];
  for (const headers of bad)
    for (const path of paths) {
      const reply = await send(port, {
        method: path === '/healthz' || path === '/openapi.json' ? 'GET' : 'POST',
        path,
        headers: bearer(text, headers),
        body: action,
      });
      expect({ ...headers, path, status: reply.status }).toEqual({ ...headers, path, status: 403 });
      expect(reply.headers['access-control-allow-origin']).toBeUndefined();
    }
  expect(doors.script.calls).toEqual([]);
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
    expect(
      (await send(port, { method: 'POST', path: '/v1/actions', headers: bearer(text, { host, origin: `http://${host}` }), body: action }))
        .status,
    ).toBe(200);
  expect(
    (await send(port, { method: 'OPTIONS', path: '/v1/actions', headers: bearer(text) })).headers['access-control-allow-origin'],
  ).toBeUndefined();
});

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    socket.on('close', () => resolve(heard));
    socket.on('error', () => resolve(heard));
  });
}

test('two hosts, two tokens or a target that names a host are refused', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const host = `Host: 127.0.0.1:${doors.port}\r\n`;
  const token = `Authorization: Bearer ${text}\r\n`;
  const get = (target: string, headers: string): Promise<string> =>
    raw(doors.port, `GET ${target} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);
  expect(await get('/v1/tools', host + token)).toMatch(/^HTTP\/1.1 200/);
  expect(await get('/v1/tools', `${host}Host: evil.example\r\n${token}`)).toMatch(/^HTTP\/1.1 400/);
  expect(await get('/v1/tools', `${host}${token}${token}`)).toMatch(/^HTTP\/1.1 401/);
  expect(await get('http://evil.example/v1/tools', host + token)).toMatch(/^HTTP\/1.1 400/);
  expect(await get('//evil.example/v1/tools', host + token)).toMatch(/^HTTP\/1.1 400/);
  expect(await get('/v1/tools', `${host}${token}X: ${'x'.repeat(limits.httpHeaderBytesMax)}\r\n`)).toMatch(/^HTTP\/1.1 431/);
});

test('no token, a bad one, a revoked one, an expired one and a forged one get the very same 401', async () => {
  const doors = await openDoors();
  const { book } = doors;
  const revoked = await book.make(alice);
  await revokeToken(book, revoked.id);
  const expired = await book.make(alice, 'agent', -1);
  const wish = { principal: alice, scope: 'agent', expiresAtMs: book.clock.ms + 60_000 } as const;
  const forged = await createToken({ ...book, recorder: book.stranger }, wish);
  const texts = ['', 'Bearer', 'Bearer x', `Basic ${expired.text}`, ...[revoked, expired, forged].map(({ text }) => `Bearer ${text}`)];
  for (const path of ['/mcp', '/v1/actions']) {
    const replies = await Promise.all(
      texts.map((authorization) =>
        send(doors.port, {
          method: 'POST',
          path,
          headers: { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) },
          body: action,
        }),
      ),
    );
    expect(new Set(replies.map((reply) => `${reply.status} ${String(reply.headers['www-authenticate'])} ${reply.text}`)).size).toBe(1);
    expect(replies[0]).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="countersign"' } });
  }
  expect(doors.script.calls).toEqual([]);
});

const post = (doors: Doors, text: string, body: string | Uint8Array, more: Record<string, string> = {}) =>
  send(doors.port, { method: 'POST', path: '/v1/actions', headers: bearer(text, more), body });

test('a body that is too large is refused, announced or not', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  for (const path of ['/mcp', '/v1/actions']) {
    const announced = { ...bearer(text), 'content-length': String(limits.httpBodyBytesMax + 1) };
    expect((await send(doors.port, { method: 'POST', path, headers: announced, body: '{', unfinished: true })).status).toBe(413);
    const large = Buffer.alloc(limits.httpBodyBytesMax + 1, 0x20);
    const chunked = bearer(text, { 'transfer-encoding': 'chunked' });
    expect((await send(doors.port, { method: 'POST', path, headers: chunked, body: large, unfinished: true })).status).toBe(413);
  }
  expect(doors.script.calls).toEqual([]);
});

test('a body that does not come is not waited for', async () => {
  const doors = await openDoors({ requestMs: 200 });
  const { text } = await doors.book.make(alice);
  const headers = Object.entries(bearer(text)).map(([name, value]) => `${name}: ${value}\r\n`);
  const slow = `POST /v1/actions HTTP/1.1\r\nHost: 127.0.0.1:${doors.port}\r\n${headers.join('')}Content-Length: 100\r\n\r\n{"system"`;
  expect(await raw(doors.port, slow)).toMatch(/^HTTP\/1.1 408/);
  expect(doors.script.calls).toEqual([]);
  expect(doors.errors).toEqual([]);
});

test('a body that could be read in two ways is refused', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const refused = async (body: string | Uint8Array, more: Record<string, string> = {}): Promise<number> =>
    (await post(doors, text, body, more)).status;
  expect(await refused('{"system":"demo","operation":"get","operation":"post","arguments":{}}')).toBe(400);
  expect(await refused('{"system":"demo","operation":"get","oper\\u0061tion":"post","arguments":{}}')).toBe(400);
  expect(await refused('{"system":"demo","operation":"get","arguments":{"a":{"x":1,"x":2}}}')).toBe(400);
  expect(await refused('{"system":"demo","operation":"get","arguments":{"__proto__":{}}}')).toBe(400);
  expect(await refused(`{"system":"demo","operation":"get","arguments":{},"extra":1}`)).toBe(400);
  expect(await refused(`\uFEFF${action}`)).toBe(400);
  expect(await refused(Buffer.from([0x22, 0xff, 0x22]))).toBe(400);
  expect(await refused('')).toBe(400);
  expect(await refused(action, { 'content-type': 'text/plain' })).toBe(415);
  expect(await refused(action, { 'content-type': 'application/json; charset=utf-16' })).toBe(415);
  expect(await refused(action, { 'content-encoding': 'gzip' })).toBe(415);
  expect(doors.script.calls).toEqual([]);
  expect(await refused(action, { 'content-type': 'application/json; charset=UTF-8' })).toBe(200);

  const call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"demo_get","name":"demo_post"}}';
  const reply = await send(doors.port, { method: 'POST', path: '/mcp', headers: bearer(text), body: call });
  expect({ status: reply.status, code: (JSON.parse(reply.text) as { error: { code: number } }).error.code }).toEqual({
    status: 400,
    code: -32_700,
  });
});

test('one token may have only so many requests at work; another one is not held up by it', async () => {
  const doors = await openDoors();
  const [one, other] = [await doors.book.make(alice), await doors.book.make(bob)];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  doors.script.answer = () => held.then(() => ({ kind: 'refused', proposal: null, code: 'x', message: '', reasons: [], waysOut: [] }));
  const busy = Array.from({ length: limits.callsInFlightPerTokenMax }, () => post(doors, one.text, action));
  while (doors.script.calls.length < limits.callsInFlightPerTokenMax) await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await post(doors, one.text, action)).status).toBe(429);
  const free = post(doors, other.text, action);
  release();
  expect((await free).status).toBe(403);
  await Promise.all(busy);
  expect((await post(doors, one.text, action)).status).toBe(403);
});

test('what goes wrong inside is not told to the caller', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  doors.script.answer = () => Promise.reject(new Error('password hunter2'));
  const reply = await post(doors, text, action);
  expect(reply.status).toBe(500);
  expect(reply.text).not.toContain('hunter2');
  expect(doors.errors).toHaveLength(1);
});

test('a store that is down is a 503, and nobody gets in', async () => {
  const doors = await openDoors();
  const { book } = doors;
  const { text } = await book.make(alice);
  const store = { ...book.store, token: () => Promise.reject(new CountersignError('store-failed', 'down')) };
  const blind = await openDoors({ tokens: openTokens({ store, trust: book.trust }) });
  expect((await post(blind, text, action)).status).toBe(503);
  expect(blind.script.calls).toEqual([]);
});
