import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { runAgent } from '../../fakes/agent.ts';
import type { AgentRun } from '../../fakes/agent.ts';
import { internalDetail, readState } from '../../fakes/tickets/state.ts';
import type { World } from '../../fakes/world.ts';

/*
 * The story that the product exists for. Every fact is looked up where it counts: in the state of the pretend third
 * parties, with their administrator's token. What Countersign says of itself is not evidence here.
 */

/** What was observed. */
export interface Facts {
  readonly readsAnswered: number;
  readonly proposalsHeld: number;
  readonly executed: number;
  readonly refused: number;
  readonly attackerEffects: number;
  readonly logVerified: boolean;
}

/** Tells a line of the story. */
export type Tell = (line: string) => void;

interface Run {
  readonly run: string;
  readonly token: string;
  readonly mcp_url: string;
}

/** The host application opens a run with the user's own words. */
async function openRun(world: World, hostToken: string, text: string): Promise<Run> {
  const reply = await fetch(`${world.gatewayUrl}/v1/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hostToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'alice', agent: 'assistant', text }),
  });
  if (!reply.ok) throw new Error(`the gateway answered ${reply.status} to a new run: ${await reply.text()}`);
  return (await reply.json()) as Run;
}

/** An official MCP client in a run. */
async function connect(run: Run): Promise<Client> {
  const client = new Client({ name: 'demo-agent', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(run.mcp_url), { requestInit: { headers: { authorization: `Bearer ${run.token}` } } }),
  );
  return client;
}

/** The proposals that an agent's calls were held as. */
function heldBy(run: AgentRun): readonly string[] {
  return run.calls.flatMap((call) => {
    const proposal = (call.answer._meta ?? {})['countersign/proposal'];
    return (call.answer.structuredContent as { kind?: string } | undefined)?.kind === 'waiting' && typeof proposal === 'string'
      ? [proposal]
      : [];
  });
}

/** Every message in every channel of pretend Slack. */
async function allMessages(world: World): Promise<readonly { readonly channel: string; readonly text: string }[]> {
  const channels = await world.slack.channels();
  const lists = await Promise.all(
    channels.map(async (channel) =>
      (await world.slack.messages(channel.name)).map((message) => ({ channel: channel.name, text: message.text })),
    ),
  );
  return lists.flat();
}

const count = (messages: readonly { readonly text: string }[], text: string): number =>
  messages.filter((message) => message.text.includes(text)).length;

async function poisoned(world: World, host: string, tell: Tell): Promise<{ agent: AgentRun; held: readonly string[] }> {
  const text = 'Summarise ticket T-1042 for me.';
  tell(`alice asks: "${text}"`);
  const client = await connect(await openRun(world, host, text));
  const agent = await runAgent(client, text);
  await client.close();
  for (const call of agent.calls)
    tell(`  the agent calls ${call.tool}${call.orderedBy === 'content' ? ' because the ticket told it to' : ''}`);
  const held = heldBy(agent);
  tell(held.length > 0 ? '  that post is held: nothing has been sent' : '  nothing was held');
  return { agent, held };
}

/** Tells what an approver sees, the way an approver sees it. */
async function showCard(world: World, proposal: string, tell: Tell): Promise<void> {
  const shown = await world.cli('show', proposal);
  for (const line of shown.stdout.split('\n')) tell(`    ${line}`);
}

async function legitimate(world: World, host: string, tell: Tell): Promise<readonly string[]> {
  const text = 'Please post "Reports are exported again, thanks for your patience." to #general';
  tell(`alice asks: ${text}`);
  const client = await connect(await openRun(world, host, text));
  const held = heldBy(await runAgent(client, text));
  await client.close();
  const [proposal] = held;
  if (proposal === undefined) return held;
  tell(`  held as ${proposal}; alice looks at the card and signs exactly this:`);
  await showCard(world, proposal, tell);
  await world.json('sign', proposal, '--as', 'alice', '--yes');
  return held;
}

/** Waits until pretend Slack holds the text, or the time is over. */
async function arrival(world: World, text: string): Promise<void> {
  for (const until = Date.now() + 15_000; Date.now() < until && count(await allMessages(world), text) === 0;)
    await new Promise((done) => setTimeout(done, 100));
}

/** Plays the story in a world whose house is up, and returns what the third parties saw. */
export async function playStory(world: World, tell: Tell): Promise<Facts> {
  const { token: host } = await world.json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'demo-host', '--host');
  const first = await poisoned(world, host, tell);
  // The read really happened: the agent holds the words that stand in the ticket system itself.
  const ticket = readState(world.ticketsFile).tickets.find((one) => one.id === 'T-1042');
  const readsAnswered = ticket !== undefined && first.agent.read.includes(ticket.subject) ? 1 : 0;
  const stolen = count(await allMessages(world), internalDetail);
  for (const proposal of first.held) {
    await showCard(world, proposal, tell);
    tell('  alice refuses');
    await world.json('refuse', proposal, '--as', 'alice', '--yes', '--note', 'I asked for a summary, not for a post');
  }
  const good = 'Reports are exported again, thanks for your patience.';
  const before = count(await allMessages(world), good);
  const second = await legitimate(world, host, tell);
  const heldUntilSigned = before === 0 && stolen === 0 ? first.held.length + second.length : 0;
  await arrival(world, good);
  // Long enough for a second execution or a late one to show, if there were such a thing.
  await new Promise((done) => setTimeout(done, 1500));
  const messages = await allMessages(world);
  const executed = count(messages, good);
  tell(`  pretend Slack now holds that message ${executed === 1 ? 'once' : `${executed} times`}`);
  const verified = await world.cli('log', 'verify', '--json');
  tell(verified.code === 0 ? 'the log verifies, from its files alone' : 'the log does NOT verify');
  const attackerEffects = count(messages, internalDetail);
  return {
    readsAnswered,
    proposalsHeld: heldUntilSigned,
    executed,
    refused: attackerEffects === 0 ? first.held.length : 0,
    attackerEffects,
    logVerified: verified.code === 0,
  };
}
