import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addCommit, addTree, filesOf, plant, sha } from './github-world.ts';
import type { GithubPost, GithubRepo, GithubSeed, World } from './github-world.ts';

/*
 * A small GitHub of our own, for what ships without the emulator: repositories with issues, pull requests, branches and
 * files, kept in this process and changed only by who has the writing token. It answers the requests that the connector makes.
 */

/** Pretend GitHub. */
export interface GithubDouble {
  readonly url: string;
  readonly tokens: { readonly read: string; readonly write: string };
  repo(name: string): GithubRepo;
  /** The text of a file on a branch, or null. */
  file(repo: string, path: string, branch?: string): string | null;
  /** Every text that stands in issues, pull requests, comments and files of the public repositories. */
  publicText(): string;
  /** Requests that changed something since the last reset: `POST /repos/acme/app/issues`. */
  readonly changes: readonly string[];
  reset(): void;
  close(): Promise<void>;
}

const at = '2026-01-05T09:00:00Z';

type Body = Readonly<Record<string, unknown>>;
type Reply = { readonly status: number; readonly data: unknown };
const ok = (data: unknown, status = 200): Reply => ({ status, data });
const gone: Reply = { status: 404, data: { message: 'Not Found' } };

/** What is asked for, and where it is asked. */
interface Asked {
  readonly world: World;
  readonly base: string;
  readonly repo: GithubRepo;
  readonly method: string;
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly body: Body;
}

const repoFields = (asked: Pick<Asked, 'world' | 'base'>, repo: GithubRepo): object => ({
  id: repo.id,
  name: repo.name,
  owner: { login: asked.world.owner },
  private: repo.private,
  visibility: repo.private ? 'private' : 'public',
  default_branch: 'main',
  archived: false,
  description: '',
  html_url: `${asked.base}/${asked.world.owner}/${repo.name}`,
});

function end(asked: Asked, branch: string): object {
  const { repo, world } = asked;
  const owner = { login: world.owner };
  return { ref: branch, sha: repo.branches.get(branch)?.commit ?? sha(branch), repo: { id: repo.id, name: repo.name, owner } };
}

function postFields(asked: Asked, post: GithubPost): object {
  const { base, world, repo } = asked;
  const api = `${base}/repos/${world.owner}/${repo.name}`;
  return {
    number: post.number,
    title: post.title,
    body: post.body,
    state: post.pull?.merged === true ? 'closed' : 'open',
    user: { login: post.user },
    author_association: 'NONE',
    labels: [],
    comments: post.comments.length,
    url: `${api}/issues/${post.number}`,
    html_url: `${base}/${world.owner}/${repo.name}/issues/${post.number}`,
    repository_url: api,
    created_at: at,
    updated_at: at,
    ...(post.pull === null
      ? {}
      : { pull_request: {}, merged: post.pull.merged, head: end(asked, post.pull.head), base: end(asked, post.pull.base) }),
  };
}

function commentFields(asked: Asked, post: GithubPost, index: number): object {
  const { base, world, repo } = asked;
  const comment = post.comments[index];
  return {
    id: post.number * 1000 + index,
    body: comment?.body ?? '',
    user: { login: comment?.user ?? '' },
    html_url: `${base}/${world.owner}/${repo.name}/issues/${post.number}#c${index}`,
    issue_url: `${base}/repos/${world.owner}/${repo.name}/issues/${post.number}`,
    created_at: at,
    updated_at: at,
  };
}

/** Issues, pull requests and their comments. */
function posts(asked: Asked): Reply | null {
  const { repo, method, rest, body } = asked;
  const [, kind = '', number = '', tail = ''] = /^\/(issues|pulls)(?:\/(\d+))?(\/.*)?$/.exec(rest) ?? [];
  if (kind === '') return null;
  const wanted = repo.posts.filter((post) => kind === 'issues' || post.pull !== null);
  if (number === '' && method === 'GET') return ok(wanted.map((post) => postFields(asked, post)));
  if (number === '') {
    const pull = kind === 'pulls' ? { head: String(body['head']), base: String(body['base']), merged: false } : null;
    const made = {
      number: repo.posts.length + 1,
      title: String(body['title']),
      body: String(body['body']),
      user: 'acme-agent',
      pull,
      comments: [],
    };
    repo.posts.push(made);
    return ok(postFields(asked, made), 201);
  }
  const post = wanted.find((each) => each.number === Number(number));
  if (post === undefined) return gone;
  if (tail === '/comments' && method === 'GET') return ok(post.comments.map((_, index) => commentFields(asked, post, index)));
  if (tail === '/comments') {
    post.comments.push({ body: String(body['body']), user: 'acme-agent' });
    return ok(commentFields(asked, post, post.comments.length - 1), 201);
  }
  if (tail === '/files') return ok([]);
  if (tail === '/merge' && post.pull !== null) {
    post.pull.merged = true;
    const head = repo.branches.get(post.pull.head)?.commit ?? '';
    repo.branches.set(post.pull.base, { commit: head });
    return ok({ sha: head, merged: true });
  }
  return tail === '' ? ok(postFields(asked, post)) : gone;
}

function refs(asked: Asked): Reply | null {
  const { repo, method, rest, body } = asked;
  const [, name = ''] = /^\/git\/refs?\/heads\/(.+)$/.exec(rest) ?? [];
  const branch = decodeURIComponent(name);
  const shown = (of: string, commit: string): object => ({ ref: `refs/heads/${of}`, object: { type: 'commit', sha: commit } });
  if (rest === '/git/refs' && method === 'POST') {
    const made = String(body['ref']).replace('refs/heads/', '');
    repo.branches.set(made, { commit: String(body['sha']) });
    return ok(shown(made, String(body['sha'])), 201);
  }
  if (name === '') return null;
  const found = repo.branches.get(branch);
  if (found === undefined) return gone;
  if (method === 'PATCH') found.commit = String(body['sha']);
  return ok(shown(branch, found.commit));
}

/** Trees, commits and contents. */
function objects(asked: Asked): Reply | null {
  const { world, repo, method, rest, query, body } = asked;
  const [, kind = '', id = ''] = /^\/git\/(trees|commits)(?:\/(.+))?$/.exec(rest) ?? [];
  if (kind === 'trees' && method === 'GET') {
    const files = world.trees.get(id) ?? filesOf(world, id);
    return ok({ sha: id, truncated: false, tree: Object.keys(files).map((path) => ({ path, mode: '100644', type: 'blob' })) });
  }
  if (kind === 'trees') {
    const files = { ...world.trees.get(String(body['base_tree'])) };
    for (const { path, content } of body['tree'] as readonly { readonly path: string; readonly content?: string }[]) {
      if (content === undefined) delete files[path];
      else files[path] = content;
    }
    return ok({ sha: addTree(world, files) }, 201);
  }
  if (kind === 'commits' && method === 'GET') return ok({ sha: id, tree: { sha: world.commits.get(id)?.tree ?? sha(id) } });
  if (kind === 'commits') {
    const commit = { tree: String(body['tree']), message: String(body['message']), parents: body['parents'] as readonly string[] };
    return ok({ sha: addCommit(world, commit) }, 201);
  }
  if (rest === '/branches')
    return ok([...repo.branches].map(([name, { commit }]) => ({ name, commit: { sha: commit, url: asked.base }, protected: false })));
  if (rest === '/collaborators') return ok([{ login: 'alice' }]);
  if (!rest.startsWith('/contents/')) return null;
  const path = decodeURIComponent(rest.slice('/contents/'.length));
  const text = filesOf(world, repo.branches.get(query.get('ref') ?? 'main')?.commit ?? '')[path];
  if (text === undefined) return gone;
  const content = Buffer.from(text).toString('base64');
  return ok({ type: 'file', path, sha: sha(text), size: text.length, encoding: 'base64', content, html_url: asked.base });
}

function answer(world: World, base: string, url: URL, { method, body }: { readonly method: string; readonly body: Body }): Reply {
  const everything = [...world.repos.values()];
  const about = { world, base };
  if (url.pathname === '/search/repositories') return ok({ items: everything.map((repo) => repoFields(about, repo)) });
  if (url.pathname === '/search/code') return ok({ items: [] });
  const [, owner = '', name = '', rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
  const asked = (repo: GithubRepo): Asked => ({ world, base, repo, method, rest, query: url.searchParams, body });
  if (url.pathname === '/search/issues')
    return ok({ items: everything.flatMap((repo) => repo.posts.map((post) => postFields(asked(repo), post))) });
  const repo = owner === world.owner ? world.repos.get(name) : undefined;
  if (repo === undefined) return gone;
  if (rest === '') return ok(repoFields(about, repo));
  return posts(asked(repo)) ?? refs(asked(repo)) ?? objects(asked(repo)) ?? gone;
}

async function bodyOf(req: IncomingMessage): Promise<Body> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString('utf8')) as Body);
}

/** Starts it on 127.0.0.1. */
export async function startGithubDouble(owner: string, seeds: readonly GithubSeed[]): Promise<GithubDouble> {
  let world = plant(owner, seeds);
  const changes: string[] = [];
  const tokens = { read: 'github_pat_pretend_read', write: 'github_pat_pretend_write' };
  let base = '';
  const judge = (req: IncomingMessage): Reply | null => {
    const token = /^(?:Bearer|token)\s+(.+)$/i.exec(req.headers.authorization ?? '')?.[1];
    if (token !== tokens.read && token !== tokens.write) return { status: 401, data: { message: 'Bad credentials' } };
    return req.method !== 'GET' && token !== tokens.write ? { status: 403, data: { message: 'Resource not accessible' } } : null;
  };
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const [method, path, body] = [req.method ?? 'GET', req.url ?? '/', await bodyOf(req)];
    const { status, data } = judge(req) ?? answer(world, base, new URL(path, base), { method, body });
    if (method !== 'GET' && status < 300 && !/\/git\/(?:trees|commits)$/.test(path)) changes.push(`${method} ${path}`);
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data));
  };
  const server = createServer((req, res) => {
    serve(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repo = (name: string): GithubRepo => {
    const found = world.repos.get(name);
    if (found === undefined) throw new Error(`pretend GitHub has no repository ${name}`);
    return found;
  };
  const everyFile = (one: GithubRepo): string[] =>
    [...one.branches.values()].flatMap(({ commit }) => Object.values(filesOf(world, commit)));
  return {
    url: base,
    tokens,
    changes,
    repo,
    file: (name, path, branch = 'main') => filesOf(world, repo(name).branches.get(branch)?.commit ?? '')[path] ?? null,
    publicText: () =>
      [...world.repos.values()]
        .filter((one) => !one.private)
        .flatMap((one) => [
          ...one.posts.flatMap((post) => [post.title, post.body, ...post.comments.map(({ body }) => body)]),
          ...everyFile(one),
        ])
        .join('\n'),
    reset: () => {
      world = plant(owner, seeds);
      changes.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
