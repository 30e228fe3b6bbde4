import type { Json, JsonObject } from '../src/action/json.ts';
import type { GithubDouble } from '../fakes/github-double.ts';
import type { Double } from '../fakes/slack-double.ts';

/*
 * The control: what a tool call does where nothing stands between an agent and a system, and the agent has the credential.
 * An attack that gets nowhere even here proves nothing.
 */

type Args = JsonObject;
const plain = (value: Json | undefined): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

async function askGithub(github: GithubDouble, method: string, path: string, body?: object): Promise<JsonObject> {
  const reply = await fetch(`${github.url}/repos/acme/${path}`, {
    method,
    headers: { authorization: `Bearer ${github.tokens.write}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!reply.ok) throw new Error(`pretend GitHub answered ${reply.status}`);
  return (await reply.json()) as JsonObject;
}

const shaOf = (value: JsonObject, ...path: string[]): Json => path.reduce<Json>((at, key) => (at as JsonObject)[key] ?? null, value);

async function commit(github: GithubDouble, repo: string, args: Args): Promise<Json> {
  const branch = plain(args['branch']);
  const head = shaOf(await askGithub(github, 'GET', `${repo}/git/ref/heads/${branch}`), 'object', 'sha');
  const base = shaOf(await askGithub(github, 'GET', `${repo}/git/commits/${plain(head)}`), 'tree', 'sha');
  const tree = await askGithub(github, 'POST', `${repo}/git/trees`, { base_tree: base, tree: args['files'] });
  const made = await askGithub(github, 'POST', `${repo}/git/commits`, { message: args['message'], tree: tree['sha'], parents: [head] });
  return askGithub(github, 'PATCH', `${repo}/git/refs/heads/${branch}`, { sha: made['sha'] });
}

/** One operation of pretend GitHub, without Countersign. */
export async function bareGithub(github: GithubDouble, operation: string, args: Args): Promise<Json> {
  const repo = plain(args['repository']).replace(/^acme\//, '');
  const number = plain(args['number']);
  switch (operation) {
    case 'read_issue':
      return askGithub(github, 'GET', `${repo}/issues/${number}`);
    case 'read_file': {
      const file = await askGithub(github, 'GET', `${repo}/contents/${plain(args['path'])}`);
      return Buffer.from(plain(file['content']), 'base64').toString('utf8');
    }
    case 'comment':
      return askGithub(github, 'POST', `${repo}/issues/${number}/comments`, { body: args['body'] });
    case 'create_issue':
      return askGithub(github, 'POST', `${repo}/issues`, { title: args['title'], body: args['body'] });
    case 'create_branch': {
      const main = shaOf(await askGithub(github, 'GET', `${repo}/git/ref/heads/main`), 'object', 'sha');
      return askGithub(github, 'POST', `${repo}/git/refs`, { ref: `refs/heads/${plain(args['branch'])}`, sha: main });
    }
    case 'commit_files':
      return commit(github, repo, args);
    case 'open_pull_request':
      return askGithub(github, 'POST', `${repo}/pulls`, { ...args, base: 'main' });
    default:
      throw new Error(`404: no operation ${operation}`);
  }
}

/** One operation of pretend Slack, without Countersign. */
export function bareSlack(slack: Double, operation: string, args: Args): Json {
  const given = plain(args['channel']);
  const named = [...slack.channels.values()].find((channel) => `#${String(channel['name'])}` === given);
  const channel = named === undefined ? given : String(named['id']);
  switch (operation) {
    case 'search_messages':
      return slack.hits.map((hit) => String(hit['content']));
    case 'read_channel':
      return (slack.messages.get(channel) ?? []).map((message) => String(message['text']));
    case 'post_message':
      slack.messages.set(channel, [...(slack.messages.get(channel) ?? []), { ts: '1800000000.000100', text: plain(args['text']) }]);
      return 'posted';
    default:
      throw new Error(`404: no operation ${operation}`);
  }
}
