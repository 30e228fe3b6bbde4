import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, onTestFinished, test } from 'vitest';
import { openTokens } from '../../src/propose/tokens.ts';
import { registerToken } from '../../src/processes/cli/token.ts';
import { openTestBook } from './doors.ts';
import type { TestBook } from './doors.ts';
import { runHere } from '../run-here.ts';
import type { Said } from '../run-here.ts';

/** Runs one command and says what it printed and how it would exit. */
function run(book: TestBook, args: readonly string[]): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-token-'));
  const file = join(folder, 'countersign.yaml');
  writeFileSync(file, 'version: 1\ninstallation: cs_12345678\ntrust: {}\n');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const register = (program: Command): void =>
    registerToken(program, { openBook: async () => ({ ...book, close: async () => undefined }) });
  return runHere(register, ['token', ...args, '--config', file]);
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
  expect(await run(book, ['revoke', id])).toMatchObject({ code: 3, err: expect.stringContaining('revoked already') as string });
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
