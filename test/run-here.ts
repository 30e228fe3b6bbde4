import { Command } from 'commander';
import { vi } from 'vitest';

/** How a command ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs one command in this process, against what the test has put in the place of a house: `register` adds the commands with
 * it. Whoever words a command wrongly is told so by a throw of commander.
 */
export async function runHere(register: (program: Command) => void, args: readonly string[]): Promise<Said> {
  const program = new Command('countersign').exitOverride();
  register(program);
  const said = { out: '', err: '' };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((said.out += String(text)), true)),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said.err += String(text)), true)),
  ];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await program.parseAsync(args, { from: 'user' });
    return { ...said, code: process.exitCode };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}
