// verifies: action.digest
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { actionDigest, sealAction, sealedDigest } from './action.ts';
import type { Action } from './action.ts';
import { canonical } from './canonical.ts';
import { classes } from './class.ts';
import { digestText } from './digest.ts';
import type { Json, JsonObject } from './json.ts';

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const leaf: fc.Arbitrary<Json> = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null));
const object = fc.dictionary(
  word.filter((key) => key !== '__proto__' && key !== 'toJSON'),
  fc.oneof(leaf, fc.array(leaf, { maxLength: 3 })),
  { maxKeys: 4 },
) as fc.Arbitrary<JsonObject>;
const actions: fc.Arbitrary<Action> = fc.record({
  v: fc.constant(1 as const),
  system: word,
  tenant: word,
  operation: word,
  class: fc.constantFrom(...classes),
  target: fc.record({ type: word, id: word, name: word }),
  arguments: object,
  precondition: object,
});

type Path = readonly (string | number)[];

/** The path of everything inside a value, the value itself not. */
function paths(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...paths(inner, [...path, key])]);
}

/** The same value with what is at `path` replaced. */
function replaced(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, change);
  return copy;
}

/** Something that differs as little as it can. */
function other(old: unknown): unknown {
  if (typeof old === 'string') return [...Array.from(old).slice(0, -1), old.endsWith('a') ? 'b' : 'a'].join('');
  if (typeof old === 'number') return old === 0 ? 1 : 0;
  if (typeof old === 'boolean') return !old;
  if (old === null) return false;
  return Array.isArray(old) ? [...(old as unknown[]), null] : { ...old, 'a name that is new': null };
}

test('any change anywhere in an action changes its digest', () => {
  fc.assert(
    fc.property(actions, fc.nat(), (action, at) => {
      const all = paths(action);
      const changed = replaced(action, all[at % all.length]!, other) as Action;
      expect(actionDigest(changed)).not.toBe(actionDigest(action));
    }),
    { numRuns: 2000 },
  );
});

test('one byte changed anywhere in the canonical bytes changes the digest', () => {
  fc.assert(
    fc.property(actions, fc.nat(), fc.integer({ min: 32, max: 126 }), (action, at, byte) => {
      const text = canonical(sealAction(action));
      const i = at % text.length;
      const changed = text.slice(0, i) + String.fromCharCode(byte) + text.slice(i + 1);
      fc.pre(changed !== text && changed.isWellFormed());
      expect(digestText('action', text)).toBe(actionDigest(action));
      expect(digestText('action', changed)).not.toBe(actionDigest(action));
    }),
  );
});

test('the same action has the same digest, in whatever order its names were written', () => {
  const turned = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toReversed()
        .map(([key, inner]) => [key, turned(inner)]),
    );
  };
  fc.assert(
    fc.property(actions, (action) => {
      expect(actionDigest(turned(action) as Action)).toBe(actionDigest(action));
      expect(actionDigest(JSON.parse(JSON.stringify(action)) as Action)).toBe(actionDigest(action));
    }),
  );
});

test('a sealed action keeps everything but its arguments, and has the digest of the action', () => {
  fc.assert(
    fc.property(actions, (action) => {
      const sealed = sealAction(action);
      expect(sealedDigest(sealed)).toBe(actionDigest(action));
      expect({ ...sealed, arguments: null }).toEqual({ ...action, arguments: null });
      expect(sealed.arguments).toMatch(/^sha256:[0-9a-f]{64}$/);
    }),
  );
});
