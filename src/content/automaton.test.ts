import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { automaton } from './automaton.ts';

test('it finds what a plain search finds, also keywords inside of others, in either case', () => {
  const keyword = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), minLength: 1, maxLength: 4 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', 'B', '-', 'x', 'é'), maxLength: 30 });
  fc.assert(
    fc.property(fc.uniqueArray(keyword, { minLength: 1, maxLength: 8 }), text, (keywords, text) => {
      const seen: string[] = [];
      automaton(keywords).scan(text, (which, end) => seen.push(`${keywords[which] ?? ''}@${end}`));
      const plain = keywords.flatMap((word) =>
        Array.from(text, (_, at) => at)
          .filter((at) => text.toLowerCase().startsWith(word, at))
          .map((at) => `${word}@${at + word.length}`),
      );
      expect(seen.toSorted()).toEqual(plain.toSorted());
    }),
  );
});

test('through another look it finds what it finds in the text that is written so', () => {
  const keyword = fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1, maxLength: 4 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', ' ', 'é'), maxLength: 30 });
  const look = (unit: number): number => (unit > 127 ? 32 : unit === 99 ? 97 : unit);
  fc.assert(
    fc.property(fc.uniqueArray(keyword, { minLength: 1, maxLength: 8 }), text, (keywords, text) => {
      const [seen, plain]: [string[], string[]] = [[], []];
      const written = Array.from(text, (char) => String.fromCharCode(look(char.charCodeAt(0)))).join('');
      automaton(keywords)
        .through(look)
        .scan(text, (which, end) => seen.push(`${which}@${end}`));
      automaton(keywords).scan(written, (which, end) => plain.push(`${which}@${end}`));
      expect(seen).toEqual(plain);
    }),
    { numRuns: 40 },
  );
});
