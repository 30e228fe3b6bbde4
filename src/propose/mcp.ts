import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createMcpHandler, isInitializeRequest, isLegacyRequest } from '@modelcontextprotocol/server';
import type { Json } from '../action/json.ts';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { readBody } from './body.ts';
import { authInfoOf, mcpServer } from './mcp-server.ts';
import type { McpParts } from './mcp-server.ts';
import { sendRefusal } from './reply.ts';
import type { Asker } from './runs.ts';
import { openSessions } from './sessions.ts';

/** The MCP door: Streamable HTTP, both eras at one address. */
export interface McpDoor {
  handle(req: IncomingMessage, res: ServerResponse, asker: Asker): Promise<void>;
  close(): Promise<void>;
}

/** The head of a request, for the SDK; the body was read by us and goes beside it. */
function webRequest(req: IncomingMessage, signal: AbortSignal): Request {
  const headers = Object.entries(req.headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  return new Request('http://localhost/mcp', { method: 'POST', headers, signal });
}

async function sendResponse(response: Response, res: ServerResponse): Promise<void> {
  res.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) res.end();
  // A caller that leaves in the middle of its answer is no error of ours.
  else await pipeline(Readable.fromWeb(response.body), res).catch(() => undefined);
}

/**
 * Opens the MCP door. A request is of the stateless era (2026-07-28) if it claims so in its body or headers: the SDK's
 * handler then checks headers against body and answers. Else it belongs to a session, or begins one. Nothing is streamed
 * (we never speak first), so GET is not offered, as both eras allow.
 */
export function openMcpDoor(parts: McpParts): McpDoor {
  const sessions = openSessions(parts);
  // What clients get wrong is answered to them; it is not an error of ours.
  const stateless = createMcpHandler(() => mcpServer(parts), { legacy: 'reject', maxSubscriptions: limits.mcpSubscriptionsMax });

  const inSession = async (
    req: IncomingMessage & { auth?: ReturnType<typeof authInfoOf> },
    res: ServerResponse,
    about: { asker: Asker; body?: Json },
  ): Promise<void> => {
    const { asker, body } = about;
    const id = req.headers['mcp-session-id'];
    if (Array.isArray(body)) return sendRefusal(res, 'mcp', refuse('bad-request', 'batches are not accepted: send one message at a time'));
    if (id === undefined && !isInitializeRequest(body))
      return sendRefusal(res, 'mcp', refuse('bad-request', 'Mcp-Session-Id is missing: send initialize first, or speak 2026-07-28'));
    const transport = typeof id === 'string' ? sessions.find(id, asker.key) : await sessions.begin(asker.key);
    if (!transport.ok) return sendRefusal(res, 'mcp', transport);
    req.auth = authInfoOf(asker);
    await transport.value.handleRequest(req, res, body);
  };

  return {
    handle: async (req, res, asker) => {
      if (req.method === 'DELETE') return inSession(req, res, { asker });
      if (req.method !== 'POST') {
        res.setHeader('allow', 'POST, DELETE');
        return sendRefusal(res, 'mcp', refuse('bad-method', 'Method not allowed: POST a message, or DELETE a session'));
      }
      const body = await readBody(req);
      if (!body.ok) return sendRefusal(res, 'mcp', body);
      const gone = new AbortController();
      res.once('close', () => gone.abort());
      const request = webRequest(req, gone.signal);
      if (await isLegacyRequest(request, body.value)) return inSession(req, res, { asker, body: body.value });
      const response = await stateless.fetch(request, { authInfo: authInfoOf(asker), parsedBody: body.value });
      await sendResponse(response, res);
    },
    close: async () => {
      await Promise.all([sessions.close(), stateless.close()]);
    },
  };
}
