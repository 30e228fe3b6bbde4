// verifies: house.documents
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { buildWorld, runCommand } from '../../fakes/world.ts';
import type { RunningHouse, World } from '../../fakes/world.ts';
import { startGithubWebhooks } from '../../fakes/github-webhooks-double.ts';
import type { GithubWebhooks } from '../../fakes/github-webhooks-double.ts';
import { runHooks } from '../hooks/door.ts';
import type { Said } from '../run-here.ts';

/*
 * Every command that a document names is run here, as written. A new one in a document turns the first test red until it
 * has a way to run.
 */

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'bench/README.md',
  'redteam/README.md',
  'docs/log.md',
  'docs/hooks.md',
  'docs/hooks-reference.md',
  'docs/accounts.md',
  'docs/hooks-peers.md',
  'docs/hooks-servicenow.md',
];

/** Commands in back quotes and in shell blocks that begin with a program of ours or with npm. */
function commandsIn(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((match) => (match[1] ?? '').split('\n'));
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
  return [...blocks, ...inline].map((line) => line.trim()).filter((line) => /^(countersign |npm |npx countersign)/.test(line));
}

/** What stands for another command, or is what is running at this moment. */
const elsewhere: Readonly<Record<string, string>> = {
  'npx countersign': 'the name of the program where the package is installed',
  'npm run -s countersign --': 'the name of the program in this repository',
  'npm ci': 'whoever runs this test has done it',
  'npm test': 'this test is part of it',
  'npm run check': 'the first part of `npm test`',
  'npm run schema': 'test/pins/schema.test.ts compares what it writes',
  'npm ci && npm test': 'this test is part of it',
  'npm ci && npm start': 'test/docs/demo.test.ts',
  'npm start': 'test/docs/demo.test.ts',
  'npm run demo -- --once --json': 'test/docs/demo.test.ts',
  'npm run bench': 'a benchmark, which is not run in tests',
  'npm run bench -- --write': 'a benchmark, which is not run in tests',
  'npm run check:package': 'builds and lints the package; its parts run in `npm test` and before packing',
  'countersign run <process>': 'test/e2e: each process is started alone there',
  'countersign mcp': 'test/gateway/bridge.test.ts',
  'countersign hook claude-code': 'test/e2e/hooks.test.ts',
  'countersign account link slack --as alice': 'test/accounts: it needs an issuer and a browser',
  'countersign redteam': 'test/redteam',
  'countersign redteam --config countersign.yaml --html report.html': 'test/redteam/configuration.test.ts',
  'npm run bench:agentdojo -- <folder>': 'a benchmark, which is not run in tests',
  'npm run bench:content': 'a benchmark, which is not run in tests',
  'npm run bench:hooks': 'a benchmark, which is not run in tests',
  'npm run bench:hooks-peers': 'a comparison, which is not run in tests',
  'npm run fuzz:hooks -- 240': 'test/inbound/mutation.test.ts, for longer',
  'npm run soak:hooks -- 60': 'test/faults/hooks-kill.test.ts, for longer',
  [`countersign hooks test github --body capture.json --header 'Content-Type: application/json' --header 'X-GitHub-Event: issues' --header 'X-Hub-Signature-256: sha256=…'`]:
    'test/hooks/drill.test.ts',
  'countersign hooks reconcile drive': 'it asks Google; test/hooks/changes-command.test.ts',
  'countersign hooks ranges github --write github.ranges': 'it asks GitHub; test/hooks/ranges.test.ts',
  'countersign hooks keys google-pubsub --write google.keys': 'it asks Google; test/hooks/keys.test.ts',
  'countersign hooks keys google-pubsub --check google.keys': 'it asks Google; test/hooks/keys.test.ts',
  'countersign hooks keys <sender> --write <file>': 'it asks a sender; test/hooks/keys.test.ts',
  'countersign catalog add <system> --update': '`countersign catalog add files` is run so here',
  'countersign hooks confirm <event>': 'it asks Amazon; test/hooks/confirm.test.ts',
};

let world: World;
let house: RunningHouse;
let proposals: string[];
let webhooks: GithubWebhooks;
const folder = mkdtempSync(join(tmpdir(), 'cs-docs-'));

async function propose(text: string): Promise<string> {
  const { token } = await world.json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'assistant');
  const reply = await fetch(`${world.gatewayUrl}/v1/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ system: 'slack', operation: 'post_message', arguments: { channel: '#random', text } }),
  });
  return ((await reply.json()) as { proposal: string }).proposal;
}

beforeAll(async () => {
  [world, webhooks] = await Promise.all([buildWorld(folder), startGithubWebhooks()]);
  // The folder that the README's example of an MCP server names, in a place where a test may write.
  const shared = join(folder, 'shared');
  mkdirSync(join(shared, 'drafts'), { recursive: true });
  const server = join(root, 'node_modules', '@modelcontextprotocol', 'server-filesystem', 'dist', 'index.js');
  world.configure((config) => {
    const systems = config['systems'] as Record<string, unknown>;
    const at = (path: string): unknown => ({ command: process.execPath, args: [server, path] });
    const github = systems['github'] as Record<string, unknown>;
    systems['webhooks'] = {
      ...github,
      url: webhooks.url,
      credentials: { read: { file: 'webhooks.read' }, write: { file: 'webhooks.write' } },
    };
    config['hooks'] = hooksOf(config['hooks'] as { port: number });
    systems['files'] = {
      connector: 'mcp',
      catalogue: 'catalogues/files.yaml',
      tenant: 'shared-folder',
      read: at(shared),
      write: at(join(shared, 'drafts')),
    };
  });
  const added = await world.cli('catalog', 'add', 'files');
  expect(added.code, added.stderr).toBe(0);
  writeFileSync(
    join(folder, 'cases.yaml'),
    '- name: a post asks the requester\n  request: { system: slack, operation: post_message }\n  expect: { ask: [requester] }\n',
  );
  writeFileSync(join(folder, 'webhooks.read'), webhooks.token);
  writeFileSync(join(folder, 'webhooks.write'), 'github_pat_pretend_write_webhooks');
  writeFileSync(join(folder, 'secret.txt'), 'dq83Kd02kLmQ8xZ7vB4nWcP5nRf8YdCg');
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ hooks: ['192.30.252.0/22'] }));
  const made = await hooks('rotate', 'github');
  expect(made.code, made.err).toBe(0);
  house = await world.up();
  proposals = [await propose('one'), await propose('two')];
}, 240_000);

afterAll(async () => {
  await house.stop();
  await Promise.all([world.close(), webhooks.close()]);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** The first endpoint and consumer of docs/hooks.md, as they stand there, and whom the reader asks for what was missed. */
function hooksOf({ port }: { readonly port: number }): unknown {
  const text = readFileSync(join(root, 'docs', 'hooks.md'), 'utf8');
  const { hooks } = parseDocument(/```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '').toJS() as { hooks: { endpoints: { github: object } } };
  const reconcile = { github: { system: 'webhooks', repository: 'app', hook: webhooks.hook } };
  return { ...hooks, port, endpoints: { github: { ...hooks.endpoints.github, reconcile } } };
}

interface Rotated {
  readonly secrets: readonly { readonly id: string; readonly file: string | null }[];
}

/** `countersign hooks …` without a process of its own. Files are those of the world. */
async function hooks(...args: string[]): Promise<Said> {
  const words = args.map((word) => (/^[a-z]+\.(?:txt|json|ranges)$/.test(word) ? join(folder, word) : word));
  return runHooks([...words, '--config', world.configFile]);
}
const hooksJson = async <T>(...args: string[]): Promise<T> => JSON.parse((await hooks(...args, '--json')).out) as T;

/** The arguments that a documented command is run with: placeholders get real values. */
async function argumentsOf(command: string): Promise<string[]> {
  const id = command.startsWith('countersign refuse') ? proposals[1] : proposals[0];
  const words = command.replace(/^countersign /, '').split(/\s+/);
  const event = words.includes('<event>') ? (await hooksJson<{ event: string }[]>('list'))[0]?.event : undefined;
  const secret = words.includes('<secret>') ? (await hooksJson<Rotated>('rotate', 'github', '--status')).secrets[0]?.id : undefined;
  const values: Readonly<Record<string, string | undefined>> = {
    '<id>': id,
    '<proposal>': id,
    '<event>': event,
    '<secret>': secret,
  };
  return words.map((word) => values[word] ?? word);
}

/** Where a command must be run so that it can do what it says: a new folder for `init`, and no second `alice`. */
async function run(command: string): Promise<number> {
  const args = await argumentsOf(command);
  if (args[0] === 'init' || (args[0] === 'approver' && args[1] === 'create')) {
    const empty = mkdtempSync(join(tmpdir(), 'cs-docs-new-'));
    const env = { ...world.env, COUNTERSIGN_CONFIG: join(empty, 'countersign.yaml') };
    const cli = (...words: string[]): ReturnType<typeof runCommand> =>
      runCommand(join(root, 'src', 'processes', 'cli.ts'), words, { cwd: empty, env });
    const made = await cli('init');
    const code = args[0] === 'init' ? made.code : (await cli(...args)).code;
    rmSync(empty, { recursive: true, force: true });
    return code;
  }
  if (args[0] === 'up') return (await house.whole()) ? 0 : 1;
  if (args[0] === 'scan') args[1] = join(root, args[1] ?? '');
  if (args[0] === 'catalog') args.push('--update');
  if (args[0] === 'sign' || args[0] === 'refuse') args.push('--yes');
  if (args.join(' ') === 'approver enrol')
    return (await world.json<{ approvers: unknown[] }>('approver', 'list')).approvers.length >= 2 ? 0 : 1;
  if (args.join(' ') === 'log verify --against') args.push(join(folder, '.countersign', 'log', 'checkpoint'));
  if (args[0] === 'hooks' && args[1] !== 'providers') {
    const said = await hooks(...args.slice(1));
    if (said.code !== 0) process.stderr.write(`${command}: ${said.out}${said.err}\n`);
    return said.code;
  }
  const result = await world.cli(...args);
  if (result.code !== 0) process.stderr.write(`${command}: ${result.stdout}${result.stderr}\n`);
  return result.code;
}

/** In the order of the documents, but what waits for people is looked at before it is signed or refused. */
const named = [...new Set(documents.flatMap((file) => commandsIn(readFileSync(join(root, file), 'utf8'))))];
const running = named
  .filter((command) => !(command in elsewhere))
  .toSorted((a, b) => Number(/sign |refuse |reconcile/.test(a.slice(12))) - Number(/sign |refuse |reconcile/.test(b.slice(12))));

test('the documents name commands, and each has a way to run', () => {
  expect(running.length).toBeGreaterThan(15);
  for (const command of Object.keys(elsewhere).filter((one) => one.includes(' ') && !one.startsWith('npm c')))
    expect(named, `${command} is not in any document any more`).toContain(command);
});

test.each(running)('`%s` runs', async (command) => {
  expect(await run(command)).toBe(0);
});

test('the systems of the README and of `countersign init` are what the configuration takes', async () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const file = join(folder, 'readme.yaml');
  const doc = parseDocument(readFileSync(world.configFile, 'utf8'));
  doc.delete('hooks'); // it names the systems of this world
  doc.set('systems', parseDocument(yaml.replaceAll(/^ {3}/gm, '')).get('systems'));
  writeFileSync(file, doc.toString());
  const result = await world.cli('config', 'check', '--config', file, '--json');
  expect(JSON.parse(result.stdout)).toMatchObject({ ok: true });
});

test('the path of docs/hooks.md: a delivery becomes a run that has read the issue, and what did not get through becomes a hint', async () => {
  const port = (parseDocument(readFileSync(world.configFile, 'utf8')).toJS() as { hooks: { port: number } }).hooks.port;
  const file = (await hooksJson<Rotated>('rotate', 'github', '--status')).secrets.at(-1)?.file ?? '';
  const to = { url: `http://127.0.0.1:${port}/hooks/github`, secret: readFileSync(file, 'utf8').trim() };
  const payload = { action: 'opened', issue: { number: 1 }, repository: { id: 42, name: 'app', full_name: 'acme/app' } };
  expect(await webhooks.deliver('issues', payload, to)).toBe(200);
  expect(await webhooks.deliver('issues', payload, { ...to, url: 'http://127.0.0.1:1/' })).toBe(0);
  expect(await hooksJson('reconcile', 'github')).toMatchObject({ taken: 1, known: 0, whole: true });
  expect(await hooksJson('reconcile', 'github')).toMatchObject({ taken: 0, known: 1 });
  const { token } = await world.json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'host', '--host');
  const ask = async (path: string, body: unknown): Promise<{ events: Taken[] }> => {
    const reply = await fetch(`${world.gatewayUrl}/v1/events/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await reply.json()) as { events: Taken[] };
  };
  const seen: Taken[] = [];
  for (
    let got = await ask('take', { consumer: 'triage', max: 1 });
    got.events.length > 0;
    got = await ask('take', { consumer: 'triage', max: 1 })
  ) {
    seen.push(...got.events);
    await ask('settle', { consumer: 'triage', settled: got.events.map(({ id, lease }) => ({ event: id, lease, done: true })) });
  }
  const [event, hint] = seen.slice(-2);
  expect(event).toMatchObject({ grades: { trust: 'event' }, content: payload });
  expect(hint).toMatchObject({ grades: { trust: 'hint', bodyIntegrity: 'none' }, content: null });
  for (const one of [event, hint]) expect(JSON.stringify(one?.run?.read)).toContain('"number":1');
}, 30_000);

interface Taken {
  readonly id: string;
  readonly lease: number;
  readonly run: { readonly read: unknown } | null;
}
