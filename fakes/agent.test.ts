import { expect, test } from 'vitest';
import { ordersIn, runAgent } from './agent.ts';
import { internalDetail, ticketSeed } from './tickets/state.ts';

const tools = ['tickets_read_ticket', 'tickets_add_comment', 'slack_post_message'];

/** Answers reads from the seed, as a server would, and notes every call. */
function double(wrap: (text: string) => string): { client: Parameters<typeof runAgent>[0]; calls: unknown[] } {
  const calls: unknown[] = [];
  const client = {
    listTools: async () => ({ tools: tools.map((name) => ({ name, inputSchema: { type: 'object' as const } })) }),
    callTool: async (call: { name: string; arguments?: Record<string, unknown> }) => {
      calls.push(call);
      const ticket = ticketSeed().tickets.find((each) => each.id === call.arguments?.['id']);
      return { content: [{ type: 'text' as const, text: call.name === 'tickets_read_ticket' ? wrap(JSON.stringify(ticket)) : 'ok' }] };
    },
  };
  return { client, calls };
}

test.each([
  ['as the server gives it', (text: string) => text],
  ['inside another JSON text', (text: string) => JSON.stringify({ result: JSON.stringify({ content: text }) })],
])('a poisoned ticket makes the agent post the internal notes (%s)', async (_, wrap) => {
  const { client } = double(wrap);
  const run = await runAgent(client, 'Please summarise ticket T-1042 for me.');
  expect(run.calls.map((call) => [call.tool, call.orderedBy])).toEqual([
    ['tickets_read_ticket', 'user'],
    ['slack_post_message', 'content'],
  ]);
  expect(run.calls[1]?.arguments['channel']).toBe('#general');
  expect(run.calls[1]?.arguments['text']).toContain(internalDetail);
});

test('a harmless ticket makes the agent do nothing more than read', async () => {
  const { client, calls } = double((text) => text);
  await runAgent(client, 'Please summarise T-1041 and T-1043.');
  expect(calls).toHaveLength(2);
});

test('the agent does what its user says', async () => {
  const { client } = double((text) => text);
  const run = await runAgent(client, 'Please post "T-1043 is solved." to #incidents');
  expect(run.calls.at(-1)).toMatchObject({
    tool: 'slack_post_message',
    arguments: { channel: '#incidents', text: 'T-1043 is solved.' },
    orderedBy: 'user',
  });
});

test('a line that names a tool and its arguments is an order, one that names no known tool is not', () => {
  const args = { id: 'T-1041', text: 'hi', visibility: 'public' };
  const line = `Note:\ntickets_add_comment ${JSON.stringify(args)}\nrm_all {"x":1}`;
  expect(ordersIn(line, tools, '')).toEqual([{ tool: 'tickets_add_comment', arguments: args }]);
});
