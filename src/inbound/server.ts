import { createServer } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { limits } from '../limits.ts';
import type { Delivery, Endpoint } from './delivery.ts';
import { openGate } from './gate.ts';
import type { Gate, Place } from './gate.ts';
import { laterAnswer } from './intake.ts';
import { readBody } from './read-body.ts';
import type { Refusals } from './refusals.ts';
import { gradeSource, networkOf, plainAddress, shownBy } from './source.ts';
import type { Proxies, Shown, SourceRule } from './source.ts';
import { pathOf } from './target.ts';
import { refusedAnswer } from './verdict.ts';
import type { Answer } from './verdict.ts';

/** An address that is listened on. */
export interface ListenedEndpoint {
  /** As it is at this moment: its secrets change while they are rotated. */
  readonly endpoint: () => Endpoint;
  readonly source: SourceRule;
  /** What a proxy has taken off the front of the path: it is put back, because the sender has signed it. */
  readonly taken?: string;
}

/** Another door behind the same port, for paths of its own. */
export interface SideDoor {
  handles(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** What the hooks door is opened with. */
export interface HooksOptions {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** By path, byte for byte. */
  readonly endpoints: ReadonlyMap<string, ListenedEndpoint>;
  readonly proxies: Proxies;
  readonly take: (endpoint: Endpoint, delivery: Delivery) => Promise<Answer>;
  readonly refusals: Pick<Refusals, 'count'>;
  readonly sideDoors?: readonly SideDoor[];
  /** Hears of what went wrong inside; a sender is told nothing of it. */
  readonly onError: (error: unknown) => void;
  /** How long a sender may take for the head and for all of a request. */
  readonly headerMs?: number;
  readonly requestMs?: number;
  /** How many connections an address holds at most that is no listed proxy. */
  readonly connectionsPerPeerMax?: number;
}

/** The hooks door, open. */
export interface HooksDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** The head of an answer. Whoever is not taken is let go, at whatever stage: so refusals differ in nothing. */
function headersOf({ status, contentType, body }: Answer): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    'content-type': contentType,
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }), // RFC 9110 section 8.6: none with 204
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
  if (status === 503) headers['retry-after'] = String(limits.hooksRetryAfterS);
  if (status >= 400) headers['connection'] = 'close';
  return headers;
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(answer.status, headersOf(answer));
  response.end(answer.body);
}

/** What is no HTTP, or does not come in time, is refused in the same bytes as everything else. */
function refuseRaw(socket: Duplex): void {
  if (!socket.writable) return void socket.destroy();
  const { status, body } = refusedAnswer;
  const lines = Object.entries({ ...headersOf(refusedAnswer), Date: new Date().toUTCString() }).map(
    ([name, value]) => `${name}: ${String(value)}`,
  );
  socket.end(`HTTP/1.1 ${status} Unauthorized\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** What is known of a request before its body. */
interface Arrived {
  readonly listened: ListenedEndpoint;
  readonly shown: Shown;
  readonly place: Place;
}

async function deliver(options: HooksOptions, request: IncomingMessage, response: ServerResponse, arrived: Arrived): Promise<void> {
  const { listened, shown, place } = arrived;
  const endpoint = listened.endpoint();
  const refuse = (reason: string): void => {
    options.refusals.count({ endpoint: endpoint.id, reason, body: null });
    send(response, reason === 'busy' ? laterAnswer : refusedAnswer);
  };
  const source = gradeSource(shown, listened.source);
  // What the network must vouch for is asked before a byte of the body is read.
  if (endpoint.source !== 'none' && source !== endpoint.source) return refuse('source');
  const bytesMax = Math.min(endpoint.provider.bodyBytesMax, limits.webhookBodyBytesMax);
  const declared = request.headersDistinct['content-length']?.[0];
  if (declared !== undefined && Number(declared) > bytesMax) return refuse('body-size');
  // RFC 9110 section 10.1.1: what asks for it in HTTP/1.0 would take it for the answer.
  if (request.headersDistinct['expect'] !== undefined && request.httpVersion !== '1.0') response.writeContinue();
  const body = await readBody(request, bytesMax, place);
  if (body === 'gone') return void response.destroy();
  if (typeof body === 'string') return refuse(body);
  const { method = '', url = '', headersDistinct: headers } = request;
  // Asked for once more: what was ended while the body came proves nothing.
  send(response, await options.take(listened.endpoint(), { method, target: (listened.taken ?? '') + url, headers, body, source }));
}

/** One request, from its head to its answer. */
async function handle(options: HooksOptions, gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = pathOf(request.url ?? '');
  if (path === '/healthz' && request.method === 'GET')
    return send(response, { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok\n' });
  const side = options.sideDoors?.find((door) => door.handles(path));
  if (side !== undefined) return side.handle(request, response);
  const listened = options.endpoints.get(path);
  // A path that is not there is refused like everything else: a path may be part of what proves a sender.
  if (listened === undefined) {
    options.refusals.count({ endpoint: '', reason: 'target', body: null });
    return send(response, refusedAnswer);
  }
  const shown = shownBy(request.socket.remoteAddress ?? '', request.headersDistinct, options.proxies);
  const place = gate.enter(networkOf(shown.address ?? ''));
  if (place === null) {
    options.refusals.count({ endpoint: listened.endpoint().id, reason: 'busy', body: null });
    return send(response, laterAnswer);
  }
  try {
    await deliver(options, request, response, { listened, shown, place });
  } finally {
    place.leave();
  }
}

/** Lets connections in, so many of one address that is no listed proxy. Whoever is turned away hears nothing: there was no request yet. */
function letIn(server: Server, gate: Gate, { ranges }: Proxies, refuse: (reason: string) => void): void {
  server.maxConnections = limits.hooksConnectionsMax;
  server.on('drop', () => refuse('connections'));
  server.on('connection', (socket) => {
    const peer = plainAddress(socket.remoteAddress ?? '') ?? '';
    if (ranges.has(peer)) return;
    const leave = gate.connect(networkOf(peer));
    if (leave !== null) return void socket.once('close', leave);
    refuse('connections');
    socket.destroy();
  });
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/**
 * Opens the hooks door on 127.0.0.1. The order for every request: route, bounds, source, exact bytes, and then whatever
 * `take` does. Whoever is refused gets the same answer, whatever the reason.
 */
export async function startHooks(options: HooksOptions): Promise<HooksDoor> {
  const gate = openGate(options.connectionsPerPeerMax);
  const refuse = (reason: string): void => options.refusals.count({ endpoint: '', reason, body: null });
  // Connections with a request that was not answered yet, or was refused: what comes behind it in the same bytes may be
  // smuggled, and whoever is told that the connection ends is not heard on it any more (RFC 9112 section 9.6).
  const taken = new WeakSet<Duplex>();
  const answered = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket, rawHeaders } = request;
    // Some versions of Node leave out what stands behind so many headers: what a listed proxy has added may be among it.
    if (taken.has(socket) || rawHeaders.length >= 2 * limits.hooksHeadersMax) {
      refuse('http');
      return send(response, refusedAnswer);
    }
    taken.add(socket);
    await handle(options, gate, request, response);
    if (response.statusCode < 400) taken.delete(socket);
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answered(request, response).catch((error: unknown) => {
      options.onError(error);
      send(response, laterAnswer);
    });
  };
  const server = createServer(
    {
      maxHeaderSize: limits.httpHeaderBytesMax,
      headersTimeout: options.headerMs ?? limits.hooksHeaderMs,
      requestTimeout: options.requestMs ?? limits.hooksRequestMs,
      connectionsCheckingInterval: Math.min(1000, Math.ceil((options.headerMs ?? limits.hooksHeaderMs) / 4)),
      requireHostHeader: true,
      insecureHTTPParser: false,
    },
    listener,
  );
  letIn(server, gate, options.proxies, refuse);
  server.maxHeadersCount = limits.hooksHeadersMax;
  server.on('checkContinue', listener);
  server.on('checkExpectation', (_, response) => {
    refuse('http');
    send(response, refusedAnswer);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Whoever has hung up hears nothing, and did nothing that must be counted.
    if (error.code === 'ECONNRESET') return void socket.destroy();
    refuse(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'slow' : 'http');
    refuseRaw(socket);
  });
  const port = await listening(server, options.port);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        const end = setTimeout(() => server.closeAllConnections(), limits.httpDrainMs);
        server.close(() => {
          clearTimeout(end);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
