import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import { codeRoot } from '../confine.ts';
import { action, exits } from './context.ts';

interface Options {
  readonly config?: string;
  readonly only?: readonly string[];
  readonly preset?: string;
  readonly json?: string;
  readonly html?: string;
}

/**
 * Runs the red team as a program of its own. The attacks and the pretend systems are no part of the command line: nothing
 * here imports them. Of the environment it gets only what finds programs: no credential of anybody can reach it.
 */
function run(options: Options): Promise<number> {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const given = (['config', 'preset', 'json', 'html'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  const only = (options.only ?? []).flatMap((id) => ['--only', id]);
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(codeRoot, 'redteam', `main${ending}`), ...given, ...only],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { PATH: process.env['PATH'] ?? '' } },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? exits.failed));
  });
}

/** `redteam`. */
export function registerRedteam(program: Command): void {
  program
    .command('redteam')
    .description('attack a house like yours: real processes, pretend systems; exits 1 if an attack got through')
    .option('--config <file>', 'your configuration: its systems are replaced by pretend ones, and are never contacted')
    .option('--preset <preset>', 'strict or balanced (default: strict, or what the configuration says)')
    .option('--only <id...>', 'only these scenarios, such as INC-05')
    .option('--json <file>', 'write the whole result as JSON')
    .option('--html <file>', 'write a report for people')
    .action(
      action(async (_context, command) => {
        process.exitCode = await run(command.opts<Options>());
      }),
    );
}
