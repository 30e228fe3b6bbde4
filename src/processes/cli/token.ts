import type { Command } from 'commander';
import { isoUtc } from '../../action/time.ts';
import { limits } from '../../limits.ts';
import { principalName } from '../../propose/bearer.ts';
import { createToken, listTokens, revokeToken } from '../../propose/issue.ts';
import type { Book, ListedToken } from '../../propose/issue.ts';
import type { Config } from '../config.ts';
import { dayMs, durationMs } from './arguments.ts';
import { action, common, Exit, exitRefused, exits } from './context.ts';
import type { Context } from './context.ts';

/** What the token commands need of their surroundings. */
export interface TokenDeps {
  /** Opens the book with the operator's key. */
  openBook(config: Config): Promise<Book & { close(): Promise<void> }>;
}

interface Wish {
  readonly user?: string;
  readonly agent?: string;
  readonly ttl?: string;
  readonly host?: boolean;
  readonly words?: boolean;
}

const defaultTtl = `${limits.tokenTtlMs / dayMs}d`;

function ttlOf(text: string): number {
  const ms = durationMs(text);
  if (ms === null || ms > limits.tokenTtlMaxMs)
    throw new Exit(
      exits.usage,
      'usage',
      `--ttl is a number of minutes, hours or days, at most ${limits.tokenTtlMaxMs / dayMs}d: 30m, 12h, 90d`,
    );
  return ms;
}

function nameOf(option: string, text: string | undefined): string {
  const name = principalName.safeParse(text);
  if (!name.success)
    throw new Exit(exits.usage, 'usage', `${option} is a name of 1 to ${limits.nameCharsMax} characters, without invisible ones`);
  return name.data;
}

async function withBook<T>(context: Context, deps: TokenDeps, body: (book: Book) => Promise<T>): Promise<T> {
  const book = await deps.openBook(context.config());
  try {
    return await body(book);
  } finally {
    await book.close();
  }
}

async function create(context: Context, deps: TokenDeps, wish: Wish): Promise<void> {
  const principal = { user: nameOf('--user', wish.user), agent: nameOf('--agent', wish.agent) };
  if (wish.host === true && wish.words === true) throw new Exit(exits.usage, 'usage', 'a token is for --host or for --words, not for both');
  const scope = wish.host === true ? 'host' : wish.words === true ? 'words' : 'agent';
  const expiresAtMs = Date.now() + ttlOf(wish.ttl ?? defaultTtl);
  const { port } = context.config().gateway;
  const { id, text } = await withBook(context, deps, (book) => createToken(book, { principal, scope, expiresAtMs }));
  const expiresAt = isoUtc(expiresAtMs);
  const use =
    scope === 'words'
      ? `the hook of your host application tells with it what the user said: see \`countersign hook --help\`. Keep it away from agents: it makes words the user's.`
      : scope === 'host'
        ? `your application opens runs with it: POST http://127.0.0.1:${port}/v1/runs. Keep it away from agents: it may speak for any user.`
        : `give it to the agent as COUNTERSIGN_TOKEN (for \`countersign mcp\`), or as "Authorization: Bearer …" for http://127.0.0.1:${port}/mcp`;
  context.say({ id, token: text, scope, ...principal, expiresAt }, [
    text,
    '',
    `This is shown once; only its digest is kept. It stands for ${principal.user} through ${principal.agent} until ${expiresAt}.`,
    use,
    `to take it back: countersign token revoke ${id}`,
  ]);
}

const time = (ms: number | null): string | null => (ms === null ? null : isoUtc(ms));

function line(token: ListedToken): string {
  const { id, state, principal, scope, expiresAtMs } = token;
  if (principal === null) return `${id}  ${state}: nobody signed for it, so the gateway refuses it`;
  return `${id}  ${state.padEnd(7)}  ${scope ?? ''}  ${principal.user} through ${principal.agent}  until ${time(expiresAtMs) ?? ''}`;
}

async function list(context: Context, deps: TokenDeps): Promise<void> {
  const tokens = await withBook(context, deps, (book) => listTokens(book, Date.now()));
  const said = tokens.map(({ id, state, principal, scope, createdAtMs, expiresAtMs }) => ({
    id,
    state,
    user: principal?.user ?? null,
    agent: principal?.agent ?? null,
    scope,
    createdAt: time(createdAtMs),
    expiresAt: time(expiresAtMs),
  }));
  context.say(
    said,
    tokens.length === 0 ? ['there is no token: `countersign token create --user <you> --agent <assistant>` makes one'] : tokens.map(line),
  );
}

async function revoke(context: Context, deps: TokenDeps, id: string): Promise<void> {
  const revoked = await withBook(context, deps, (book) => revokeToken(book, id));
  if (!revoked.ok) throw exitRefused(revoked);
  context.say({ id, revoked: true }, [`${id} is revoked: every gateway refuses it, and the runs that it opened, within two seconds`]);
}

/** `token create`, `token list`, `token revoke`. */
export function registerToken(program: Command, deps: TokenDeps): void {
  const token = program.command('token').description('bearer tokens: who an agent acts for');
  common(
    token
      .command('create')
      .description('make a token and show it once')
      .requiredOption('--user <user>', 'on whose behalf it acts')
      .requiredOption('--agent <agent>', 'the agent that holds it')
      .option('--ttl <time>', 'how long it is good for: 30m, 12h, 90d', defaultTtl)
      .option('--words', "for a hook of the host application: it tells the user's own words, and can do nothing else")
      .option('--host', 'for the host application: it opens runs for any user, and can do nothing else'),
  ).action(action((context, command) => create(context, deps, command.opts<Wish>())));
  common(token.command('list').description('all tokens, and whether they are good')).action(action((context) => list(context, deps)));
  common(
    token.command('revoke').argument('<id>', 'as `token list` shows it').description('take a token back, with the runs that it opened'),
  ).action(action((context, _command, [id = '']) => revoke(context, deps, id)));
}
