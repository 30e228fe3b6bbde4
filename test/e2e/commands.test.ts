import { spawn } from 'node:child_process';
import { whyFailed } from '../../src/processes/boot.ts';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { compiled } from '../../fakes/compiled.ts';
import { runCommand } from '../../fakes/house.ts';
import type { CommandResult } from '../../fakes/house.ts';
import { openShell } from '../../fakes/shell.ts';
import { verifies } from './requirements.ts';

/* The command line before any house is up, and the hands that refuse to begin. */

const entry = (name: string): string => fileURLToPath(new URL(`../../src/processes/${name}.ts`, import.meta.url));
let folder = '';
let config = '';
const shell = openShell();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cs-commands-'));
  config = join(folder, 'countersign.yaml');
  expect(await cliProcess('init')).toMatchObject({ code: 0, stderr: '' });
});

afterAll(async () => {
  await shell.close();
  rmSync(folder, { recursive: true, force: true });
});

const surroundings = () => ({ cwd: folder, env: { COUNTERSIGN_CONFIG: config } });
const cli = (...args: string[]): Promise<CommandResult> => shell.run(entry('cli'), args, surroundings());
/** As a process of its own: one for each way to end. */
const cliProcess = (...args: string[]): Promise<CommandResult> => runCommand(entry('cli'), args, surroundings());

/** The configuration with systems in it, under a name of its own. */
function withSystems(name: string, systems: string): string {
  const file = join(folder, name);
  writeFileSync(file, readFileSync(config, 'utf8').replace('systems: {}', `systems:\n${systems}`));
  return file;
}

const slack = (read: string, write: string): string =>
  `  slack:
    connector: slack
    url: http://127.0.0.1:9/api/
    team: T000000001
    credentials: { read: { env: ${read} }, write: { env: ${write} } }`;

verifies('config.init', 'init writes a commented configuration and keys for their owner only, and overwrites neither', async () => {
  const text = readFileSync(config, 'utf8');
  expect(text.split('\n').filter((line) => line.includes('#')).length).toBeGreaterThan(10);
  for (const name of ['gateway', 'executor', 'ledger'])
    expect(statSync(join(folder, `.countersign/keys/${name}.key`)).mode & 0o777).toBe(0o600);
  expect(await cli('config', 'check')).toMatchObject({ code: 0 });

  const again = await cli('init');
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toContain('already there');
  const beside = await cli('init', '--config', join(folder, 'other.yaml'));
  expect(beside).toMatchObject({ code: 1, stdout: '' });
  expect(beside.stderr).toContain('already holds the keys');
  expect(readFileSync(config, 'utf8')).toBe(text);
});

test('words that no command understands are a usage error, as one JSON document where it is asked for', async () => {
  const plain = await cli('hooks', 'list', '--nope');
  expect(plain).toMatchObject({ code: 2, stdout: '' });
  expect(plain.stderr).toBe("error: unknown option '--nope'\n(add --help to see what this command takes)\n");
  const json = await cli('hooks', 'show', '--json');
  expect(json).toMatchObject({ code: 2, stdout: '' });
  expect(JSON.parse(json.stderr)).toEqual({
    error: { code: 'usage', message: "missing required argument 'event' (add --help to see what this command takes)" },
  });
});

verifies('config.check', 'config check names every problem with its line', async () => {
  const file = withSystems('wrong.yaml', `${slack('ONE', 'ONE')}\n  Files: { connector: mcp }\nsurprise: 1`);
  const text = readFileSync(file, 'utf8').split('\n');
  const checked = await cli('config', 'check', '--config', file, '--json');
  expect(checked.code).toBe(1);
  const { ok, problems } = JSON.parse(checked.stdout) as { ok: boolean; problems: { line: number | null; message: string }[] };
  expect(ok).toBe(false);
  expect(problems.length).toBeGreaterThanOrEqual(2);
  expect(problems.flatMap(({ line }) => (line === null ? [] : [text[line - 1]]))).toContainEqual(expect.stringContaining('Files'));

  const shared = withSystems('shared.yaml', slack('ONE', 'ONE'));
  const told = await cli('config', 'check', '--config', shared);
  expect(told).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('systems.slack: the reader and the executor are given the same') as string,
  });

  const sender = join(folder, 'sender.yaml');
  const push = '{ provider: google-pubsub, expects: { aud: a, email: b, subscription: c }, keys: { file: none.keys } }';
  const odd = '{ provider: githubb, secrets: [{ id: a, env: X }] }';
  const doors = `hooks:\n  endpoints:\n    repos: ${odd}\n    bare: { provider: github }\n    push: ${push}\n`;
  const whole = readFileSync(config, 'utf8').replace(/^hooks:\n(?: .*\n)+/m, doors);
  writeFileSync(sender, whole);
  const first = whole.split('\n').findIndex((line) => line.includes('repos:')) + 1;
  const ofDoors = await cli('config', 'check', '--config', sender);
  expect([
    ofDoors.code,
    ofDoors.stdout
      .trim()
      .split('\n')
      .map((line) => Number(/yaml:(\d+): /.exec(line)?.[1])),
  ]).toEqual([1, [first, first + 1, first + 2]]);
  expect(ofDoors.stdout).toMatch(/hooks\.endpoints\.repos\.provider: there is no sender of this name: it is one of .*github/);
  expect(ofDoors.stdout).toMatch(/hooks\.endpoints\.bare: it has no secret yet: `countersign hooks rotate bare`/);
  expect(ofDoors.stdout).toMatch(
    /hooks\.endpoints\.push\.keys\.file: .*none\.keys is not there: `countersign hooks keys google-pubsub --write/,
  );
});

verifies('config.check', 'a port that another program has is said in one line, without a stack', () => {
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 7423 });
  expect(whyFailed(taken)).toMatchObject({
    code: 'bad-config',
    message: expect.stringMatching(/^port 7423 of 127\.0\.0\.1 is taken[^\n]*$/) as string,
  });
  expect(whyFailed(new Error('else')).code).toBe('bug');
});

verifies('cli.manners', 'commands explain themselves, speak JSON, and end with a code that says what happened', async () => {
  const help = await cliProcess('--help');
  expect(help.code).toBe(0);
  const groups = ['config', 'catalog', 'policy', 'token', 'approver', 'log'];
  const single = ['init', 'up', 'run', 'status', 'proposals', 'show', 'sign', 'refuse', 'reconcile', 'mcp'];
  for (const name of [...groups, ...single]) expect(help.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  for (const name of ['sign', 'log verify']) {
    const one = await cli(...name.split(' '), '--help');
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout).toContain('--json');
  }
  // 2: the words make no sense. 1: they do, and it went wrong. 3: somebody said no (see the refused signatures of the whole house).
  expect((await cliProcess('frobnicate')).code).toBe(2);
  for (const words of [['status', '--frobnicate'], ['log', 'show', '--kind', 'x'], ['sign'], ['show', 'p_1']])
    expect([words, (await cli(...words)).code]).toEqual([words, 2]);
  const down = await cliProcess('status', '--json');
  expect(down).toMatchObject({ code: 1, stderr: '' });
  expect((JSON.parse(down.stdout) as { up: boolean }[]).map((row) => row.up)).toEqual([false, false, false, false, false, false]);
  const nothing = await cliProcess('proposals', '--json');
  expect(nothing).toMatchObject({ code: 3, stdout: '' });
  expect(JSON.parse(nothing.stderr)).toMatchObject({ error: { code: 'not-reachable' } });
});

interface Word {
  readonly event: string;
  readonly state?: string;
  readonly code?: string;
  readonly message?: string;
}

/** Starts something that speaks in events, and gives its first word: that it is ready, or why it does not begin. */
function begin(command: readonly string[], env: Record<string, string>): Promise<Word> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...command], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', ...compiled, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(
      () =>
        new Promise((done) => {
          if (child.exitCode !== null || child.signalCode !== null) return done();
          child.once('exit', () => done());
          child.kill('SIGTERM');
        }),
    );
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      for (const line of said.split('\n').slice(0, -1)) {
        const word = JSON.parse(line) as Word;
        if (word.event === 'ready' || word.event === 'failed') resolve(word);
      }
    });
    child.once('exit', () => reject(new Error(`nothing was said but: ${said}`)));
  });
}

/** As its supervisor would start it. */
const run = (name: string, file: string, env: Record<string, string> = {}): Promise<Word> =>
  begin([entry('cli'), 'run', name, '--config', file], env);

const [read, write] = ['xoxb-pretend-read-value', 'xoxb-pretend-write-value'];

verifies('house.alone', 'each process can be started by itself, and is not given what is another one’s', async () => {
  const file = withSystems('alone.yaml', slack('SLACK_READ', 'SLACK_WRITE'));
  // All that the whole house would need is around: each process takes its own part, or it would refuse.
  const env = { SLACK_READ: read, SLACK_WRITE: write };
  const names = ['gateway', 'reader', 'executor', 'console', 'hooks', 'ledger'];
  const ports = readFileSync(file, 'utf8').replaceAll(/port: \d+/g, 'port: 0');
  writeFileSync(file, ports);
  const words = await Promise.all(names.map((name) => run(name, file, env)));
  expect(words).toMatchObject(names.map(() => ({ event: 'ready' })));
  expect(words.at(-1)?.state).toMatch(/^the log has \d+ entr(?:y|ies), \d+ of them new since this start$/);
  const status = await cli('status', '--json', '--config', file);
  expect(status.code).toBe(0);
  expect((JSON.parse(status.stdout) as { process: string; up: boolean }[]).map((row) => [row.process, row.up])).toEqual(
    names.map((name) => [name, true]),
  );
});

verifies(
  'systems.credentials',
  'a hand that is given the credential of the other zone, by its name or by its value, does not begin',
  async () => {
    const file = withSystems('systems.yaml', slack('SLACK_READ', 'SLACK_WRITE'));
    for (const hand of ['reader', 'executor']) {
      const word = await begin([entry(hand), '--config', file], { SLACK_READ: read, SLACK_WRITE: write });
      expect(word).toMatchObject({ event: 'failed', code: 'bad-credential' });
      expect(word.message).not.toContain('pretend');
    }
    expect(await run('reader', file)).toMatchObject({ event: 'failed', code: 'bad-credential' });

    expect(await run('reader', file, { SLACK_READ: read })).toMatchObject({ event: 'ready' });
    const same = await run('executor', file, { SLACK_WRITE: read });
    expect(same).toMatchObject({ event: 'failed', code: 'bad-credential' });
    expect(same.message).toContain('the same as one that the reader holds');
    expect(same.message).not.toContain(read);
  },
);
