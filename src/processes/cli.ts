#!/usr/bin/env node
import { Command } from 'commander';
import type { Question, Listener, MessageName } from '../wire/messages.ts';
import { peer } from '../wire/client.ts';
import type { Result } from '../errors.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { openBook } from './boot.ts';
import { loadCatalogues } from './catalogues.ts';
import { registerAccount } from './cli/account.ts';
import { registerCatalog } from './cli/catalog.ts';
import { registerConfig } from './cli/config.ts';
import { registerContent } from './cli/content.ts';
import { exits } from './cli/context.ts';
import { registerHook } from './cli/hook.ts';
import { registerHouse } from './cli/house.ts';
import { registerLog } from './cli/log.ts';
import { registerMcp } from './cli/mcp.ts';
import { registerPeople } from './cli/people.ts';
import { registerPolicy } from './cli/policy.ts';
import { registerReconcile } from './cli/reconcile.ts';
import { registerRedteam } from './cli/redteam.ts';
import { registerScan } from './cli/scan.ts';
import { registerToken } from './cli/token.ts';
import { paths } from './config.ts';
import type { Config } from './config.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`countersign needs Node 22.15 or newer; this is ${process.versions.node}. Node 24 LTS is what it is tested on.\n`);
  process.exit(2);
}

/** Asks one process of a running house one question. */
async function ask<M extends MessageName>(config: Config, to: Listener, message: M, question: Question<M>): Promise<Result<unknown>> {
  const line = peer(paths(config).socket(to));
  const answer = await line.ask(message, question);
  line.close();
  return answer.ok || answer.code !== 'not-reachable'
    ? answer
    : { ...answer, message: `the ${to} is not running: start the house with \`countersign up\`` };
}

const deps = {
  ask,
  askExecutor: (config: Config, question: Question<'reconcile'>) => ask(config, 'executor', 'reconcile', question),
  openBook: (config: Config) => openBook(config, 'operator'),
  openStore: (config: Config) => openSqliteStore(paths(config).store),
  catalogues: async (config: Config) => [...loadCatalogues(config).values()],
};

// Set before the commands are added, which take it over: words that commander does not understand are a usage error, as our own are.
const program = new Command('countersign')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? exits.ok : exits.usage))
  .description('The reference monitor between AI agents and the systems they act on.')
  .helpCommand(false)
  .showHelpAfterError('(add --help to see what this command takes)');

registerHouse(program);
registerConfig(program);
registerCatalog(program);
registerPolicy(program, deps);
registerToken(program, deps);
registerHook(program);
registerContent(program, deps);
registerPeople(program, deps);
registerReconcile(program, deps);
registerAccount(program, deps);
registerLog(program);
registerScan(program);
registerMcp(program);
registerRedteam(program);

await program.parseAsync();
