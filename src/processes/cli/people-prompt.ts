import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { limits } from '../../limits.ts';
import { Exit, exits } from './context.ts';

/** Where a person types and reads. Questions never go to standard output, so that `--json` stays one document. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined; setRawMode?(raw: boolean): unknown };
  readonly output: NodeJS.WritableStream;
}

const here: Terminal = { input: process.stdin, output: process.stderr };

function mustBeATerminal(terminal: Terminal, instead: string): void {
  if (terminal.input.isTTY !== true) throw new Exit(exits.usage, 'usage', `there is no terminal to ask on: ${instead}`);
}

/** Asks for one line, with echo. */
export async function askLine(question: string, instead: string, terminal: Terminal = here): Promise<string> {
  mustBeATerminal(terminal, instead);
  const lines = createInterface({ input: terminal.input, output: terminal.output });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

/** Asks for one line that is not shown while it is typed. Ctrl-C and Ctrl-D give up. */
export async function askHidden(question: string, instead: string, terminal: Terminal = here): Promise<string> {
  mustBeATerminal(terminal, instead);
  const { input, output } = terminal;
  output.write(question);
  input.setRawMode?.(true);
  input.setEncoding('utf8');
  input.resume();
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const end = (settle: () => void): void => {
      input.off('data', onData);
      input.off('end', giveUp);
      input.setRawMode?.(false);
      input.pause();
      output.write('\n');
      settle();
    };
    const giveUp = (): void => end(() => reject(new Exit(exits.failed, 'given-up', 'given up: nothing was done')));
    const onData = (chunk: string | Buffer): void => {
      for (const key of chunk.toString()) {
        if (key === '\r' || key === '\n') return end(() => resolve(typed.join('')));
        if (key === '\u0003' || key === '\u0004') return giveUp();
        if (key === '\u007f' || key === '\b') typed = typed.slice(0, -1);
        else if (key === '\u0015') typed = [];
        else if (key >= ' ') typed.push(key);
      }
    };
    input.on('data', onData);
    input.once('end', giveUp);
  });
}

const others = 'set COUNTERSIGN_PASSPHRASE, or name a file with --passphrase-file';

/**
 * The passphrase of a key: from a file, from COUNTERSIGN_PASSPHRASE, or from the person. A new one is asked for twice.
 * The last line break of a file does not belong to it.
 */
export async function passphrase(file: string | undefined, what: string, isNew = false, terminal: Terminal = here): Promise<string> {
  const given = file === undefined ? process.env['COUNTERSIGN_PASSPHRASE'] : readPassphraseFile(file);
  if (given !== undefined) return given;
  const typed = await askHidden(
    `${isNew ? 'New passphrase' : 'Passphrase'} for ${what} (at least ${limits.passphraseCharsMin} characters): `,
    others,
    terminal,
  );
  if (isNew && (await askHidden('The same again: ', others, terminal)) !== typed)
    throw new Exit(exits.usage, 'usage', 'the two passphrases are not the same: nothing was done');
  return typed;
}

function readPassphraseFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    throw new Exit(exits.usage, 'usage', `the passphrase cannot be read from ${file}`);
  }
}
