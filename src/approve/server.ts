import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { proposalId } from '../action/ids.ts';
import { limits } from '../limits.ts';
import type { ConsoleContext } from './context.ts';
import { viewProposal } from './view.ts';
import type { ProposalView } from './view.ts';

/** The console's HTTP door. It shows; nothing can be changed through it. */
export interface ConsoleServer {
  readonly port: number;
  close(): Promise<void>;
}

const headers: Readonly<Record<string, string>> = {
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, headers);
  response.end(text);
}

/** The page: the card as it is hashed, and below it, in our own words, how to sign it. */
function page({ row, opened, signatures }: ProposalView): string {
  const { proposal } = opened.facts;
  const how =
    row.state === 'open'
      ? [
          'To sign it, or to refuse it, with your own key:',
          `  countersign sign ${proposal} --as <approver>`,
          `  countersign refuse ${proposal} --as <approver>`,
          'The command renders this card again from the signed records and asks you for the code above.',
        ]
      : ['Nothing can be signed now.'];
  return [
    opened.text,
    '-'.repeat(60),
    `State: ${row.state}`,
    `Signatures needed: ${signatures.needed.join(', ') || 'none'}`,
    `Signatures given: ${signatures.filled.join(', ') || 'none'}`,
    ...how,
    '',
  ].join('\n');
}

/** A page of ours is asked for by its own name only: a name that was made to point here by somebody's DNS is not it. */
function ours(request: IncomingMessage, port: number): boolean {
  const host = request.headers.host?.toLowerCase();
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

async function answer(context: ConsoleContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!ours(request, request.socket.localPort ?? 0)) return reply(response, 421, 'this is not a name of the console\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return reply(response, 405, 'nothing can be changed here: use `countersign sign` or `countersign refuse`\n');
  }
  if (request.url === '/healthz') return reply(response, 200, 'ok\n');
  const id = proposalId.safeParse(/^\/p\/([^/?#]+)$/.exec(request.url ?? '')?.[1]);
  if (!id.success) return reply(response, 404, 'there is nothing here: a proposal lies at /p/<its id>\n');
  const seen = await viewProposal(context, id.data);
  if (seen.ok) return reply(response, 200, page(seen.value));
  return reply(response, seen.code === 'not-found' ? 404 : 409, `${seen.message}\n`);
}

async function listening(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Starts the console's HTTP server on 127.0.0.1. Whoever knows the unguessable id of a proposal can see its card: there is no
 * list, and no request of any kind signs, refuses or changes anything.
 */
export async function startConsole(options: ConsoleContext & { readonly port: number }): Promise<ConsoleServer> {
  const server = createServer({ maxHeaderSize: limits.httpHeaderBytesMax, requestTimeout: limits.httpRequestMs }, (request, response) => {
    request.resume();
    answer(options, request, response).catch(() => {
      if (!response.headersSent) reply(response, 500, 'the card could not be shown: look at the log of the console\n');
    });
  });
  const port = await listening(server, options.port);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
