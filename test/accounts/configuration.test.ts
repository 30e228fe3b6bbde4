// verifies: accounts.kept
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/processes/config.ts';
import type { Config } from '../../src/processes/config.ts';
import { environmentOf, permissionsOf } from '../../src/processes/confine.ts';
import { openCredentials } from '../../src/processes/credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'cs-account-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const account = {
  issuer: 'https://slack.example',
  authorizationEndpoint: 'https://slack.example/oauth/v2/authorize?access_type=offline',
  tokenEndpoint: 'https://slack.example/api/oauth.v2.access',
  account: { from: 'token', id: 'team.id', name: 'team.name' },
  clientId: '1.2',
  clientSecret: { env: 'SLACK_CLIENT_SECRET' },
  scopes: ['channels:read'],
  tokenType: 'bot',
  zone: 'read',
  system: 'slack',
  credentialFile: 'slack-read.token',
};
const base = {
  version: 1,
  installation: 'cs_0123456789',
  trust: {},
  systems: {
    slack: { connector: 'slack', team: 'T1', credentials: { read: { file: 'slack-read.token' }, write: { env: 'SLACK_WRITE' } } },
    github: { connector: 'github', owner: 'acme', credentials: { read: { env: 'GITHUB_READ' }, write: { file: 'github-write.token' } } },
  },
};
const writing = {
  ...account,
  zone: 'write',
  system: 'github',
  credentialFile: 'github-write.token',
  clientSecret: { env: 'GITHUB_CLIENT_SECRET' },
};

function parse(accounts: unknown, more: object = {}): ReturnType<typeof parseConfig> {
  return parseConfig(JSON.stringify({ ...base, ...more, accounts }), join(folder, 'countersign.yaml'));
}
function good(accounts: unknown): Config {
  const parsed = parse(accounts);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

test('an account is taken as it is written', () => {
  expect(good({ team: account, writing }).accounts['team']).toMatchObject({ issInResponse: false, clientAuthentication: 'basic' });
  expect(parse({ team: { ...account, issuer: 'http://127.0.0.1:9', clientSecret: undefined, scopes: [] } }).ok).toBe(true);
});

test.each<[string, unknown, string]>([
  ['plain HTTP', { ...account, tokenEndpoint: 'http://slack.example/token' }, 'accounts.team.tokenEndpoint'],
  ['a host that only begins like this machine', { ...account, issuer: 'http://127.0.0.1.evil.example' }, 'accounts.team.issuer'],
  ['a password in an address', { ...account, issuer: 'https://u:p@slack.example' }, 'accounts.team.issuer'],
  ['a query in the issuer', { ...account, issuer: 'https://slack.example/?a=b' }, 'accounts.team.issuer'],
  ['a fragment', { ...account, authorizationEndpoint: 'https://slack.example/#x' }, 'accounts.team.authorizationEndpoint'],
  [
    'plain PKCE in the address',
    { ...account, authorizationEndpoint: 'https://slack.example/?code_challenge_method=plain' },
    'accounts.team.authorizationEndpoint',
  ],
  [
    'a state in the address',
    { ...account, authorizationEndpoint: 'https://slack.example/?state=x' },
    'accounts.team.authorizationEndpoint',
  ],
  ['two scopes as one', { ...account, scopes: ['a b'] }, 'accounts.team.scopes.0'],
  ['a scope listed twice', { ...account, scopes: ['a', 'a'] }, 'accounts.team.scopes'],
  ['scopes with a comma', { ...account, scopes: ['a,b'] }, 'accounts.team.scopes.0'],
  ['a secret in plain text', { ...account, clientSecret: 'secret' }, 'accounts.team.clientSecret'],
  ['an unknown system', { ...account, system: 'jira' }, 'accounts.team.system'],
  ['a file that the system does not name', { ...account, credentialFile: 'other.token' }, 'accounts.team.credentialFile'],
  ['the file of the other zone', { ...account, system: 'github', credentialFile: 'github-write.token' }, 'accounts.team.credentialFile'],
  ['userinfo without its address', { ...account, account: { ...account.account, from: 'userinfo' } }, 'accounts.team.userinfoEndpoint'],
  ['an id token without openid', { ...account, account: { ...account.account, from: 'id-token' } }, 'accounts.team.scopes'],
  ['a path that is none', { ...account, account: { from: 'token', id: '$.team', name: 'x' } }, 'accounts.team.account.id'],
  ['a name that nobody knows', { ...account, prompt: 'x' }, 'accounts.team'],
])('%s is refused', (_, team, path) => {
  const parsed = parse({ team });
  expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.path)).toContain(path);
});

test('two zones share neither client secret nor file, and nothing is written over another credential', () => {
  const problemsOf = (accounts: unknown, more?: object): string[] => {
    const parsed = parse(accounts, more);
    return parsed.ok ? [] : parsed.problems.map(({ path }) => path);
  };
  expect(problemsOf({ team: account, writing: { ...writing, clientSecret: account.clientSecret } })).toEqual([
    'accounts.team.clientSecret',
    'accounts.writing.clientSecret',
  ]);
  expect(problemsOf({ team: account, again: account })).toEqual(['accounts.again.credentialFile']);
  expect(problemsOf({ team: { ...account, clientSecret: { env: 'SLACK_WRITE' } } })).toEqual(['accounts.team.clientSecret']);
  expect(problemsOf({ team: { ...account, clientSecret: { file: 'slack-read.token.refresh' } } })).toEqual([
    'accounts.team.credentialFile',
  ]);
});

test('the redirect address is known, over TLS or on this machine, and has no path', () => {
  for (const [hooks, fine] of [
    [{ port: 0 }, false],
    [{ publicUrl: 'http://hooks.example' }, false],
    [{ publicUrl: 'https://hooks.example/x' }, false],
    [{ publicUrl: 'https://hooks.example/?x' }, false],
    [{ publicUrl: 'https://hooks.example/' }, true],
    [{ publicUrl: 'https://hooks.example:8443' }, true],
    [{ port: 7423 }, true],
  ] as const)
    expect([hooks, parse({ team: account }, { hooks }).ok]).toEqual([hooks, fine]);
});

test('each hand gets its own client secrets and files, and the door none', () => {
  const config = good({ team: account, writing });
  const from = { SLACK_CLIENT_SECRET: 'a', GITHUB_CLIENT_SECRET: 'b', SLACK_WRITE: 'c', GITHUB_READ: 'd' };
  const secrets = (name: 'reader' | 'executor' | 'hooks'): string[] =>
    Object.keys(environmentOf(config, name, from)).filter((each) => each in from);
  expect([secrets('reader'), secrets('executor'), secrets('hooks')]).toEqual([
    ['GITHUB_READ', 'SLACK_CLIENT_SECRET'],
    ['SLACK_WRITE', 'GITHUB_CLIENT_SECRET'],
    [],
  ]);
  const writable = (name: 'reader' | 'executor' | 'hooks'): string[] =>
    permissionsOf(config, name, {}).flatMap((flag) =>
      flag.startsWith(`--allow-fs-write=${folder}/`) ? [flag.split('/').at(-1) ?? ''] : [],
    );
  const files = (file: string): string[] => ['', '.refresh', '.new', '.refresh.new'].map((ending) => `${file}${ending}`);
  expect(writable('reader')).toEqual(expect.arrayContaining(files('slack-read.token')));
  expect(writable('executor')).toEqual(expect.arrayContaining(files('github-write.token')));
  for (const [name, others] of [
    ['reader', 'github-write.token'],
    ['executor', 'slack-read.token'],
    ['hooks', '.token'],
  ] as const)
    expect(permissionsOf(config, name, {}).filter((flag) => flag.includes(others))).toEqual([]);
});

test('a hand that is given the client secret of the other zone does not start', () => {
  const config = good({ team: account, writing });
  writeFileSync(join(folder, 'slack-read.token'), 'x');
  expect(() => openCredentials(config, 'write', { SLACK_CLIENT_SECRET: 'a' })).toThrow('SLACK_CLIENT_SECRET');
  expect(openCredentials(config, 'read', { SLACK_CLIENT_SECRET: 'a' }).find('x', account.clientSecret)).toBe('a');
});
