import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { durationMs, fileText } from './arguments.ts';
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
