import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { sameText } from './same-text.ts';

test('two texts are the same if they are, whatever characters they hold', () => {
  assert(property(string({ unit: 'binary' }), string({ unit: 'binary' }), (a, b) => sameText(a, b) === (a === b)));
  assert(property(string({ unit: 'binary' }), (a) => sameText(a, a)));
  for (const [a, b] of [
    ['', 'a'],
    ['a', ''],
    ['ab', 'a'],
    ['a\0', 'a'],
    ['é', 'e'],
    ['\ud800', '\ufffd'],
  ] as const)
    expect([a, b, sameText(a, b)]).toEqual([a, b, false]);
});
