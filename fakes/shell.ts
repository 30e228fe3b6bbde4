import { fork } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.ts';
import type { CommandResult } from './house.ts';

/*
 * A process that runs program files one after the other, and loads what they share once: most of the time of a short
 * command is the start of its process. What is about processes (standard input, signals, several at once) needs `runCommand`.
 */

/** A program file, with all that it is given. `env` is all of its environment. */
export interface ShellCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How it ended. */
export type ShellAnswer = CommandResult;

/** A shell. */
export interface Shell {
  /** Runs a program to its end, after those that were asked for before. `env` is all of its environment but PATH. */
  run(
    file: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  ): Promise<CommandResult>;
  close(): Promise<void>;
}

const here = fileURLToPath(import.meta.url);
const entry = join(resolve(here, '..'), `shell-process${here.endsWith('.ts') ? '.ts' : '.js'}`);

/** Starts a shell. It ends with this process, if it was not closed before, and keeps it from ending only while a command runs. */
export function openShell(): Shell {
  const around = { PATH: process.env['PATH'] ?? '', ...compiled };
  const child = fork(entry, [], {
    env: around,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting: { readonly done: (answer: CommandResult) => void; readonly fail: (error: Error) => void }[] = [];
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const broken = (): void => {
    for (const { fail } of waiting.splice(0)) fail(new Error('the shell has ended in the middle of a command'));
  };
  const hold = (held: boolean): void => {
    for (const handle of [child, child.channel])
      if (held) handle?.ref();
      else handle?.unref();
  };
  child.on('message', (answer) => {
    waiting.shift()?.done(answer as CommandResult);
    hold(waiting.length > 0);
  });
  child.once('error', broken).once('exit', broken);
  hold(false);
  return {
    run: (file, args, { cwd, env }) =>
      new Promise((done, fail) => {
        if (!child.connected) return fail(new Error('the shell is closed'));
        waiting.push({ done, fail });
        hold(true);
        child.send({ file, args, cwd, env: { ...around, ...env } } satisfies ShellCommand);
      }),
    close: async () => {
      child.ref();
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}
