import type { Command } from 'commander';
import { parseCanonical } from '../../action/canonical.ts';
import { cut } from '../../action/cut.ts';
import { digestText } from '../../action/digest.ts';
import type { Digest } from '../../action/digest.ts';
import type { Json } from '../../action/json.ts';
import type { Statement } from '../../action/statement.ts';
import { isoUtc } from '../../action/time.ts';
import { visible } from '../../action/visible.ts';
import { limits } from '../../limits.ts';
import { openAs } from '../../record/identity.ts';
import type { Trust } from '../../record/identity.ts';
import type { Recorder } from '../../record/recorder.ts';
import type { Store } from '../../store/store.ts';
import type { Config } from '../config.ts';
import { action, common, Exit, exits } from './context.ts';
import type { Context } from './context.ts';

/*
 * What was withheld from the model because it is hostile. A person looks at it here, and lets it through if it is not what
 * it seemed: the next read of the same content is then shown to the model, still marked as what it is.
 */

interface Book {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly trust: Trust;
}

/** What the content commands need of their surroundings. */
export interface ContentDeps {
  /** Opens the book with the operator's key. */
  openBook(config: Config): Promise<Book & { close(): Promise<void> }>;
}

/** `id`: the call that the content was withheld from, or the event whose content it is. */
interface Held {
  readonly id: string;
  readonly statement: Statement<'read'> | Statement<'outcome'> | Statement<'event-given'>;
  readonly original: Digest;
}

async function withheld({ store, trust }: Book): Promise<readonly Held[]> {
  const kinds = ['read', 'outcome', 'event-given'] as const;
  const held = await Promise.all(
    kinds.map(async (kind) =>
      (await store.statementsOfKind(kind)).flatMap((entry): Held[] => {
        const opened = openAs(trust, entry, kind);
        const original = opened.ok ? (opened.value.body.content?.withheld ?? null) : null;
        if (!opened.ok || original === null) return [];
        const { body } = opened.value;
        return [{ id: 'event' in body ? body.event : body.proposal, statement: opened.value, original }];
      }),
    ),
  );
  // An event goes to each of its consumers, and is withheld from each of them.
  const seen = new Set<string>();
  return held.flat().filter(({ id, original }) => !seen.has(`${id} ${original}`) && seen.add(`${id} ${original}`));
}

async function openedAlready({ store, trust }: Book): Promise<ReadonlySet<Digest>> {
  const entries = await store.statementsOfKind('content-opened');
  return new Set(
    entries.map((entry) => openAs(trust, entry, 'content-opened')).flatMap((one) => (one.ok ? [one.value.body.original] : [])),
  );
}

async function withBook<T>(context: Context, deps: ContentDeps, body: (book: Book) => Promise<T>): Promise<T> {
  const book = await deps.openBook(context.config());
  try {
    return await body(book);
  } finally {
    await book.close();
  }
}

const whatOf = ({ statement }: Held): string => {
  const { source } = statement.body;
  return source === null ? statement.kind : `${source.system} ${source.operation}: ${source.target}`;
};

async function list(context: Context, deps: ContentDeps): Promise<void> {
  await withBook(context, deps, async (book) => {
    const opened = await openedAlready(book);
    const held = await withheld(book);
    context.say(
      held.map((one) => ({
        proposal: one.id,
        at: isoUtc(one.statement.atMs),
        source: one.statement.body.source,
        findings: one.statement.body.content?.findings ?? [],
        opened: opened.has(one.original),
      })),
      held.length === 0
        ? ['nothing was withheld']
        : held.flatMap((one) => [
            `${one.id}  ${isoUtc(one.statement.atMs)}  ${opened.has(one.original) ? 'opened  ' : 'withheld'}  ${visible(whatOf(one))}`,
            ...(one.statement.body.content?.findings ?? []).map(({ what, count }) => `    ${what}${count > 1 ? ` (${count} times)` : ''}`),
          ]),
    );
  });
}

async function find(book: Book, id: string): Promise<Held> {
  const found = (await withheld(book)).find((one) => one.id === id);
  if (found === undefined)
    throw new Exit(exits.refused, 'not-found', 'nothing was withheld from this call or event: `countersign content list` shows what was');
  return found;
}

async function show(context: Context, deps: ContentDeps, proposal: string): Promise<void> {
  await withBook(context, deps, async (book) => {
    const { original, statement } = await find(book, proposal);
    const text = await book.store.body(original);
    if (text === null || digestText('body', text) !== original)
      throw new Exit(exits.refused, 'not-kept', 'the content is not kept any more, or was changed: read it again');
    const content: Json = parseCanonical(text);
    context.say({ proposal, original, findings: statement.body.content?.findings ?? [], content }, [
      'Between the two lines is what a third party wrote. Characters that cannot be seen are written as \\u{...}.',
      '-'.repeat(78),
      ...visible(JSON.stringify(content, null, 2), 'kept').split('\n'),
      '-'.repeat(78),
      `to let runs read it: countersign content open ${proposal}`,
    ]);
  });
}

async function open(context: Context, deps: ContentDeps, proposal: string, note: string): Promise<void> {
  await withBook(context, deps, async (book) => {
    const { original } = await find(book, proposal);
    await book.recorder.record({ statements: [{ kind: 'content-opened', body: { original, note: cut(note, limits.lineCharsMax) } }] });
    context.say({ proposal, original, opened: true }, [
      'From now on runs may read exactly this content. It stays marked as hostile: every write of such a run asks a person.',
    ]);
  });
}

/** `content list`, `content show`, `content open`. */
export function registerContent(program: Command, deps: ContentDeps): void {
  const content = program.command('content').description('third-party content that was withheld from the model');
  common(content.command('list').description('what was withheld, and why')).action(action((context) => list(context, deps)));
  common(
    content.command('show').argument('<proposal>', 'the call that it was withheld from, or the event').description('look at it'),
  ).action(action((context, _command, [proposal = '']) => show(context, deps, proposal)));
  common(
    content
      .command('open')
      .argument('<proposal>', 'the call that it was withheld from, or the event')
      .option('--note <text>', 'why, for the log', '')
      .description('let runs read it'),
  ).action(action((context, command, [proposal = '']) => open(context, deps, proposal, command.opts<{ note: string }>().note)));
}
