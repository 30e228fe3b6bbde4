import type { Command } from 'commander';
import { z } from 'zod';
import { isoUtc } from '../../action/time.ts';
import { visible } from '../../action/visible.ts';
import type { Result } from '../../errors.ts';
import { principalName } from '../../propose/bearer.ts';
import { linkedAccounts } from '../../record/linked-accounts.ts';
import type { LinkedAccount } from '../../record/linked-accounts.ts';
import type { MessageName, Question } from '../../wire/messages.ts';
import type { Config } from '../config.ts';
import { action, common, Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';
import type { Book } from './people-deps.ts';

/** How these commands reach the house: the socket of the hooks door, and the book. */
export interface AccountDeps {
  ask<M extends MessageName>(config: Config, to: 'hooks', message: M, question: Question<M>): Promise<Result<unknown>>;
  openBook(config: Config): Promise<Book>;
}

const startedShape = z.object({ url: z.string(), expiresAtMs: z.number() });

async function link(context: Context, deps: AccountDeps, account: string, user: string | undefined): Promise<void> {
  const name = principalName.safeParse(user);
  if (!name.success) throw new Exit(exits.usage, 'usage', '--as is the name of a user, without invisible characters');
  const answer = await deps.ask(context.config(), 'hooks', 'account-start', { account, user: name.data });
  if (!answer.ok) throw exitRefused(answer);
  const { url, expiresAtMs } = startedShape.parse(answer.value);
  const expiresAt = isoUtc(expiresAtMs);
  context.say({ account, user: name.data, url, expiresAt }, [
    url,
    '',
    `Open this in your browser before ${expiresAt}. It is good once: whoever opens it is the one who is asked.`,
    'Nothing is linked before you have seen, on the last page, whose account it is.',
  ]);
}

/** What `account list` says of one account of the configuration. */
function rowOf(name: string, config: Config, linked: LinkedAccount | undefined): Readonly<Record<string, unknown>> {
  const settings = config.accounts[name];
  const about = { account: name, system: settings?.system ?? null, zone: settings?.zone ?? null };
  if (linked === undefined) return { ...about, state: 'not-linked' };
  const { link: body, atMs, state } = linked;
  return {
    ...about,
    state: state === 'in-place' ? 'linked' : 'replaced',
    id: body.id,
    name: body.name,
    issuer: body.issuer,
    scopes: body.granted,
    user: body.user,
    linkedAt: isoUtc(atMs),
    tokenExpiresAt: body.tokenExpiresAtMs === null ? null : isoUtc(body.tokenExpiresAtMs),
    refreshToken: body.refresh,
    credential: body.credential,
  };
}

function lineOf(name: string, linked: LinkedAccount | undefined): string {
  if (linked === undefined) return `${name}  not linked: countersign account link ${name} --as <user>`;
  const { link: body, atMs, state } = linked;
  const scopes = body.granted.length === 0 ? 'no scope' : body.granted.join(' ');
  const what = state === 'in-place' ? 'linked' : 'REPLACED: the credential file holds something else';
  // Id and name are the issuer's words.
  return visible(
    `${name}  ${what}  ${body.id} (${body.name}) at ${body.issuer}, by ${body.user} on ${isoUtc(atMs)}, ${scopes}, ${body.credential}`,
  );
}

async function list(context: Context, deps: AccountDeps): Promise<void> {
  const config = context.config();
  const names = Object.keys(config.accounts);
  const book = await deps.openBook(config);
  try {
    const links = await linkedAccounts(book, (name) => {
      const settings = config.accounts[name];
      return settings === undefined ? null : `${settings.system}/${settings.credentialFile}`;
    });
    context.say(
      names.map((name) => rowOf(name, config, links.get(name))),
      names.length === 0
        ? ['the configuration names no account: see docs/accounts.md']
        : names.map((name) => lineOf(name, links.get(name))),
    );
  } finally {
    await book.close();
  }
}

/** `account link` and `account list`. */
export function registerAccount(program: Command, deps: AccountDeps): void {
  const account = program.command('account').description('credentials that a person links in a browser');
  common(
    account
      .command('link')
      .argument('<account>', 'as the configuration names it')
      .description('begin to link an account: prints an address to open in your browser'),
  )
    .requiredOption('--as <user>', 'who you are, for the page and for the log')
    .action(action((context, command, [name = '']) => link(context, deps, name, command.opts<{ as?: string }>().as)));
  common(account.command('list').description('which accounts are linked: whose, by whom, with what scope; never a token')).action(
    action((context) => list(context, deps)),
  );
}
