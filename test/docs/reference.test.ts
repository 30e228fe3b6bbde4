// verifies: house.documents
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { grades } from '../../src/action/vocabulary.ts';
import { reasonWords } from '../../src/inbound/explain.ts';
import { hooksLimits } from '../../src/limits-hooks.ts';
import { registerHooks } from '../../src/processes/cli/hooks.ts';
import { hooksShape } from '../../src/processes/config-hooks.ts';

/* docs/hooks-reference.md says all of what the code has, and nothing else. Its tables are compared with the code, row by row. */

const page = readFileSync(new URL('../../docs/hooks-reference.md', import.meta.url), 'utf8');

/** The rows of all tables below a heading, in cells. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('|---'));
  return rows.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const named = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

/** The names of all settings in a shape: of objects, of what maps and lists hold, and of each choice. */
function settingsIn({ properties = {}, additionalProperties, items, anyOf = [] }: Shape): string[] {
  const inside = [items, ...anyOf, typeof additionalProperties === 'object' ? additionalProperties : undefined];
  return [
    ...Object.keys(properties),
    ...[...Object.values(properties), ...inside].flatMap((shape) => (shape === undefined ? [] : settingsIn(shape))),
  ];
}

test('every setting of the hooks door is described, and none that there is not', () => {
  const known = new Set(settingsIn(z.toJSONSchema(hooksShape, { io: 'input' }) as Shape));
  const rows = rowsOf('Settings');
  const described = new Set(rows.flatMap((row) => row.flatMap((cell) => named(cell).flatMap((code) => code.match(/[A-Za-z]+/g) ?? []))));
  expect(known.size).toBeGreaterThan(60);
  expect([...known].filter((name) => !described.has(name))).toEqual([]);
  expect(rows.flatMap(([first]) => named(first)).filter((name) => !known.has(name))).toEqual([]);
});

test('every reason stands there in the words of `hooks test`', () => {
  const rows = rowsOf('Reasons');
  const [judged, counted] = [3, 2].map((cells) => rows.filter((row) => row.length === cells));
  expect(judged?.slice(1)).toEqual(Object.entries(reasonWords).map(([reason, [wrong, next]]) => [`\`${reason}\``, wrong, next]));
  expect(counted?.length).toBeGreaterThan(5);
});

test('every limit that is named has the value that it has', () => {
  const values: Readonly<Record<string, number>> = hooksLimits;
  const rows = rowsOf('Limits').slice(1);
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.map(([name]) => [name, String(values[named(name)[0] ?? ''])])).toEqual(rows.map(([name, value]) => [name, value]));
});

test('every grade stands there with its values', () => {
  const rows = rowsOf('Grades').slice(1);
  const values = Object.fromEntries(Object.entries(grades.shape).map(([name, { options }]) => [name, [...options].toSorted()]));
  expect(Object.fromEntries(rows.map(([name, words]) => [named(name)[0], [...new Set(named(words))].toSorted()]))).toEqual(values);
});

/** The options that every command has. */
const common: readonly string[] = ['--json', '--config'];

test('every command stands there with its options', () => {
  const program = new Command('countersign');
  registerHooks(program, {
    ask: () => Promise.reject(new Error('not asked')),
    openBook: () => Promise.reject(new Error('not opened')),
  });
  const commands = program.commands[0]?.commands ?? [];
  const optionsOf = (one: Command): string[] =>
    one.options.flatMap(({ long }) => (long === undefined || common.includes(long) ? [] : [long]));
  const known = Object.fromEntries(commands.map((one) => [`hooks ${one.name()}`, optionsOf(one).toSorted()]));
  const rows = rowsOf('Commands').slice(1);
  expect(Object.fromEntries(rows.map(([name, options]) => [named(name)[0], named(options).toSorted()]))).toEqual(known);
});
