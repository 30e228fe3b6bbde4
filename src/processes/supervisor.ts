import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseJson } from '../action/parse-json.ts';
import { limits } from '../limits.ts';
import { listeners } from '../wire/messages.ts';
import type { Listener } from '../wire/messages.ts';
import type { Config } from './config.ts';
import { environmentOf, nodeArguments } from './confine.ts';

/** Something that happened to a process, for one line on the screen. */
export interface SupervisorEvent {
  readonly process: Listener | 'supervisor';
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A house that is up. */
export interface House {
  /** Resolves when every process was ready at least once; rejects (never throws later) when one gave up before that. */
  readonly ready: Promise<void>;
  pidOf(process: Listener): number | undefined;
  stop(): Promise<void>;
}

interface Member {
  child: ChildProcess | null;
  /** Ready at least once. */
  ready: boolean;
  /** When its present life was ready, by a clock that nobody sets; null before. */
  upSinceMs: number | null;
  failures: number;
  lastFailure: string;
  timer: NodeJS.Timeout | undefined;
}

function start(config: Config, name: Listener): ChildProcess {
  return spawn(process.execPath, nodeArguments(config, name, process.env), {
    cwd: config.folder,
    env: environmentOf(config, name, process.env),
    // The child ends when its standard input ends, so that it never outlives its supervisor.
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function parseLine(line: string): { event: string; detail: Record<string, unknown> } {
  try {
    const { event, ...detail } = parseJson(line) as Record<string, unknown>;
    if (typeof event === 'string') return { event, detail };
  } catch {
    // not one of our lines
  }
  return { event: 'output', detail: { line: line.slice(0, 2000) } };
}

/**
 * How often a process has failed in a row, now that it has ended. To be ready once is not enough to begin anew: what ends right
 * behind it, every time, would start again and again without a pause. `upMs`: since it was ready; 0 if it never was.
 */
export function failuresAfter(before: number, upMs: number): number {
  return upMs >= limits.restartStableMs ? 1 : before + 1;
}

/** Waits before the n-th restart, longer each time. */
function backoffMs(failures: number): number {
  return Math.min(limits.restartBackoffMs * 2 ** Math.max(0, failures - 1), limits.restartBackoffMaxMs);
}

/**
 * Starts the six processes, each with its own environment and file permissions, and keeps them up: a process that ends
 * is started again with back-off. Nothing depends on the order: a process whose peer is missing refuses, and says so.
 */
export function superviseHouse(config: Config, onEvent: (event: SupervisorEvent) => void): House {
  const members = new Map<Listener, Member>(
    listeners.map((name) => [name, { child: null, ready: false, upSinceMs: null, failures: 0, lastFailure: '', timer: undefined }]),
  );
  let stopping = false;
  let settle: { resolve: () => void; reject: (error: Error) => void } = { resolve: () => undefined, reject: () => undefined };
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  ready.catch(() => undefined);

  const began = (name: Listener, member: Member, event: string, detail: Record<string, unknown>): void => {
    if (event === 'failed' && typeof detail['message'] === 'string') member.lastFailure = detail['message'];
    if (event === 'ready') {
      member.ready = true;
      member.upSinceMs = performance.now();
      if ([...members.values()].every((one) => one.ready)) settle.resolve();
    }
    onEvent({ process: name, event, detail });
  };

  const ended = (name: Listener, member: Member, how: string): void => {
    member.child = null;
    if (stopping) return;
    member.failures = failuresAfter(member.failures, member.upSinceMs === null ? 0 : performance.now() - member.upSinceMs);
    member.upSinceMs = null;
    const waitMs = backoffMs(member.failures);
    onEvent({ process: name, event: 'ended', detail: { how, restartMs: waitMs } });
    if (!member.ready && member.failures >= limits.startTriesMax)
      settle.reject(new Error(`${name}: ${member.lastFailure === '' ? how : member.lastFailure}`));
    member.timer = setTimeout(() => launch(name, member), waitMs);
  };

  const launch = (name: Listener, member: Member): void => {
    const child = start(config, name);
    member.child = child;
    child.on('error', () => undefined);
    child.stdin?.on('error', () => undefined);
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on('line', (line) => began(name, member, parseLine(line).event, parseLine(line).detail));
    if (child.stderr !== null)
      createInterface({ input: child.stderr }).on('line', (line) =>
        onEvent({ process: name, event: 'output', detail: { line: line.slice(0, 2000) } }),
      );
    child.once('close', (code, signal) => ended(name, member, signal === null ? `exit ${code}` : signal));
  };

  for (const [name, member] of members) launch(name, member);
  return {
    ready,
    pidOf: (name) => members.get(name)?.child?.pid,
    stop: async () => {
      stopping = true;
      for (const member of members.values()) clearTimeout(member.timer);
      // The ledger goes last, so that the last words of the others are sealed.
      for (const group of [listeners.filter((name) => name !== 'ledger'), ['ledger'] as const])
        await Promise.all(group.map((name) => stopOne(members.get(name)?.child ?? null)));
    },
  };
}

function stopOne(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), limits.stopMs);
    child.once('close', () => (clearTimeout(timer), resolve()));
    child.kill('SIGTERM');
  });
}
