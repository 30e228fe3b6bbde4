import { expect, test } from 'vitest';
import { leaksTo, reaches } from './audience.ts';
import type { Audience, Label, Reach } from './audience.ts';

type Place = Reach | 'unknown';
const places: readonly Place[] = [...reaches, 'unknown'];
const label = (readers: Place, space?: string): Label => ({ readers, integrity: 'untrusted', space });
const audience = (kind: Place, space?: string): Audience => ({ kind, summary: '', count: null, externals: null, joinable: false, space });

/** Whether data flows to somebody outside: a row for who may read the source, a column for who will see the result. x leaks, . does not. */
const table: readonly [source: Place, row: string][] = [
  //              self named team org partner customer internet unknown
  ['self', '. x x x x x x x'],
  ['named', '. x x x x x x x'],
  ['team', '. x x x x x x x'],
  ['org', '. . . . x x x x'],
  ['partner', '. x x x x x x x'],
  ['customer', '. x x x x x x x'],
  ['internet', '. . . . . . . x'],
  ['unknown', '. x x x x x x x'],
];
const cells = table.flatMap(([source, row]) => row.split(' ').map((cell, i) => ({ source, to: places[i]!, leaks: cell === 'x' })));

test.each(cells)('data of $source shown to $to: leaks is $leaks', ({ source, to, leaks }) => {
  expect(leaksTo(label(source), audience(to))).toBe(leaks);
  // two spaces that differ are as good as none
  expect(leaksTo(label(source, 'slack:T1/C1'), audience(to, 'slack:T1/C2'))).toBe(leaks);
});

test.each(reaches)('data of a space (%s) flows back into that very space', (reach) => {
  expect(leaksTo(label(reach, 'slack:T1/C1'), audience(reach, 'slack:T1/C1'))).toBe(false);
});

test.each(['self', 'named', 'team', 'partner', 'customer'] as const)(
  'data of a closed group (%s) does not flow where only the other side names a space',
  (reach) => {
    expect(leaksTo(label(reach, 'slack:T1/C1'), audience('team'))).toBe(true);
    expect(leaksTo(label(reach), audience('team', 'slack:T1/C1'))).toBe(true);
  },
);

test('an audience that is not known leaks even what a space would allow', () => {
  expect(leaksTo(label('unknown', 'slack:T1/C1'), audience('team', 'slack:T1/C1'))).toBe(true);
  expect(leaksTo(label('team', 'slack:T1/C1'), audience('unknown', 'slack:T1/C1'))).toBe(true);
});
