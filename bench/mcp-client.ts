import { Agent, request } from 'node:http';

/*
 * A lean MCP client: keep-alive connections and nothing else, so that what is measured is the server.
 */

/** A way to call one tool over and over. */
export interface Caller {
  call(): Promise<void>;
  close(): void;
}

interface Reply {
  readonly status: number;
  readonly session: string | undefined;
  readonly text: string;
}

function post(agent: Agent, url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      },
      (reply) => {
        let text = '';
        reply.setEncoding('utf8');
        reply.on('data', (part: string) => (text += part));
        reply.on('end', () =>
          resolve({ status: reply.statusCode ?? 0, session: reply.headers['mcp-session-id'] as string | undefined, text }),
        );
        reply.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function check(reply: Reply, expected: string): void {
  if (reply.status !== 200 || !reply.text.includes(expected))
    throw new Error(`unexpected answer ${reply.status}: ${reply.text.slice(0, 500)}`);
}

/** Opens a session of 2025-11-25 and calls `tool` in it. */
export async function sessionCaller(options: {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly expected: string;
  readonly callers: number;
}): Promise<Caller> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.callers });
  const url = new URL(options.url);
  const version = '2025-11-25';
  const hello = await post(
    agent,
    url,
    { ...options.headers },
    JSON.stringify({
      jsonrpc: '2.0',
      id: 0,
      method: 'initialize',
      params: { protocolVersion: version, capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
    }),
  );
  if (hello.status !== 200) throw new Error(`initialize was answered with ${hello.status}: ${hello.text.slice(0, 300)}`);
  const headers = {
    ...options.headers,
    'mcp-protocol-version': version,
    ...(hello.session === undefined ? {} : { 'mcp-session-id': hello.session }),
  };
  await post(agent, url, headers, JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  let id = 1;
  return {
    call: async () =>
      check(
        await post(
          agent,
          url,
          headers,
          JSON.stringify({ jsonrpc: '2.0', id: id++, method: 'tools/call', params: { name: options.tool, arguments: options.arguments } }),
        ),
        options.expected,
      ),
    close: () => agent.destroy(),
  };
}

/** Calls `tool` in the stateless way of 2026-07-28. */
export function statelessCaller(options: {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly expected: string;
  readonly callers: number;
}): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: options.callers });
  const url = new URL(options.url);
  const version = '2026-07-28';
  const headers = { ...options.headers, 'mcp-protocol-version': version, 'mcp-method': 'tools/call', 'mcp-name': options.tool };
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
  };
  let id = 1;
  return {
    call: async () =>
      check(
        await post(
          agent,
          url,
          headers,
          JSON.stringify({
            jsonrpc: '2.0',
            id: id++,
            method: 'tools/call',
            params: { name: options.tool, arguments: options.arguments, _meta },
          }),
        ),
        options.expected,
      ),
    close: () => agent.destroy(),
  };
}
