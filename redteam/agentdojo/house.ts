import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { compiled } from '../../fakes/compiled.ts';
import { openShell } from '../../fakes/shell.ts';
import { freePort } from '../../fakes/world.ts';
import { loadConfig } from '../../src/processes/config.ts';
import type { Config } from '../../src/processes/config.ts';
import { openApprovers } from './approve.ts';
import type { Approvers } from './approve.ts';
import { catalogueFile, configuredTargets } from './catalogue.ts';
import type { Suite } from './data.ts';
import { startUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';

/*
 * A whole house of real processes in front of the recorded systems, one per suite.
 */

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const cliFile = join(root, 'src', 'processes', 'cli.ts');
const passphrase = 'a pretend passphrase';

/** The presets that are measured. */
export const presets = ['balanced', 'strict'] as const;
/** A preset that is measured. */
export type Preset = (typeof presets)[number];

/** A house that is up. */
export interface House {
  readonly config: Config;
  readonly gatewayUrl: string;
  /** The token of the host application, which opens runs. */
  readonly hostToken: string;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly approvers: Approvers;
  close(): Promise<void>;
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once('close', () => done());
    child.kill('SIGTERM');
  });
}

/** Starts `countersign up` and waits until the supervisor says that all of it is ready. */
function start(folder: string, env: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cliFile, 'up', '--json'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...compiled, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((done, fail) => {
    let said = '';
    const hear = (text: string): void => {
      said = (said + text).slice(-20_000);
      if (/"process":"supervisor"[^\n]*"event":"ready"|"event":"ready"[^\n]*"process":"supervisor"/.test(said)) done(child);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.once('close', (code) => fail(new Error(`the house ended with ${code}:\n${said}`)));
  });
}

function writeConfig(file: string, parts: Readonly<Record<string, unknown>>): void {
  const doc = parseDocument(readFileSync(file, 'utf8'));
  for (const [key, part] of Object.entries(parts)) doc.set(key, part);
  writeFileSync(file, doc.toString());
}

/** What the configuration says of a suite's system: both connections lead to the same recorded server. */
export function systemOf(suite: Suite, url: string): Readonly<Record<string, unknown>> {
  return {
    connector: 'mcp',
    catalogue: `${suite.name}.yaml`,
    tenant: `agentdojo-${suite.name}`,
    read: { url },
    write: { url },
    targets: configuredTargets(suite),
    owners: ['bob'],
  };
}

/** One person for each role: alice asks, bob owns the systems, carol is anybody else. */
async function people(json: <T>(...args: string[]) => Promise<T>, systems: readonly string[]): Promise<void> {
  await json('approver', 'create', 'alice', '--user', 'alice');
  for (const [name, ...owns] of [['bob', '--owns', systems.join(',')], ['carol']]) {
    const made = await json<{ record: unknown }>('approver', 'create', name ?? '', '--user', name ?? '', ...owns);
    await json('approver', 'enrol', JSON.stringify(made.record), '--as', 'alice', '--yes');
  }
}

/** Builds a house in a folder of its own and brings it up. */
export async function startHouse(suites: readonly Suite[], preset: Preset): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'cs-dojo-'));
  const leave: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of leave.splice(0).toReversed()) await step();
  };
  try {
    const configFile = join(folder, 'countersign.yaml');
    const env = { COUNTERSIGN_CONFIG: configFile, COUNTERSIGN_PASSPHRASE: passphrase };
    const shell = openShell();
    leave.push(() => shell.close());
    const json = async <T>(...args: string[]): Promise<T> => {
      const result = await shell.run(cliFile, [...args, '--json'], { cwd: folder, env });
      if (result.code !== 0) throw new Error(`countersign ${args.join(' ')} ended with ${result.code}: ${result.stderr}${result.stdout}`);
      return JSON.parse(result.stdout) as T;
    };
    await json('init');
    const upstreams = new Map<string, Upstream>();
    const systems: Record<string, unknown> = {};
    for (const suite of suites) {
      const upstream = await startUpstream(suite);
      leave.push(() => upstream.close());
      upstreams.set(suite.name, upstream);
      systems[suite.name] = systemOf(suite, upstream.url);
      // JSON is YAML.
      writeFileSync(join(folder, `${suite.name}.yaml`), JSON.stringify(catalogueFile(suite)));
    }
    const [gateway, consolePort, hooks] = [await freePort(), await freePort(), await freePort()];
    writeConfig(configFile, {
      gateway: { port: gateway },
      console: { port: consolePort },
      hooks: { port: hooks },
      policy: { preset, files: [] },
      systems,
    });
    await people(
      json,
      suites.map((suite) => suite.name),
    );
    const host = await json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'host', '--host');
    const child = await start(folder, env);
    // Whatever ends this process ends the house.
    const end = (): void => void child.kill('SIGTERM');
    process.once('exit', end);
    leave.push(async () => {
      await stop(child);
      process.off('exit', end);
    });
    const config = loadConfig(configFile);
    const approvers = openApprovers(config, ['alice', 'bob', 'carol'], passphrase);
    leave.push(() => approvers.close());
    return { config, gatewayUrl: `http://127.0.0.1:${gateway}`, hostToken: host.token, upstreams, approvers, close };
  } catch (error) {
    await close();
    throw error;
  }
}
