import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Server, createMcpHandler } from '@modelcontextprotocol/server';
import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import { canonical } from '../../src/action/canonical.ts';
import type { JsonObject } from '../../src/action/json.ts';
import { listedTool, serverIdentity } from './catalogue.ts';
import type { Step, Suite } from './data.ts';

/*
 * The third party: an MCP server that answers from what was recorded, and writes down which calls reached it. It speaks
 * Streamable HTTP on the loopback interface and knows nothing of who may do what.
 */

/** A call that reached the system. */
export interface Reached {
  readonly tool: string;
  readonly key: string;
}

/** The pretend upstream server of one suite. */
export interface Upstream {
  readonly url: string;
  /** From now on it answers from these steps, and its journal begins anew. */
  begin(steps: readonly Step[]): void;
  /** What has reached it since. */
  journal(): readonly Reached[];
  close(): Promise<void>;
}

/** What makes two calls the same call. */
export function callKey(tool: string, args: JsonObject): string {
  return canonical({ tool, args });
}

function resultOf(step: Step | undefined): CallToolResult {
  if (step === undefined) return { content: [{ type: 'text', text: 'nothing was recorded for this call' }], isError: true };
  if (step.error !== undefined) return { content: [{ type: 'text', text: step.error }], isError: true };
  return { content: [{ type: 'text', text: step.output_text ?? '' }], structuredContent: { result: step.output ?? null } };
}

/** Answers each call with its own recorded step: of several equal ones the next that was not used, and then the last again. */
function player(): { begin: (steps: readonly Step[]) => void; answer: (key: string) => CallToolResult } {
  const left = new Map<string, Step[]>();
  return {
    begin: (steps) => {
      left.clear();
      for (const step of steps) {
        const key = callKey(step.tool, step.args);
        left.set(key, [...(left.get(key) ?? []), step]);
      }
    },
    answer: (key) => {
      const steps = left.get(key) ?? [];
      return resultOf(steps.length > 1 ? steps.shift() : steps[0]);
    },
  };
}

async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return parts.length === 0 ? undefined : (JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown);
}

function webRequest(req: IncomingMessage): Request {
  const headers = Object.entries(req.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return new Request('http://localhost/mcp', { method: 'POST', headers });
}

/** Starts the server of a suite. */
export async function startUpstream(suite: Suite): Promise<Upstream> {
  const play = player();
  let journal: Reached[] = [];
  const tools = suite.tools.map((tool): Tool => {
    const { name, description, inputSchema } = listedTool(tool);
    return { name, description, inputSchema: { ...inputSchema, type: 'object' } };
  });
  const handler = createMcpHandler(() => {
    const server = new Server({ ...serverIdentity }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', () => ({ tools }));
    server.setRequestHandler('tools/call', (request) => {
      const { name, arguments: args = {} } = request.params;
      const key = callKey(name, args as JsonObject);
      journal.push({ tool: name, key });
      return play.answer(key);
    });
    return server;
  });
  const http = createServer((req, res) => {
    const work = async (): Promise<void> => {
      if (req.method !== 'POST') return void res.writeHead(405, { allow: 'POST' }).end();
      const response = await handler.fetch(webRequest(req), { parsedBody: await bodyOf(req) });
      res.writeHead(response.status, Object.fromEntries(response.headers));
      if (response.body === null) res.end();
      else await pipeline(Readable.fromWeb(response.body), res);
    };
    work().catch(() => res.destroy());
  });
  await new Promise<void>((done) => void http.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    begin: (steps) => {
      play.begin(steps);
      journal = [];
    },
    journal: () => journal,
    close: async () => {
      await handler.close();
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
}
