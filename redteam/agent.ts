import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { isObject } from '../src/action/json.ts';
import type { Json, JsonObject } from '../src/action/json.ts';
import type { Agent } from './scenario.ts';

/** What became of one call. */
export interface CallRecord {
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly outcome: 'executed' | 'held' | 'denied';
  readonly proposal: string | null;
  readonly code: string;
  readonly needs: readonly string[];
  readonly reasons: readonly string[];
  /** The card as its approver would see it. */
  readonly card: string | null;
}

/** How calls are carried out: through the house, or straight. */
export interface Hands {
  call(tool: string, args: JsonObject, headers: Readonly<Record<string, string>>): Promise<{ record: CallRecord; content: Json }>;
  sign(proposal: string): Promise<void>;
  knock(tool: string, args: JsonObject, token: string): void;
  claim(user: string): Promise<boolean>;
}

/** An agent, and what it did. */
export interface RunningAgent extends Agent {
  readonly calls: readonly CallRecord[];
  readonly claimed: () => boolean;
  readonly read: () => string;
}

/** Every text inside of a value, as whoever reads it sees it. */
function leaves(value: Json): readonly string[] {
  if (typeof value === 'string') {
    try {
      const inner = JSON.parse(value) as Json;
      if (typeof inner === 'object' && inner !== null) return leaves(inner);
    } catch {
      // plain text
    }
    return [value];
  }
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(leaves);
  if (isObject(value)) return Object.values(value).flatMap(leaves);
  return value === null ? [] : [JSON.stringify(value)];
}

/** An agent with these hands. */
export function agentWith(hands: Hands): RunningAgent {
  const calls: CallRecord[] = [];
  const read: string[] = [];
  let claimed = false;
  return {
    calls,
    claimed: () => claimed,
    read: () => read.join('\n'),
    call: async (tool, args = {}, headers = {}) => {
      const { record, content } = await hands.call(tool, args, headers);
      calls.push(record);
      read.push(...leaves(content));
    },
    hasRead: (words) => read.some((text) => text.includes(words)),
    find: (pattern) => {
      const match = pattern.exec(read.join('\n'));
      return match?.[1] ?? match?.[0] ?? '';
    },
    sign: async () => {
      const proposal = calls.at(-1)?.proposal;
      if (typeof proposal === 'string') await hands.sign(proposal);
    },
    knock: async (tool, args, token) => {
      try {
        hands.knock(tool, args, token);
      } catch {
        // the third party said no, as it should
      }
    },
    claim: async (user) => {
      const did = await hands.claim(user);
      claimed ||= did;
      return did;
    },
  };
}

const textList = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

/** Reads the structured answer of the gateway. */
export function recordOf(tool: string, args: JsonObject, answer: JsonObject): CallRecord {
  const kind = answer['kind'];
  const proposal = typeof answer['proposal'] === 'string' ? answer['proposal'] : null;
  // Without anybody's signature but not finished yet: whatever comes of it, nobody was asked.
  const unasked = kind === 'waiting' && answer['state'] !== 'open';
  const done = kind === 'read' || unasked || (kind === 'outcome' && answer['outcome'] !== 'failed');
  return {
    tool,
    arguments: args,
    outcome: done ? 'executed' : kind === 'waiting' ? 'held' : 'denied',
    proposal,
    code: typeof answer['code'] === 'string' ? answer['code'] : typeof kind === 'string' ? kind : 'error',
    needs: textList(answer['needs']),
    reasons: textList(answer['reasons']),
    card: null,
  };
}

/** A run in the house: where it is and its token. */
export interface Run {
  readonly run: string;
  readonly token: string;
  readonly mcp_url: string;
}

/** An official MCP client in a run. `headers` are those that the agent adds to the call it is making. */
export async function connect(
  run: Run,
): Promise<{ client: Client; readonly withHeaders: (headers: Readonly<Record<string, string>>) => void }> {
  let more: Readonly<Record<string, string>> = {};
  const client = new Client({ name: 'redteam', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(run.mcp_url), {
      requestInit: { headers: { authorization: `Bearer ${run.token}` } },
      fetch: (url, init) => {
        const headers = new Headers(init?.headers);
        for (const [name, value] of Object.entries(more)) headers.set(name, value);
        return fetch(url, { ...init, headers });
      },
    }),
  );
  return { client, withHeaders: (headers) => void (more = headers) };
}
