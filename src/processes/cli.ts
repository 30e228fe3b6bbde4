#!/usr/bin/env node
import { Command } from 'commander';
import type { Question, Listener, MessageName } from '../wire/messages.ts';
import type { Result } from '../errors.ts';
import { errorLine, exits } from './cli/context.ts';
import { paths } from './paths.ts';
import type { Config } from './config.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`countersign needs Node 22.15 or newer; this is ${process.versions.node}. Node 24 LTS is what it is tested on.\n`);
  process.exit(2);
}

/** Asks one process of a running house one question. */
async function ask<M extends MessageName>(config: Config, to: Listener, message: M, question: Question<M>): Promise<Result<unknown>> {
  const { peer } = await import('../wire/client.ts');
  const line = peer(paths(config).socket(to));
  const answer = await line.ask(message, question);
  line.close();
  return answer.ok || answer.code !== 'not-reachable'
    ? answer
    : { ...answer, message: `the ${to === 'hooks' ? 'hooks door' : to} is not running: start the house with \`countersign up\`` };
}

const deps = {
  ask,
  askExecutor: (config: Config, question: Question<'reconcile'>) => ask(config, 'executor', 'reconcile', question),
  openBook: async (config: Config) => (await import('./boot.ts')).openBook(config, 'operator'),
  openStore: async (config: Config) => (await import('../store/sqlite.ts')).openSqliteStore(paths(config).store),
  catalogues: async (config: Config) => [...(await import('./catalogues.ts')).loadCatalogues(config).values()],
};

/** The commands, in the order of the help. A command loads its own code and no other: each is a process that should start at once. */
const groups: readonly { readonly commands: readonly string[]; register(program: Command): Promise<void> }[] = [
  { commands: ['init', 'up', 'run', 'status'], register: async (to) => (await import('./cli/house.ts')).registerHouse(to) },
  { commands: ['config'], register: async (to) => (await import('./cli/config.ts')).registerConfig(to) },
  { commands: ['catalog'], register: async (to) => (await import('./cli/catalog.ts')).registerCatalog(to) },
  { commands: ['policy'], register: async (to) => (await import('./cli/policy.ts')).registerPolicy(to, deps) },
  { commands: ['token'], register: async (to) => (await import('./cli/token.ts')).registerToken(to, deps) },
  { commands: ['hook'], register: async (to) => (await import('./cli/hook.ts')).registerHook(to) },
  { commands: ['hooks'], register: async (to) => (await import('./cli/hooks.ts')).registerHooks(to, deps) },
  { commands: ['content'], register: async (to) => (await import('./cli/content.ts')).registerContent(to, deps) },
  {
    commands: ['approver', 'proposals', 'show', 'sign', 'refuse'],
    register: async (to) => (await import('./cli/people.ts')).registerPeople(to, deps),
  },
  { commands: ['reconcile'], register: async (to) => (await import('./cli/reconcile.ts')).registerReconcile(to, deps) },
  { commands: ['account'], register: async (to) => (await import('./cli/account.ts')).registerAccount(to, deps) },
  { commands: ['log'], register: async (to) => (await import('./cli/log.ts')).registerLog(to) },
  { commands: ['scan'], register: async (to) => (await import('./cli/scan.ts')).registerScan(to) },
  { commands: ['mcp'], register: async (to) => (await import('./cli/mcp.ts')).registerMcp(to) },
  { commands: ['redteam'], register: async (to) => (await import('./cli/redteam.ts')).registerRedteam(to) },
];

// Set before the commands are added, which take it over: words that commander does not understand are a usage error, as our own are.
const json = process.argv.includes('--json');
const more = 'add --help to see what this command takes';
const program = new Command('countersign')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? exits.ok : exits.usage))
  .description('The reference monitor between AI agents and the systems they act on.')
  .helpCommand(false)
  .configureOutput({
    outputError: (text, write) => write(json ? errorLine(json, 'usage', `${text.replace(/^error: /, '').trim()} (${more})`) : text),
  })
  .showHelpAfterError(json ? false : `(${more})`);

// The help, and the answer to a word that is no command, name all of them.
const named = groups.filter(({ commands }) => commands.includes(process.argv[2] ?? ''));
for (const group of named.length > 0 ? named : groups) await group.register(program);

await program.parseAsync();
