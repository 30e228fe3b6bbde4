// verifies: systems.github, systems.tenants, flow.labels, flow.audience, egress.code-paths
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Audience } from '../../src/action/audience.ts';
import type { JsonObject } from '../../src/action/json.ts';
import { sha, startGithubDouble } from './github-double.ts';
import type { GithubDouble } from './github-double.ts';
import { must, no, openHands, settingsOf } from './github-hands.ts';
import type { Hands } from './github-hands.ts';

let github: GithubDouble;
let hands: Hands;

beforeEach(async () => {
  github = await startGithubDouble();
  hands = openHands(settingsOf(github.url), { read: 'github_pat_R', write: 'github_pat_W' });
});
afterEach(() => github.close());

const outside = '/repos/acme/app/collaborators?affiliation=outside&per_page=100';
const set = (path: string, body: unknown): void => void github.answers.set(path, body);
const audienceNow = async (): Promise<Audience> =>
  must(await hands.resolve('create_issue', { repository: 'app', title: 't', body: 'b' })).audience;

test('the author of what is read is what GitHub says, and makes nothing trusted', async () => {
  for (const [association, type, author] of [
    ['OWNER', 'User', 'member'],
    ['COLLABORATOR', 'User', 'member'],
    ['CONTRIBUTOR', 'User', 'outside-reporter'],
    ['NONE', 'User', 'outside-reporter'],
    ['SOMETHING_NEW', 'User', 'outside-reporter'],
    ['FIRST_TIMER', 'User', 'first-time-contributor'],
    ['FIRST_TIME_CONTRIBUTOR', 'User', 'first-time-contributor'],
    ['MEMBER', 'Bot', 'bot'],
  ] as const) {
    set('/repos/acme/app/issues/7', github.issue({ author_association: association, user: { login: 'x', type } }));
    const { label } = must(await hands.read('read_issue', { repository: 'app', number: 7 }));
    expect(label, association).toEqual({ readers: 'team', integrity: 'untrusted', space: 'github:repository:42', author });
  }
  const comment = (association: string | null): JsonObject => ({
    id: 1,
    html_url: 'https://github.com/c',
    issue_url: `${github.url}/repos/acme/app/issues/7`,
    created_at: '',
    updated_at: '',
    user: { login: `a-${association}` },
    ...(association === null ? {} : { author_association: association }),
  });
  for (const [associations, author] of [
    [['MEMBER', 'OWNER'], 'member'],
    [['MEMBER', 'NONE'], 'outside-reporter'],
    [['MEMBER', 'FIRST_TIMER', 'NONE'], 'several'],
    [['MEMBER', null], undefined],
    [['NONE', null], 'outside-reporter'],
    [[], undefined],
  ] as const) {
    set('/repos/acme/app/issues/7/comments', associations.map(comment));
    const { label } = must(await hands.read('read_issue_comments', { repository: 'app', number: 7 }));
    expect([label.author, label.integrity], associations.join(' ')).toEqual([author, 'untrusted']);
  }
});

test('a read says by immutable ids what was read, what was seen in it, and which fields GitHub sets', async () => {
  const fork = { ...github.repo({ id: 77, name: 'app', full_name: 'mallory/app' }), owner: { login: 'mallory' } };
  set(
    '/repos/acme/app/pulls/8',
    github.pull({
      title: 'acme/website',
      assignees: [{ login: 'Carol' }],
      requested_reviewers: [{ login: 'dave' }],
      head: { ref: 'main-of-mallory', sha: sha('a'), repo: fork },
    }),
  );
  const pull = must(await hands.read('read_pull_request', { repository: 'app', number: 8 }));
  expect(pull.id).toBe('github:repository:42/pull_request:8');
  expect(pull.seen?.map(({ type, id }) => `${type} ${id}`)).toEqual([
    'github.repository repository:42',
    'github.issue issue:42#8',
    'github.pull_request pull_request:42#8',
    'github.user bob',
    'github.user carol',
    'github.user dave',
    'github.branch branch:42:main',
  ]);
  // A title and the branch of a fork are what somebody outside called them: neither is a name or a field.
  expect(JSON.stringify([pull.seen, pull.fields])).not.toMatch(/website|mallory/);
  expect(pull.fields).toEqual([
    { type: 'github.user', value: 'bob' },
    { type: 'github.user', value: 'carol' },
    { type: 'github.user', value: 'dave' },
    { type: 'github.branch', value: 'branch:42:main' },
  ]);
  const file = { type: 'file', path: 'a', sha: sha('f'), size: 1, encoding: 'base64', content: 'YQ==' };
  set('/repos/acme/app/contents/a', { ...file, url: `${github.url}/repos/acme/app/contents/a` });
  expect(must(await hands.read('read_file', { repository: 'app', path: 'a' })).id).toBe(`github:repository:42/blob:${sha('f')}`);
});

test('a call names its target first, and all that it needs besides', async () => {
  const binds = async (name: string, args: JsonObject): Promise<unknown> =>
    must(await hands.resolve(name, { repository: 'app', ...args })).binds;
  const repository = { type: 'github.repository', id: 'repository:42', names: ['acme/app', 'app'] };
  expect(await binds('create_issue', { title: 't', body: 'b' })).toEqual([repository]);
  expect(await binds('comment', { number: 7, body: 'b' })).toEqual([
    {
      type: 'github.issue',
      id: 'issue:42#7',
      names: ['acme/app#7', 'app#7', '#7', 'https://github.com/acme/app/issues/7', 'issue 7'],
    },
    repository,
  ]);
  expect(await binds('merge_pull_request', { number: 8 })).toMatchObject([
    { type: 'github.pull_request', id: 'pull_request:42#8', names: expect.arrayContaining(['#8', 'pull request 8']) },
    repository,
  ]);
  for (const branch of ['main', 'fix', 'release'])
    set(`/repos/acme/app/git/ref/heads/${branch}`, { ref: `refs/heads/${branch}`, object: { type: 'commit', sha: sha('a') } });
  expect(await binds('create_branch', { branch: 'new', from: 'release' })).toMatchObject([repository, { id: 'branch:42:release' }]);
  expect(await binds('create_branch', { branch: 'new' })).toEqual([repository]);
  expect(await binds('open_pull_request', { title: 't', body: 'b', head: 'fix', base: 'release' })).toMatchObject([
    repository,
    { id: 'branch:42:fix', names: ['fix', 'acme/app@fix'] },
    { id: 'branch:42:release' },
  ]);
});

test('outside collaborators of a private repository are externals, told apart if all of them can be', async () => {
  expect(await audienceNow()).toMatchObject({ kind: 'team', count: 2, externals: 0, outsiders: [], joinable: false });
  set(outside, [{ login: 'Eve' }]);
  const one = await audienceNow();
  expect(one).toMatchObject({ externals: 1, outsiders: ['github:user:eve'], space: 'github:repository:42' });
  expect(one.summary).toBe('private repository acme/app: 2 people with access, 1 of them from outside');
  set(
    outside,
    Array.from({ length: 21 }, (_, i) => ({ login: `o${i}` })),
  );
  expect(await audienceNow()).not.toHaveProperty('outsiders');
  expect((await audienceNow()).externals).toBe(21);
  for (const status of [403, 404]) {
    set(outside, status);
    expect(await audienceNow()).toMatchObject({ kind: 'team', externals: null });
    expect(await audienceNow()).not.toHaveProperty('outsiders');
  }
  set(outside, 500);
  expect(no(await hands.resolve('create_issue', { repository: 'app', title: 't', body: 'b' })).code).toBe('third-party-error');
  // a person's repository: everybody else is from outside
  set('/repos/acme/app', github.repo({ owner: { login: 'acme', type: 'User' } }));
  set('/repos/acme/app/collaborators', [{ login: 'acme' }, { login: 'eve' }]);
  expect(await audienceNow()).toMatchObject({ externals: 1, outsiders: ['github:user:eve'] });
});

test('somebody from outside who came between the approval and the execution cancels it', async () => {
  set(outside, [{ login: 'eve' }]);
  const { operation, action, audience } = await hands.propose('create_issue', { repository: 'app', title: 't', body: 'b' });
  const check = async (): Promise<string> => {
    const checked = await hands.writer.check(operation, action, audience);
    return checked.ok ? 'ok' : checked.code;
  };
  expect(await check()).toBe('ok');
  set(outside, []);
  expect(await check()).toBe('ok');
  for (const now of [[{ login: 'eve' }, { login: 'mallory' }], [{ login: 'mallory' }], 403]) {
    set(outside, now);
    expect(await check(), JSON.stringify(now)).toBe('audience-widened');
  }
  set(outside, [{ login: 'eve' }]);
  set('/repos/acme/app', github.repo({ forks_count: 1 }));
  set('/repos/acme/app/forks', [{ id: 5, owner: { login: 'mallory' } }]);
  expect(await check()).toBe('audience-widened');
});

test('forks in the hands of others make it unknown who is from outside', async () => {
  set('/repos/acme/app', github.repo({ forks_count: 2 }));
  set('/repos/acme/app/forks', [
    { id: 5, owner: { login: 'acme' } },
    { id: 6, owner: { login: 'ACME' } },
  ]);
  expect(await audienceNow()).toMatchObject({ externals: 0, summary: expect.stringContaining('2 fork(s), 0 of them of other owners') });
  set('/repos/acme/app/forks', [
    { id: 5, owner: { login: 'acme' } },
    { id: 6, owner: { login: 'bob' } },
  ]);
  expect(await audienceNow()).toMatchObject({ externals: null, summary: expect.stringContaining('1 of them of other owners') });
  set('/repos/acme/app/forks', [{ id: 5, owner: { login: 'acme' } }]);
  expect(await audienceNow()).toMatchObject({ externals: null, summary: expect.stringContaining('not all of which can be seen') });
  set('/repos/acme/app/forks', 403);
  expect(await audienceNow()).toMatchObject({ externals: null });
});

test('a fork is seen as widely as what it was made of', async () => {
  const parent = (more: JsonObject): JsonObject => ({
    id: 1,
    name: 'up',
    owner: { login: 'acme' },
    private: true,
    visibility: 'private',
    ...more,
  });
  const forkOf = async (of: JsonObject | null): Promise<unknown> => {
    set('/repos/acme/app', github.repo({ fork: true, parent: of }));
    const { kind, space, joinable } = await audienceNow();
    return [kind, space, joinable];
  };
  expect(await forkOf(parent({}))).toEqual(['team', 'github:repository:42', false]);
  expect(await forkOf(parent({ visibility: 'internal' }))).toEqual(['org', undefined, false]);
  expect(await forkOf(parent({ private: false, visibility: 'public' }))).toEqual(['internet', undefined, true]);
  expect(await forkOf(parent({ owner: { login: 'partner' } }))).toEqual(['partner', undefined, false]);
  expect(await forkOf(parent({ visibility: 'secret' }))).toEqual(['unknown', undefined, false]);
  expect(await forkOf(null)).toEqual(['unknown', undefined, false]);
});

test('a pull request from another repository takes the wider audience, at the proposal and at the execution', async () => {
  const from = (repo: JsonObject | null): void =>
    set('/repos/acme/app/pulls/8', github.pull({ head: { ref: 'fix', sha: sha('a'), repo } }));
  const about = async (name: string): Promise<Audience> =>
    must(await hands.resolve(name, { repository: 'app', number: 8, ...(name === 'comment' ? { body: 'b' } : {}) })).audience;
  const other = (more: JsonObject): JsonObject => ({ ...github.repo({ id: 77, name: 'other', full_name: 'acme/other' }), ...more });
  for (const name of ['comment', 'merge_pull_request']) {
    from(github.repo());
    expect(await about(name), name).toMatchObject({ kind: 'team', space: 'github:repository:42' });
    from(null);
    expect(await about(name), name).toMatchObject({ kind: 'team', space: 'github:repository:42' });
    from(other({ private: false, visibility: 'public', owner: { login: 'mallory' } }));
    expect(await about(name), name).toMatchObject({ kind: 'internet', joinable: true });
    from(other({ owner: { login: 'mallory' } }));
    expect(await about(name), name).toMatchObject({ kind: 'partner', externals: null });
    from(other({}));
    const two = await about(name);
    expect([two.kind, two.space, two.externals], name).toEqual(['team', undefined, null]);
  }
  from(github.repo());
  const { operation, action, audience } = await hands.propose('comment', { repository: 'app', number: 8, body: 'b' });
  must(await hands.writer.check(operation, action, audience));
  from(other({ private: false, visibility: 'public', owner: { login: 'mallory' } }));
  expect(no(await hands.writer.check(operation, action, audience)).code).toBe('audience-widened');
});

test('what does not prove that it lies in the repository is left out and counted, or refused if it is all there is', async () => {
  const { url } = github;
  const entry = (name: string, at: string | undefined): JsonObject => ({
    name,
    path: name,
    type: 'file',
    ...(at === undefined ? {} : { url: at }),
  });
  set('/repos/acme/app/contents', [
    entry('ours', `${url}/repos/acme/app/contents/ours`),
    entry('theirs', `${url}/repos/mallory/app/contents/theirs`),
    entry('longer', `${url}/repos/acme/app-of-others/contents/x`),
    entry('elsewhere', 'https://evil.example/repos/acme/app/contents/x'),
    entry('silent', undefined),
  ]);
  const folder = must(await hands.read('read_file', { repository: 'app' }));
  expect(folder).toMatchObject({ content: { entries: [{ name: 'ours' }], withheld: 4 }, foreign: 4 });
  const file = { type: 'file', path: 'a', sha: sha('f'), size: 1, encoding: 'base64', content: 'YQ==' };
  for (const proof of [{}, { url: `${url}/repos/mallory/app/contents/a` }]) {
    set('/repos/acme/app/contents/a', { ...file, ...proof });
    expect(no(await hands.read('read_file', { repository: 'app', path: 'a' })).code).toBe('wrong-tenant');
  }
  set('/repos/acme/app/pulls', [github.pull(), github.pull({ url: `${url}/repos/mallory/app/pulls/8` })]);
  expect(must(await hands.read('list_pull_requests', { repository: 'app' }))).toMatchObject({ content: { withheld: 1 }, foreign: 1 });
  const changed = (at: string): JsonObject => ({ filename: 'x', status: 'added', additions: 1, deletions: 0, contents_url: at });
  set('/repos/acme/app/pulls/8/files', [changed(`${url}/repos/acme/app/contents/x?ref=1`), changed(`${url}/repos/mallory/app/contents/x`)]);
  const files = must(await hands.read('read_pull_request_files', { repository: 'app', number: 8 }));
  expect(files).toMatchObject({ content: { withheld: 1 }, foreign: 1 });
  set('/repos/acme/app', github.repo({ full_name: 'mallory/app' }));
  expect(no(await hands.read('read_issue', { repository: 'app', number: 7 })).code).toBe('wrong-tenant');
  set('/repos/acme/app', github.repo({ url: 'https://evil.example/repos/acme/app' }));
  expect(no(await hands.read('read_issue', { repository: 'app', number: 7 })).code).toBe('wrong-tenant');
});

test('a search across repositories shows, teaches and counts each hit by its own proof', async () => {
  const { url } = github;
  const at = (name: string, number: number): JsonObject => ({
    number,
    url: `${url}/repos/${name}/issues/${number}`,
    repository_url: `${url}/repos/${name}`,
    user: { login: `by-${number}` },
  });
  set('/search/issues', { items: [github.issue(), github.issue(at('mallory/app', 8)), github.issue(at('acme/hidden', 9))] });
  const found = must(await hands.read('search_issues', { query: 'x' }));
  expect(found).toMatchObject({ foreign: 2, id: 'github:repository:42', content: { withheld: 2, items: [{ number: 7 }] } });
  expect(found.fields).toEqual([
    { type: 'github.repository', value: 'repository:42' },
    { type: 'github.user', value: 'bob' },
  ]);
  const hit = (id: number): JsonObject => ({
    path: 'a',
    sha: sha('c'),
    html_url: 'x',
    url: `${url}/repos/acme/app/contents/a`,
    repository: { id, name: 'app', owner: { login: 'acme' } },
  });
  set('/search/code', { items: [hit(42), hit(43)] }); // another repository that says the same name
  expect(must(await hands.read('search_code', { query: 'x' }))).toMatchObject({ foreign: 1, content: { items: [{ path: 'a' }] } });
  set('/repos/acme/app', 500); // not a sign of another tenant: the search as a whole has failed
  expect(no(await hands.read('search_code', { query: 'x' })).code).toBe('third-party-error');
});
