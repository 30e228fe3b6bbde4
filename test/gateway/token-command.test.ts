import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openTokens } from '../../src/propose/tokens.ts';
import { registerToken } from '../../src/processes/cli/token.ts';
import { openTestBook } from './doors.ts';
import type { TestBook } from './doors.ts';

/** Runs one command and says what it printed and how it would exit. */
async function run(book: TestBook, args: readonly string[]): Promise<{ out: string; error: string; code: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-token-'));
  const file = join(folder, 'countersign.yaml');
  writeFileSync(file, 'version: 1\ninstallation: cs_12345678\ntrust: {}\n');
  const [out, error] = [vi.spyOn(process.stdout, 'write').mockReturnValue(true), vi.spyOn(process.stderr, 'write').mockReturnValue(true)];
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = new Command('countersign').exitOverride();
  registerToken(program, { openBook: async () => ({ ...book, close: async () => undefined }) });
  process.exitCode = 0;
  const said = (spy: { mock: { calls: readonly (readonly unknown[])[] } }): string => spy.mock.calls.map(([text]) => String(text)).join('');
  try {
    await program.parseAsync(['node', 'countersign', 'token', ...args, '--config', file]);
    return { out: said(out), error: said(error), code: process.exitCode };
  } finally {
    process.exitCode = 0;
    out.mockRestore();
    error.mockRestore();
  }
}

test('a token is made, listed without its secret, and taken back', async () => {
  const book = await openTestBook();
  const made = await run(book, ['create', '--user', 'alice', '--agent', 'assistant', '--ttl', '12h', '--json']);
  const { id, token, ...rest } = JSON.parse(made.out) as { id: string; token: string };
  expect(rest).toMatchObject({ user: 'alice', agent: 'assistant', scope: 'agent' });
  const tokens = openTokens({ store: book.store, trust: book.trust });
  expect(await tokens.verify(token)).toMatchObject({ id, scope: 'agent', principal: { user: 'alice', agent: 'assistant' } });

  const listed = await run(book, ['list']);
  expect(listed.out).toContain(`${id}  good`);
  expect(listed.out).not.toContain(token.slice(-43));
  expect(await run(book, ['revoke', id])).toMatchObject({ code: 0, out: expect.stringContaining('is revoked') as string });
  expect(await openTokens({ store: book.store, trust: book.trust }).verify(token)).toBeNull();
  expect(await run(book, ['revoke', id])).toMatchObject({ code: 3, error: expect.stringContaining('revoked already') as string });
});

test('a host token is made on purpose, and says what it is for', async () => {
  const book = await openTestBook();
  const { out } = await run(book, ['create', '--user', 'app', '--agent', 'app', '--host']);
  expect(out).toMatch(/^cst_\S{66}\n/);
  expect(out).toContain('/v1/runs');
  expect((await openTokens({ store: book.store, trust: book.trust }).verify(out.split('\n')[0] ?? '')) as unknown).toMatchObject({
    scope: 'host',
  });
});

test('a time or a name that makes no sense is refused before anything is made', async () => {
  const book = await openTestBook();
  for (const ttl of ['0d', '-1d', '367d', '1y', 'd', '90', '1e3d', '99999999d'])
    expect({ ttl, ...(await run(book, ['create', '--user', 'a', '--agent', 'b', '--ttl', ttl])) }).toMatchObject({ ttl, code: 2, out: '' });
  expect(await run(book, ['create', '--user', '', '--agent', 'b'])).toMatchObject({ code: 2 });
  expect(await run(book, ['create', '--user', 'a', '--agent', 'b\u202E'])).toMatchObject({ code: 2 });
  expect(await book.store.tokens()).toEqual([]);
});
