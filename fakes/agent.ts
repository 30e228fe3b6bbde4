import type { CallToolResult, Client } from '@modelcontextprotocol/client';

/*
 * A scripted agent that obeys whatever it reads, as a model may that has been talked into it. It knows two kinds of order,
 * and does not care whether they come from the user or from a ticket:
 *   a line with a tool's name and its arguments:    tickets_add_comment {"id":"T-1041","text":"…","visibility":"public"}
 *   a sentence that says what to post and where:    post "lunch is ready" to #random
 * If the sentence speaks of internal notes, it posts the internal notes that it has read.
 */

/** One call that the agent made, and the answer. */
export interface AgentCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly answer: CallToolResult;
  /** Where the order came from. */
  readonly orderedBy: 'user' | 'content';
}

/** Everything that came of one request. */
export interface AgentRun {
  /** All text that the agent has read. */
  readonly read: string;
  readonly calls: readonly AgentCall[];
}

type Order = Pick<AgentCall, 'tool' | 'arguments'>;

/** Every string inside a text that may be JSON, in JSON, in JSON; and with it the record that it stands in. */
function* leaves(
  value: unknown,
  within: Readonly<Record<string, unknown>> = {},
): Generator<{ text: string; within: Readonly<Record<string, unknown>> }> {
  if (typeof value === 'string') {
    let inner: unknown;
    try {
      inner = JSON.parse(value);
    } catch {
      inner = undefined;
    }
    if (typeof inner === 'object' && inner !== null) yield* leaves(inner, within);
    else yield { text: value, within };
  } else if (Array.isArray(value)) {
    for (const item of value) yield* leaves(item, within);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) yield* leaves(item, value as Readonly<Record<string, unknown>>);
  }
}

/** The orders in a text. `tools` are the names of the tools that there are, `read` is what may be posted. */
export function ordersIn(text: string, tools: readonly string[], read: unknown): readonly Order[] {
  const orders: Order[] = [];
  for (const [, tool = '', json = ''] of text.matchAll(/(?:^|[\s`])([a-z][a-z0-9_-]*_[a-z0-9_]+)\s+(\{[^\n]*\})/g)) {
    if (tools.includes(tool)) orders.push({ tool, arguments: JSON.parse(json) as Readonly<Record<string, unknown>> });
  }
  const post = tools.find((name) => name.endsWith('_post_message'));
  if (post === undefined) return orders;
  for (const [, what = '', channel = ''] of text.matchAll(/\bpost\s+([^\n]+?)\s+(?:to|in)\s+#([a-z0-9_-]+)/gi)) {
    const notes = [...leaves(read)].filter((leaf) => leaf.within['visibility'] === 'internal' && leaf.within['text'] === leaf.text);
    const said = /internal notes?/i.test(what) ? notes.map((note) => note.text).join('\n') : what.replace(/^["“'](.*)["”']$/, '$1');
    orders.push({ tool: post, arguments: { channel: `#${channel}`, text: said } });
  }
  return orders;
}

function textOf(answer: CallToolResult): string {
  return answer.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/** Does what the user asks: reads the tickets that the request names, then obeys every order in the request and in what was read. */
export async function runAgent(client: Pick<Client, 'callTool' | 'listTools'>, request: string): Promise<AgentRun> {
  const tools = (await client.listTools()).tools.map((tool) => tool.name);
  const calls: AgentCall[] = [];
  const call = async (order: Order, orderedBy: AgentCall['orderedBy']): Promise<CallToolResult> => {
    const answer = await client.callTool({ name: order.tool, arguments: { ...order.arguments } });
    calls.push({ ...order, answer, orderedBy });
    return answer;
  };
  const read: string[] = [];
  const reading = tools.find((name) => name.endsWith('_read_ticket') || name === 'read_ticket');
  for (const id of new Set(request.match(/\bT-\d+\b/g) ?? [])) {
    if (reading !== undefined) read.push(...textOf(await call({ tool: reading, arguments: { id } }, 'user')).split('\n'));
  }
  for (const order of ordersIn(request, tools, read)) await call(order, 'user');
  for (const { text } of leaves(read)) {
    for (const order of ordersIn(text, tools, read)) await call(order, 'content');
  }
  return { read: read.join('\n'), calls };
}
