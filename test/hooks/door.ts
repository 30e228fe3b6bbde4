import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseDocument } from 'yaml';
import { freePort } from '../../fakes/house.ts';
import { openBook } from '../../src/processes/boot.ts';
import { registerHooks } from '../../src/processes/cli/hooks.ts';
import type { HooksDeps } from '../../src/processes/cli/hooks-answers.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { paths } from '../../src/processes/paths.ts';
import type { Config } from '../../src/processes/config.ts';
import { environmentOf, nodeArguments } from '../../src/processes/confine.ts';
import { initialise } from '../../src/processes/init.ts';
import { peer } from '../../src/wire/client.ts';
import { runHere } from '../run-here.ts';
import type { Said } from '../run-here.ts';

/*
 * A hooks door as a process of its own, confined as the supervisor would, and the real `hooks` commands beside it in this
 * process. No other process of the house is started.
 */

/** An installation with nothing but a hooks door. */
export interface DoorHouse {
  readonly folder: string;
  readonly port: number;
  readonly config: () => Config;
  readonly url: string;
  /** `countersign hooks …`. */
  hooks(...args: string[]): Promise<Said>;
  /** The same with --json, parsed; whatever its exit code. */
  json<T>(...args: string[]): Promise<T>;
  up(): Promise<void>;
  down(): Promise<void>;
  close(): Promise<void>;
}

/** Runs `countersign hooks …` in this process, against whatever is running. */
export function runHooks(args: readonly string[]): Promise<Said> {
  const ask: HooksDeps['ask'] = async (config, to, message, question) => {
    const line = peer(paths(config).socket(to));
    const answer = await line.ask(message, question);
    line.close();
    return answer;
  };
  return runHere((program) => registerHooks(program, { openBook: (config) => openBook(config, 'operator'), ask }), ['hooks', ...args]);
}

/** Makes the installation in a folder of its own. `hooks` is that part of its configuration, without the port. */
export async function makeDoorHouse(
  hooks: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = {},
): Promise<DoorHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'cs-hooks-'));
  const file = join(folder, 'countersign.yaml');
  initialise(file);
  const port = await freePort();
  const doc = parseDocument(readFileSync(file, 'utf8'));
  doc.set('hooks', { port, ...hooks });
  writeFileSync(file, doc.toString());
  let child: ReturnType<typeof spawn> | null = null;
  const config = (): Config => loadConfig(file);
  const down = (): Promise<void> =>
    new Promise((done) => {
      if (child === null || child.exitCode !== null) return done();
      child.once('close', () => done());
      child.kill('SIGTERM');
      child = null;
    });
  return {
    folder,
    port,
    config,
    url: `http://127.0.0.1:${port}`,
    hooks: (...args) => runHooks([...args, '--config', file]),
    json: async (...args) => {
      const said = await runHooks([...args, '--json', '--config', file]);
      if (said.out === '') throw new Error(`hooks ${args.join(' ')} ended with ${said.code}: ${said.err}`);
      return JSON.parse(said.out) as never;
    },
    up: () =>
      new Promise((ready, fail) => {
        const { COUNTERSIGN_SUPERVISED: _, ...own } = environmentOf(config(), 'hooks', { PATH: process.env['PATH'], ...env });
        const started = spawn(process.execPath, nodeArguments(config(), 'hooks', process.env), {
          cwd: folder,
          env: own,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        child = started;
        createInterface({ input: started.stdout }).on('line', (line) => {
          const { event, message } = JSON.parse(line) as { event: string; message?: string };
          if (event === 'ready') ready();
          if (event === 'failed') fail(new Error(message));
        });
        started.once('error', fail);
      }),
    down,
    close: async () => {
      await down();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
