// verifies: hooks.secrets
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeProvider } from '../../src/inbound/describe.ts';
import { checkEndpoint, checkSettings } from '../../src/inbound/endpoint.ts';
import { webhookProviders } from '../../src/inbound/provider-list.ts';
import { parseConfig } from '../../src/processes/config.ts';
import type { Config } from '../../src/processes/config.ts';
import { loadCatalogues } from '../../src/processes/catalogues.ts';
import { openConsumers, refetchProblems } from '../../src/processes/config-consumers.ts';
import { installers } from '../../src/processes/config-hooks.ts';
import { environmentOf, permissionsOf } from '../../src/processes/confine.ts';
import { openCredentials } from '../../src/processes/credentials.ts';
import {
  endpointSettings,
  openEndpoints,
  openProxies,
  openSourceRule,
  publicTarget,
  routesOf,
} from '../../src/processes/hooks-endpoints.ts';

/* What an operator can write wrong about the hooks door, and what is said of it: at start, never at the first delivery. */

const folder = mkdtempSync(join(tmpdir(), 'cs-hooks-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = 'mQ8vT2kLx7RzW4nPb1YdS6gHc9JfA3eU';
const endpoint = { provider: 'github', secrets: [{ id: 'a', env: 'GITHUB_HOOK' }] };
const [life, jira] = [{ provider: 'atlassian-connect-lifecycle', installs: ['jira'] }, { provider: 'atlassian-connect' }];

function parse(hooks: object, more: object = {}): { config: Config | null; problems: readonly string[] } {
  const text = JSON.stringify({ version: 1, installation: 'cs_0123456789', trust: {}, hooks, ...more });
  const parsed = parseConfig(text, join(folder, 'countersign.yaml'));
  return parsed.ok
    ? { config: parsed.config, problems: [] }
    : { config: null, problems: parsed.problems.map(({ path, message }) => `${path}: ${message}`) };
}

/** What is said when the endpoints are opened. */
function opening(hooks: object, env: Record<string, string>): string {
  const { config, problems } = parse(hooks);
  if (config === null) return problems.join('\n');
  try {
    return openEndpoints(config, env)
      .map(checkEndpoint)
      .map((one) => (one.ok ? `${one.value.id} ${one.value.secrets.length}` : one.message))
      .join();
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  [
    'two endpoints at one path',
    { endpoints: { a: { ...endpoint, path: '/in' }, b: { ...endpoint, path: '/in' } } },
    'the endpoint a has the same path',
  ],
  ['a path of our own', { endpoints: { a: { ...endpoint, path: '/oauth/x' } } }, 'this path is taken'],
  [
    'a scheme of its own without provider: hmac',
    { endpoints: { a: { ...endpoint, scheme: { signatureHeader: 'x-s', parts: ['body'], eventPath: 'type' } } } },
    'a scheme stands with provider: hmac',
  ],
  ['a secret in plain text', { endpoints: { a: { ...endpoint, secrets: [{ id: 'a', value: good }] } } }, 'hooks.endpoints.a.secrets'],
  [
    'a consumer twice, for whom every delivery would be queued twice and so none could be taken',
    { endpoints: { a: { ...endpoint, consumers: ['w', 'w'] } }, consumers: { w: {} } },
    'a consumer stands there twice',
  ],
  ['a consumer that is not there', { endpoints: { a: { ...endpoint, consumers: ['b'] } } }, 'there is no consumer b'],
  ['a system that is not there', { endpoints: { a: { ...endpoint, system: 'jira' } } }, 'there is no such system'],
  ['ranges required and not given', { endpoints: { a: { ...endpoint, source: { require: 'ip' } } } }, 'give ranges or a file'],
  [
    'an address required of whoever would show a certificate instead',
    { endpoints: { a: { ...endpoint, source: { require: 'ip', ranges: ['192.0.2.0/24'], certificate: 'x' } } } },
    'require mtls, or leave the certificate out',
  ],
  [
    'a certificate required that no proxy reports',
    { endpoints: { a: { ...endpoint, source: { require: 'mtls', certificate: 'x' } } } },
    'certificateHeader',
  ],
  ['a header that nobody listed may set', { certificateHeader: 'x-client-cert' }, 'only a listed proxy is believed'],
  ['an address without a secret', { consumers: { a: { url: 'https://bus.test/' } } }, 'a url and a secret belong together'],
  ['an address over plain http', { consumers: { a: { url: 'http://bus.test/', secret: { env: 'X' } } } }, 'over https'],
  [
    'an address that only begins like one of this machine',
    { consumers: { a: { url: 'http://localhost:x@bus.test/', secret: { env: 'X' } } } },
    'it holds a user or a password',
  ],
  [
    'an address of this machine in name only',
    { consumers: { a: { url: 'http://localhost.bus.test/', secret: { env: 'X' } } } },
    'over https',
  ],
  ['an address with a user', { consumers: { a: { url: 'https://u:p@bus.test/', secret: { env: 'X' } } } }, 'it holds a user or a password'],
  ['a read without a run', { consumers: { a: { refetch: { operation: 'slack.read' } } } }, 'a read belongs to a run'],
  ['an installing for nobody', { endpoints: { life } }, 'there is no endpoint jira'],
  ['an installing for another sender', { endpoints: { life, jira: endpoint } }, 'the endpoint jira is not of atlassian-connect'],
  ['an installing by another sender', { endpoints: { a: { ...endpoint, installs: ['jira'] }, jira } }, 'github installs no secrets'],
  [
    'an installing for another client than the one that is expected',
    { endpoints: { life: { ...life, expects: { client: 'a' } }, jira: { ...jira, expects: { iss: 'b' } } } },
    'the endpoint jira expects the iss b',
  ],
  ['two that install for one', { endpoints: { a: life, life: { ...life, path: '/b' }, jira } }, 'a installs for the endpoint jira already'],
  ['a base address of another sender', { endpoints: { a: { ...endpoint, baseUrl: 'https://x.test' } } }, 'only apps of Atlassian Connect'],
  [
    'a path that repeats the path of publicUrl',
    { publicUrl: 'https://x.test/in/', endpoints: { a: { ...endpoint, path: '/in/a' } } },
    'it begins with /in, the path of publicUrl',
  ],
  ['a port that another door has', { port: 7421 }, 'hooks.port: the gateway listens on this port already'],
  ['a profile that is not there', { consumers: { a: { run: { user: 'a', agent: 'b', profile: 'c' } } } }, 'no such task profile'],
])('%s is a problem of the configuration', (_, hooks, message) => {
  expect(parse(hooks).problems.join('\n')).toContain(message);
});

// The secrets that vendors print, and what people leave in files.
test.each([
  ['missing', undefined, '(looked for in the environment variable GITHUB_HOOK)'],
  ['empty', '', 'is missing or empty'],
  ['of spaces', '    ', 'is missing or empty'],
  ['short', 'abc9Qz', 'fewer than'],
  ['a placeholder', 'change-me-change-me-change-me-please', 'looks like a placeholder'],
  ['the word undefined', 'undefined-undefined-undefined', 'looks like a placeholder'],
  ['printed by GitHub', "It's a Secret to Everybody", "vendor's documents"],
  ['repeated', 'abababababababababababababababab', 'repeats itself'],
  ['a public key', 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', 'public key'],
])('S6a a secret that is %s is refused at start, and not printed', (_, value, message) => {
  const said = opening({ endpoints: { repos: endpoint } }, value === undefined ? {} : { GITHUB_HOOK: value });
  expect(said).toMatch(/^hooks\.endpoints\.repos\.secrets: the secret a: /);
  expect(said).toContain(message);
  if (value !== undefined && value.trim().length > 6) expect(said).not.toContain(value);
});

test('a good secret opens the endpoint; an unknown sender, a bad scheme and a stray expectation are refused with the way out', () => {
  const env = { GITHUB_HOOK: good };
  expect(opening({ endpoints: { repos: { ...endpoint, secrets: [] } } }, env)).toContain('has no secret');
  expect(opening({ endpoints: { repos: endpoint } }, env)).toBe('repos 1');
  expect(opening({ endpoints: { repos: { ...endpoint, provider: 'githubb' } } }, env)).toMatch(
    /no sender of this name: it is one of .*github/,
  );
  expect(opening({ endpoints: { repos: { ...endpoint, expects: { planet: 'x' } } } }, env)).toContain(
    'expects a value that its sender does not give',
  );
  const scheme = { signatureHeader: 'x-sig', idHeader: 'x-id', parts: ['body'], eventPath: 'type' };
  expect(opening({ endpoints: { own: { provider: 'hmac', scheme, secrets: endpoint.secrets } } }, env)).toContain('must sign the id');
  const whole = { ...scheme, parts: ['id', { text: '.' }, 'body'] };
  expect(opening({ endpoints: { own: { provider: 'hmac', scheme: whole, secrets: endpoint.secrets } } }, env)).toBe('own 1');
});

/** What is said of the endpoints when nobody knows their secrets. */
const settingsSaid = (hooks: object): string => {
  const { config, problems } = parse(hooks);
  if (config === null) return problems.join('\n');
  return Object.keys(config.hooks.endpoints)
    .map((id) => checkSettings(endpointSettings(config, id)))
    .map((one) => (one.ok ? 'fine' : one.message))
    .join();
};

test('without a look at any secret it is seen what an endpoint must expect and may not, and that its address is one', () => {
  const of = (settings: object, more: object = {}): string => settingsSaid({ ...more, endpoints: { a: settings } });
  expect(of({ provider: 'aws-sns' })).toContain('must say which topic it expects: give it under `expects`');
  expect(of({ provider: 'aws-sns', expects: { topic: 'arn:x' } })).toBe('fine');
  expect(of({ ...endpoint, expects: { team: 'x' } })).toContain('it gives repository, organization, installation');
  expect(of(endpoint, { publicUrl: 'http://hooks.example.com' })).toContain('correct publicUrl');
  // What is said of a sender is what an endpoint of it is held to.
  const say = (name: string) => describeProvider(name, webhookProviders.get(name)!);
  expect(say('aws-sns')).toMatchObject({ expects: ['topic'], mustExpect: ['topic'] });
  expect(say('google-pubsub').mustExpect).toEqual(['aud', 'email']);
  expect(say('slack')).toMatchObject({ expects: ['team', 'app'], mustExpect: [] });
});

test('what a run reads first is a read of the catalogue, with arguments that this read has', () => {
  const credentials = { read: { env: 'R' }, write: { env: 'W' } };
  const systems = { github: { connector: 'github', owner: 'acme', credentials } };
  const said = (operation: string, given: object): string => {
    const refetch = { operation: `github.${operation}`, arguments: given };
    const { config } = parse({ consumers: { a: { run: { user: 'alice', agent: 'b' }, refetch } } }, { systems });
    return refetchProblems(config!, loadCatalogues(config!))
      .map(({ path, message }) => `${path}: ${message}`)
      .join();
  };
  const whole = { repository: 'app', number: { from: 'issue.number' } };
  expect(said('read_issue', whole)).toBe('');
  expect(said('red_issue', whole)).toContain('hooks.consumers.a.refetch: github has no operation red_issue: its catalogue has ');
  expect(said('create_issue', whole)).toContain('is no read (publish)');
  expect(said('read_issue', { ...whole, nummer: 1 })).toContain('has no argument nummer: it has repository, number');
  expect(said('read_issue', { repository: 'app' })).toContain('needs the argument number');
});

test('an app of Atlassian Connect: who installs, for which address, and where the door may write', () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const env = { KEY: pem, GITHUB_HOOK: good };
  const at = { ...life, secrets: [{ id: 'kid', env: 'KEY' }] };
  const hooks = { publicUrl: 'https://x.test/in/', endpoints: { life: at, jira, repos: endpoint } };
  expect(opening(hooks, env)).toBe('life 1,jira 0,repos 1');
  const { config } = parse(hooks);
  const [one, two, three] = openEndpoints(config!, env);
  expect(one).toMatchObject({ baseUrl: 'https://x.test/in', expects: { aud: 'https://x.test/in' }, installs: ['jira'] });
  expect(two).toMatchObject({ publicUrl: 'https://x.test/in/hooks/jira', baseUrl: 'https://x.test/in', installable: true, expects: {} });
  expect([three?.installable, three?.baseUrl]).toEqual([undefined, undefined]);
  // With a proxy that takes the path off, and with one that leaves it.
  expect(routesOf(config!, 'jira')).toEqual([
    { path: '/hooks/jira', taken: '/in' },
    { path: '/in/hooks/jira', taken: '' },
  ]);
  expect(['/hooks/jira?a=1', '/in/hooks/jira?a=1', undefined].map((target) => publicTarget(config!, 'jira', target))).toEqual([
    '/in/hooks/jira?a=1',
    '/in/hooks/jira?a=1',
    '/in/hooks/jira',
  ]);
  expect(routesOf(parse({ endpoints: { jira } }).config!, 'jira')).toEqual([{ path: '/hooks/jira', taken: '' }]);
  const writes = (process: 'hooks' | 'gateway') => permissionsOf(config!, process, {}).filter((flag) => /write=.*\/hooks\//.test(flag));
  expect(writes('hooks').map((flag) => flag.split('/hooks/')[1])).toEqual(['jira/*']);
  expect(writes('gateway')).toEqual([]);
  // Without somebody who installs, it is an endpoint like others; a secret of the operator's own says of nobody whose it is.
  expect(opening({ endpoints: { jira } }, env)).toContain('has no secret');
  expect(opening({ ...hooks, endpoints: { life: at, jira: { ...jira, secrets: endpoint.secrets } } }, env)).toContain(
    'which iss it expects',
  );
  expect(opening({ endpoints: { life: { ...at, baseUrl: 'https://y.test' }, jira } }, env)).toContain('does not lie below its baseUrl');
  expect(opening({ ...hooks, endpoints: { life: { ...at, expects: { aud: 'https://x.test' } }, jira } }, env)).toContain(
    'not its base address',
  );
});

test('the configuration knows which senders install, as the senders themselves say', () => {
  const known = [...webhookProviders.values()].flatMap(({ id, installs }) => (installs === undefined ? [] : [[id, installs.for]]));
  expect(Object.entries(installers)).toEqual(known);
  for (const { omits, installs, binds } of webhookProviders.values())
    if (installs !== undefined) expect([omits?.includes(installs.secret), Object.hasOwn(binds, installs.client)]).toEqual([true, true]);
});

test('the hooks door gets the secrets of its senders and consumers, and no other process does', () => {
  const bus = { url: 'https://bus.test/', secret: { env: 'BUS' } };
  const { config } = parse({ endpoints: { repos: endpoint }, consumers: { bus } });
  const from = { GITHUB_HOOK: good, BUS: 'whsec_x', OTHER: 'x' };
  expect(environmentOf(config!, 'hooks', from)).toEqual({ GITHUB_HOOK: good, BUS: 'whsec_x', COUNTERSIGN_SUPERVISED: '1' });
  for (const process of ['gateway', 'reader', 'executor', 'console', 'ledger'] as const)
    expect(environmentOf(config!, process, from)).toEqual({ COUNTERSIGN_SUPERVISED: '1' });
  expect(() => openConsumers(config!, from)).toThrow('hooks.consumers.bus.secret');
  expect(openConsumers(config!, { BUS: `whsec_${Buffer.alloc(32, 5).toString('base64')}` }).get('bus')!.post!.key).toHaveLength(32);
  expect(openConsumers(config!, null).get('bus')!.post!.key).toHaveLength(0);
});

describe('whom the reader asks what was missed', () => {
  const drive = { credential: { env: 'DRIVE_KEY' } };
  const graph = {
    tenant: 'contoso.example',
    clientId: '0bf30f3b-4a52-48df-9a82-234910c4a086',
    credential: { file: 'graph.secret' },
    resource: '/users',
  };
  const hooksOf = (reconcile: object) => ({ endpoints: { files: { provider: 'google-drive', reconcile } } });

  test('its credential is the reader’s alone', () => {
    const { config } = parse({
      endpoints: { files: { provider: 'google-drive', reconcile: { drive } }, mail: { provider: 'microsoft-graph', reconcile: { graph } } },
    });
    const from = { DRIVE_KEY: 'x', GITHUB_HOOK: good };
    expect(environmentOf(config!, 'reader', from)).toMatchObject({ DRIVE_KEY: 'x' });
    for (const process of ['gateway', 'hooks', 'executor', 'console', 'ledger'] as const) {
      expect(environmentOf(config!, process, from)).not.toHaveProperty('DRIVE_KEY');
      expect(permissionsOf(config!, process, {}).join(' ')).not.toContain('graph.secret');
    }
    expect(permissionsOf(config!, 'reader', {}).join(' ')).toContain('graph.secret');
    expect(() => openCredentials(config!, 'write', from)).toThrow('DRIVE_KEY');
  });

  test.each<[string, object, object, string]>([
    ['nobody', hooksOf({}), {}, 'name one of github, drive and graph'],
    ['two', hooksOf({ drive, graph }), {}, 'name one of github, drive and graph'],
    ['a setting that is none', hooksOf({ drive: { ...drive, scope: 'all' } }), {}, 'hooks.endpoints.files.reconcile.drive'],
    ['a list that is not known', hooksOf({ graph: { ...graph, resource: '/me/messages' } }), {}, 'no list of changes that is known'],
    ['a system that is none', hooksOf({ github: { system: 'nowhere', hook: 1 } }), {}, 'not a github system'],
    [
      'a secret of the door',
      { endpoints: { files: { provider: 'google-drive', secrets: [{ id: 'a', env: 'DRIVE_KEY' }], reconcile: { drive } } } },
      {},
      'given to another process',
    ],
    [
      'a writing credential',
      hooksOf({ drive }),
      { systems: { slack: { connector: 'slack', team: 'T1', credentials: { read: { env: 'A' }, write: { env: 'DRIVE_KEY' } } } } },
      'given to another process',
    ],
  ])('%s is refused, with the place', (_, hooks, more, said) => {
    expect(parse(hooks, more).problems.join()).toContain(said);
  });
});

test('H8a a file of ranges is followed; one that is broken or gone leaves the last good list, and never an open door', () => {
  const file = join(folder, 'ranges.txt');
  const { config } = parse({ endpoints: { repos: { ...endpoint, source: { require: 'ip', file } } } });
  let at = 0;
  const rule = openSourceRule(config!, 'repos', () => (at += 60_000));
  const has = (): boolean | undefined => rule.ranges()?.has('192.0.2.9');
  expect(has()).toBeUndefined();
  writeFileSync(file, '# GitHub\n192.0.2.0/24\n2001:db8::1\n');
  expect([has(), rule.ranges()!.has('2001:db8::2'), rule.ranges()!.has('::ffff:192.0.2.1')]).toEqual([true, false, true]);
  writeFileSync(file, '192.0.2.0/24\nnot a range\n0.0.0.0/0 too\n');
  expect([has(), rule.ranges()!.has('203.0.113.1')]).toEqual([true, false]);
  rmSync(file);
  expect(has()).toBe(true);
  expect(() => openProxies(parse({ proxies: ['10.0.0.0/99'] }).config!)).toThrow('no range of addresses');
});
