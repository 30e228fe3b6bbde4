import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { citedIn, coverageOf } from './coverage.ts';
import { requirements } from './requirements.ts';

const root = new URL('../..', import.meta.url).pathname;

/** Every test file, but for this one, whose examples are no citations. */
const sources = ['src', 'test', 'fakes', 'redteam'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.endsWith('coverage.test.ts'))
    .map((path) => ({ path: join(folder, path), text: readFileSync(join(root, folder, path), 'utf8') })),
);

test('every requirement is cited by a test, and every citation names one', () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(requirements.length).toBeGreaterThan(50);
  expect(coverageOf(requirements, sources)).toEqual({ uncited: [], unknown: [], repeated: [] });
});

test('every requirement says in one sentence what must happen, and who asks for it', () => {
  for (const { id, source, behaviour } of requirements) {
    expect(id).toMatch(/^[a-z]+\.[a-z]+(?:-[a-z]+)*$/);
    expect(source).toMatch(/^(?:(?:(?:content|hooks) )?point (?:[1-9]|10)|how it must hold)$/);
    expect(behaviour).toMatch(/^\S.*\.$/);
  }
});

test('a requirement that nobody cites, a citation of nothing and a repeated name are found', () => {
  const row = { source: 'point 1', behaviour: 'It works.' };
  const rows = [
    { id: 'a.b', ...row },
    { id: 'c.d', ...row },
    { id: 'c.d', ...row },
  ];
  expect(
    coverageOf(rows, [{ path: 'x.test.ts', text: "verifies('a.b', 'it works', () => {});\nverifies('e.f', 'it does', () => {});" }]),
  ).toEqual({
    uncited: ['c.d'],
    unknown: ['x.test.ts: e.f'],
    repeated: ['c.d'],
  });
});

test('a citation counts in a call, in a list and in a comment, and only where there is a test', () => {
  expect(citedIn("verifies('a.b', 'x', f)")).toEqual(['a.b']);
  expect(citedIn("verifies(\n  ['a.b', 'c.d'],\n  'x', f)")).toEqual(['a.b', 'c.d']);
  expect(citedIn("// verifies: a.b, c.d\ntest('x', f)")).toEqual(['a.b', 'c.d']);
  expect(citedIn('// verifies: a.b')).toEqual([]);
  expect(citedIn("const text = 'verifies: a.b';\ntest('x', f)")).toEqual([]);
});
