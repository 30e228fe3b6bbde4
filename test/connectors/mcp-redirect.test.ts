// verifies: systems.mcp-hands
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { httpTransport } from '../../src/connectors/mcp/http.ts';

/* A server that is moved, or taken over, sends us elsewhere: neither the credential nor the call goes there. */

async function listening(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => (server.closeAllConnections(), void server.close()));
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// 307 and 308 repeat the call with its body and headers: the SDK by itself would follow those within one origin.
test.each([301, 302, 303, 307, 308])(
  'an answer of %d is followed neither to another server nor to another path of the same one',
  async (status) => {
    const reached: unknown[] = [];
    const elsewhere = await listening((request, response) => {
      reached.push([request.method, request.headers]);
      response.writeHead(202).end();
    });
    for (const to of [`${elsewhere}/mcp`, '/elsewhere']) {
      const asked: (string | undefined)[] = [];
      const here = await listening((request, response) => {
        asked.push(request.headers.authorization);
        if (request.url !== '/mcp') reached.push([request.method, request.headers]);
        response.writeHead(request.url === '/mcp' ? status : 202, { location: to }).end();
      });
      const headers = { authorization: 'Bearer the-credential', 'x-api-key': 'the-credential' };
      const transport = httpTransport({ url: `${here}/mcp`, headers }, () => undefined);
      await transport.start();
      onTestFinished(() => transport.close());
      await expect(transport.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })).rejects.toThrow();
      expect(asked).toEqual(['Bearer the-credential']);
    }
    expect(reached).toEqual([]);
  },
);
