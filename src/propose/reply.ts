import type { ServerResponse } from 'node:http';
import type { Refusal } from '../errors.ts';

/** The HTTP status of a refusal at the door, by its code. What is not here is the caller's mistake: 400. */
const statuses: Readonly<Record<string, number>> = {
  'no-token': 401,
  'bad-host': 403,
  'bad-origin': 403,
  'host-token': 403,
  'not-a-host-token': 403,
  'not-found': 404,
  'no-such-run': 404,
  'no-such-session': 404,
  'bad-method': 405,
  'too-large': 413,
  'bad-content-type': 415,
  'too-many': 429,
  failed: 500,
  'no-secret': 500,
  unavailable: 503,
};

/** The HTTP status of a refusal at the door. */
function statusOf(refusal: Refusal): number {
  return statuses[refusal.code] ?? 400;
}

/** Headers of every answer: nothing is cached, nothing is guessed, nothing is readable across origins. */
export function commonHeaders(res: ServerResponse): void {
  res.setHeader('cache-control', 'no-store');
  res.setHeader('x-content-type-options', 'nosniff');
}

/** Sends JSON. Does nothing if something was sent already, or the caller has gone. */
export function sendJson(res: ServerResponse, status: number, value: unknown): void {
  if (res.headersSent || res.destroyed) return;
  const body = JSON.stringify(value);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  res.end(body);
}

/** How a door says no: as `{error}` to the HTTP API, as JSON-RPC (code -32000: implementation-defined) to MCP. */
export type Speak = 'api' | 'mcp';

/** Sends a refusal. A 401 always carries the same challenge (RFC 6750 section 3), whatever was wrong with the token. */
export function sendRefusal(res: ServerResponse, speak: Speak, refusal: Refusal): void {
  const { code, message } = refusal;
  const status = statusOf(refusal);
  if (res.headersSent || res.destroyed) return;
  if (status === 401) res.setHeader('www-authenticate', 'Bearer realm="countersign"');
  const rpcCode = code === 'no-such-session' ? -32_001 : code === 'bad-json' ? -32_700 : -32_000;
  sendJson(res, status, speak === 'api' ? { error: { code, message } } : { jsonrpc: '2.0', id: null, error: { code: rpcCode, message } });
}
