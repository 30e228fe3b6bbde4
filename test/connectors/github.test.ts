// verifies: systems.github, systems.credentials
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGithub } from '../../fakes/emulators.ts';
import type { Github } from '../../fakes/emulators.ts';
import type { JsonObject } from '../../src/action/json.ts';
import { must, no, openHands, settingsOf } from './github-hands.ts';
import type { Hands } from './github-hands.ts';

let github: Github;
let hands: Hands;
let serial = 0;
const marker = (): string => `cs-${String(++serial).padStart(32, '0')}`;

beforeAll(async () => {
  github = await startGithub();
  hands = openHands(settingsOf(github.url), github.tokens);
});
afterAll(() => github.close());

/** Everything that a write could have changed. */
const state = async (): Promise<unknown> => [
  await github.issues('acme/app'),
  await github.pulls('acme/app'),
  await github.branches('acme/app'),
  await github.comments('acme/app', 1),
];

const items = (content: unknown): readonly JsonObject[] => (content as { items: JsonObject[] }).items;

test('the reader reads issues, comments, pull requests, files and branches, each with its label', async () => {
  const issue = must(await hands.read('read_issue', { repository: 'app', number: 1 }));
  expect(issue.content).toMatchObject({
    number: 1,
    title: 'Login fails after the password was changed',
    state: 'open',
    author: 'admin',
    pull_request: false,
  });
  expect(issue.label).toEqual({
    readers: 'team',
    integrity: 'untrusted',
    space: expect.stringMatching(/^github:repository:\d+$/),
    author: 'member',
  });
  expect([issue.target, issue.id, issue.foreign]).toEqual(['acme/app#1', `${issue.label.space}/issue:1`, 0]);
  expect(issue.fields).toEqual([{ type: 'github.user', value: 'admin' }]);
  const open = must(await hands.read('read_issue', { repository: 'website', number: 1 }));
  expect(open.label).toEqual({ readers: 'internet', integrity: 'untrusted', author: 'member' });
  const pulls = must(await hands.read('list_pull_requests', { repository: 'app' }));
  expect(items(pulls.content)).toMatchObject([{ number: 3, head: { branch: 'fix-export' }, base: { branch: 'main' } }]);
  const pull = must(await hands.read('read_pull_request', { repository: 'app', number: 3 }));
  expect(pull.content).toMatchObject({
    number: 3,
    head: { sha: expect.stringMatching(/^[0-9a-f]{40}$/), repository: 'acme/app' },
    merged: false,
  });
  expect(must(await hands.read('read_pull_request_files', { repository: 'app', number: 3 })).label).toEqual(issue.label);
  const file = must(await hands.read('read_file', { repository: 'app', path: 'src/export.ts', ref: 'fix-export' }));
  expect(file.content).toMatchObject({ path: 'src/export.ts', text: 'export const rows = (all: string[]): string[] => all;\n' });
  expect(must(await hands.read('read_file', { repository: 'app' })).content).toMatchObject({
    entries: [{ name: 'README.md', type: 'file' }],
  });
  const branches = must(await hands.read('list_branches', { repository: 'app' }));
  expect(items(branches.content).map((branch) => [branch['name'], branch['default']])).toEqual([
    ['fix-export', false],
    ['main', true],
  ]);
  expect(no(await hands.read('read_issue', { repository: 'app', number: 99 })).code).toBe('not-found');
});

test("a search shows the owner's things only, counts what it leaves out, and takes the narrowest label", async () => {
  await github.api('POST', '/repos/mallory/elsewhere/issues', { title: 'Export of secrets', body: 'elsewhere' });
  const all = must(await hands.read('search_issues', { query: 'Export' }));
  expect(items(all.content).map((item) => item['repository'])).toEqual(['acme/app']);
  expect([(all.content as JsonObject)['withheld'], all.foreign]).toEqual([1, 1]);
  expect(all.label).toMatchObject({ readers: 'team', space: expect.stringMatching(/^github:repository:/) });
  const website = must(await hands.read('search_issues', { query: 'pricing', repository: 'website' }));
  expect(website.label).toEqual({ readers: 'internet', integrity: 'untrusted', author: 'member' });
  const nothing = must(await hands.read('search_issues', { query: 'nothing-like-this' }));
  expect([items(nothing.content).length, nothing.label.readers]).toEqual([0, 'unknown']);
  const pulls = must(await hands.read('search_issues', { query: 'last row', kind: 'pull_request' }));
  expect(items(pulls.content).map((item) => item['number'])).toEqual([3]);
  const code = must(await hands.read('search_code', { query: 'elsewhere' }));
  expect(code).toMatchObject({
    content: { items: [], withheld: 1 },
    foreign: 1,
    id: expect.stringMatching(/^github:127.0.0.1:\d+\/acme$/),
  });
  const repositories = must(await hands.read('list_repositories', {}));
  expect(items(repositories.content).map((item) => [item['repository'], item['visibility']])).toEqual(
    expect.arrayContaining([
      ['acme/app', 'private'],
      ['acme/website', 'public'],
    ]),
  );
  expect(JSON.stringify(repositories.content)).not.toContain('mallory');
  const listed = openHands(settingsOf(github.url, { repositories: ['website'] }), github.tokens);
  const elsewhere = must(await listed.read('search_issues', { query: 'Export' }));
  // one hit is of the owner but not listed: left out, and no sign of another tenant; the other is one
  expect([items(elsewhere.content), (elsewhere.content as JsonObject)['withheld'], elsewhere.foreign]).toEqual([[], 2, 1]);
});

test('an issue is created once, with an invisible mark, and is found again', async () => {
  const before = (await github.issues('acme/app')).length;
  const args = { repository: 'app', title: 'Flaky test', body: 'Seen by @bob and @acme/core.' };
  const { operation, action, resolution, audience } = await hands.propose('create_issue', args);
  expect(action.target).toMatchObject({ type: 'github.repository', id: expect.stringMatching(/^repository:\d+$/), name: 'acme/app' });
  expect(resolution.effect).toEqual(['create a new issue in acme/app', 'mentions, and so notifies: @bob, @acme/core']);
  expect(audience).toMatchObject({ kind: 'team', summary: expect.stringContaining('private repository acme/app') });
  const mark = marker();
  expect(await hands.writer.find(operation, action, mark)).toEqual({ found: 'absent' });
  expect(await hands.writer.check(operation, action, audience)).toEqual({ ok: true, value: null });
  expect((await github.issues('acme/app')).length).toBe(before);
  const done = await hands.writer.perform(operation, action, mark);
  const issues = await github.issues('acme/app');
  const made = issues.at(-1);
  expect(issues.length).toBe(before + 1);
  expect(made).toMatchObject({
    title: 'Flaky test',
    body: `Seen by @bob and @acme/core.\n\n<!-- countersign:${mark} -->`,
    user: { login: 'acme-agent' },
  });
  expect(done).toMatchObject({
    outcome: 'done',
    receipt: { type: 'github.issue', id: expect.stringMatching(/^issue:\d+#\d+$/), number: made?.number },
    made: [{ type: 'github.issue', id: expect.stringMatching(new RegExp(`^issue:\\d+#${made?.number}$`)) }],
  });
  expect(resolution.binds).toEqual([{ type: 'github.repository', id: action.target.id, names: ['acme/app', 'app'] }]);
  expect(await hands.writer.find(operation, action, mark)).toEqual({
    found: 'done',
    receipt: done.outcome === 'done' ? done.receipt : null,
  });
  expect(await hands.writer.find(operation, action, marker())).toEqual({ found: 'absent' });
});

test('a comment goes to an issue and to a pull request', async () => {
  for (const [number, kind] of [
    [1, 'issue'],
    [3, 'pull request'],
  ] as const) {
    const before = await github.comments('acme/app', number);
    const { operation, action, resolution, audience } = await hands.propose('comment', { repository: 'app', number, body: 'Looking.' });
    expect(resolution.effect[0]).toContain(`comment on ${kind} acme/app#${number} "`);
    expect(action.target).toMatchObject({ type: 'github.issue', id: expect.stringMatching(new RegExp(`^issue:\\d+#${number}$`)) });
    must(await hands.writer.check(operation, action, audience));
    const mark = marker();
    expect(await hands.writer.perform(operation, action, mark)).toMatchObject({ outcome: 'done' });
    const after = await github.comments('acme/app', number);
    expect(after.slice(before.length).map((comment) => comment.body)).toEqual([`Looking.\n\n<!-- countersign:${mark} -->`]);
    expect((await hands.writer.find(operation, action, mark)).found).toBe('done');
  }
  expect(no(await hands.resolve('comment', { repository: 'app', number: 99, body: 'x' })).code).toBe('not-found');
});

test('a branch, a commit on it, a pull request and its merge: each one real, each one found again', async () => {
  const main = (await github.branches('acme/app')).find((branch) => branch.name === 'main')?.sha;
  const branch = await hands.propose('create_branch', { repository: 'app', branch: 'refs/heads/agent/fix' });
  expect(branch.action.precondition).toEqual({ from: main });
  must(await hands.writer.check(branch.operation, branch.action, branch.audience));
  expect(await hands.writer.find(branch.operation, branch.action, marker())).toEqual({ found: 'absent' });
  const made = await hands.writer.perform(branch.operation, branch.action, marker());
  expect(made).toMatchObject({
    outcome: 'done',
    receipt: { type: 'github.branch', id: expect.stringMatching(/^branch:\d+:agent\/fix$/), sha: main },
  });
  expect((await github.branches('acme/app')).find((each) => each.name === 'agent/fix')?.sha).toBe(main);
  expect((await hands.writer.find(branch.operation, branch.action, marker())).found).toBe('done');
  expect(no(await hands.writer.check(branch.operation, branch.action, branch.audience)).code).toBe('precondition-changed');

  // digits with an n behind them, and long numbers, are what a careless JSON codec would spoil
  const content = 'big: 12345678901234567890\n"123n" ä 💡\n';
  const files = [
    { path: 'README.md', content: '# new\n' },
    { path: 'docs/a b/c#d?.md', content },
    { path: '.github/workflows/ci.yml', content: 'on: push\n' },
  ];
  const commit = await hands.propose('commit_files', { repository: 'app', branch: 'agent/fix', message: 'Fix it', files });
  expect([commit.action.class, commit.action.precondition]).toEqual(['execute', { head: main }]);
  expect(commit.resolution.effect).toEqual([
    `add one commit with 3 file(s) to branch agent/fix of acme/app, on top of commit ${main}`,
    'create .github/workflows/ci.yml, WHICH RUNS ON ITS OWN: 9 bytes',
    'replace README.md: 6 bytes',
    `create docs/a b/c#d?.md: ${Buffer.byteLength(content)} bytes`,
  ]);
  must(await hands.writer.check(commit.operation, commit.action, commit.audience));
  const mark = marker();
  expect(await hands.writer.find(commit.operation, commit.action, mark)).toEqual({ found: 'absent' });
  const committed = await hands.writer.perform(commit.operation, commit.action, mark);
  const head = (await github.branches('acme/app')).find((each) => each.name === 'agent/fix')?.sha;
  expect(committed).toMatchObject({
    outcome: 'done',
    receipt: { sha: head },
    made: [{ type: 'github.commit', id: expect.stringMatching(new RegExp(`^commit:\\d+:${head}$`)) }],
  });
  expect(commit.resolution.binds?.map((each) => [each.type, each.names[0]])).toEqual([
    ['github.branch', 'agent/fix'],
    ['github.repository', 'acme/app'],
  ]);
  expect(await github.file('acme/app', 'docs/a%20b/c%23d%3F.md', 'agent/fix')).toBe(content);
  expect(await github.file('acme/app', 'README.md', 'agent/fix')).toBe('# new\n');
  expect(await github.api<{ message: string; parents: { sha: string }[] }>('GET', `/repos/acme/app/git/commits/${head}`)).toMatchObject({
    message: `Fix it\n\nCountersign-Marker: ${mark}`,
    parents: [{ sha: main }],
  });
  expect(await hands.writer.find(commit.operation, commit.action, mark)).toMatchObject({ found: 'done', receipt: { sha: head } });
  // the same again: the head is not the approved one any more
  expect(no(await hands.writer.check(commit.operation, commit.action, commit.audience))).toMatchObject({
    code: 'precondition-changed',
    message: expect.stringContaining('head'),
  });
  expect(await hands.writer.perform(commit.operation, commit.action, marker())).toMatchObject({
    outcome: 'failed',
    code: 'precondition-changed',
  });
  expect((await github.branches('acme/app')).find((each) => each.name === 'agent/fix')?.sha).toBe(head);

  const pull = await hands.propose('open_pull_request', { repository: 'app', title: 'Fix', body: 'Please.', head: 'agent/fix' });
  expect(pull.action.precondition).toEqual({ head, base: 'main' });
  must(await hands.writer.check(pull.operation, pull.action, pull.audience));
  const pullMark = marker();
  const opened = await hands.writer.perform(pull.operation, pull.action, pullMark);
  const number = opened.outcome === 'done' ? Number(opened.receipt['number']) : 0;
  expect(await github.pull('acme/app', number)).toMatchObject({
    title: 'Fix',
    body: `Please.\n\n<!-- countersign:${pullMark} -->`,
    merged: false,
    head: { sha: head },
  });
  expect((await hands.writer.find(pull.operation, pull.action, pullMark)).found).toBe('done');

  const merge = await hands.propose('merge_pull_request', { repository: 'app', number });
  expect(merge.action.precondition).toEqual({ head, base: 'main', state: 'open' });
  expect(merge.resolution.effect[0]).toBe(`merge pull request acme/app#${number} "Fix" into branch "main"`);
  must(await hands.writer.check(merge.operation, merge.action, merge.audience));
  expect(await hands.writer.find(merge.operation, merge.action, marker())).toEqual({ found: 'absent' });
  expect(await hands.writer.perform(merge.operation, merge.action, marker())).toMatchObject({ outcome: 'done', receipt: { number } });
  expect((await github.pull('acme/app', number)).merged).toBe(true);
  expect(await github.file('acme/app', 'README.md')).toBe('# new\n');
  expect((await hands.writer.find(merge.operation, merge.action, marker())).found).toBe('done');
  expect(no(await hands.writer.check(merge.operation, merge.action, merge.audience))).toMatchObject({
    code: 'precondition-changed',
    message: expect.stringContaining('state'),
  });
});

test('files are deleted, and what is not there, or not a file, is refused', async () => {
  const base = { repository: 'app', branch: 'fix-export', message: 'm' };
  const commit = await hands.propose('commit_files', { ...base, files: [{ path: 'src/export.ts', delete: true }] });
  expect(commit.resolution.effect[1]).toBe('delete src/export.ts');
  expect(await hands.writer.perform(commit.operation, commit.action, marker())).toMatchObject({ outcome: 'done' });
  expect(await github.file('acme/app', 'src/export.ts', 'fix-export')).toBe(null);
  expect(await github.file('acme/app', 'README.md', 'fix-export')).not.toBe(null);
  expect(no(await hands.resolve('commit_files', { ...base, files: [{ path: 'gone.txt', delete: true }] })).code).toBe('not-found');
  expect(no(await hands.resolve('commit_files', { ...base, files: [{ path: 'README.md/x', content: '' }] })).code).toBe('bad-arguments');
});

test("the repository's real default branch is never written to", async () => {
  await github.api('POST', '/repos/acme/website/git/refs', {
    ref: 'refs/heads/live',
    sha: (await github.branches('acme/website')).find((branch) => branch.name === 'main')?.sha,
  });
  await github.api('PATCH', '/repos/acme/website', { default_branch: 'live' });
  const files = [{ path: 'a', content: 'x' }];
  expect(no(await hands.resolve('commit_files', { repository: 'website', branch: 'live', message: 'm', files })).code).toBe('forbidden');
  expect(no(await hands.resolve('create_branch', { repository: 'website', branch: 'live' })).code).toBe('forbidden');
});

test('a write whose reply is lost is unknown, and a later look finds that it was done', async () => {
  for (const [name, args, path] of [
    ['create_issue', { repository: 'app', title: 'Lost', body: 'b' }, /\/issues$/],
    ['comment', { repository: 'app', number: 2, body: 'b' }, /\/issues\/2\/comments$/],
    ['create_branch', { repository: 'app', branch: 'lost' }, /\/git\/refs$/],
    [
      'commit_files',
      { repository: 'app', branch: 'lost', message: 'm', files: [{ path: 'a', content: 'x' }] },
      /\/git\/refs\/heads\/lost$/,
    ],
    ['open_pull_request', { repository: 'app', title: 'Lost', body: 'b', head: 'lost' }, /\/pulls$/],
  ] as const) {
    const { operation, action } = await hands.propose(name, args);
    const mark = marker();
    github.gate.breakNext({ when: 'after', path });
    await expect(hands.writer.perform(operation, action, mark), name).rejects.toMatchObject({ name: 'CountersignError' });
    expect((await hands.writer.find(operation, action, mark)).found, name).toBe('done');
    const again = marker();
    github.gate.breakNext({ when: 'before', path });
    if (name === 'create_issue' || name === 'comment') {
      await expect(hands.writer.perform(operation, action, again), name).rejects.toMatchObject({ name: 'CountersignError' });
      expect(await hands.writer.find(operation, action, again), name).toEqual({ found: 'absent' });
    }
    github.gate.forget();
  }
  expect((await github.issues('acme/app')).filter((issue) => issue.title === 'Lost').length).toBe(1);
});

test('a commit that breaks off before its last request has changed nothing, and says so', async () => {
  const { operation, action } = await hands.propose('commit_files', {
    repository: 'app',
    branch: 'lost',
    message: 'm',
    files: [{ path: 'b', content: 'x' }],
  });
  const before = await state();
  for (const path of [/\/git\/trees$/, /\/git\/commits$/]) {
    github.gate.breakNext({ when: 'after', path });
    expect(await hands.writer.perform(operation, action, marker())).toMatchObject({ outcome: 'failed', code: 'third-party-error' });
  }
  expect(await state()).toEqual(before);
});

test('the reading token cannot write, and the reader sends nothing but GET', async () => {
  const before = await state();
  const { operation, action } = await hands.propose('create_issue', { repository: 'app', title: 'No', body: 'b' });
  const weak = openHands(settingsOf(github.url), { read: github.tokens.read, write: github.tokens.read });
  expect(await weak.writer.perform(operation, action, marker())).toMatchObject({ outcome: 'failed', code: 'forbidden' });
  const wrong = openHands(settingsOf(github.url), { read: 'github_pat_wrong', write: 'github_pat_wrong' });
  expect(no(await wrong.read('read_issue', { repository: 'app', number: 1 })).code).toBe('bad-credential');
  expect(await wrong.writer.perform(operation, action, marker())).toMatchObject({ outcome: 'failed', code: 'bad-credential' });
  expect(await state()).toEqual(before);
  const reader = github.gate.seen.filter((knock) => knock.token === github.tokens.read && knock.method !== 'GET');
  expect(reader.map((knock) => knock.path)).toEqual(['/repos/acme/app/issues']); // the one above, by a writer
});

test('an archived repository is refused, and a repository that became public cancels what was approved', async () => {
  const { operation, action, audience } = await hands.propose('create_issue', { repository: 'app', title: 'T', body: 'b' });
  must(await hands.writer.check(operation, action, audience));
  await github.api('PATCH', '/repos/acme/app', { private: false, visibility: 'public' });
  expect(no(await hands.writer.check(operation, action, audience)).code).toBe('audience-widened');
  await github.api('PATCH', '/repos/acme/app', { private: true, visibility: 'private', archived: true });
  expect(no(await hands.writer.check(operation, action, audience)).code).toBe('forbidden');
  await github.api('PATCH', '/repos/acme/app', { archived: false });
});

test('a new repository under an old name is another target', async () => {
  const { operation, action, audience } = await hands.propose('create_issue', { repository: 'app', title: 'T', body: 'b' });
  await github.api('PATCH', '/repos/acme/app', { name: 'app-old' });
  await github.api('POST', '/orgs/acme/repos', { name: 'app', private: true });
  expect(no(await hands.writer.check(operation, action, audience)).code).toBe('target-changed');
  expect(await hands.writer.perform(operation, action, marker())).toMatchObject({ outcome: 'failed', code: 'target-changed' });
  expect(await hands.writer.find(operation, action, marker())).toEqual({ found: 'cannot-tell' });
  expect(await github.issues('acme/app')).toEqual([]);
});
