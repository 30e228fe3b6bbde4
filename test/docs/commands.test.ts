// verifies: house.documents
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { buildWorld, runCommand } from '../../fakes/world.ts';
import type { RunningHouse, World } from '../../fakes/world.ts';

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
  'bench/README.md',
  'redteam/README.md',
  'docs/accounts.md',
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
  'npm ci && npm test': 'this test is part of it',
  'npm ci && npm start': 'test/docs/demo.test.ts',
  'npm run demo -- --once --json': 'test/docs/demo.test.ts',
  'npm run bench': 'a benchmark, which is not run in tests',
  'npm run bench -- --write': 'a benchmark, which is not run in tests',
  'npm run check:package': 'builds and lints the package; its parts run in `npm test` and before packing',
  'countersign run <process>': 'test/e2e: each process is started alone there',
  'countersign mcp': 'test/gateway/bridge.test.ts',
  'countersign hook claude-code': 'test/e2e/hook.test.ts',
  'countersign account link slack --as alice': 'test/accounts: it needs an issuer and a browser',
  'countersign redteam': 'test/redteam',
  'countersign redteam --config countersign.yaml --html report.html': 'test/redteam/configuration.test.ts',
  'npm run bench:agentdojo -- ../shared/data/agentdojo': 'a benchmark, which is not run in tests',
  'npm run bench:content': 'a benchmark, which is not run in tests',
};

let world: World;
let house: RunningHouse;
let proposals: string[];
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
  world = await buildWorld(folder);
  // The folder that the README's example of an MCP server names, in a place where a test may write.
  const shared = join(folder, 'shared');
  mkdirSync(join(shared, 'drafts'), { recursive: true });
  const server = join(root, 'node_modules', '@modelcontextprotocol', 'server-filesystem', 'dist', 'index.js');
  world.configure((config) => {
    const systems = config['systems'] as Record<string, unknown>;
    const at = (path: string): unknown => ({ command: process.execPath, args: [server, path] });
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
  house = await world.up();
  proposals = [await propose('one'), await propose('two')];
}, 120_000);

afterAll(async () => {
  await house.stop();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** The arguments that a documented command is run with: placeholders get real values. */
function argumentsOf(command: string): string[] {
  const id = command.startsWith('countersign refuse') ? proposals[1] : proposals[0];
  const words = command.replace(/^countersign /, '').split(/\s+/);
  return words.map((word) => (word === '<id>' || word === '<proposal>' ? (id ?? '') : word));
}

/** Where a command must be run so that it can do what it says: a new folder for `init`, and no second `alice`. */
async function run(command: string): Promise<number> {
  const args = argumentsOf(command);
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
  doc.set('systems', parseDocument(yaml.replaceAll(/^ {3}/gm, '')).get('systems'));
  writeFileSync(file, doc.toString());
  const result = await world.cli('config', 'check', '--config', file, '--json');
  expect(JSON.parse(result.stdout)).toMatchObject({ ok: true });
});
