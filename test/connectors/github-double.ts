import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/action/json.ts';

/*
 * A GitHub that answers with what a test puts into a table, for what `emulate` lacks: strangers, bots, forks, outside
 * collaborators, objects of other tenants. Whatever is not in the table is not there.
 */

export interface GithubDouble {
  readonly url: string;
  /** By `/path?query` or `/path`: a body, or a status. */
  readonly answers: Map<string, unknown>;
  readonly repo: (more?: JsonObject) => JsonObject;
  readonly issue: (more?: JsonObject) => JsonObject;
  readonly pull: (more?: JsonObject) => JsonObject;
  close(): Promise<void>;
}

export const sha = (letter: string): string => letter.repeat(40);

/** Starts it with the private repository `acme/app`, its issue 7 and its pull request 8. */
export async function startGithubDouble(): Promise<GithubDouble> {
  const answers = new Map<string, unknown>();
  const server = createServer((req, res) => {
    req.resume();
    const { pathname, search } = new URL(req.url ?? '/', 'http://x');
    const answer = answers.get(pathname + search) ?? answers.get(pathname) ?? 404;
    res.writeHead(typeof answer === 'number' ? answer : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const repo: GithubDouble['repo'] = (more = {}) => ({
    id: 42,
    name: 'app',
    full_name: 'acme/app',
    url: `${url}/repos/acme/app`,
    owner: { login: 'acme', type: 'Organization' },
    private: true,
    visibility: 'private',
    default_branch: 'main',
    html_url: 'https://github.com/acme/app',
    ...more,
  });
  const issue: GithubDouble['issue'] = (more = {}) => ({
    number: 7,
    title: 'T',
    state: 'open',
    user: { login: 'bob', type: 'User' },
    author_association: 'MEMBER',
    url: `${url}/repos/acme/app/issues/7`,
    repository_url: `${url}/repos/acme/app`,
    html_url: 'https://github.com/acme/app/issues/7',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    ...more,
  });
  const pull: GithubDouble['pull'] = (more = {}) => ({
    ...issue(),
    number: 8,
    url: `${url}/repos/acme/app/pulls/8`,
    html_url: 'https://github.com/acme/app/pull/8',
    head: { ref: 'fix', sha: sha('a'), repo: repo() },
    base: { ref: 'main', sha: sha('b'), repo: repo() },
    ...more,
  });
  answers
    .set('/repos/acme/app', repo())
    .set('/repos/acme/app/collaborators', [{ login: 'bob' }, { login: 'eve' }])
    .set('/repos/acme/app/collaborators?affiliation=outside&per_page=100', [])
    .set('/repos/acme/app/issues/7', issue())
    .set('/repos/acme/app/issues/8', issue({ number: 8, url: `${url}/repos/acme/app/issues/8`, pull_request: {} }))
    .set('/repos/acme/app/pulls/8', pull())
    .set('/repos/acme/app/pulls/8/files', []);
  return {
    url,
    answers,
    repo,
    issue,
    pull,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
