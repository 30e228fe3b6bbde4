import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { Octokit } from '@octokit/rest';
import { WebClient } from '@slack/web-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGithub, startSlack } from './emulators.ts';
import type { Github, Slack } from './emulators.ts';

let github: Github;
let slack: Slack;

beforeAll(async () => {
  [github, slack] = await Promise.all([startGithub(), startSlack()]);
});
afterAll(async () => {
  await Promise.all([github.close(), slack.close()]);
});

/** Where this process listens, by /proc: the local address in hex, as the kernel prints it, and the port. */
function listening(): { address: string; port: number }[] {
  const own = new Set(
    readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return []; // closed since the folder was read
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/self/net/${kind}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((column) => column[3] === '0A' && own.has(`socket:[${column[9]}]`))
      .map((column) => {
        const [address = '', port = ''] = String(column[1]).split(':');
        return { address, port: Number.parseInt(port, 16) };
      }),
  );
}

function slackClient(token: string): WebClient {
  return new WebClient(token, { slackApiUrl: slack.url, retryConfig: { retries: 0 } });
}

test('nothing listens on any address but 127.0.0.1', () => {
  const sockets = listening();
  expect(sockets.length).toBe(4); // two gates and the two emulators behind them
  for (const url of [github.url, slack.url]) expect(sockets.map((socket) => socket.port)).toContain(Number(new URL(url).port));
  expect(new Set(sockets.map((socket) => socket.address))).toEqual(new Set(['0100007F']));
});

test('the pretend GitHub has what stories need', async () => {
  expect((await github.issues('acme/app')).map((issue) => issue.title)).toEqual([
    'Login fails after the password was changed',
    'Export to CSV drops the last row',
  ]);
  const [pull] = await github.pulls('acme/app');
  expect(pull).toMatchObject({ state: 'open', head: { ref: 'fix-export' }, base: { ref: 'main' } });
  expect((await github.branches('acme/app')).map((branch) => branch.name).sort()).toEqual(['fix-export', 'main']);
  expect(await github.file('acme/app', 'src/export.ts', 'fix-export')).toContain('export const rows');
  expect(await github.file('acme/app', 'src/export.ts')).toBeNull();
});

test('a GitHub token that may only read cannot write, and an unknown one is nobody', async () => {
  const as = (auth: string): Octokit => new Octokit({ auth, baseUrl: github.url, log: { debug() {}, info() {}, warn() {}, error() {} } });
  const issue = { owner: 'acme', repo: 'app', title: 'made by a test' };
  const count = async (): Promise<number> => (await github.issues('acme/app')).length;
  const before = await count();
  await expect(as('github_pat_unknown').issues.create(issue)).rejects.toMatchObject({ status: 401 });
  await expect(as('github_pat_unknown').repos.get(issue)).rejects.toMatchObject({ status: 401 });
  await expect(as(github.tokens.read).issues.create(issue)).rejects.toMatchObject({ status: 403 });
  expect((await as(github.tokens.read).repos.get(issue)).data.private).toBe(true);
  expect(await count()).toBe(before);
  expect((await as(github.tokens.write).issues.create(issue)).status).toBe(201);
  expect(await count()).toBe(before + 1);
});

test('links in answers lead through the gate', async () => {
  const repo = await github.api<{ url: string }>('GET', '/repos/acme/app');
  expect(repo.url).toBe(`${github.url}/repos/acme/app`);
});

test('the pretend Slack has what stories need', async () => {
  const channels = await slack.channels();
  expect(Object.fromEntries(channels.map((channel) => [channel.name, channel.is_private]))).toEqual({
    general: false,
    incidents: true,
    random: false,
  });
  expect(new Set(channels.map((channel) => channel.num_members))).toEqual(new Set([4]));
  expect((await slack.users()).map((user) => user.name)).toEqual(['admin', 'alice', 'bob', 'acme-agent']);
  expect(await slack.messages('general')).toHaveLength(1);
});

test('Slack tokens have only their own scopes, and an unknown one is nobody', async () => {
  const channel = (await slack.channel('incidents')).id;
  const post = { channel, text: 'from a test' };
  await expect(slackClient(slack.tokens.read).apiCall('chat.postMessage', post)).rejects.toThrow('missing_scope');
  await expect(slackClient('xoxb-unknown').auth.test()).rejects.toThrow('invalid_auth');
  expect(await slack.messages('incidents')).toHaveLength(1);
  const sent = await slackClient(slack.tokens.write).apiCall('chat.postMessage', post);
  await slackClient(slack.tokens.write).apiCall('chat.postMessage', { ...post, text: 'a reply', thread_ts: (sent as { ts?: string }).ts });
  expect((await slack.messages('incidents')).map((message) => message.text).slice(1)).toEqual(['from a test', 'a reply']);
  const read = await slackClient(slack.tokens.read).conversations.history({ channel });
  expect(read.messages).toHaveLength(2);
  expect((await slackClient(slack.tokens.read).auth.test()).team_id).toBe(slack.team);
});

test('a request can be cut before it arrives or after it took effect', async () => {
  const { id } = await slack.channel('random');
  const post = (text: string): Promise<unknown> => slackClient(slack.tokens.write).apiCall('chat.postMessage', { channel: id, text });
  const before = (await slack.messages('random')).length;
  slack.gate.breakNext({ when: 'before', path: /chat\.postMessage/ });
  await expect(post('lost')).rejects.toThrow();
  expect(await slack.messages('random')).toHaveLength(before);
  slack.gate.breakNext({ when: 'after', path: /chat\.postMessage/ });
  await expect(post('arrived')).rejects.toThrow();
  expect((await slack.messages('random')).at(-1)?.text).toBe('arrived');
  expect(
    slack.gate.seen.filter((knock) => knock.path.includes('chat.postMessage') && knock.token === slack.tokens.write).length,
  ).toBeGreaterThanOrEqual(2);
});

test('a reset brings the seed back', async () => {
  await github.api('POST', '/repos/acme/website/issues', { title: 'to be forgotten' });
  await slack.api('chat.postMessage', { channel: (await slack.channel('general')).id, text: 'to be forgotten' });
  await github.reset();
  await slack.reset();
  expect(await github.issues('acme/website')).toHaveLength(1);
  expect(await github.pulls('acme/app')).toHaveLength(1);
  expect(await slack.messages('general')).toHaveLength(1);
});
