import type { Command } from 'commander';
import { unseen } from '../../action/characters.ts';
import { visible } from '../../action/visible.ts';
import { CountersignError } from '../../errors.ts';
import type { Refusal } from '../../errors.ts';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';

/** Exit codes of every command. */
export const exits = { ok: 0, failed: 1, usage: 2, refused: 3 } as const;

/** What a command is given: where the configuration is, and how to speak. */
export interface Context {
  readonly json: boolean;
  readonly configFile: string;
  /** Loads the configuration, or ends the command with its problems. */
  config(): Config;
  /** Prints the result: `value` as one JSON document with --json, `lines` otherwise. */
  say(value: unknown, lines: readonly string[]): void;
}

/** Ends a command with a code and one message for the person. Thrown, so that everything is closed on the way out. */
export class Exit extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Ends a command because something was refused. */
export function exitRefused(refusal: Refusal): Exit {
  return new Exit(exits.refused, refusal.code, refusal.message);
}

interface Global {
  readonly json?: boolean;
  readonly config?: string;
}

/**
 * A value as JSON in which nothing moves the cursor or hides: what JSON leaves as it is, and nobody sees, is written as an escape.
 * It is the same value to every parser.
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(/[^\n\x20-\x7e]/gu, (point) =>
    unseen.test(point) ? point.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : point,
  );
}

/** The context of a command, from the options that every command has. */
function contextOf(command: Command): Context {
  const options = command.optsWithGlobals<Global>();
  const json = options.json === true;
  const configFile = options.config ?? process.env['COUNTERSIGN_CONFIG'] ?? 'countersign.yaml';
  return {
    json,
    configFile,
    config: () => loadConfig(configFile),
    say: (value, lines) => process.stdout.write(json ? `${jsonText(value, 2)}\n` : lines.map((line) => `${line}\n`).join('')),
  };
}

/** What is said on standard error. Whatever process or peer the words came from: nothing in them may move the cursor or hide. */
export function errorLine(json: boolean, code: string, message: string): string {
  return json ? `${jsonText({ error: { code, message } })}\n` : `${visible(message, 'kept')}\n`;
}

/** Adds the options that every command has. */
export function common(command: Command): Command {
  return command
    .option('--json', 'print one JSON document')
    .option('--config <file>', 'the configuration (default: countersign.yaml, or COUNTERSIGN_CONFIG)');
}

/** Runs the body of a command: turns what it throws into a message on standard error and an exit code. */
export function action(
  body: (context: Context, command: Command, args: readonly string[]) => Promise<void> | void,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const context = contextOf(command);
    try {
      await body(context, command, command.args);
    } catch (error) {
      const [status, code, message] =
        error instanceof Exit
          ? [error.status, error.code, error.message]
          : error instanceof CountersignError
            ? [exits.failed, error.code, error.message]
            : [exits.failed, 'bug', `unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
      process.stderr.write(errorLine(context.json, code, message));
      process.exitCode = status;
    }
  };
}
