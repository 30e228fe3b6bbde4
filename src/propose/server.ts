import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Mediator } from './answer.ts';
import { handleApi } from './api.ts';
import { failure } from './ask.ts';
import type { OnError } from './ask.ts';
import type { EventParts } from './events.ts';
import { checkAddress, checkBearer, openGate } from './guard.ts';
import { openMcpDoor } from './mcp.ts';
import type { McpParts } from './mcp-server.ts';
import { openApi } from './openapi.ts';
import { commonHeaders, sendJson, sendRefusal } from './reply.ts';
import type { Speak } from './reply.ts';
import { openRuns } from './runs.ts';
import type { Shaped } from './shapes.ts';
import type { Credential, Tokens } from './tokens.ts';

/** What the gateway's doors are opened with. */
export interface GatewayOptions {
  readonly mediator: Mediator;
  readonly tokens: Tokens;
  /** 0 takes a free one. */
  readonly port: number;
  /** The operations of a task profile; null if there is none of that name. Left out, there are none. */
  readonly profile?: (name: string) => readonly string[] | null;
  /** Events for agents. Left out, there are none. */
  readonly events?: EventParts;
  readonly datamark?: McpParts['datamark'];
  /** Told to MCP clients. */
  readonly version?: string;
  /** Hears of what went wrong inside; callers are told nothing of it. Left out, it goes to standard error. */
  readonly onError?: OnError;
  readonly now?: () => number;
  /** How long a caller may take to send a request (`limits.httpRequestMs`). */
  readonly requestMs?: number;
}

/** The gateway's doors, open. */
export interface Gateway {
  readonly port: number;
  /** Stops listening, lets what is at work end for `limits.httpDrainMs`, then closes every connection. */
  close(): Promise<void>;
}

type Work = (req: IncomingMessage, res: ServerResponse, about: { readonly url: URL; readonly credential: Credential }) => Promise<void>;

const mcpPath = /^\/mcp(?:\/runs\/(r_[A-Za-z0-9_-]{22}))?$/;

function urlOf(req: IncomingMessage): Result<URL> {
  const target = req.url ?? '';
  // Only origin form (RFC 9112 section 3.2.1): an absolute target would name a host beside the Host header.
  const origin = target.startsWith('/') && !target.startsWith('//') ? `http://localhost${target}` : '';
  return URL.canParse(origin) ? ok(new URL(origin)) : refuse('bad-request', 'the request target is not a path');
}

/** The door's order: address, then who, then how many, and only then the body. */
function openDoor(
  options: { readonly tokens: Tokens; readonly version: string; readonly onError: OnError },
  work: Work,
): (req: IncomingMessage, res: ServerResponse, port: number) => Promise<void> {
  const { tokens, onError, version } = options;
  const gate = openGate();
  const document = openApi(version);
  const health: Shaped<'Health'> = { ok: true, version };

  return async (req, res, port) => {
    const speak: Speak = req.url?.startsWith('/mcp') === true ? 'mcp' : 'api';
    commonHeaders(res);
    try {
      const address = checkAddress(req, port);
      if (!address.ok) return sendRefusal(res, speak, address);
      const url = urlOf(req);
      if (!url.ok) return sendRefusal(res, speak, url);
      if (req.method === 'GET' && url.value.pathname === '/healthz') return sendJson(res, 200, health);
      if (req.method === 'GET' && url.value.pathname === '/openapi.json') return sendJson(res, 200, document);
      const credential = await checkBearer(req, tokens);
      if (!credential.ok) return sendRefusal(res, speak, credential);
      const leave = gate.enter(credential.value.id);
      if (leave === null)
        return sendRefusal(res, speak, refuse('too-many', 'too many requests of this token are at work: wait for some to end'));
      try {
        await work(req, res, { url: url.value, credential: credential.value });
      } finally {
        leave();
      }
    } catch (error) {
      if (req.destroyed && !req.complete) return; // the caller left, or was too slow: there is nobody to answer
      onError(error);
      sendRefusal(res, speak, failure(error));
    }
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const end = setTimeout(() => server.closeAllConnections(), limits.httpDrainMs);
    server.close(() => {
      clearTimeout(end);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function toStandardError(error: unknown): void {
  process.stderr.write(`gateway: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

/** Opens the gateway's doors on 127.0.0.1: MCP at `/mcp` and `/mcp/runs/<run>`, the HTTP API below `/v1`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const {
    mediator,
    tokens,
    profile = () => null,
    version = '0',
    onError = toStandardError,
    now = Date.now,
    requestMs = limits.httpRequestMs,
  } = options;
  const runs = openRuns({ mediator, tokens, now });
  const mcp = openMcpDoor({ mediator, version, onError, now, datamark: options.datamark });
  let port = options.port;

  const door = openDoor({ tokens, version, onError }, async (req, res, { url, credential }) => {
    const path = mcpPath.exec(url.pathname);
    if (path === null)
      return handleApi(
        { mediator, runs, profile, events: options.events ?? null },
        { req, res, url, credential, origin: `http://127.0.0.1:${port}` },
      );
    const asker = await runs.asker(credential, path[1] ?? null);
    if (!asker.ok) return sendRefusal(res, 'mcp', asker);
    await mcp.handle(req, res, asker.value);
  });

  const server = createServer(
    {
      maxHeaderSize: limits.httpHeaderBytesMax,
      headersTimeout: Math.min(limits.httpHeaderMs, requestMs),
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1000, requestMs),
    },
    (req, res) => void door(req, res, port),
  );
  server.maxConnections = limits.httpConnectionsMax;
  port = await listen(server, options.port);
  return {
    port,
    close: async () => {
      const stopped = stop(server);
      await mcp.close();
      await stopped;
    },
  };
}
