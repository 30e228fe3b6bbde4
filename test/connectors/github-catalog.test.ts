// verifies: systems.github-running-files, systems.tenants
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/action/json.ts';
import { githubCatalogue } from '../../src/connectors/github/catalog.ts';
import { quoted } from '../../src/connectors/github/names.ts';
import { openGithubReader } from '../../src/connectors/github/read.ts';
import { openGithubWriter } from '../../src/connectors/github/write.ts';
import { runsCode } from '../../src/action/runs-code.ts';
import { CountersignError } from '../../src/errors.ts';
import { must, no, openHands, settingsOf } from './github-hands.ts';

const real = settingsOf('https://api.github.com');
const { derive, catalogue } = openHands(real, { read: 'github_pat_r', write: 'github_pat_w' });
const commit = (path: string, more: JsonObject = {}): JsonObject => ({
  repository: 'app',
  branch: 'fix',
  message: 'm',
  files: [{ path, content: 'x' }],
  ...more,
});

test('the tenant is the host and the owner, in lower case', () => {
  expect(catalogue.tenant).toBe('api.github.com/acme');
  expect(githubCatalogue('gh', settingsOf('https://GHE.corp.example:8443/api/v3', { owner: 'Acme' })).tenant).toBe(
    'ghe.corp.example:8443/acme',
  );
  for (const url of ['https://user:pw@api.github.com', 'https://api.github.com/?x=1', 'ftp://api.github.com'])
    expect(() => githubCatalogue('gh', settingsOf(url))).toThrow(CountersignError);
  expect(() => githubCatalogue('gh', settingsOf('https://api.github.com', { owner: 'acme/evil' }))).toThrow(CountersignError);
});

test('every schema is closed JSON Schema 2020-12 that bounds every text, list and number', () => {
  const ajv = new Ajv2020({ strict: true });
  const unbounded = (schema: JsonObject, path: string): string[] => {
    const own =
      (schema['type'] === 'string' && schema['maxLength'] === undefined && schema['enum'] === undefined) ||
      (schema['type'] === 'array' && schema['maxItems'] === undefined) ||
      (schema['type'] === 'object' && schema['additionalProperties'] !== false);
    const below = Object.entries(schema).flatMap(([key, value]) =>
      typeof value === 'object' && value !== null ? unbounded(value as JsonObject, `${path}.${key}`) : [],
    );
    return own ? [path, ...below] : below;
  };
  expect(catalogue.operations.size).toBe(16);
  for (const operation of catalogue.operations.values()) {
    expect(() => ajv.compile(operation.input), operation.name).not.toThrow();
    expect(unbounded(operation.input, operation.name)).toEqual([]);
  }
});

test('the digest of the catalogue depends on the tenant and on the list of repositories', () => {
  const digest = (more: Readonly<Record<string, unknown>>): string =>
    githubCatalogue('github', settingsOf('https://api.github.com', more)).digest;
  expect(digest({})).toBe(catalogue.digest);
  expect(new Set([digest({}), digest({ owner: 'other' }), digest({ repositories: ['app'] })]).size).toBe(3);
});

test('a repository is named with or without its owner, and the arguments come out the same', () => {
  const both = ['app', 'acme/app', 'ACME/app'].map((repository) => must(derive('read_issue', { repository, number: 1 })));
  expect(both.map((each) => each.arguments['repository'])).toEqual(['acme/app', 'acme/app', 'acme/app']);
  expect(both[0]?.target).toEqual({ type: 'github.issue', ref: 'acme/app#1' });
});

test('another owner is another tenant, in every operation', () => {
  for (const name of catalogue.operations.keys()) {
    if (name === 'list_repositories') continue;
    const args: JsonObject =
      {
        search_issues: { query: 'x' },
        search_code: { query: 'x' },
        read_issue: { number: 1 },
        read_issue_comments: { number: 1 },
        read_pull_request: { number: 1 },
        read_pull_request_files: { number: 1 },
        create_issue: { title: 't', body: 'b' },
        comment: { number: 1, body: 'b' },
        create_branch: { branch: 'b' },
        commit_files: { branch: 'b', message: 'm', files: [{ path: 'a', content: '' }] },
        open_pull_request: { title: 't', body: 'b', head: 'h' },
        merge_pull_request: { number: 1 },
      }[name] ?? {};
    expect(must(derive(name, { ...args, repository: 'acme/app' })).target.ref, name).toContain('acme');
    expect(no(derive(name, { ...args, repository: 'mallory/app' })).code, name).toBe('wrong-tenant');
  }
});

test('names that are not repositories are refused', () => {
  for (const repository of ['a/b/c', '..', '.', 'acme/..', 'acme/', '/app', 'a b', 'app?x', 'app#1', 'app%2e', 'app.git', 'аpp'])
    expect(no(derive('list_branches', { repository })).code, repository).toBe('bad-arguments');
});

test('a repository that the configuration does not list is refused', () => {
  const listed = openHands(settingsOf('https://api.github.com', { repositories: ['App'] }), {
    read: 'github_pat_r',
    write: 'github_pat_w',
  });
  expect(listed.derive('list_branches', { repository: 'app' }).ok).toBe(true);
  expect(no(listed.derive('list_branches', { repository: 'secret' })).code).toBe('forbidden');
});

test('paths cannot climb, hide, or reach into .git', () => {
  const bad = [
    '../x',
    'a/../b',
    '/etc/passwd',
    'a//b',
    'a/',
    './a',
    'a\\b',
    'a\u0000b',
    'a\nb',
    'a\u202Eb',
    'a\u200Bb',
    'a\u3164b',
    'a\u00A0b',
    '.git/hooks/x',
    'a/.GIT/config',
    'git~1/x',
    '.git /x',
  ];
  for (const path of bad) {
    expect(no(derive('commit_files', commit(path))).code, JSON.stringify(path)).toBe('bad-arguments');
    expect(no(derive('read_file', { repository: 'app', path })).code, JSON.stringify(path)).toBe('bad-arguments');
  }
  for (const path of ['a', 'src/ä ö.ts', '...', 'a..b', '.gitignore', 'git/x'])
    expect(derive('commit_files', commit(path)).ok, path).toBe(true);
});

test('a commit names each path once, and none as both file and folder', () => {
  const two = (a: string, b: string): JsonObject =>
    commit('x', {
      files: [
        { path: a, content: '' },
        { path: b, content: '' },
      ],
    });
  expect(no(derive('commit_files', two('a', 'a'))).code).toBe('bad-arguments');
  expect(no(derive('commit_files', two('a', 'a/b'))).code).toBe('bad-arguments');
  expect(derive('commit_files', two('a', 'ab')).ok).toBe(true);
});

test('default branches are refused, however they are spelled', () => {
  for (const branch of ['main', 'refs/heads/main', 'Main', 'master', 'trunk']) {
    expect(no(derive('commit_files', commit('a', { branch }))).code, branch).toBe('forbidden');
    expect(no(derive('create_branch', { repository: 'app', branch })).code, branch).toBe('forbidden');
  }
});

test('what is no name of a branch is refused', () => {
  const bad = [
    'HEAD',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.',
    '-a',
    '@',
    'a@{1}',
    'refs/tags/x',
    'refs/heads/refs/heads/main',
    'refs/heads/',
    'a\u200B',
    'f'.repeat(40),
  ];
  for (const branch of bad) expect(no(derive('commit_files', commit('a', { branch }))).code, JSON.stringify(branch)).toBe('bad-arguments');
  expect(must(derive('commit_files', commit('a', { branch: 'refs/heads/feature/x' }))).arguments['branch']).toBe('feature/x');
});

test('a branch starts from a branch, never from a commit, which could be of a fork', () => {
  expect(no(derive('create_branch', { repository: 'app', branch: 'b', from: 'a'.repeat(40) })).code).toBe('bad-arguments');
  expect(derive('create_branch', { repository: 'app', branch: 'b', from: 'main' }).ok).toBe(true);
});

test('a commit that touches what runs on its own is raised to execute, with two people', () => {
  const running = [
    '.github/workflows/ci.yml', '.GitHub/Workflows/ci.yml', '.github/actions/a/index.js', 'action.yml', 'a/action.yaml', 'CODEOWNERS', 'docs/CODEOWNERS',
    '.github/dependabot.yml', 'package.json', 'packages/a/package.json', '.npmrc', '.husky/pre-commit', 'Dockerfile', 'docker/web.Dockerfile', 'Dockerfile.prod',
    'docker-compose.prod.yml', 'Makefile', '.vscode/tasks.json', '.gitmodules', 'AGENTS.md', '.cursor/rules/x.md', '.mcp.json', '.gitlab-ci.yml', 'Jenkinsfile', 'setup.py',
    '.circleci/config.yml', 'azure-pipelines.yml', 'azure-pipelines-release.yaml', '.githooks/pre-push', 'pyproject.toml', 'build.gradle', 'app/build.gradle.kts',
    'gradlew', 'pom.xml', '.envrc', '.devcontainer/devcontainer.json', '.devcontainer.json', 'CLAUDE.md', 'sub/claude.local.md', '.github/CODEOWNERS', 'rules.mk',
    'package.json.', 'Makefile ', '.github./workflows/ci.yml', 'PAC\u212AAGE.json', '\uFF2Dakefile',
  ]; // prettier-ignore
  for (const path of running) {
    const derived = must(
      derive(
        'commit_files',
        commit('a', {
          files: [
            { path: 'README.md', content: '' },
            { path, delete: true },
          ],
        }),
      ),
    );
    expect([derived.class, derived.fourEyes], path).toEqual(['execute', true]);
  }
  for (const path of ['src/a.ts', 'README.md', 'my-package.json.md', 'github/workflows/x', 'transaction.yml', 'codeowners.txt']) {
    expect(runsCode(path) !== null, path).toBe(false);
    expect(must(derive('commit_files', commit(path))).class, path).toBe('code-write');
  }
  // spellings that `derive` refuses, and that file names of a third party may have
  for (const path of [
    '.github//workflows/ci.yml',
    './package.json',
    'a/../.github/workflows/x',
    '.GITHUB\\workflows\\x',
    'package.json::$DATA',
  ])
    expect(runsCode(path) !== null, path).toBe(true);
});

test('what returns a file or a patch says so', () => {
  const sources = [...catalogue.operations.values()].filter((operation) => operation.form === 'source').map((operation) => operation.name);
  expect(sources).toEqual(['read_pull_request_files', 'read_file']);
});

test('classes, people and handles are as the catalogue of operations says', () => {
  const of = (name: string): unknown[] => {
    const operation = catalogue.operations.get(name);
    return [operation?.class, operation?.fourEyes, operation?.handle, operation?.reversible];
  };
  expect(of('create_issue')).toEqual(['publish', false, 'marker', false]);
  expect(of('comment')).toEqual(['publish', false, 'marker', false]);
  expect(of('create_branch')).toEqual(['code-write', false, 'natural', true]);
  expect(of('commit_files')).toEqual(['code-write', false, 'marker', true]);
  expect(of('open_pull_request')).toEqual(['publish', false, 'marker', false]);
  expect(of('merge_pull_request')).toEqual(['code-write', true, 'natural', false]);
  const reads = [...catalogue.operations.values()].filter((operation) => operation.class === 'read');
  expect(reads.length).toBe(10);
  expect(reads.every((operation) => operation.scopes.every((scope) => scope.endsWith(':read')))).toBe(true);
});

test('a text that already holds a mark of ours is refused', () => {
  for (const body of ['x <!-- countersign:cs-1 -->', 'x <!--countersign:cs-1', 'Countersign-Marker: cs-1']) {
    expect(no(derive('comment', { repository: 'app', number: 1, body })).code).toBe('bad-arguments');
    expect(no(derive('commit_files', commit('a', { message: body }))).code).toBe('bad-arguments');
  }
  expect(no(derive('create_issue', { repository: 'app', title: 'a\nb', body: 'b' })).code).toBe('bad-arguments');
  expect(no(derive('create_issue', { repository: 'app', title: 'a\uD800', body: 'b' })).code).toBe('bad-arguments');
});

test('a query cannot name a foreign scope or step out of the scope that is added', () => {
  const search = (query: string, more: JsonObject = {}): ReturnType<typeof derive> => derive('search_issues', { query, ...more });
  for (const query of [
    'x repo:mallory/app',
    'org:evil x',
    'user:mallory x',
    'REPO:mallory/app x',
    'repo:"mallory/app" x',
    'owner:evil x',
    'enterprise:acme x',
  ])
    expect(no(search(query)).code, query).toBe('wrong-tenant');
  for (const query of ['a OR b', 'NOT a', '(a)', 'a" b', '-repo:acme/app x', 'a\u200Bb', 'repo:acme/app', 'repo:acme/a repo:acme/b x'])
    expect(no(search(query)).code, query).toBe('bad-arguments');
  expect(must(search('crash org:acme "repo:x/y" is:open repo:acme/app')).arguments).toEqual({
    query: 'crash "repo:x/y" is:open',
    kind: 'issue',
    repository: 'acme/app',
    page: 1,
  });
  expect(no(search('x repo:acme/other', { repository: 'app' })).code).toBe('bad-arguments');
});

test('what is derived can be derived again, and stays the same', () => {
  for (const [name, args] of [
    ['commit_files', commit('a', { branch: 'refs/heads/x' })],
    ['open_pull_request', { repository: 'app', title: 't', body: 'b', head: 'refs/heads/h' }],
    ['read_file', { repository: 'app', path: 'a' }],
    ['search_code', { query: 'x repo:acme/app' }],
  ] as const) {
    const once = must(derive(name, args));
    expect(must(derive(name, once.arguments))).toEqual(once);
  }
});

test("a third party's text is quoted with everything unseen spelled out, and cut with a note", () => {
  expect(quoted('a "b" \\ \u202Ec\u200Bd\n\u{E0041}é')).toBe('"a \\"b\\" \\\\ \\u{202e}c\\u{200b}d\\u{a}\\u{e0041}é"');
  expect(quoted('x'.repeat(205))).toBe(`"${'x'.repeat(200)}" (cut: 5 more characters)`);
});

test('classic personal tokens are refused, with advice and without the token', () => {
  for (const token of ['ghp_secretsecretsecret', 'a1'.repeat(20)])
    for (const open of [openGithubReader, openGithubWriter]) {
      expect(() => open('github', real, token)).toThrow(
        expect.objectContaining({ code: 'bad-credential', message: expect.stringContaining('github_pat_') }),
      );
      expect(() => open('github', real, token)).not.toThrow(token);
      expect(() => open('github', settingsOf('http://127.0.0.1:1'), token)).not.toThrow();
    }
  for (const token of ['', 'github_pat_a b', 'github_pat_a\n'])
    expect(() => openGithubReader('github', real, token)).toThrow(expect.objectContaining({ code: 'bad-credential' }));
  expect(() => openGithubReader('github', settingsOf('http://github.example'), 'github_pat_x')).toThrow(
    expect.objectContaining({ code: 'bad-config' }),
  );
  expect(() => openGithubReader('github', settingsOf('http://127.0.0.1.evil.example'), 'ghp_x')).toThrow(CountersignError);
});
