import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { compiled } from '../../fakes/compiled.ts';
import { readState } from '../../fakes/tickets/state.ts';
import { clients, say } from './clients.ts';
import type { Client } from './clients.ts';
import { startCompany } from './company.ts';
import type { Company } from './company.ts';
import { verifies } from './requirements.ts';

/*
 * One call through the whole house, in every way that it can go. What happened is looked up in the third parties' own
 * state, with their administrator's token.
 */

let company: Company;

beforeAll(async () => {
  company = await startCompany();
}, 120_000);

afterAll(() => company.close(), 60_000);

const connectors = Object.entries(clients);

/** A client of the v1 SDK in a new run. */
async function agent(): Promise<Client> {
  const run = await company.openRun();
  return clients['the v1 SDK']({ url: run.mcp_url, token: run.token });
}

const sign = (proposal: string, as: string): Promise<{ state: string; code: string; filled: readonly string[] }> =>
  company.world.json('sign', proposal, '--as', as, '--yes');

const wait = (client: Client, proposal: string): ReturnType<typeof say> =>
  say(client, 'countersign_status', { proposal, wait_seconds: 25 });

const posted = async (channel: string, text: string): Promise<number> =>
  (await company.world.slack.messages(channel)).filter((message) => message.text.includes(text)).length;

/** A new branch with a commit, and an open pull request for it. */
async function newPull(branch: string): Promise<number> {
  const { github } = company.world;
  const main = await github.api<{ object: { sha: string } }>('GET', '/repos/acme/app/git/ref/heads/main');
  await github.api('POST', '/repos/acme/app/git/refs', { ref: `refs/heads/${branch}`, sha: main.object.sha });
  await push(branch, 'first');
  const pull = await github.api<{ number: number }>('POST', '/repos/acme/app/pulls', { title: branch, head: branch, base: 'main' });
  return pull.number;
}

function push(branch: string, text: string): Promise<unknown> {
  const content = Buffer.from(`${text}\n`).toString('base64');
  return company.world.github.api('PUT', `/repos/acme/app/contents/${branch}-${text}.txt`, { message: text, branch, content });
}

for (const [name, connect] of connectors) {
  const id = name.includes('without') ? 'gateway.stateless-clients' : 'gateway.session-clients';
  // verifies('gateway.stateless-clients') and verifies('gateway.session-clients'), by turns
  verifies([id, 'gateway.tools', 'gateway.reads', 'gateway.proposals'], `${name} lists tools, reads, and has a write held`, async () => {
    const run = await company.openRun();
    const client = await connect({ url: run.mcp_url, token: run.token });

    const { tools } = await client.listTools();
    const tool = new Map(tools.map((one) => [one.name, one]));
    expect(tool.get('slack_post_message')?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true });
    expect(tool.get('github_read_issue')?.annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
    expect(tool.get('tickets_read_ticket')?.description).toBe('Reads one ticket, with what the customer wrote and all comments.');
    expect(tools.every((one) => /^(?:countersign_status|(?:github|slack|tickets)_[a-z_]+)$/.test(one.name))).toBe(true);

    const [issue] = await company.world.github.issues('acme/app');
    const read = await say(client, 'github_read_issue', { repository: 'app', number: issue?.number });
    expect(read).toMatchObject({ isError: false, structuredContent: { kind: 'read' } });
    expect(JSON.stringify(read.structuredContent.content)).toContain(issue?.title);
    const ticket = readState(company.world.ticketsFile).tickets[0];
    expect(JSON.stringify(await say(client, 'tickets_read_ticket', { id: ticket?.id }))).toContain(ticket?.text);
    expect(JSON.stringify(await say(client, 'slack_read_channel', { channel: '#random' }))).toContain('Cake in the kitchen.');

    const text = `held for ${name}`;
    const held = await say(client, 'slack_post_message', { channel: '#random', text });
    expect(held).toMatchObject({ isError: false, structuredContent: { kind: 'waiting', state: 'open' } });
    const { proposal, url, command } = held.structuredContent;
    expect(command).toBe(`countersign sign ${proposal} --as <approver>`);
    expect(await (await fetch(url ?? '')).text()).toContain(text);
    expect(await posted('random', text)).toBe(0);
  });
}

verifies(
  ['hands.once', 'gateway.status', 'gateway.same-call', 'people.commands', 'systems.slack', 'never.second-signature'],
  'a signed post is executed exactly once, whoever waits, asks again or signs again',
  async () => {
    const client = await agent();
    const call = { channel: '#general', text: 'Reports are exported again.', call_id: 'one' };
    const { proposal, needs } = (await say(client, 'slack_post_message', call)).structuredContent;
    expect(needs).toEqual(['requester']);
    expect((await say(client, 'slack_post_message', call)).structuredContent).toMatchObject({ kind: 'waiting', proposal });

    const waiting = wait(client, proposal);
    const signed = await sign(proposal, 'alice');
    expect((await company.world.cli('show', proposal)).stdout).toContain(`CODE: ${signed.code}`);
    const outcome = await waiting;
    expect(outcome).toMatchObject({ isError: false, structuredContent: { kind: 'outcome', outcome: 'done', proposal } });

    const [message, ...more] = (await company.world.slack.messages('general')).filter((one) => one.text.includes(call.text));
    expect(more).toEqual([]);
    expect(outcome.structuredContent.receipt).toMatchObject({ ts: message?.ts });
    expect((await say(client, 'slack_post_message', call)).structuredContent).toMatchObject({ kind: 'outcome', outcome: 'done', proposal });
    for (const approver of ['alice', 'bob']) {
      const again = await company.world.cli('sign', proposal, '--as', approver, '--yes', '--json');
      expect(again.code).toBe(3);
      expect(again.stderr).toContain('"already-executed"');
    }
    // Another call id is another wish: it is held again.
    const other = await say(client, 'slack_post_message', { ...call, call_id: 'two' });
    expect(other.structuredContent).toMatchObject({ kind: 'waiting', state: 'open' });
    expect(other.structuredContent.proposal).not.toBe(proposal);
    expect(await posted('general', call.text)).toBe(1);
  },
);

verifies(['people.refusals', 'gateway.refusals'], 'a refused post is never sent, and the agent is told who refused', async () => {
  const client = await agent();
  const call = { channel: '#random', text: 'refuse me', call_id: 'one' };
  const { proposal } = (await say(client, 'slack_post_message', call)).structuredContent;
  const waiting = wait(client, proposal);
  await company.world.json('refuse', proposal, '--as', 'bob', '--yes', '--note', 'not now');
  expect(await waiting).toMatchObject({ isError: true, structuredContent: { kind: 'refused', message: 'bob refused this action' } });
  expect((await company.world.cli('sign', proposal, '--as', 'alice', '--yes')).code).toBe(3);
  expect(await say(client, 'slack_post_message', call)).toMatchObject({ isError: true, structuredContent: { kind: 'refused', proposal } });
  expect(await posted('random', call.text)).toBe(0);
});

verifies(['hands.two-people', 'systems.github'], 'a merge is carried out once two people have signed, and not before', async () => {
  const { github } = company.world;
  const client = await agent();
  const number = await newPull('two-people');
  const held = await say(client, 'github_merge_pull_request', { repository: 'acme/app', number });
  const { proposal, needs } = held.structuredContent;
  expect(needs).toEqual(['requester', 'second']);

  expect(await sign(proposal, 'alice')).toMatchObject({ state: 'open', filled: ['requester'] });
  expect((await github.pull('acme/app', number)).merged).toBe(false);
  expect((await say(client, 'countersign_status', { proposal })).structuredContent).toMatchObject({ kind: 'waiting', state: 'open' });

  const waiting = wait(client, proposal);
  expect(await sign(proposal, 'bob')).toMatchObject({ state: 'ready', filled: ['requester', 'second'] });
  expect((await waiting).structuredContent).toMatchObject({ kind: 'outcome', outcome: 'done' });
  expect((await github.pull('acme/app', number)).merged).toBe(true);
  expect(await github.file('acme/app', 'two-people-first.txt')).toBe('first\n');
});

verifies('hands.preconditions', 'what moved after the proposal is neither merged nor committed to, and the reason is told', async () => {
  const { github } = company.world;
  const client = await agent();
  const number = await newPull('moving');
  const merge = (await say(client, 'github_merge_pull_request', { repository: 'acme/app', number })).structuredContent;
  await sign(merge.proposal, 'alice');
  await github.api('PUT', `/repos/acme/app/pulls/${number}/update-branch`, {});
  const files = [{ path: 'late.txt', content: 'late\n' }];
  const commit = { repository: 'app', branch: 'moving', message: 'Too late', files };
  const late = (await say(client, 'github_commit_files', commit)).structuredContent;
  await push('moving', 'second');

  for (const [{ proposal }, last] of [[merge, 'bob'] as const, [late, 'alice'] as const]) {
    const waiting = wait(client, proposal);
    await sign(proposal, last);
    const told = await waiting;
    expect(told).toMatchObject({ isError: true, structuredContent: { kind: 'refused', code: 'precondition-changed' } });
    expect(told.structuredContent.message).toMatch(/^head: /);
  }
  expect(await github.pull('acme/app', number)).toMatchObject({ merged: false, state: 'open' });
  expect(await github.file('acme/app', 'moving-first.txt')).toBeNull();
  expect(await github.file('acme/app', 'moving-second.txt', 'moving')).toBe('second\n');
  expect(await github.file('acme/app', 'late.txt', 'moving')).toBeNull();
});

verifies('systems.github-running-files', 'a commit of a workflow file asks two people; to the default branch it is refused', async () => {
  const { github } = company.world;
  const client = await agent();
  await newPull('workflow');
  const path = '.github/workflows/build.yml';
  const files = [{ path, content: 'on: push\n' }];
  const commit = { repository: 'app', branch: 'workflow', message: 'Build it', files };
  const held = await say(client, 'github_commit_files', commit);
  const { proposal, needs } = held.structuredContent;
  expect(needs).toEqual(['requester', 'second']);
  expect((await company.world.cli('show', proposal)).stdout).toContain('WHICH RUNS ON ITS OWN');

  await sign(proposal, 'alice');
  expect(await github.file('acme/app', path, 'workflow')).toBeNull();
  const waiting = wait(client, proposal);
  await sign(proposal, 'bob');
  expect((await waiting).structuredContent).toMatchObject({ outcome: 'done' });
  expect(await github.file('acme/app', path, 'workflow')).toBe('on: push\n');

  const refused = await say(client, 'github_commit_files', { ...commit, branch: 'main' });
  expect(refused).toMatchObject({ isError: true, structuredContent: { kind: 'refused' } });
  expect(await github.file('acme/app', path)).toBeNull();
});

verifies(
  'hands.unknown',
  'a post whose answer was lost is unknown, blocks its like, is never sent again, and is found when somebody looks',
  async () => {
    const { slack } = company.world;
    const call = { channel: '#random', text: 'Did this arrive?' };
    const [client, like] = [await agent(), await agent()];
    const { proposal } = (await say(client, 'slack_post_message', call)).structuredContent;
    const twin = (await say(like, 'slack_post_message', call)).structuredContent;
    slack.gate.breakNext({ when: 'after', path: /chat\.postMessage/ });
    const waiting = wait(client, proposal);
    await sign(proposal, 'alice');
    expect(await waiting).toMatchObject({ isError: true, structuredContent: { kind: 'outcome', outcome: 'unknown' } });
    expect(await company.world.json('reconcile')).toMatchObject([{ id: proposal }]);

    const late = await say(await agent(), 'slack_post_message', call);
    expect(late.structuredContent).toMatchObject({ kind: 'refused', code: 'unsettled' });
    const second = wait(like, twin.proposal);
    await sign(twin.proposal, 'alice');
    expect((await second).structuredContent).toMatchObject({ kind: 'refused', code: 'unsettled' });
    expect(await posted('random', call.text)).toBe(1);

    expect(await company.world.json('reconcile', proposal)).toMatchObject({ outcome: 'done', basis: 'found' });
    expect((await say(client, 'countersign_status', { proposal })).structuredContent).toMatchObject({ outcome: 'done', code: 'found' });
    expect((await company.world.cli('reconcile', proposal)).code).toBe(3);
    expect(await posted('random', call.text)).toBe(1);
  },
);

verifies(
  ['decide.explain', 'gateway.refusals', 'hands.two-people'],
  'a post of what the run has read asks the owner too; explain says why, and both signatures carry it out',
  async () => {
    const client = await agent();
    await say(client, 'tickets_read_ticket', { id: 'T-1043' });
    const text = 'The mail queue was stuck.';
    const held = (await say(client, 'slack_post_message', { channel: '#general', text })).structuredContent;
    expect(held).toMatchObject({ kind: 'waiting', needs: ['requester', 'owner'] });
    const explained = await company.world.json<{ verdict: { policies: string[]; waysOut: string[] }; request: { leaks: boolean } }>(
      'policy',
      'explain',
      held.proposal,
    );
    expect(explained).toMatchObject({ request: { leaks: true }, verdict: { effect: 'ask' } });
    expect(explained.verdict.policies).toContain('leaks-need-owner');
    expect(explained.verdict.waysOut).not.toEqual([]);

    await sign(held.proposal, 'alice');
    expect(await posted('general', text)).toBe(0);
    const waiting = wait(client, held.proposal);
    await sign(held.proposal, 'bob');
    expect((await waiting).structuredContent).toMatchObject({ outcome: 'done' });
    expect(await posted('general', text)).toBe(1);
  },
);

verifies('gateway.host-runs', 'what belongs to one run does not exist for another one', async () => {
  const own = await company.openRun();
  const other = await company.openRun();
  const call = { system: 'slack', operation: 'post_message', arguments: { channel: '#random', text: 'mine' } };
  const held = await company.act(own, call);
  expect(held).toMatchObject({ status: 202, kind: 'waiting' });
  expect(await company.ask(other.token, 'GET', `/v1/proposals/${held.proposal}`)).toMatchObject({ status: 404 });
  expect((await company.act(other, call)).proposal).not.toBe(held.proposal);
  // What one run has read does not taint another one.
  const read = { system: 'tickets', operation: 'read_ticket', arguments: { id: 'T-1041' } };
  expect(await company.act(own, read)).toMatchObject({ status: 200, kind: 'read' });
  const after = { ...call, arguments: { channel: '#random', text: 'after reading' } };
  expect((await company.act(own, after)).needs).toEqual(['requester', 'owner']);
  expect((await company.act(other, after)).needs).toEqual(['requester']);
});

verifies('gateway.plain-runs', 'a client without a run has one run for its token, also over stdio', async () => {
  const { world } = company;
  const { token } = await world.json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'assistant');
  const url = `${world.gatewayUrl}/mcp`;
  const first = await clients['the v1 SDK']({ url, token });
  const { proposal } = (await say(first, 'slack_post_message', { channel: '#random', text: 'plain' })).structuredContent;
  const second = await clients['the v2 SDK without sessions']({ url, token });
  expect((await say(second, 'countersign_status', { proposal })).structuredContent).toMatchObject({ kind: 'waiting' });

  const bridge = new ClientV1({ name: 'e2e', version: '1' });
  const cli = fileURLToPath(new URL('../../src/processes/cli.ts', import.meta.url));
  const env = { PATH: process.env['PATH'] ?? '', ...compiled, COUNTERSIGN_CONFIG: world.configFile, COUNTERSIGN_TOKEN: token };
  await bridge.connect(new StdioClientTransport({ command: process.execPath, args: [cli, 'mcp'], env, stderr: 'ignore' }));
  onTestFinished(() => bridge.close());
  expect((await say(bridge, 'countersign_status', { proposal })).structuredContent).toMatchObject({ kind: 'waiting', proposal });

  const { token: stranger } = await world.json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'assistant');
  expect(await company.ask(stranger, 'GET', `/v1/proposals/${proposal}`)).toMatchObject({ status: 404 });
});

verifies(
  ['gateway.http-api', 'gateway.same-call'],
  'the HTTP API means the same as MCP: the same run, call, proposal and outcome',
  async () => {
    const run = await company.openRun();
    const client = await clients['the v2 SDK with a session']({ url: run.mcp_url, token: run.token });
    const issue = { repository: 'acme/app', title: 'Seen by both', body: 'One call, two doors.' };
    const held = await company.act(run, { system: 'github', operation: 'create_issue', arguments: issue, call_id: 'same' });
    expect(held).toMatchObject({ status: 202, kind: 'waiting', state: 'open' });
    const { structuredContent } = await say(client, 'github_create_issue', { ...issue, call_id: 'same' });
    expect(structuredContent).toMatchObject({ kind: 'waiting', proposal: held.proposal, needs: held.needs });

    const waiting = company.outcome(run, held.proposal);
    await sign(held.proposal, 'alice');
    const done = await waiting;
    expect(done).toMatchObject({ status: 200, kind: 'outcome', outcome: 'done' });
    expect((await wait(client, held.proposal)).structuredContent).toMatchObject({ outcome: 'done', receipt: done.receipt });
    const made = (await company.world.github.issues('acme/app')).filter((one) => one.title === issue.title);
    expect(made).toHaveLength(1);

    const tenant = { repository: 'mallory/elsewhere', title: 'x', body: 'x' };
    const refused = await company.act(run, { system: 'github', operation: 'create_issue', arguments: tenant });
    expect(refused).toMatchObject({ status: 403, kind: 'refused', code: 'wrong-tenant' });
    expect(await say(client, 'github_create_issue', tenant)).toMatchObject({ isError: true, structuredContent: { code: 'wrong-tenant' } });
    expect(await company.world.github.issues('mallory/elsewhere')).toEqual([]);
  },
);

verifies('systems.credentials', 'each hand has used its own credential only, and the reading one has written nothing', () => {
  const { github, slack } = company.world;
  const ours = github.gate.seen.filter((knock) => knock.token !== github.tokens.admin);
  const changing = ours.filter((knock) => knock.method !== 'GET' && knock.method !== 'HEAD');
  expect(changing.length).toBeGreaterThan(3);
  expect(changing.every((knock) => knock.token === github.tokens.write)).toBe(true);
  expect(ours.some((knock) => knock.token === github.tokens.read)).toBe(true);
  const posts = slack.gate.seen.filter((knock) => knock.path.includes('chat.postMessage') && knock.token !== slack.tokens.admin);
  expect(posts.length).toBeGreaterThan(1);
  expect(posts.every((knock) => knock.token === slack.tokens.write)).toBe(true);
});

verifies(['house.status', 'log.verify', 'log.statements'], 'the house is whole, and the log of all that verifies', async () => {
  const { world } = company;
  const status = await world.json<{ process: string; up: boolean; state: string }[]>('status');
  expect(status.map((row) => [row.process, row.up])).toEqual(
    ['gateway', 'reader', 'executor', 'console', 'hooks', 'ledger'].map((name) => [name, true]),
  );
  expect(await world.json('log', 'verify')).toMatchObject({ ok: true, problems: [] });
  const kinds = (await world.json<{ statement: { kind: string } }[]>('log', 'show', '--last', '1000')).map((row) => row.statement.kind);
  for (const kind of ['proposed', 'resolved', 'decided', 'read', 'signed', 'refused', 'intent', 'outcome', 'cancelled'])
    expect(kinds).toContain(kind);
  expect(kinds.filter((kind) => kind === 'alarm')).toEqual([]);
  expect(readFileSync(world.configFile, 'utf8')).not.toContain(world.github.tokens.write);
});
