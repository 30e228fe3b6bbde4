import type { Command } from 'commander';
import { z } from 'zod';
import type { Result } from '../../errors.ts';
import type { Config } from '../config.ts';
import { action, common, Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';
import type { Question } from '../../wire/messages.ts';
import type { PeopleDeps } from './people-deps.ts';
import { countersignHere } from './people-proposals.ts';
import type { SignOptions } from './people-proposals.ts';

/** How this command reaches the house. */
export interface ReconcileDeps extends PeopleDeps {
  askExecutor(config: Config, question: Question<'reconcile'>): Promise<Result<unknown>>;
}

interface Options extends Partial<SignOptions> {
  readonly settle?: string;
}

const reconciledShape = z.object({ proposal: z.string(), outcome: z.string(), basis: z.string(), message: z.string() });

/** Without a proposal: everything whose outcome is unknown. */
async function list(context: Context, deps: ReconcileDeps): Promise<void> {
  const book = await deps.openBook(context.config());
  try {
    const rows = await book.store.proposals({ states: ['unknown'], limit: 1000 });
    context.say(
      rows,
      rows.length === 0
        ? ['nothing is unknown']
        : [
            ...rows.map((row) => `${row.id}  ${row.system}.${row.operation}  asked by ${row.user}`),
            'look at one with `countersign reconcile <id>`',
          ],
    );
  } finally {
    await book.close();
  }
}

async function one(context: Context, deps: ReconcileDeps, proposal: string, options: Options): Promise<void> {
  const { settle } = options;
  if (settle !== undefined && settle !== 'done' && settle !== 'failed') throw new Exit(exits.usage, 'usage', '--settle is done or failed');
  if (settle !== undefined && options.as === undefined)
    throw new Exit(exits.usage, 'usage', 'to settle an outcome by hand, an approver signs for it: add --as <approver>');
  const signed =
    settle === undefined || options.as === undefined
      ? null
      : await countersignHere(
          context,
          deps,
          { proposal, decision: settle === 'done' ? 'sign' : 'refuse', purpose: 'countersign/settlement' },
          { ...options, as: options.as },
        );
  const answer = await deps.askExecutor(context.config(), {
    proposal,
    settle: settle ?? null,
    countersignature: signed?.countersignature ?? null,
  });
  if (!answer.ok) throw exitRefused(answer);
  const value = reconciledShape.parse(answer.value);
  context.say(value, [
    `${value.proposal}: ${value.outcome} (${value.basis === 'found' ? 'found in the third party' : "a person's word"}): ${value.message}`,
  ]);
}

/** `reconcile`: find out what became of an execution whose outcome is not known. Nothing is ever sent again. */
export function registerReconcile(program: Command, deps: ReconcileDeps): void {
  common(program.command('reconcile').argument('[proposal]', 'a proposal whose outcome is unknown; without one, all of them are listed'))
    .description('find out what became of an execution whose outcome is unknown; nothing is sent again')
    .option('--settle <outcome>', 'done or failed, after you have looked into the third party yourself')
    .option('--as <approver>', 'who signs for the settlement')
    .option('--key-file <file>', "the approver's key")
    .option('--passphrase-file <file>', 'where its passphrase is')
    .option('--note <text>', 'what you saw, for the log')
    .option('--yes', 'do not ask for the code of the card')
    .action(
      action((context, command, [proposal]) =>
        proposal === undefined ? list(context, deps) : one(context, deps, proposal, command.opts<Options>()),
      ),
    );
}
