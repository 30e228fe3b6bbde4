import { expect, test } from 'vitest';
import type { Source } from '../action/audience.ts';
import { noFacts } from '../action/facts.ts';
import type { Facts } from '../action/facts.ts';
import { runFacts } from './run.ts';
import type { Reading } from './run.ts';

const sourceOf = (system: string): Source => ({
  system,
  tenant: 'T',
  operation: 'read',
  target: 'C1',
  label: { readers: 'team', integrity: 'untrusted' },
});

test('what was read is of the system that it was read in, also if two taught the very same, and however often it is asked', () => {
  const facts: Facts = { ...noFacts, made: [{ type: 'channel', id: 'C1' }] };
  const one: Reading = { source: sourceOf('slack'), content: 'none', facts };
  const other: Reading = { source: sourceOf('github'), content: 'suspicious', facts };
  const nobody: Reading = { source: null, content: 'none', facts };
  const of = (readings: readonly Reading[]) => runFacts({ readings, words: [], scope: null, origin: null });
  for (let i = 0; i < 2; i++) {
    expect(of([one, other, nobody]).made.map(({ system }) => system)).toEqual(['slack', 'github']);
    expect(of([one])).toMatchObject({ made: [{ system: 'slack' }], content: 'none', sources: [{ system: 'slack' }] });
    expect(of([nobody])).toMatchObject({ made: [], sources: [] });
  }
});
