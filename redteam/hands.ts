import type { Json, JsonObject } from '../src/action/json.ts';
import { isObject } from '../src/action/json.ts';
import { connect, recordOf } from './agent.ts';
import type { Hands } from './agent.ts';
import type { RedHouse } from './house.ts';
import type { McpDoubles } from '../fakes/mcp-double.ts';

/** The name of a tool, taken apart: the system's name has no underscore. */
function toolParts(tool: string): { readonly system: string; readonly operation: string } {
  const [, system = '', operation = ''] = /^([^_]+)_(.+)$/.exec(tool) ?? [];
  return { system, operation };
}

/** Hands that go through a house, in a run of their own, with an official client. */
export async function houseHands(
  house: RedHouse,
  userText: string,
  mcp: McpDoubles,
): Promise<Hands & { token: string; close(): Promise<void> }> {
  const run = await house.openRun(userText);
  const { client, withHeaders } = await connect(run);
  const ask = async (tool: string, args: JsonObject): Promise<JsonObject> => {
    const answer = await client.callTool({ name: tool, arguments: { ...args } });
    const said = answer.structuredContent as Json | undefined;
    return said !== undefined && isObject(said) ? said : {};
  };
  return {
    token: run.token,
    call: async (tool, args, headers) => {
      withHeaders(headers);
      const answer = await ask(tool, args);
      withHeaders({});
      const record = recordOf(tool, args, answer);
      const card = record.outcome === 'held' && record.proposal !== null ? await house.card(record.proposal) : null;
      return { record: { ...record, card }, content: answer['content'] ?? null };
    },
    sign: async (proposal) => {
      // What the policy let go ahead needs nobody's signature.
      if ((await ask('countersign_status', { proposal }))['kind'] !== 'waiting') return;
      await house.sign(proposal);
      for (let tries = 0; tries < 5; tries++) {
        const now = await ask('countersign_status', { proposal, wait_seconds: 5 });
        if (now['kind'] !== 'waiting') return;
      }
    },
    knock: (tool, args, token) => {
      const { system, operation } = toolParts(tool);
      mcp.knock(system, operation, args, { token });
    },
    claim: (user) => house.claim(run.token, user),
    close: () => client.close(),
  };
}

/** What the control needs of a company. */
export interface Unprotected {
  bare(tool: string, args: JsonObject, headers: Readonly<Record<string, string>>): Promise<Json>;
}

/** Hands without a house: the agent has every credential, and nobody is asked. */
export function bareHands(company: Unprotected): Hands {
  const call: Hands['call'] = async (tool, args, headers) => {
    const about = { tool, arguments: args, proposal: null, needs: [], reasons: [], card: null };
    try {
      return { record: { ...about, outcome: 'executed', code: 'done' }, content: await company.bare(tool, args, headers) };
    } catch {
      return { record: { ...about, outcome: 'denied', code: 'third-party-error' }, content: null };
    }
  };
  return {
    call,
    sign: () => Promise.resolve(),
    knock: (tool, args) => void call(tool, args, {}), // one credential for everything: whatever token was found can do it
    claim: () => Promise.resolve(true),
  };
}
