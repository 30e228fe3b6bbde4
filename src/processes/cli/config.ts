import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { CountersignError } from '../../errors.ts';
import { configShape, parseConfig } from '../config.ts';
import type { ConfigProblem } from '../config.ts';
import { checkConfig } from '../config-check.ts';
import type { ConfigFinding } from '../config-check.ts';
import { action, common, exits } from './context.ts';
import type { Context } from './context.ts';

const placeOf = (file: string, line: number | null): string => `${file}${line === null ? '' : `:${line}`}`;

/** What `config check` says: the same as one JSON document and in lines. Warnings stop nothing. */
export function checkAnswer(
  file: string,
  findings: readonly ConfigFinding[],
): {
  readonly value: {
    readonly file: string;
    readonly ok: boolean;
    readonly problems: readonly ConfigProblem[];
    readonly warnings: readonly ConfigProblem[];
  };
  readonly lines: readonly string[];
} {
  const of = (wanted: ConfigFinding['level']): readonly ConfigProblem[] =>
    findings.flatMap(({ level, path, line, message }) => (level === wanted ? [{ path, line, message }] : []));
  const [problems, warnings] = [of('error'), of('warning')];
  const lines = findings.map(
    ({ line, path, level, message }) =>
      `${placeOf(file, line)}: ${level === 'warning' ? 'warning: ' : ''}${path === '' ? '' : `${path}: `}${message}`,
  );
  const more = warnings.length === 0 ? '' : `, with ${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`;
  const ok = problems.length === 0;
  return { value: { file, ok, problems, warnings }, lines: ok ? [...lines, `${file} is fine${more}`] : lines };
}

async function check(context: Context): Promise<void> {
  const file = resolve(context.configFile);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CountersignError('bad-config', `there is no configuration at ${file}: run \`countersign init\`, or name one with --config`);
  }
  const parsed = parseConfig(text, file);
  const findings: readonly ConfigFinding[] = parsed.ok
    ? await checkConfig(parsed)
    : parsed.problems.map((problem) => ({ ...problem, level: 'error' }));
  const { value, lines } = checkAnswer(file, findings);
  context.say(value, lines);
  if (!value.ok) process.exitCode = exits.failed;
}

/** `config check` and `config schema`. */
export function registerConfig(program: Command): void {
  const config = program.command('config').description('look at the configuration');
  common(
    config
      .command('check')
      .description('say what is wrong with the configuration, the files that it names, its catalogues and its policies, and where'),
  ).action(action(check));
  common(config.command('schema').description('print the JSON Schema of the configuration')).action(
    action(() => void process.stdout.write(`${JSON.stringify(z.toJSONSchema(configShape, { io: 'input' }), null, 2)}\n`)),
  );
}
