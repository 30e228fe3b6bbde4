import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { asciiTableOf, runEnds, varied } from './units.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', '-', 'é', '👩'), maxLength: 40 });

test('whether characters differ is what a set of them says', () => {
  fc.assert(
    fc.property(text, fc.nat(8), (text, least) => {
      expect(varied(text, least)).toBe(new Set(text).size >= least);
    }),
  );
});

test('the end of a run is the same wherever in it is asked first', () => {
  const letters = asciiTableOf(/[a-d]/);
  fc.assert(
    fc.property(text, fc.array(fc.nat(40), { maxLength: 8 }), (text, places) => {
      const runEnd = runEnds(text, letters);
      for (const at of places.toSorted((a, b) => a - b).filter((at) => at <= text.length))
        expect(runEnd(at)).toBe(at + (/^[a-d]*/.exec(text.slice(at))?.[0].length ?? 0));
    }),
  );
});
