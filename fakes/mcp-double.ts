import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Server, createMcpHandler } from '@modelcontextprotocol/server';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Json, JsonObject } from '../src/action/json.ts';

/*
 * Any number of pretend systems behind one MCP server over HTTP, each at an address of its own. A system is data: a seed,
 * and tools that read or change it. Its state is in this process, to be looked at. What a caller may do depends on its token
 * alone: the reading token of a system reads, the writing token does everything, and any other is nobody.
 */

/** One thing in a pretend system. */
export type Row = Record<string, Json>;

/** Everything that a pretend system holds, by kind of thing. */
export type Rows = Record<string, Row[]>;

/** A tool. `run` throws to say no. */
export interface DoubleTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly annotations: JsonObject | null;
  readonly writes: boolean;
  readonly run: (rows: Rows, args: JsonObject) => Json;
}

/** A pretend system. */
export interface DoubleSystem {
  readonly name: string;
  readonly seed: () => Rows;
  readonly tools: readonly DoubleTool[];
  /** What this server does with the headers of a request, if it does something with them that it should not. */
  readonly headers?: (rows: Rows, headers: Readonly<Record<string, string>>) => void;
}

/** A call that reached a pretend system and was carried out. */
export interface Reached {
  readonly system: string;
  readonly tool: string;
  readonly arguments: JsonObject;
}

/** How a request came. */
export interface Knocking {
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Pretend systems that are up. */
export interface McpDoubles {
  url(system: string): string;
  token(system: string, zone: 'read' | 'write'): string;
  /** What a system holds now. Changing it prepares a scenario. */
  rows(system: string): Rows;
  /** The calls that were carried out since the last reset, in order. */
  readonly reached: readonly Reached[];
  /** Every bearer token that any request carried since the last reset. */
  readonly tokensSeen: ReadonlySet<string>;
  /** Carries a call out as if it had come over HTTP with this token. Throws if the token or the system says no. */
  knock(system: string, tool: string, args: JsonObject, by: Knocking): Json;
  reset(): void;
  close(): Promise<void>;
}

/** The dummy token of a pretend system. */
function doubleToken(system: string, zone: 'read' | 'write'): string {
  return `pretend-${system}-${zone}-key`;
}

async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown;
}

const textHeaders = (req: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(req.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));

function said(work: () => Json): CallToolResult {
  try {
    return { content: [{ type: 'text', text: JSON.stringify(work()) }] };
  } catch (error) {
    return { content: [{ type: 'text', text: error instanceof Error ? error.message : 'no' }], isError: true };
  }
}

/** The SDK's server for one request to one system. */
function serverOf(system: DoubleSystem, call: (tool: string, args: JsonObject) => Json): Server {
  const server = new Server({ name: `pretend-${system.name}`, version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({
    tools: system.tools.map(({ name, description, inputSchema, annotations }) => ({
      name,
      description,
      inputSchema: { ...inputSchema, type: 'object' as const },
      ...(annotations === null ? {} : { annotations: { ...annotations } }),
    })),
  }));
  server.setRequestHandler('tools/call', (request) =>
    said(() => call(request.params.name, (request.params.arguments ?? {}) as JsonObject)),
  );
  return server;
}

/** Answers one HTTP request that names a system and carries one of its tokens. */
async function answer(system: DoubleSystem, call: (tool: string, args: JsonObject) => Json, req: IncomingMessage): Promise<Response> {
  const handler = createMcpHandler(() => serverOf(system, call));
  const request = new Request('http://localhost/mcp', { method: 'POST', headers: textHeaders(req) });
  return handler.fetch(request, { parsedBody: await bodyOf(req) });
}

/** What the systems hold and have seen: the part without a network. */
function openState(
  systems: readonly DoubleSystem[],
): Omit<McpDoubles, 'url' | 'close'> & { readonly known: ReadonlyMap<string, DoubleSystem> } {
  const known = new Map(systems.map((system) => [system.name, system]));
  const held = new Map<string, Rows>();
  const reached: Reached[] = [];
  const tokensSeen = new Set<string>();
  const reset = (): void => {
    reached.length = 0;
    tokensSeen.clear();
    for (const system of systems) held.set(system.name, system.seed());
  };
  reset();
  const rows = (system: string): Rows => {
    const found = held.get(system);
    if (found === undefined) throw new Error(`404: no system ${system}`);
    return found;
  };
  return {
    known,
    reached,
    tokensSeen,
    rows,
    reset,
    token: doubleToken,
    knock: (system, tool, args, { token, headers = {} }) => {
      tokensSeen.add(token);
      const found = known.get(system)?.tools.find((each) => each.name === tool);
      if (found === undefined) throw new Error('404: no such tool');
      if (![doubleToken(system, 'read'), doubleToken(system, 'write')].includes(token)) throw new Error('401: unknown token');
      if (found.writes && token !== doubleToken(system, 'write')) throw new Error('403: this token may only read');
      known.get(system)?.headers?.(rows(system), headers);
      const result = found.run(rows(system), args);
      reached.push({ system, tool, arguments: args });
      return result;
    },
  };
}

/** Starts the systems on one port of 127.0.0.1. */
export async function startMcpDoubles(systems: readonly DoubleSystem[]): Promise<McpDoubles> {
  const state = openState(systems);
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const system = state.known.get(/^\/([a-z0-9-]+)\/mcp$/.exec(req.url ?? '')?.[1] ?? '');
    const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? '';
    const headers = textHeaders(req);
    if (system === undefined || req.method !== 'POST') return void res.writeHead(system === undefined ? 404 : 405).end();
    const response = await answer(system, (tool, args) => state.knock(system.name, tool, args, { token, headers }), req);
    res.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body === null) res.end();
    else await pipeline(Readable.fromWeb(response.body), res).catch(() => undefined);
  };
  const server = createServer((req, res) => {
    serve(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...state,
    url: (system) => `http://127.0.0.1:${port}/${system}/mcp`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
