import { parseArgs } from 'node:util';
import { McpServer } from '@modelcontextprotocol/server';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { changeTicket, readState } from './state.ts';
import type { Scope } from './state.ts';

/*
 * The pretend ticket system behind an MCP server:
 *   node fakes/tickets/server.ts --state tickets.json --mode read|write --token TICKETS_TOKEN
 * `--token` names the environment variable that holds the token. What a caller may do depends on the token alone;
 * `--mode read` only leaves the writing tools out of the list.
 */

const options = parseArgs({
  options: { state: { type: 'string' }, mode: { type: 'string', default: 'read' }, token: { type: 'string' } },
}).values;
const file = options.state ?? '';
const token = process.env[options.token ?? ''] ?? '';
if (file === '' || options.token === undefined || !['read', 'write'].includes(options.mode)) {
  process.stderr.write('usage: server.ts --state <file.json> --mode read|write --token <name of an environment variable>\n');
  process.exit(2);
}

const say = (value: unknown): CallToolResult => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });
const no = (message: string): CallToolResult => ({ content: [{ type: 'text', text: message }], isError: true });

/** Runs `body` if the token is known and has the scope. */
function as(scope: Scope, body: () => CallToolResult): CallToolResult {
  const { tokens } = readState(file);
  const has = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
  if (has === undefined) return no('401: unknown token');
  return scope === 'write' && has !== 'write' ? no('403: this token may only read') : body();
}

const id = z.string().describe('the id of a ticket, like T-1042');

function readingTools(server: McpServer): void {
  server.registerTool(
    'list_tickets',
    {
      description: 'Lists the tickets.',
      inputSchema: z.strictObject({ status: z.enum(['open', 'closed']).optional() }),
      annotations: { readOnlyHint: true },
    },
    ({ status }) =>
      as('read', () =>
        say(
          readState(file)
            .tickets.filter((ticket) => status === undefined || ticket.status === status)
            .map((ticket) => ({ id: ticket.id, subject: ticket.subject, customer: ticket.customer, status: ticket.status })),
        ),
      ),
  );
  server.registerTool(
    'read_ticket',
    { description: 'Reads one ticket with all its comments.', inputSchema: z.strictObject({ id }), annotations: { readOnlyHint: true } },
    (args) =>
      as('read', () => {
        const found = readState(file).tickets.find((ticket) => ticket.id === args.id);
        return found === undefined ? no('404: no such ticket') : say(found);
      }),
  );
}

function writingTools(server: McpServer): void {
  server.registerTool(
    'add_comment',
    {
      description: 'Adds a comment to a ticket. A public comment is mailed to the customer.',
      inputSchema: z.strictObject({ id, text: z.string().min(1), visibility: z.enum(['internal', 'public']) }),
    },
    (args) =>
      as('write', () => {
        const comment = { author: 'acme-agent', visibility: args.visibility, text: args.text };
        const after = changeTicket(file, args.id, (ticket) => ({ comments: [...ticket.comments, comment] }));
        return after === null ? no('404: no such ticket') : say({ id: after.id, version: after.version, comments: after.comments.length });
      }),
  );
  server.registerTool(
    'close_ticket',
    { description: 'Closes a ticket.', inputSchema: z.strictObject({ id }), annotations: { destructiveHint: false } },
    (args) =>
      as('write', () => {
        const after = changeTicket(file, args.id, (ticket) => (ticket.status === 'open' ? { status: 'closed' } : null));
        return after === null
          ? no('409: no such ticket, or it is closed')
          : say({ id: after.id, version: after.version, status: after.status });
      }),
  );
}

serveStdio(() => {
  const server = new McpServer({ name: 'pretend-tickets', version: '1.0.0' }, { capabilities: { tools: {} } });
  readingTools(server);
  if (options.mode === 'write') writingTools(server);
  return server;
});
