// verifies: gateway.stdio-bridge
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Client as ClientV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';
import { compiled } from '../../fakes/compiled.ts';
import { limits } from '../../src/limits.ts';
import { startGateway } from '../../src/propose/server.ts';
import { revokeToken } from '../../src/propose/issue.ts';
import { openTokens } from '../../src/propose/tokens.ts';
import { alice, answers, openDoors, openTestBook, proposal, scripted } from './doors.ts';

const entry = fileURLToPath(new URL('bridge-entry.ts', import.meta.url));

const command = (url: string, token: string) => ({
  command: process.execPath,
  args: [entry, 'mcp'],
  env: { PATH: process.env['PATH'] ?? '', ...compiled, COUNTERSIGN_URL: url, COUNTERSIGN_TOKEN: token },
});

/** Runs the bridge with what is written to it, and says how it ended. */
function run(env: Record<string, string>, input = ''): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [entry, 'mcp'], {
      env: { PATH: process.env['PATH'] ?? '', ...compiled, ...env },
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined); // it may be gone already
    child.stdin.end(input);
  });
}

test('the v1 client over stdio lists and calls', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const transport = new StdioV1({ ...command(doors.mcp.href, text), stderr: 'inherit' });
  const client = new ClientV1({ name: 'test', version: '1' });
  await client.connect(transport);
  expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('demo_post');
  expect(await client.callTool({ name: 'demo_get', arguments: { id: 'ü\u2028' } })).toMatchObject({
    isError: false,
    structuredContent: { kind: 'read' },
  });
  doors.script.answer = answers.refused;
  expect(await client.callTool({ name: 'demo_post', arguments: {} })).toMatchObject({
    isError: true,
    structuredContent: { kind: 'refused' },
  });
  expect(doors.script.calls).toMatchObject([{ call: { arguments: { id: 'ü\u2028' } } }, { call: { operation: 'post' } }]);
  await client.close();
});

test('the v2 client over stdio speaks the stateless revision through it, and can give a request up', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const client = new ClientV2({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new StdioV2(command(doors.mcp.href, text)));
  onTestFinished(() => client.close());
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
  expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('demo_post');
  expect(await client.callTool({ name: 'countersign_status', arguments: { proposal } })).toMatchObject({
    structuredContent: { kind: 'outcome' },
  });

  // A request that the client gives up ends at the gateway too, and the next one is answered.
  let asked = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (asked = resolve));
  doors.script.answer = () => (asked(), new Promise(() => undefined));
  const giveUp = new AbortController();
  const given = client.callTool({ name: 'demo_get', arguments: {} }, { signal: giveUp.signal });
  await arrived;
  giveUp.abort();
  await expect(given).rejects.toThrow();
  doors.script.answer = null;
  expect(await client.callTool({ name: 'demo_get', arguments: {} })).toMatchObject({ isError: false });
});

test('an error of the gateway reaches the client as the answer to its request', async () => {
  const doors = await openDoors();
  const { text } = await doors.book.make(alice);
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
  const asked = { jsonrpc: '2.0', id: 7, method: 'resources/unheard', params: { _meta: meta } };
  const child = spawn(process.execPath, [entry, 'mcp'], { env: command(doors.mcp.href, text).env });
  onTestFinished(() => void child.kill());
  const answer = new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  child.stdin.write(`${JSON.stringify(asked)}\n`);
  expect(JSON.parse(await answer)).toMatchObject({ id: 7, error: { code: -32_601 } });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdin.end();
  expect(await ended).toBe(0);
});

test('it ends with a clear word when the token is missing, wrong or for hosts, and when the gateway is down', async () => {
  const doors = await openDoors();
  const host = await doors.book.make(alice, 'host');
  const good = await doors.book.make(alice);
  const url = { COUNTERSIGN_URL: doors.mcp.href };
  expect(await run(url)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('COUNTERSIGN_TOKEN is not set') as string });
  const wrong = await run({ ...url, COUNTERSIGN_TOKEN: 'cst_not-a-token' });
  expect(wrong).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('does not accept COUNTERSIGN_TOKEN') as string });
  expect(wrong.stderr).not.toContain('cst_not-a-token');
  expect(await run({ ...url, COUNTERSIGN_TOKEN: host.text })).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('host token') as string,
  });
  const down = { COUNTERSIGN_URL: 'http://127.0.0.1:1/mcp', COUNTERSIGN_TOKEN: good.text };
  expect(await run(down)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('cannot be reached') as string });
  const clear = { COUNTERSIGN_URL: 'http://gateway.example/mcp', COUNTERSIGN_TOKEN: good.text };
  expect(await run(clear)).toMatchObject({ code: 2, stderr: expect.stringContaining('COUNTERSIGN_URL') as string });
  expect(await run({ COUNTERSIGN_TOKEN: good.text })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no configuration') as string,
  });
  expect(await run({ ...url, COUNTERSIGN_TOKEN: good.text })).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('it ends when the gateway goes away, and when the token is revoked, and answers the request that met it', async () => {
  const book = await openTestBook();
  const script = scripted(book);
  const tokens = openTokens({ store: book.store, trust: book.trust, now: () => book.clock.ms });
  const gateway = await startGateway({ mediator: script.mediator, tokens, port: 0 });
  const url = `http://127.0.0.1:${gateway.port}/mcp`;
  const [one, other] = [await book.make(alice), await book.make(alice)];

  const connect = async (token: string) => {
    const transport = new StdioV1({ ...command(url, token), stderr: 'pipe' });
    let stderr = '';
    transport.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const client = new ClientV1({ name: 'test', version: '1' });
    await client.connect(transport);
    onTestFinished(() => client.close());
    const gone = new Promise<void>((resolve) => Object.assign(client, { onclose: resolve }));
    return { client, gone, stderr: () => stderr };
  };

  const revoked = await connect(one.text);
  // The client's own `initialized` is on its way after `connect`: it must not be the one that meets the revocation.
  await revoked.client.listTools();
  await revokeToken(book, one.id);
  book.clock.ms += limits.tokenCacheMs;
  await expect(revoked.client.listTools()).rejects.toThrow(/valid token/);
  await revoked.gone;
  expect(revoked.stderr()).toContain('expired or was revoked');

  const lost = await connect(other.text);
  await gateway.close();
  await expect(lost.client.listTools()).rejects.toThrow(/did not answer/);
  await lost.gone;
  expect(lost.stderr()).toContain('cannot be reached');
});
