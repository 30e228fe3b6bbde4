import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { CountersignError } from '../../errors.ts';
import { loadCatalogues } from '../catalogues.ts';
import { configShape, parseConfig } from '../config.ts';
import type { Config, ConfigProblem } from '../config.ts';
import { openProxies, openSourceRule, providerAt } from '../hooks-endpoints.ts';
import { keysFileOf } from '../hooks-keys.ts';
import { loadPolicy } from '../policy.ts';
import { action, common, exits } from './context.ts';
import type { Context } from './context.ts';

/** What is wrong with the hooks door, as far as it can be seen without its secrets, which only the door itself is given. */
function hooksProblems(config: Config): ConfigProblem[] {
  const steps = [
    () => openProxies(config),
    ...Object.keys(config.hooks.endpoints).flatMap((id) => [
      () => providerAt(config, id),
      () => keysFileOf(config, id),
      () => openSourceRule(config, id),
    ]),
  ];
  return steps.flatMap((step): ConfigProblem[] => {
    try {
      step();
      return [];
    } catch (error) {
      if (error instanceof CountersignError) return [{ path: '', line: null, message: error.message }];
      throw error;
    }
  });
}

/** What only the files and code that a configuration names can tell. */
async function deeper(config: Config): Promise<ConfigProblem[]> {
  const hooks = hooksProblems(config);
  if (hooks.length > 0) return hooks;
  try {
    const catalogues = [...loadCatalogues(config).values()];
    const policy = await loadPolicy(config, catalogues);
    return policy.ok ? [] : [{ path: 'policy', line: null, message: policy.message }];
  } catch (error) {
    if (error instanceof CountersignError) return [{ path: 'systems', line: null, message: error.message }];
    throw error;
  }
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
  const problems = parsed.ok ? await deeper(parsed.config) : parsed.problems;
  const lines = problems.map(
    (problem) =>
      `${file}${problem.line === null ? '' : `:${problem.line}`}: ${problem.path === '' ? '' : `${problem.path}: `}${problem.message}`,
  );
  context.say({ file, ok: problems.length === 0, problems }, problems.length === 0 ? [`${file} is fine`] : lines);
  if (problems.length > 0) process.exitCode = exits.failed;
}

/** `config check` and `config schema`. */
export function registerConfig(program: Command): void {
  const config = program.command('config').description('look at the configuration');
  common(
    config.command('check').description('say what is wrong with the configuration, its catalogues and its policies, and where'),
  ).action(action(check));
  common(config.command('schema').description('print the JSON Schema of the configuration')).action(
    action(() => void process.stdout.write(`${JSON.stringify(z.toJSONSchema(configShape, { io: 'input' }), null, 2)}\n`)),
  );
}
