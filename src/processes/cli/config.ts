import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { CountersignError } from '../../errors.ts';
import { checkSettings } from '../../inbound/endpoint.ts';
import { loadCatalogues } from '../catalogues.ts';
import { configShape, parseConfig } from '../config.ts';
import { refetchProblems } from '../config-consumers.ts';
import type { Config, ConfigProblem } from '../config.ts';
import { readOnce } from '../followed-file.ts';
import { endpointSettings, openProxies, openSourceRule, providerAt } from '../hooks-endpoints.ts';
import { followingKeys, keysFileOf } from '../hooks-keys.ts';
import { readRotation } from '../hooks-rotation.ts';
import { loadPolicy } from '../policy.ts';
import { publishesKeys } from '../published-keys.ts';
import { action, common, exits } from './context.ts';
import type { Context } from './context.ts';

/** Without a sender, and something that proves it, an endpoint does not open. Whether a secret is a good one, only the door can tell. */
function proofProblem(config: Config, id: string): void {
  const { endpoints } = config.hooks;
  const provider = providerAt(config, id);
  const file = keysFileOf(config, id);
  if (file !== null) {
    const keys = readOnce(file, followingKeys(provider));
    if (!keys.ok)
      throw new CountersignError('bad-config', `hooks.endpoints.${id}.keys: ${keys.message}: \`countersign hooks keys\` writes it`);
    return;
  }
  const rotation = readRotation(config, id);
  if (!rotation.ok) throw new CountersignError('bad-config', `hooks.endpoints.${id}: ${rotation.message}`);
  const named = (endpoints[id]?.secrets.length ?? 0) + rotation.value.added.length;
  if (named > 0 || Object.values(endpoints).some(({ installs }) => installs?.includes(id) === true)) return;
  const next = publishesKeys(provider)
    ? `\`countersign hooks keys ${provider.id} --write <file>\` brings its public keys, and \`keys: { file: <file> }\` names them`
    : `\`countersign hooks rotate ${id}\` makes or takes one`;
  throw new CountersignError('bad-config', `hooks.endpoints.${id}: it has no secret yet: ${next}`);
}

/** What is wrong with an endpoint besides its secrets. */
function settingsProblem(config: Config, id: string): void {
  const checked = checkSettings(endpointSettings(config, id));
  if (!checked.ok) throw new CountersignError('bad-config', `hooks.endpoints.${id}: ${checked.message}`);
}

/** What is wrong with the hooks door, as far as it can be seen without its secrets, which only the door itself is given. */
function hooksProblems(config: Config): ConfigProblem[] {
  const steps = [
    () => openProxies(config),
    ...Object.keys(config.hooks.endpoints).flatMap((id) => [
      () => settingsProblem(config, id),
      () => proofProblem(config, id),
      () => openSourceRule(config, id),
    ]),
  ];
  const problems = steps.flatMap((step): ConfigProblem[] => {
    try {
      step();
      return [];
    } catch (error) {
      if (error instanceof CountersignError) return [{ path: '', line: null, message: error.message }];
      throw error;
    }
  });
  // Two steps can meet the same thing, such as a sender that there is not.
  return [...new Map(problems.map((one) => [one.message, one])).values()];
}

/** What only the files and code that a configuration names can tell. */
async function deeper(config: Config): Promise<ConfigProblem[]> {
  const hooks = hooksProblems(config);
  if (hooks.length > 0) return hooks;
  try {
    const catalogues = loadCatalogues(config);
    const refetch = refetchProblems(config, catalogues);
    if (refetch.length > 0) return refetch.map((one) => ({ ...one, line: null }));
    const policy = await loadPolicy(config, [...catalogues.values()]);
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
