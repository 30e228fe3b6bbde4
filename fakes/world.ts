import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { compiled } from './compiled.ts';
import { startGithub, startSlack } from './emulators.ts';
import type { Github, Slack } from './emulators.ts';
import { cliFile, freePort, startHouse } from './house.ts';
import type { CommandResult, RunningHouse } from './house.ts';
import { openShell } from './shell.ts';
import { ticketSeed, ticketTokens } from './tickets/state.ts';

/*
 * A whole pretend company around a real house: GitHub, Slack and tickets with state of their own, a configuration that
 * names them, approvers and tokens made by the real command line. The demo and the end to end tests live in it.
 */

const root = resolve(fileURLToPath(import.meta.url), '..', '..');

export { freePort, runCommand } from './house.ts';
export type { CommandResult, RunningHouse } from './house.ts';

/** The pretend company. */
export interface World {
  readonly folder: string;
  readonly configFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly github: Github;
  readonly slack: Slack;
  readonly ticketsFile: string;
  readonly gatewayUrl: string;
  /** Runs `countersign …` and waits for it: one at a time, in a shell that keeps the code loaded. */
  cli(...args: string[]): Promise<CommandResult>;
  /** Runs it with --json, expects success, and parses what it printed. */
  json<T>(...args: string[]): Promise<T>;
  /** Changes the configuration. Do it before the house is up. */
  configure(change: (config: Record<string, unknown>) => void): void;
  up(): Promise<RunningHouse>;
  close(): Promise<void>;
}

function systems(world: { github: Github; slack: Slack; ticketsFile: string }): Record<string, unknown> {
  const server = join(root, 'fakes', 'tickets', 'server.ts');
  const tickets = (mode: 'read' | 'write', variable: string): unknown => ({
    command: process.execPath,
    args: [server, '--state', world.ticketsFile, '--mode', mode, '--token', variable],
    env: { ...compiled, [variable]: { env: variable } },
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
  const shell = openShell();
  const cli: World['cli'] = (...args) => shell.run(cliFile, args, { cwd: folder, env });
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
      await Promise.all([github.close(), slack.close(), shell.close()]);
    },
  };
}
