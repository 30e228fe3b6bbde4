import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leavesSomething, together } from './together.ts';

const root = new URL('..', import.meta.url).pathname;

test('files that share a worker leave nothing behind', () => {
  const files = globSync([...together], { cwd: root });
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((file) => leavesSomething.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});

test.each(['vi.useFakeTimers();', "process.env['X'] = '1';", "import { spawn } from 'node:child_process';", 'beforeAll(open);'])(
  '`%s` is found',
  (text) => expect(leavesSomething.test(text)).toBe(true),
);
