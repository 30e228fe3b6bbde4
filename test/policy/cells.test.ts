// verifies: decide.cells
import { expect, test } from 'vitest';
import { classes } from '../../src/action/class.ts';
import type { Class } from '../../src/action/class.ts';
import { roles } from '../../src/action/principal.ts';
import type { Role } from '../../src/action/principal.ts';
import type { Binding } from '../../src/action/statement.ts';
import { rungs } from '../../src/decide/ladder.ts';
import { engineOf, presetText, request } from './fixtures.ts';

const bindings: readonly Binding[] = ['request', 'run', 'configured', 'record', 'none'];
const presets = ['strict', 'balanced'] as const;

/*
 * The rule, written a second time and without Cedar: who must sign, or null if nobody's signature opens it.
 */

interface Cell {
  readonly preset: (typeof presets)[number];
  readonly class: Class;
  readonly binding: Binding;
  readonly leaks: boolean;
  readonly fourEyes: boolean;
  readonly private?: boolean;
}

function needed(cell: Cell): readonly Role[] | null {
  if (['read-secret', 'admin', 'tunnel'].includes(cell.class)) return null;
  const needs = new Set<Role>();
  const plain = cell.class === 'write' || cell.class === 'publish';
  const bound = cell.binding === 'request' || cell.binding === 'run' || cell.binding === 'configured';
  const quiet = plain && (bound || (cell.class === 'write' && cell.private === true && cell.binding !== 'none'));
  if (cell.class !== 'read' && !(cell.preset === 'balanced' && quiet)) needs.add('requester');
  if (cell.leaks) needs.add('requester').add('owner');
  if (cell.fourEyes || ['share', 'execute', 'destructive'].includes(cell.class)) needs.add('requester').add('second');
  return roles.filter((role) => needs.has(role));
}

function word(cell: Cell): string {
  const needs = needed(cell);
  if (needs === null) return 'deny';
  if (needs.length === 0) return 'allow';
  return cell.class === 'read' ? 'deny' : needs.map((role) => role[0]).join('');
}

/*
 * The table, pinned. Rows: class, then `leaks` and `fourEyes`. Columns: request, run, configured, record, none.
 * r, s, o: the requester, a second person, an owner must sign.
 */
const strict = `
read        -     -    allow allow allow allow allow
read        -     four deny  deny  deny  deny  deny
read        leaks -    deny  deny  deny  deny  deny
read        leaks four deny  deny  deny  deny  deny
read-secret -     -    deny  deny  deny  deny  deny
read-secret -     four deny  deny  deny  deny  deny
read-secret leaks -    deny  deny  deny  deny  deny
read-secret leaks four deny  deny  deny  deny  deny
write       -     -    r     r     r     r     r
write       -     four rs    rs    rs    rs    rs
write       leaks -    ro    ro    ro    ro    ro
write       leaks four rso   rso   rso   rso   rso
publish     -     -    r     r     r     r     r
publish     -     four rs    rs    rs    rs    rs
publish     leaks -    ro    ro    ro    ro    ro
publish     leaks four rso   rso   rso   rso   rso
share       -     -    rs    rs    rs    rs    rs
share       -     four rs    rs    rs    rs    rs
share       leaks -    rso   rso   rso   rso   rso
share       leaks four rso   rso   rso   rso   rso
code-write  -     -    r     r     r     r     r
code-write  -     four rs    rs    rs    rs    rs
code-write  leaks -    ro    ro    ro    ro    ro
code-write  leaks four rso   rso   rso   rso   rso
execute     -     -    rs    rs    rs    rs    rs
execute     -     four rs    rs    rs    rs    rs
execute     leaks -    rso   rso   rso   rso   rso
execute     leaks four rso   rso   rso   rso   rso
destructive -     -    rs    rs    rs    rs    rs
destructive -     four rs    rs    rs    rs    rs
destructive leaks -    rso   rso   rso   rso   rso
destructive leaks four rso   rso   rso   rso   rso
admin       -     -    deny  deny  deny  deny  deny
admin       -     four deny  deny  deny  deny  deny
admin       leaks -    deny  deny  deny  deny  deny
admin       leaks four deny  deny  deny  deny  deny
tunnel      -     -    deny  deny  deny  deny  deny
tunnel      -     four deny  deny  deny  deny  deny
tunnel      leaks -    deny  deny  deny  deny  deny
tunnel      leaks four deny  deny  deny  deny  deny
`.trim();

/** The rows in which balanced differs. */
const differing = `
write       -     -    allow allow allow r     r
publish     -     -    allow allow allow r     r
`;

/** Class, `leaks` and `fourEyes` of a row. */
const headOf = (row: string): string => row.slice(0, 'read-secret leaks four '.length);

const table: Readonly<Record<(typeof presets)[number], string>> = {
  strict,
  balanced: strict
    .split('\n')
    .map((row) => differing.split('\n').find((other) => headOf(other) === headOf(row)) ?? row)
    .join('\n'),
};

function* cells(): Generator<Cell> {
  for (const preset of presets)
    for (const klass of classes)
      for (const leaks of [false, true])
        for (const fourEyes of [false, true]) for (const binding of bindings) yield { preset, class: klass, binding, leaks, fourEyes };
}

function printed(preset: (typeof presets)[number], of: (cell: Cell) => string): string {
  const rows = new Map<string, string[]>();
  for (const cell of cells()) {
    if (cell.preset !== preset) continue;
    const head = `${cell.class.padEnd(12)}${cell.leaks ? 'leaks ' : '-     '}${cell.fourEyes ? 'four ' : '-    '}`;
    rows.set(head, [...(rows.get(head) ?? []), of(cell).padEnd(6)]);
  }
  return Array.from(rows, ([head, words]) => `${head}${words.join('')}`.trimEnd()).join('\n');
}

const engines = { strict: engineOf(presetText('strict')), balanced: engineOf(presetText('balanced')) };

/** What a preset says, in the words of the table. */
function said(preset: Cell['preset'], about: Parameters<typeof request>[0]): string {
  const verdict = engines[preset].verdict(request(about));
  return verdict.effect === 'ask' ? verdict.countersignatures.map((role) => role[0]).join('') : verdict.effect;
}

const asked = (cell: Cell): string => said(cell.preset, cell);

test.each(presets)('%s decides as its pinned table says', (preset) => {
  expect(printed(preset, asked)).toBe(table[preset]);
});

test.each(presets)("%s's pinned table is the rule", (preset) => {
  expect(printed(preset, word)).toBe(table[preset]);
});

test('every cell is allowed with exactly the sets of signatures that hold all that is needed', () => {
  const wrong: unknown[] = [];
  let seen = 0;
  for (const cell of cells()) {
    const needs = needed(cell);
    for (const signed of rungs) {
      seen++;
      const expected = needs !== null && needs.every((role) => signed.includes(role));
      const permission = engines[cell.preset].permits(request(cell), signed);
      if (permission.allowed !== expected || permission.errors.length > 0) wrong.push({ ...cell, signed, expected, ...permission });
    }
  }
  expect(wrong).toEqual([]);
  expect(seen).toBe(2 * 10 * 2 * 2 * 5 * 8);
});

test('a private edit that can be undone goes ahead under balanced, unless nothing names its target', () => {
  for (const preset of presets)
    for (const binding of bindings)
      for (const klass of classes)
        for (const reversible of [false, true])
          for (const reach of ['self', 'team', 'unknown'] as const) {
            const own = reversible && reach === 'self';
            const cell: Cell = { preset, class: klass, binding, leaks: false, fourEyes: false, private: own };
            const got = said(preset, { class: klass, binding, reversible, reach });
            expect([preset, klass, binding, reversible, reach, got]).toEqual([preset, klass, binding, reversible, reach, word(cell)]);
          }
});

/** What holds a write that balanced would let go ahead, and who must sign then. */
test.each([
  ['an operation outside of the declared task', { scope: 'outside' }, 'r'],
  ['suspicious content in the run', { content: 'suspicious' }, 'r'],
  ['hostile content in the run', { content: 'hostile' }, 'r'],
  ['content that was only noted', { content: 'noted' }, 'allow'],
  ['a link to a new host', { egress: ['new-host'] }, 'r'],
  ['an image', { egress: ['image'] }, 'r'],
  ['copied text', { egress: ['overlap'] }, 'r'],
  ['a secret', { egress: ['secret'] }, 'rs'],
  ['a guarded value', { egress: ['guarded'] }, 'deny'],
  ['outsiders whom the user named', { leaks: true, outsidersNamed: true }, 'allow'],
  ['a restricted source to outsiders whom the user named', { leaks: true, outsidersNamed: true, restricted: true }, 'ro'],
  ['a field of a record in a task that needs the operation', { binding: 'record', scope: 'inside' }, 'allow'],
  ['a field of a record where no task was declared', { binding: 'record' }, 'r'],
] as const)('balanced, a message to a bound target, and %s', (_, over, expected) => {
  expect(said('balanced', { class: 'publish', binding: 'request', ...over })).toBe(expected);
});

test('strict asks even for outsiders whom the user named', () => {
  const verdict = engines.strict.verdict(request({ class: 'publish', binding: 'request', leaks: true, outsidersNamed: true }));
  expect(verdict).toMatchObject({ effect: 'ask', countersignatures: ['requester'] });
});
