import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { classes, heavier, zoneOf } from './class.ts';

test('only the two reading classes belong to the reader', () => {
  expect(classes.filter((klass) => zoneOf(klass) === 'read')).toEqual(['read', 'read-secret']);
  expect(classes.filter((klass) => zoneOf(klass) === 'write')).toHaveLength(classes.length - 2);
});

test('the heavier of two classes is one of them, whatever their order, and never the lighter one', () => {
  const one = fc.constantFrom(...classes);
  fc.assert(
    fc.property(one, one, (a, b) => {
      expect(heavier(a, b)).toBe(heavier(b, a));
      expect([a, b]).toContain(heavier(a, b));
      expect(classes.indexOf(heavier(a, b))).toBe(Math.max(classes.indexOf(a), classes.indexOf(b)));
    }),
  );
  expect(heavier('write', 'destructive')).toBe('destructive');
  expect(heavier('tunnel', 'read')).toBe('tunnel');
});

test('raising a class never brings a write into the reader', () => {
  for (const a of classes) for (const b of classes) if (zoneOf(a) === 'write') expect(zoneOf(heavier(a, b))).toBe('write');
});
