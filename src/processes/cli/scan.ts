import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Json } from '../../action/json.ts';
import { parseJson } from '../../action/parse-json.ts';
import { visible } from '../../action/visible.ts';
import { inspectContent } from '../../content/inspect.ts';
import type { ContentFinding, Inspected } from '../../content/inspected.ts';
import type { Level } from '../../action/vocabulary.ts';
import { limits } from '../../limits.ts';
import { action, common, Exit, exits } from './context.ts';
import type { Context } from './context.ts';

interface Options {
  readonly form: 'prose' | 'source';
  readonly personal?: boolean;
  readonly open?: boolean;
}

/** What the level is to a script. Beyond it, 2 is also what every command ends with if it was called wrongly, and then says so. */
const statusOf: Readonly<Record<Level, number>> = { none: 0, noted: 0, suspicious: 1, hostile: 2 };

function formOf(text: string): Options['form'] {
  if (text !== 'prose' && text !== 'source') throw new InvalidArgumentError('It is prose or source.');
  return text;
}

function read(file: string): string {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch {
    throw new Exit(exits.usage, 'not-found', `${file === '-' ? 'standard input' : resolve(file)} cannot be read`);
  }
  if (text.length > limits.contentJsonCharsMax)
    throw new Exit(exits.usage, 'too-long', `at most ${limits.contentJsonCharsMax} characters are read at once`);
  return text;
}

/** A file of JSON is looked at field by field, as what a tool returns is; anything else is one text. */
function contentOf(text: string): Json {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

const where: Readonly<Record<ContentFinding['view'], string>> = {
  visible: '',
  skeleton: ', in disguise',
  decoded: ', in an encoding',
  hidden: ', where people do not see it',
};

function findingLine({ kind, what, view, count, rule }: ContentFinding): string {
  const said = kind === 'injection' && !/^an? /.test(what) ? `text that ${what}` : what;
  return `${kind.padEnd(9)} ${said}${where[view]}${count > 1 ? `, ${count} times` : ''} (${rule})`;
}

function linesOf(result: Inspected): string[] {
  const shown =
    result.kind === 'withheld' ? result.notice : typeof result.value === 'string' ? result.value : JSON.stringify(result.value, null, 2);
  const links =
    result.kind === 'shown' ? result.references.map(({ number, kind, url }) => `${kind} ${number}: ${url ?? 'leads nowhere'}`) : [];
  return [
    visible(shown, 'kept'),
    '',
    `level: ${result.level}`,
    ...(result.findings.length === 0 ? ['nothing was found, which does not make it trusted'] : result.findings.map(findingLine)),
    ...links.map((line) => visible(line)),
  ];
}

function scan(context: Context, command: Command, args: readonly string[]): void {
  const { form, personal = false, open = false } = command.opts<Options>();
  const result = inspectContent(contentOf(read(args[0] ?? '-')), { form, personal, openHostile: open });
  process.exitCode = statusOf[result.level];
  context.say(result, linesOf(result));
}

/** Registers `countersign scan`. */
export function registerScan(program: Command): void {
  common(program.command('scan <file>'))
    .description('show what a model would be shown of a text from a third party, and what was found in it; `-` reads standard input')
    .option('--form <form>', '`source`: a file in which people see the markup; it stays, and so do URLs', formOf, 'prose')
    .option('--personal', 'tell personal data as well: cards, bank accounts, addresses, numbers to call')
    .option('--open', 'show the text even if it is hostile')
    .addHelpText(
      'after',
      `
Ends with 0 if nothing speaks against the text (level none or noted), 1 if it is suspicious, 2 if it is hostile or too much
to be checked. A text without findings is no more trusted than one with them. A file of JSON is looked at field by field.`,
    )
    .action(action(scan));
}
