import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from './parse-json.ts';

test('a name is read as it is spelled, whatever was read before', () => {
  // What this V8 makes of the second text after it has read the first is not asserted: it differs by version.
  for (const [before, text, value] of [
    ['{"p1":1,"\\\\":2}', '{"p1":1,"\\u0062":2}', { p1: 1, b: 2 }],
    ['{"p2":1,"\\\\u00":2}', '{"p2":1,"\\u0074ype":2}', { p2: 1, type: 2 }],
    ['{"p3":1,"\\\\u00":2}', '{"type":1,"p3":1,"\\u0074ype":2}', { type: 2, p3: 1 }],
    ['{"p4":1,"\\\\":2}', '[{"p4":1,"\\"":{"p4":[],"\\n":"{:}"}}]', [{ p4: 1, '"': { p4: [], '\n': '{:}' } }]],
    ['{"p5":1,"x\\\\":2}', '{"p5":1,"x\\\\":3}', { p5: 1, 'x\\': 3 }],
  ] as const) {
    parseJson(before);
    expect(parseJson(text)).toEqual(value);
  }
});

test('names with a backslash are read like all others', () => {
  expect(parseJson('{"\\\\":{},"a":{"\\\\\\"":[],"b":[{"\\\\":-0.5e1}]},"c":"\\\\\\"{"}')).toEqual({
    '\\': {},
    a: { '\\"': [], b: [{ '\\': -5 }] },
    c: '\\"{',
  });
  expect(Object.entries(parseJson('{"\\\\":1,"__proto__":2,"\\\\":3}') as object)).toEqual([
    ['\\', 3],
    ['__proto__', 2],
  ]);
});

test('whatever JSON.stringify writes is read as what it was', () => {
  const name = fc.array(fc.constantFrom('a', '\\', '"', '\n', 'u', '0', '\u2028', 'ü'), { maxLength: 4 }).map((parts) => parts.join(''));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(name, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const spellings = [(text: string) => text, (text: string) => text.replaceAll('ü', '\\u00fc')];
  fc.assert(
    fc.property(tree, fc.constantFrom(...spellings), fc.constantFrom(undefined, 1), (value, spelled, indent) => {
      expect(parseJson(spelled(JSON.stringify(value, null, indent)))).toEqual(value);
    }),
    { numRuns: 2000 },
  );
});

test('what is no JSON is refused as JSON.parse refuses it', () => {
  for (const text of ['', '{"\\\\":1', '{"\\\\" 1}', '"\\']) expect(() => parseJson(text)).toThrow(SyntaxError);
});
