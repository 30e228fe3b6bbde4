import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { freePort, runCommand } from '../fakes/world.ts';
import { sessionCaller, statelessCaller } from './mcp-client.ts';
import type { Caller } from './mcp-client.ts';

/*
 * The ways to the same tool: `echo` of @modelcontextprotocol/server-everything, a server that we did not write.
 */

const root = resolve(fileURLToPath(import.meta.url), '..', '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
const everything = join(root, 'node_modules', '@modelcontextprotocol', 'server-everything', 'dist', 'index.js');
const loopback = join(root, 'bench', 'loopback.ts');

/** A way that is up. */
export interface Target {
  readonly name: string;
  /** What it does besides passing the call on. */
  readonly does: string;
  /** The root of the process tree whose CPU time counts. */
  readonly pid: number;
  open(callers: number): Promise<Caller>;
  close(): Promise<void>;
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    child.once('close', () => (clearTimeout(timer), done()));
    child.kill('SIGTERM');
  });
}

/** Waits until a way answers its first call. */
async function opened(open: (callers: number) => Promise<Caller>, name: string): Promise<void> {
  for (const until = Date.now() + 60_000; ;) {
    try {
      const caller = await open(1);
      await caller.call();
      return caller.close();
    } catch (error) {
      if (Date.now() > until) throw new Error(`${name} did not come up`, { cause: error });
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

const message = 'what is said';
const plain = { tool: 'echo', arguments: { message }, expected: `Echo: ${message}` };

/** A program of others, kept on the loopback interface. */
async function program(
  name: string,
  does: string,
  args: (port: number) => readonly string[],
  env: (port: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<Target> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', loopback, ...args(port)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '', ...env(port) },
  });
  const open: Target['open'] = (callers) => sessionCaller({ url: `http://127.0.0.1:${port}/mcp`, ...plain, callers });
  await opened(open, name);
  return { name, does, pid: child.pid ?? -1, open, close: () => stop(child) };
}

/** The server itself, over its own Streamable HTTP. */
export function direct(): Promise<Target> {
  return program(
    'direct',
    'nothing between',
    () => [everything, 'streamableHttp'],
    (port) => ({ PORT: String(port) }),
  );
}

/** Through mcp-proxy, which starts the server over stdio. */
export function mcpProxy(): Promise<Target> {
  return program('mcp-proxy', 'passes on', (port) => [
    bin('mcp-proxy'),
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--server',
    'stream',
    '--',
    process.execPath,
    everything,
    'stdio',
  ]);
}

/** Through supergateway, which starts the server over stdio. */
export function supergateway(): Promise<Target> {
  return program('supergateway', 'passes on', (port) => [
    bin('supergateway'),
    '--stdio',
    `${process.execPath} ${everything} stdio`,
    '--outputTransport',
    'streamableHttp',
    '--stateful',
    '--port',
    String(port),
    '--logLevel',
    'none',
  ]);
}

/** A whole house of ours in front of the same server, and two ways in: with a session, and stateless. */
export async function countersign(): Promise<readonly Target[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const cliFile = join(root, 'src', 'processes', 'cli.ts');
  const configFile = join(folder, 'countersign.yaml');
  const env = { COUNTERSIGN_CONFIG: configFile };
  const cli = async (...args: string[]): Promise<string> => {
    const result = await runCommand(cliFile, args, { cwd: folder, env });
    if (result.code !== 0) throw new Error(`countersign ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  await cli('init');
  const port = await freePort();
  const doc = parseDocument(readFileSync(configFile, 'utf8'));
  doc.set('gateway', { port });
  doc.set('console', { port: await freePort() });
  doc.set('hooks', { port: await freePort() });
  doc.set('systems', {
    demo: { connector: 'mcp', catalogue: 'demo.yaml', tenant: 'bench', read: { command: process.execPath, args: [everything, 'stdio'] } },
  });
  writeFileSync(configFile, doc.toString());
  await cli('catalog', 'add', 'demo');
  const catalogue = parseDocument(readFileSync(join(folder, 'demo.yaml'), 'utf8'));
  catalogue.setIn(['tools', 'echo', 'enabled'], true);
  catalogue.setIn(['tools', 'echo', 'class'], 'read');
  catalogue.setIn(['tools', 'echo', 'fourEyes'], false);
  writeFileSync(join(folder, 'demo.yaml'), catalogue.toString());
  const { token } = JSON.parse(await cli('token', 'create', '--user', 'alice', '--agent', 'bench', '--json')) as { token: string };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cliFile, 'up', '--json'], {
    cwd: folder,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  const options = {
    url: `http://127.0.0.1:${port}/mcp`,
    headers: { authorization: `Bearer ${token}` },
    tool: 'demo_echo',
    arguments: { message },
    expected: `Echo: ${message}`,
  };
  const session: Target['open'] = (callers) => sessionCaller({ ...options, callers });
  const close = async (): Promise<void> => {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  };
  await opened(session, 'countersign').catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const does = 'policy, labels, two signed durable records';
  return [
    { name: 'countersign, 2025-11-25', does, pid: child.pid ?? -1, open: session, close: () => Promise.resolve() },
    {
      name: 'countersign, 2026-07-28',
      does,
      pid: child.pid ?? -1,
      open: (callers) => Promise.resolve(statelessCaller({ ...options, callers })),
      close,
    },
  ];
}
