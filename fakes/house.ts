import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../src/processes/config.ts';
import { paths } from '../src/processes/paths.ts';
import { peer } from '../src/wire/client.ts';
import { listeners } from '../src/wire/messages.ts';
import { compiled } from './compiled.ts';

/*
 * The real command line and the real house, as processes of their own: what the pretend company of the tests and the red team
 * are both built on. From sources and from the compiled package.
 */

const root = resolve(fileURLToPath(import.meta.url), '..', '..');
const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The file of the command line: `countersign`. */
export const cliFile: string = join(root, 'src', 'processes', `cli${ending}`);

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
      env: { PATH: process.env['PATH'] ?? '', ...compiled, ...options.env },
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

/** Starts the house and follows what it prints. */
export async function startHouse(world: {
  readonly folder: string;
  readonly configFile: string;
  readonly env: Readonly<Record<string, string>>;
}): Promise<RunningHouse> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cliFile, 'up', '--json', '--config', world.configFile], {
    cwd: world.folder,
    env: { PATH: process.env['PATH'] ?? '', ...compiled, ...world.env },
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
