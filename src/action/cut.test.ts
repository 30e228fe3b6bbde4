import { expect, test } from 'vitest';
import { canonical } from './canonical.ts';
import { cut } from './cut.ts';

test('a text is cut where it may be, and what is left can be signed', () => {
  expect(cut('abc', 3)).toBe('abc');
  expect(cut('abcd', 3)).toBe('abc');
  expect(cut('ab\u{1f511}', 3)).toBe('ab\u{fffd}');
  expect(() => canonical('ab\u{1f511}'.slice(0, 3))).toThrow();
  expect(canonical(cut('ab\u{1f511}', 3))).toBe('"ab\u{fffd}"');
});
