// verifies: config.check
import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

test('lines: of a name and not of what it holds, behind an alias, in lists, and of names that nobody knows', () => {
  const text = `version: 1
installation: cs_0123456789
trust: {}
systems:
  slack: &one
    connector: slack
    team: T1
    credentials: { read: { env: A }, write: { env: A } }
  other: *one
`;
  const parsed = parseConfig(text, 'countersign.yaml');
  expect(parsed.ok ? [] : parsed.problems.map(({ path, line }) => `${path} ${line}`)).toEqual([
    'systems.slack 5',
    'systems.other 9',
    'systems.other 9',
  ]);
  const stray = parseConfig(`${text.replace('write: { env: A }', 'write: { env: B }')}polcy: {}\n`, 'countersign.yaml');
  expect(stray.ok ? [] : stray.problems.map(({ line }) => line)).toEqual([10]);
  const fine = parseConfig(text.replace('write: { env: A }', 'write: { env: B }'), 'countersign.yaml');
  const lineAt = fine.ok ? fine.lineAt : () => 0;
  expect(
    ['systems', 'systems.other', 'systems.other.team', 'systems.slack.nothing', 'nothing', 'trust'].map((path) => lineAt(path)),
  ).toEqual([4, 9, 7, 5, 1, 3]);
});

test('aliases that stand for more than fits are refused in words', () => {
  const rows = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
  for (const [name, of] of ['ba', 'cb', 'dc', 'ed'].map((pair) => pair.split('')))
    rows.push(`${name}: &${name} [${`*${of}, `.repeat(10)}]`);
  expect(parseConfig(rows.join('\n'), '/nowhere/countersign.yaml')).toMatchObject({
    ok: false,
    problems: [{ message: 'its aliases (*name) make it too large: write out what they stand for' }],
  });
});
