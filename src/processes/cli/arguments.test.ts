import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { durationMs, fileBytes, fileText } from './arguments.ts';
import { Exit } from './context.ts';

test('a file is read up to its bound, and one that is larger or not there ends the command with what it should have been', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-arguments-'));
  try {
    const file = join(folder, 'list');
    writeFileSync(file, 'four');
    expect(fileText(file, 4, 'is no list')).toBe('four');
    for (const [path, bytes] of [
      [file, 3],
      [join(folder, 'none'), 4],
    ] as const)
      expect(() => fileText(path, bytes, 'is no list')).toThrow(new Exit(2, 'usage', `${path} cannot be read, or is no list`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a bound holds for what says nothing of its length beforehand, as a pipe or a device', () => {
  const path = '/proc/self/status'; // of no length, and more than nothing in it
  expect(statSync(path).size).toBe(0);
  expect(() => fileText(path, 4, 'is no list')).toThrow(new Exit(2, 'usage', `${path} cannot be read, or is no list`));
  expect(fileBytes(path, 1_000_000, 'is no list').length).toBeGreaterThan(4);
});

test.each([
  ['30m', 1_800_000],
  ['12h', 43_200_000],
  ['90d', 7_776_000_000],
  ['0d', null],
  ['1.5h', null],
  ['-1d', null],
  ['1w', null],
  ['12345678d', null],
  ['', null],
])('%j is a length of time of %s ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});
