import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createEmulator } from 'emulate';
import type { Emulator, SeedConfig } from 'emulate';
import { openGate } from './gate.ts';
import type { Gate, Knock, Refused } from './gate.ts';
import { githubSeed, githubTokens, slackSeed, slackTokens } from './seeds.ts';
import type { Tokens } from './seeds.ts';

/*
 * Pretend GitHub and Slack: the npm package `emulate`, exactly 0.12.2, behind a gate of ours (gate.ts), both on 127.0.0.1.
 * The gate makes good what the emulator does not do and the real systems do: an unknown token is nobody (the emulator takes
 * it for its first user), and a GitHub token that may only read cannot write (the emulator enforces no scopes of personal tokens).
 */

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts an emulator behind a gate. The links in its answers must lead through the gate, so it is told the gate's address;
 * it then no longer says its own, which is why the port is chosen here, again if somebody else took it in between.
 */
async function start(
  service: 'github' | 'slack',
  judge: (knock: Knock) => Refused | null,
  seed: SeedConfig,
): Promise<{ gate: Gate; emulator: Emulator }> {
  const gate = await openGate(judge);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      const emulator = await createEmulator({ service, hostname: '127.0.0.1', port, baseUrl: gate.url, seed });
      gate.lead(`http://127.0.0.1:${port}`);
      return { gate, emulator };
    } catch (error) {
      if (attempt < 5 && (error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      await gate.close();
      throw error;
    }
  }
}

async function closeBoth(gate: Gate, emulator: Emulator): Promise<void> {
  await gate.close();
  await emulator.close();
}

interface Pretend {
  /** What a client is given as the address of the API. */
  readonly url: string;
  readonly tokens: Tokens;
  readonly gate: Gate;
  /** Back to the seed. Ids of people and of seeded Slack channels are new afterwards. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** An issue or pull request, as the state look-ups give it. */
export interface GithubItem {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: string;
  readonly user: { readonly login: string };
}

/** A pull request. */
export interface GithubPull extends GithubItem {
  readonly merged: boolean;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string };
}

/** Pretend GitHub. `repo` is `owner/name` everywhere. */
export interface Github extends Pretend {
  issues(repo: string): Promise<readonly GithubItem[]>;
  pulls(repo: string): Promise<readonly GithubPull[]>;
  pull(repo: string, number: number): Promise<GithubPull>;
  comments(repo: string, number: number): Promise<readonly { readonly id: number; readonly body: string }[]>;
  branches(repo: string): Promise<readonly { readonly name: string; readonly sha: string }[]>;
  /** The text of a file, or null if it is not there. */
  file(repo: string, path: string, ref?: string): Promise<string | null>;
  /** Any call with the administrator's token, to prepare or to look. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
}

function githubJudge(knock: Knock): Refused | null {
  if (knock.token === null || !Object.values(githubTokens).includes(knock.token))
    return { status: 401, body: { message: 'Bad credentials' } };
  const reads = knock.method === 'GET' || knock.method === 'HEAD';
  if (knock.token === githubTokens.read && !reads)
    return { status: 403, body: { message: 'Resource not accessible by personal access token' } };
  return null;
}

/** What the seed has no words for: issues, and a branch with an open pull request. */
async function plantGithub(api: Github['api']): Promise<void> {
  const issue = (repo: string, title: string, body: string): Promise<unknown> => api('POST', `/repos/${repo}/issues`, { title, body });
  await issue(
    'acme/app',
    'Login fails after the password was changed',
    'Steps: change the password, log out, log in. Seen on staging since Monday.',
  );
  await issue('acme/app', 'Export to CSV drops the last row', 'The export of the report has one row less than the screen.');
  await issue('acme/website', 'Typo on the pricing page', 'It says "montly".');
  const main = await api<{ object: { sha: string } }>('GET', '/repos/acme/app/git/ref/heads/main');
  await api('POST', '/repos/acme/app/git/refs', { ref: 'refs/heads/fix-export', sha: main.object.sha });
  await api('PUT', '/repos/acme/app/contents/src/export.ts', {
    message: 'Keep the last row',
    branch: 'fix-export',
    content: Buffer.from('export const rows = (all: string[]): string[] => all;\n').toString('base64'),
  });
  await api('POST', '/repos/acme/app/pulls', {
    title: 'Keep the last row of an export',
    head: 'fix-export',
    base: 'main',
    body: 'Fixes the CSV export.',
  });
}

/** Starts pretend GitHub. `seed` replaces the whole default seed, the planted issues and pull request included. */
export async function startGithub(seed?: SeedConfig): Promise<Github> {
  const { gate, emulator } = await start('github', githubJudge, {
    ...(seed ?? githubSeed),
    tokens: {
      [githubTokens.admin]: { login: 'admin', scopes: ['repo', 'user', 'admin:org'] },
      [githubTokens.read]: { login: 'acme-agent', scopes: [] },
      [githubTokens.write]: { login: 'acme-agent', scopes: ['repo'] },
    },
  });
  const api: Github['api'] = async (method, path, body) => {
    const reply = await fetch(`${gate.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${githubTokens.admin}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!reply.ok) throw new Error(`pretend GitHub answered ${reply.status} to ${method} ${path}`);
    return (await reply.json()) as never;
  };
  const prepare = async (): Promise<void> => {
    if (seed === undefined) await plantGithub(api);
    gate.forget();
  };
  await prepare();
  return {
    url: gate.url,
    tokens: githubTokens,
    gate,
    api,
    issues: async (repo) =>
      (
        await api<(GithubItem & { pull_request?: unknown })[]>(
          'GET',
          `/repos/${repo}/issues?state=all&per_page=100&sort=created&direction=asc`,
        )
      ).filter((item) => !item.pull_request),
    pulls: (repo) => api('GET', `/repos/${repo}/pulls?state=all&per_page=100`),
    pull: (repo, number) => api('GET', `/repos/${repo}/pulls/${number}`),
    comments: (repo, number) => api('GET', `/repos/${repo}/issues/${number}/comments?per_page=100`),
    branches: async (repo) =>
      (await api<{ name: string; commit: { sha: string } }[]>('GET', `/repos/${repo}/branches?per_page=100`)).map((branch) => ({
        name: branch.name,
        sha: branch.commit.sha,
      })),
    file: async (repo, path, ref = 'main') => {
      const found = await api<{ content: string }>('GET', `/repos/${repo}/contents/${path}?ref=${ref}`).catch(() => null);
      return found === null ? null : Buffer.from(found.content, 'base64').toString('utf8');
    },
    reset: async () => {
      emulator.reset();
      await prepare();
    },
    close: () => closeBoth(gate, emulator),
  };
}

/** A message in a pretend channel. */
export interface SlackMessage {
  readonly ts: string;
  readonly user: string;
  readonly text: string;
  readonly thread_ts?: string;
}

/** A pretend channel. */
export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly is_private: boolean;
  readonly num_members: number;
}

/** Pretend Slack. A channel is named `general`, without `#`. */
export interface Slack extends Pretend {
  readonly team: string;
  channels(): Promise<readonly SlackChannel[]>;
  channel(name: string): Promise<SlackChannel>;
  users(): Promise<readonly { readonly id: string; readonly name: string }[]>;
  /** Everything in a channel, replies included, oldest first. */
  messages(channel: string): Promise<readonly SlackMessage[]>;
  /** Any call with the administrator's token, to prepare or to look. */
  api<T>(method: string, body: Readonly<Record<string, unknown>>): Promise<T>;
}

function slackJudge(knock: Knock): Refused | null {
  if (!knock.path.startsWith('/api/')) return null;
  if (knock.token === null) return { status: 200, body: { ok: false, error: 'not_authed' } };
  return Object.values(slackTokens).includes(knock.token) ? null : { status: 200, body: { ok: false, error: 'invalid_auth' } };
}

/** What the seed has no words for: everybody is in the public channels, and a few messages stand there. */
async function plantSlack(slack: Pick<Slack, 'api' | 'users' | 'channel'>): Promise<void> {
  const everybody = (await slack.users()).map((user) => user.id);
  for (const name of ['general', 'random']) {
    const { id } = await slack.channel(name);
    const { members } = await slack.api<{ members: string[] }>('conversations.members', { channel: id });
    await slack.api('conversations.invite', { channel: id, users: everybody.filter((user) => !members.includes(user)).join(',') });
  }
  const say = async (name: string, text: string): Promise<unknown> =>
    slack.api('chat.postMessage', { channel: (await slack.channel(name)).id, text });
  await say('general', 'Welcome to Acme. Customers of the partner programme read along here.');
  await say('incidents', 'Export of reports is slow since 09:40, we are looking at the database.');
  await say('random', 'Cake in the kitchen.');
}

/** Starts pretend Slack. `seed` replaces the whole default seed, the planted members and messages included; it must name the tokens. */
export async function startSlack(seed?: SeedConfig): Promise<Slack> {
  const { gate, emulator } = await start('slack', slackJudge, seed ?? slackSeed);
  const api: Slack['api'] = async (method, body) => {
    const reply = await fetch(`${gate.url}/api/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slackTokens.admin}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await reply.json()) as { ok: boolean; error?: string };
    if (!answer.ok) throw new Error(`pretend Slack answered ${answer.error} to ${method}`);
    return answer as never;
  };
  const channels: Slack['channels'] = async () =>
    (await api<{ channels: SlackChannel[] }>('conversations.list', { types: 'public_channel,private_channel', limit: 1000 })).channels;
  const channel: Slack['channel'] = async (name) => {
    const found = (await channels()).find((each) => each.name === name);
    if (found === undefined) throw new Error(`pretend Slack has no channel ${name}`);
    return found;
  };
  const users: Slack['users'] = async () => (await api<{ members: { id: string; name: string }[] }>('users.list', { limit: 1000 })).members;
  const prepare = async (): Promise<void> => {
    if (seed === undefined) await plantSlack({ api, users, channel });
    gate.forget();
  };
  await prepare();
  return {
    url: `${gate.url}/api/`,
    tokens: slackTokens,
    gate,
    team: 'T000000001',
    api,
    channels,
    channel,
    users,
    messages: async (name) => {
      const { id } = await channel(name);
      const { messages } = await api<{ messages: SlackMessage[] }>('conversations.history', { channel: id, limit: 1000 });
      const threads = await Promise.all(
        messages.map(async ({ ts }) => (await api<{ messages: SlackMessage[] }>('conversations.replies', { channel: id, ts })).messages),
      );
      return threads.flat().sort((a, b) => (a.ts < b.ts ? -1 : 1));
    },
    reset: async () => {
      emulator.reset();
      await prepare();
    },
    close: () => closeBoth(gate, emulator),
  };
}
