import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { loadConfig, paths } from '../src/processes/config.ts';
import { peer } from '../src/wire/client.ts';
import { listeners } from '../src/wire/messages.ts';
import { startGithub, startSlack } from './emulators.ts';
import type { Github, Slack } from './emulators.ts';
import { ticketSeed, ticketTokens } from './tickets/state.ts';

/*
 * A whole pretend company around a real house: GitHub, Slack and tickets with state of their own, a configuration that
 * names them, approvers and tokens made by the real command line. The demo and the end to end tests live in it.
 */

const root = resolve(fileURLToPath(import.meta.url), '..', '..');
const cliFile = join(root, 'src', 'processes', 'cli.ts');

/** Commands are started often here: what Node compiled once it need not compile again. Never done for the processes of a house. */
const compileCache = join(tmpdir(), 'countersign-test-compile-cache');

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The house, started by `countersign up` as a process of its own. */
export interface RunningHouse {
  readonly pid: number;
  /** Everything that it printed, one JSON event a line. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** The pid of one of its processes, as its own health check tells. */
  pidOf(process: string): Promise<number>;
  /** Resolves when every process answers; false after the time. */
  whole(withinMs?: number): Promise<boolean>;
  stop(): Promise<void>;
}

/** The pretend company. */
export interface World {
  readonly folder: string;
  readonly configFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly github: Github;
  readonly slack: Slack;
  readonly ticketsFile: string;
  readonly gatewayUrl: string;
  /** Runs `countersign …` and waits for it. */
  cli(...args: string[]): Promise<CommandResult>;
  /** Runs it with --json, expects success, and parses what it printed. */
  json<T>(...args: string[]): Promise<T>;
  /** Changes the configuration. Do it before the house is up. */
  configure(change: (config: Record<string, unknown>) => void): void;
  up(): Promise<RunningHouse>;
  close(): Promise<void>;
}

/** A port that nobody has at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Runs a command to its end. `env` is all of its environment but PATH. */
export function runCommand(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly input?: string },
): Promise<CommandResult> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, ...args], {
      cwd: options.cwd,
      env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: compileCache, ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', fail);
    child.once('close', (code) => done({ code: code ?? -1, stdout, stderr }));
    child.stdin.end(options.input ?? '');
  });
}

function systems(world: { github: Github; slack: Slack; ticketsFile: string }): Record<string, unknown> {
  const server = join(root, 'fakes', 'tickets', 'server.ts');
  const tickets = (mode: 'read' | 'write', variable: string): unknown => ({
    command: process.execPath,
    args: [server, '--state', world.ticketsFile, '--mode', mode, '--token', variable],
    env: { [variable]: { env: variable } },
  });
  return {
    tickets: {
      connector: 'mcp',
      catalogue: 'tickets.yaml',
      tenant: 'acme-tickets',
      read: tickets('read', 'TICKETS_READ_TOKEN'),
      write: tickets('write', 'TICKETS_WRITE_TOKEN'),
      owners: ['bob'],
    },
    github: {
      connector: 'github',
      url: world.github.url,
      owner: 'acme',
      credentials: { read: { env: 'GITHUB_READ_TOKEN' }, write: { env: 'GITHUB_WRITE_TOKEN' } },
      owners: ['bob'],
    },
    slack: {
      connector: 'slack',
      url: world.slack.url,
      team: world.slack.team,
      credentials: { read: { env: 'SLACK_READ_TOKEN' }, write: { env: 'SLACK_WRITE_TOKEN' } },
      owners: ['bob'],
    },
  };
}

/** Starts the house and follows what it prints. */
async function startHouse(world: Pick<World, 'folder' | 'configFile' | 'env' | 'cli'>): Promise<RunningHouse> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cliFile, 'up', '--json', '--config', world.configFile], {
    cwd: world.folder,
    env: { PATH: process.env['PATH'] ?? '', ...world.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: Record<string, unknown>[] = [];
  let errors = '';
  let rest = '';
  let announce: () => void = () => undefined;
  const ready = new Promise<void>((done, fail) => {
    announce = done;
    child.once('close', (code) =>
      fail(new Error(`the house ended with ${code}: ${errors}${events.map((event) => JSON.stringify(event)).join('\n')}`)),
    );
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as Record<string, unknown>;
      events.push(event);
      if (event['process'] === 'supervisor' && event['event'] === 'ready') announce();
    }
  });
  await ready;
  const place = paths(loadConfig(world.configFile));
  const pidOf: RunningHouse['pidOf'] = async (name) => {
    const line = peer(place.socket(name));
    const answer = await line.ask('health', {});
    line.close();
    return answer.ok ? (answer.value as { pid: number }).pid : -1;
  };
  return {
    pid: child.pid ?? -1,
    events,
    pidOf,
    whole: async (withinMs = 60_000) => {
      for (const until = Date.now() + withinMs; Date.now() < until;) {
        const pids = await Promise.all(listeners.map(pidOf));
        if (pids.every((pid) => pid > 0)) return true;
        await new Promise((done) => setTimeout(done, 100));
      }
      return false;
    },
    stop: () =>
      new Promise((done) => {
        if (child.exitCode !== null || child.signalCode !== null) return done();
        child.once('close', () => done());
        child.kill('SIGTERM');
      }),
  };
}

/**
 * Builds the company in an empty folder: emulators, ticket file, configuration, and two approvers: alice, the first
 * administrator, and bob, whom she enrolled and who owns the systems. Passphrases are in `env`.
 */
export async function buildWorld(
  folder: string,
  options: {
    readonly ports?: { readonly gateway: number; readonly console: number; readonly hooks: number };
    readonly preset?: 'strict' | 'balanced';
  } = {},
): Promise<World> {
  mkdirSync(folder, { recursive: true });
  const [github, slack] = await Promise.all([startGithub(), startSlack()]);
  const ticketsFile = join(folder, 'tickets.json');
  writeFileSync(ticketsFile, JSON.stringify(ticketSeed(), null, 2));
  copyFileSync(join(root, 'fakes', 'tickets', 'catalogue.yaml'), join(folder, 'tickets.yaml'));
  const configFile = join(folder, 'countersign.yaml');
  const env = {
    COUNTERSIGN_CONFIG: configFile,
    COUNTERSIGN_PASSPHRASE: 'a pretend passphrase',
    TICKETS_READ_TOKEN: ticketTokens.read,
    TICKETS_WRITE_TOKEN: ticketTokens.write,
    GITHUB_READ_TOKEN: github.tokens.read,
    GITHUB_WRITE_TOKEN: github.tokens.write,
    SLACK_READ_TOKEN: slack.tokens.read,
    SLACK_WRITE_TOKEN: slack.tokens.write,
  };
  const ports = options.ports ?? { gateway: await freePort(), console: await freePort(), hooks: await freePort() };
  const cli: World['cli'] = (...args) => runCommand(cliFile, args, { cwd: folder, env });
  const json: World['json'] = async (...args) => {
    const result = await cli(...args, '--json');
    if (result.code !== 0) throw new Error(`countersign ${args.join(' ')} ended with ${result.code}: ${result.stderr}${result.stdout}`);
    return JSON.parse(result.stdout) as never;
  };
  const configure: World['configure'] = (change) => {
    const doc = parseDocument(readFileSync(configFile, 'utf8'));
    const value = doc.toJS() as Record<string, unknown>;
    change(value);
    for (const [key, part] of Object.entries(value)) doc.set(key, part);
    writeFileSync(configFile, doc.toString());
  };
  await json('init');
  configure((config) => {
    config['gateway'] = { port: ports.gateway };
    config['console'] = { port: ports.console };
    config['hooks'] = { port: ports.hooks };
    config['policy'] = { preset: options.preset ?? 'strict', files: [] };
    config['systems'] = systems({ github, slack, ticketsFile });
  });
  await json('approver', 'create', 'alice', '--user', 'alice');
  const bob = await json<{ record: unknown }>('approver', 'create', 'bob', '--user', 'bob', '--owns', 'tickets,github,slack');
  await json('approver', 'enrol', JSON.stringify(bob.record), '--as', 'alice', '--yes');
  const world = {
    folder,
    configFile,
    env,
    github,
    slack,
    ticketsFile,
    gatewayUrl: `http://127.0.0.1:${ports.gateway}`,
    cli,
    json,
    configure,
  };
  return {
    ...world,
    up: () => startHouse(world),
    close: async () => {
      await Promise.all([github.close(), slack.close()]);
    },
  };
}
