import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '../limits.ts';

/**
 * Opens the hooks door on 127.0.0.1. No provider is configured yet, so it accepts nothing: every request but the health
 * check is answered alike, and its body is never read.
 */
export async function startHooks(options: { readonly port: number }): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer({ maxHeaderSize: limits.httpHeaderBytesMax, requestTimeout: limits.httpRequestMs }, (request, response) => {
    const healthy = request.method === 'GET' && request.url === '/healthz';
    response.writeHead(healthy ? 200 : 404, {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    response.end(healthy ? 'ok\n' : 'not found\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
