import { mkdirSync, statSync } from 'node:fs';
import type { SignerName } from '../action/statement.ts';
import type { Catalogue } from '../action/operation.ts';
import type { Digest } from '../action/digest.ts';
import { CountersignError, ok } from '../errors.ts';
import { loadIdentity, trustOf } from '../record/identity.ts';
import type { Identity, Trust } from '../record/identity.ts';
import { openRecorder } from '../record/recorder.ts';
import type { GroupRecorder } from '../record/recorder.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import type { Listener } from '../wire/messages.ts';
import { listen } from '../wire/server.ts';
import type { Handlers } from '../wire/server.ts';
import { loadConfig } from './config.ts';
import { paths } from './paths.ts';
import type { Config } from './config.ts';

/** What every process has once it is up. */
export interface Process {
  readonly name: Listener;
  readonly config: Config;
  readonly store: Store;
  readonly trust: Trust;
  readonly identity: Identity;
  readonly recorder: GroupRecorder;
  /** Writes one event for the supervisor: a line of JSON. Nothing secret may be in it. */
  say(event: string, detail?: Readonly<Record<string, string | number | null>>): void;
}

/** What a process serves and closes. */
export interface Running {
  readonly handlers?: Handlers;
  /** A line for `health`: `12 tools, policy sha256:ab…`. */
  readonly state?: () => string;
  close(): Promise<void>;
}

/** Opens the book of an installation for one signer. */
export async function openBook(
  config: Config,
  name: SignerName,
): Promise<Pick<Process, 'store' | 'trust' | 'identity' | 'recorder'> & { close(): Promise<void> }> {
  const place = paths(config);
  const identity = loadIdentity(name, place.key(name));
  const trust = trustOf(config.trust);
  if (!trust.has(identity.keyId))
    throw new CountersignError(
      'bad-key',
      `the key of the ${name} in ${place.key(name)} is not the one that the configuration trusts: restore the key, or put its public half under trust.${name}`,
    );
  const store = await openSqliteStore(place.store);
  return { store, trust, identity, recorder: openRecorder(store, identity), close: () => store.close() };
}

/** The catalogues' digests, for the statement that a process came up. */
export function catalogueDigests(catalogues: readonly Catalogue[]): Record<string, Digest> {
  return Object.fromEntries(catalogues.map((catalogue) => [catalogue.system, catalogue.digest]));
}

const say: Process['say'] = (event, detail = {}) => {
  process.stdout.write(`${JSON.stringify({ event, ...detail })}\n`);
};

function configArgument(argv: readonly string[]): string {
  const at = argv.indexOf('--config');
  return (at === -1 ? undefined : argv[at + 1]) ?? process.env['COUNTERSIGN_CONFIG'] ?? 'countersign.yaml';
}

/** Ends this process when it is told to, or when its supervisor is gone (its end of the standard input closes). */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
    if (process.env['COUNTERSIGN_SUPERVISED'] === undefined) return;
    process.stdin.once('end', () => resolve('supervisor gone'));
    process.stdin.once('error', () => resolve('supervisor gone'));
    process.stdin.resume();
  });
}

/** Makes the folder of the sockets, and refuses one that others can enter: whoever can reach a socket can ask. */
function openRunFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new CountersignError(
      'bad-config',
      `${folder} must belong to this user and be closed to others (mode 0700): correct it, or remove it`,
    );
}

/** Why a process did not start, for the supervisor's line. What the machine refuses to every program is no bug of ours. */
export function whyFailed(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof CountersignError) return { code: error.code, message: error.message };
  const { code, port } = error as { code?: unknown; port?: unknown };
  if (code === 'EADDRINUSE' && typeof port === 'number')
    return {
      code: 'bad-config',
      message: `port ${port} of 127.0.0.1 is taken by another program, or by a house that is up already: stop that one, or give another port in the configuration`,
    };
  return { code: 'bug', message: String(error instanceof Error ? (error.stack ?? error.message) : error) };
}

/**
 * The life of a process: configuration, key, store, its own part, its socket, and a clean stop. Never returns.
 * A process that cannot begin says why on one line and exits with 1; nothing half-open is left behind.
 */
export async function main(name: Listener, begin: (p: Process) => Promise<Running>): Promise<never> {
  try {
    const config = loadConfig(configArgument(process.argv));
    const place = paths(config);
    openRunFolder(place.run);
    const book = await openBook(config, name);
    const running = await begin({ name, config, say, ...book });
    const socket = await listen(place.socket(name), name, {
      ...running.handlers,
      health: async () => ok({ name, pid: process.pid, state: running.state?.() ?? 'ready' }),
    });
    say('ready', { state: running.state?.() ?? 'ready' });
    const why = await untilStopped();
    say('stopping', { why });
    await socket.close();
    await running.close();
    await book.close();
    process.exit(0);
  } catch (error) {
    say('failed', whyFailed(error));
    process.exit(1);
  }
}
