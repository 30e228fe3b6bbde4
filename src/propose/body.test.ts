import { assert, constantFrom, jsonValue, pre, property } from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { parseBody } from './body.ts';

const parse = (text: string): ReturnType<typeof parseBody> => parseBody(Buffer.from(text));

test('any JSON without a name twice is read as what it says', () => {
  assert(
    property(jsonValue(), constantFrom(undefined, 1, '\t'), (value, indent) => {
      pre(!JSON.stringify(value).includes('__proto__'));
      // JSON writes -0 as 0.
      expect(parse(JSON.stringify(value, null, indent))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) as unknown });
    }),
  );
});

test('a name that an object has twice is found, however it is spelled and wherever it stands', () => {
  for (const text of [
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":1}',
    '[{"x":{"b":1 , "b"\n:2}}]',
    '{"":1,"":2}',
    '{"\\"":1,"\\"":2}',
    '{"a":{"c":1},"b":[{"a":1}],"a":2}',
  ])
    expect({ text, ...parse(text) }).toMatchObject({ text, ok: false, code: 'bad-json' });
  for (const text of [
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":["a","a"]}',
    '{"a":"\\\\","b":"}\\"{"}',
    '"a"',
  ])
    expect({ text, ...parse(text) }).toMatchObject({ text, ok: true });
});

test('forbidden names, depth, other encodings and trailing text are refused', () => {
  const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect(parse(deep(limits.jsonDepthMax))).toMatchObject({ ok: true });
  expect(parse(deep(limits.jsonDepthMax + 1))).toMatchObject({ ok: false });
  expect(parse('{"a":{"__proto__":1}}')).toMatchObject({ ok: false });
  expect(parse('{"a":"__proto__"}')).toMatchObject({ ok: true });
  for (const text of ['', '{', '{} {}', '\uFEFF{}', "{'a':1}", '{"a":1,}'])
    expect({ text, ...parse(text) }).toMatchObject({ text, ok: false });
  expect(parseBody(Buffer.from([0x22, 0xc0, 0x80, 0x22]))).toMatchObject({ ok: false });
});
