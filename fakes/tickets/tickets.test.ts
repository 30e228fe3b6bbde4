import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compiled } from '../compiled.ts';
import { readState, ticketSeed, ticketTokens, writeState } from './state.ts';

let folder: string;
let file: string;
let open: Client[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tickets-'));
  file = join(folder, 'tickets.json');
  writeState(file, ticketSeed());
});
afterEach(async () => {
  await Promise.all(open.map((client) => client.close()));
  open = [];
  rmSync(folder, { recursive: true });
});

async function connect(mode: 'read' | 'write', token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const server = new URL('./server.ts', import.meta.url).pathname;
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [server, '--state', file, '--mode', mode, '--token', 'TIX'],
      env: { ...compiled, TIX: token },
    }),
  );
  open.push(client);
  return client;
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<{ error: boolean; text: string }> {
  const answer = await client.callTool({ name, arguments: args });
  const [part] = answer.content;
  return { error: answer.isError === true, text: part?.type === 'text' ? part.text : '' };
}

const comment = { id: 'T-1041', text: 'hello', visibility: 'public' };

test('the reading server lists and reads, and has no writing tools', async () => {
  const client = await connect('read', ticketTokens.read);
  expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(['list_tickets', 'read_ticket']);
  expect(JSON.parse((await call(client, 'list_tickets', {})).text)).toHaveLength(3);
  const read = await call(client, 'read_ticket', { id: 'T-1042' });
  expect(JSON.parse(read.text)).toMatchObject({ id: 'T-1042', version: 1, status: 'open' });
  expect(await call(client, 'read_ticket', { id: 'T-1' })).toEqual({ error: true, text: '404: no such ticket' });
});

test('what the writing server writes is in the state, and the reading server sees it', async () => {
  const [writer, reader] = await Promise.all([connect('write', ticketTokens.write), connect('read', ticketTokens.read)]);
  expect(JSON.parse((await call(writer, 'add_comment', comment)).text)).toEqual({ id: 'T-1041', version: 2, comments: 2 });
  expect((await call(writer, 'close_ticket', { id: 'T-1041' })).error).toBe(false);
  expect((await call(writer, 'close_ticket', { id: 'T-1041' })).error).toBe(true);
  const state = readState(file).tickets[0];
  expect(state).toMatchObject({ status: 'closed', version: 3 });
  expect(state?.comments.at(-1)).toEqual({ author: 'acme-agent', visibility: 'public', text: 'hello' });
  expect(JSON.parse((await call(reader, 'read_ticket', { id: 'T-1041' })).text)).toEqual(state);
});

test('a token that may only read cannot write, whatever the mode, and an unknown one gets nothing', async () => {
  const [readOnly, unknown, odd] = await Promise.all([
    connect('write', ticketTokens.read),
    connect('write', 'tix_unknown'),
    connect('write', 'constructor'),
  ]);
  expect((await call(readOnly, 'read_ticket', { id: 'T-1041' })).error).toBe(false);
  expect(await call(readOnly, 'add_comment', comment)).toEqual({ error: true, text: '403: this token may only read' });
  expect(await call(readOnly, 'close_ticket', { id: 'T-1041' })).toEqual({ error: true, text: '403: this token may only read' });
  for (const client of [unknown, odd]) {
    expect(await call(client, 'list_tickets', {})).toEqual({ error: true, text: '401: unknown token' });
    expect((await call(client, 'add_comment', comment)).error).toBe(true);
  }
  expect(readState(file)).toEqual(ticketSeed());
});

test('two writers at once lose nothing, and a lock left by a killed process does not last', async () => {
  writeFileSync(`${file}.lock`, '4194305'); // above the largest process id that Linux gives
  const writers = await Promise.all([connect('write', ticketTokens.write), connect('write', ticketTokens.write)]);
  await Promise.all(writers.flatMap((client) => Array.from({ length: 10 }, () => call(client, 'add_comment', comment))));
  expect(readState(file).tickets[0]?.comments).toHaveLength(21);
});
