import { PROTOCOL_VERSION_META_KEY, SdkHttpError, StreamableHTTPClientTransport, isInitializeRequest } from '@modelcontextprotocol/client';
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import type { Command } from 'commander';
import { z } from 'zod';
import { parseJson } from '../../action/parse-json.ts';
import { limits } from '../../limits.ts';
import { action, common, Exit, exits } from './context.ts';
import type { Context } from './context.ts';

const errorBody = z.object({
  error: z.object({ code: z.union([z.int(), z.string()]), message: z.string(), data: z.unknown().optional() }),
});
const cancelled = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
});
const initialised = z.object({ result: z.object({ protocolVersion: z.string() }) });

/** Where the gateway is. A token in clear text only ever goes to this machine. */
function addressOf(context: Context): URL {
  const text = process.env['COUNTERSIGN_URL'] ?? `http://127.0.0.1:${context.config().gateway.port}/mcp`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url !== null && url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url === null || !(local || url.protocol === 'https:'))
    throw new Exit(
      exits.usage,
      'usage',
      'COUNTERSIGN_URL is the MCP address of the gateway: http://127.0.0.1:<port>/mcp, or https://… elsewhere',
    );
  return url;
}

function tokenOf(): string {
  const token = process.env['COUNTERSIGN_TOKEN'] ?? '';
  if (token === '')
    throw new Exit(
      exits.usage,
      'usage',
      'COUNTERSIGN_TOKEN is not set: `countersign token create --user <you> --agent <assistant>` makes a token',
    );
  return token;
}

const unreachable = (url: URL): string => `the Countersign gateway cannot be reached at ${url.origin}: start it with \`countersign up\``;

/** Asks once before the first message, so that a wrong address or token is told in words and not as a broken handshake. */
async function probe(url: URL, headers: Record<string, string>): Promise<void> {
  let response: Response;
  try {
    response = await fetch(new URL('/v1/tools', url), { headers, redirect: 'error', signal: AbortSignal.timeout(limits.bridgeProbeMs) });
    await response.body?.cancel();
  } catch {
    throw new Exit(exits.failed, 'not-reachable', unreachable(url));
  }
  if (response.status === 401)
    throw new Exit(
      exits.refused,
      'no-token',
      'the gateway does not accept COUNTERSIGN_TOKEN: it is wrong, expired or revoked; `countersign token create --user <you> --agent <assistant>` makes another one',
    );
  if (response.status === 403)
    throw new Exit(
      exits.refused,
      'host-token',
      'COUNTERSIGN_TOKEN is a host token: it opens runs. Use an agent token or the token of a run',
    );
  if (!response.ok)
    throw new Exit(
      exits.failed,
      'not-reachable',
      `what answers at ${url.origin} is not a Countersign gateway in good health (HTTP ${response.status})`,
    );
}

const isStateless = (message: JSONRPCRequest): boolean => typeof message.params?._meta?.[PROTOCOL_VERSION_META_KEY] === 'string';

/** The answer to a request that could not be delivered: the gateway's own words if it said any. */
function undelivered(id: RequestId, error: unknown): JSONRPCMessage {
  const text = error instanceof SdkHttpError ? error.data['text'] : undefined;
  let said: unknown;
  try {
    said = typeof text === 'string' ? parseJson(text) : undefined;
  } catch {
    said = undefined;
  }
  const body = errorBody.safeParse(said);
  const code = body.success && typeof body.data.error.code === 'number' ? body.data.error.code : -32_000;
  const message = body.success ? body.data.error.message : 'the Countersign gateway did not answer';
  const data = body.success ? body.data.error.data : undefined;
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** Why the bridge has to end after an error, or null if only this message failed. */
function ending(url: URL, error: unknown, inSession: boolean): string | null {
  if (!(error instanceof SdkHttpError)) return error instanceof TypeError ? unreachable(url) : null; // fetch throws TypeError when there is no connection
  if (error.status === 401) return 'the gateway does not accept the token any more: it expired or was revoked';
  return inSession && error.status === 404 && String(error.data['text']).includes('-32001')
    ? 'the session is over (it was idle for too long, or the gateway was restarted): start the client again'
    : null;
}

/** Pipes messages, unchanged, between the client on the standard streams and the gateway. Ends with the reason, null when the client has gone. */
function pipe(stdio: StdioServerTransport, http: StreamableHTTPClientTransport, url: URL): Promise<string | null> {
  const waiting = new Map<RequestId, { readonly abort: AbortController; readonly stateless: boolean; readonly initialise: boolean }>();
  return new Promise((resolve) => {
    const toClient = async (message: JSONRPCMessage): Promise<void> => stdio.send(message).catch(() => resolve(null));

    const failed = async (error: unknown, id: RequestId | undefined): Promise<void> => {
      const open = id !== undefined && waiting.delete(id);
      if (open) await toClient(undelivered(id, error));
      const reason = ending(url, error, http.sessionId !== undefined);
      if (reason === null) return;
      // Whatever message it was that failed: the requests beside it get no other answer any more.
      for (const other of waiting.keys()) {
        waiting.delete(other);
        await toClient(undelivered(other, error));
      }
      resolve(reason);
    };

    const forward = (message: JSONRPCMessage): void => {
      if (!('method' in message) || !('id' in message)) {
        // 2026-07-28 over HTTP cancels a request by closing its response: there is no message for it.
        const cancel = cancelled.safeParse(message);
        const known = cancel.success ? waiting.get(cancel.data.params.requestId) : undefined;
        if (cancel.success && known?.stateless === true) {
          waiting.delete(cancel.data.params.requestId);
          return known.abort.abort();
        }
        http.send(message).catch((error: unknown) => failed(error, undefined));
        return;
      }
      const { id } = message;
      const abort = new AbortController();
      waiting.set(id, { abort, stateless: isStateless(message), initialise: isInitializeRequest(message) });
      const onRequestStreamEnd = (): void => void failed(new Error('the stream ended'), id);
      http.send(message, { requestSignal: abort.signal, onRequestStreamEnd }).catch((error: unknown) => failed(error, id));
    };

    // oxlint-disable unicorn/prefer-add-event-listener -- an MCP transport has these properties and no addEventListener
    stdio.onmessage = forward;
    stdio.onclose = () => resolve(null);
    http.onmessage = (message) => {
      if ('id' in message && message.id !== undefined && !('method' in message)) {
        const hello = waiting.get(message.id)?.initialise === true ? initialised.safeParse(message) : undefined;
        if (hello?.success === true) http.setProtocolVersion(hello.data.result.protocolVersion);
        waiting.delete(message.id);
      }
      void toClient(message);
    };
    // oxlint-enable unicorn/prefer-add-event-listener
  });
}

async function bridge(context: Context): Promise<void> {
  const token = tokenOf();
  const url = addressOf(context);
  const headers = { authorization: `Bearer ${token}` };
  await probe(url, headers);
  const stdio = new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: limits.httpBodyBytesMax });
  const http = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
  const ended = pipe(stdio, http, url);
  await http.start();
  await stdio.start();
  const reason = await ended;
  const farewell = new Promise<void>((resolve) => setTimeout(resolve, limits.httpDrainMs).unref());
  await Promise.race([http.terminateSession().catch(() => undefined), farewell]);
  await http.close();
  await stdio.close();
  if (reason !== null) throw new Exit(exits.failed, 'not-reachable', reason);
}

/** `mcp`: the gateway for clients that speak MCP over stdio only. */
export function registerMcp(program: Command): void {
  common(
    program
      .command('mcp')
      .description('speak MCP on the standard streams, for agents that cannot speak HTTP (COUNTERSIGN_TOKEN, COUNTERSIGN_URL)'),
  ).action(action((context) => bridge(context)));
}
