import { expect, test } from 'vitest';
import { patternCost } from './pattern.ts';
import { compileSchema, schemaProblem } from './schema.ts';

const object = (properties: Record<string, object>, more: object = {}) =>
  JSON.parse(JSON.stringify({ type: 'object', properties, additionalProperties: false, ...more }));

test('arguments that fit pass unchanged, and others are refused with the path and the rule but not the value', () => {
  const check = compileSchema(object({ path: { type: 'string' }, n: { type: 'integer', minimum: 1 } }, { required: ['path'] }));
  const args = { path: 'a', n: 2 };
  expect(check(args)).toEqual({ ok: true, value: args });
  expect(check({ n: 2 })).toMatchObject({ code: 'bad-arguments', message: 'the arguments: path is missing' });
  expect(check({ path: 7 })).toMatchObject({ message: 'path: must be string' });
  expect(check({ path: 'a', n: 0 })).toMatchObject({ message: 'n: breaks the rule `minimum`' });
  expect(check({ path: 'a', _confirmed: 'sesame' })).toMatchObject({ message: 'the arguments: there is no argument _confirmed' });
  expect(check([])).toMatchObject({ ok: false });
  expect(JSON.stringify(check({ path: 'a', n: 'sesame' }))).not.toContain('sesame');
});

test('names of prototypes and nesting beyond the limit are refused, and inherited names do not count as given', () => {
  const check = compileSchema({ type: 'object', required: ['toString'] });
  expect(check({})).toMatchObject({ ok: false });
  expect(check(JSON.parse('{"toString":1}'))).toMatchObject({ ok: true });
  expect(check(JSON.parse('{"toString":1,"__proto__":{}}'))).toMatchObject({ ok: false });
  expect(check(JSON.parse(`{"toString":${'['.repeat(100)}${']'.repeat(100)}}`))).toMatchObject({ ok: false });
});

test('the dialect of draft 07 that servers write is read as 2020-12', () => {
  const check = compileSchema({
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...object({ a: { $ref: '#/definitions/x' } }, { definitions: { x: { type: 'string' } } }),
  });
  expect(check({ a: 'x' })).toMatchObject({ ok: true });
  expect(check({ a: 1 })).toMatchObject({ ok: false });
});

test.each([
  ['a reference to another document', { $ref: 'https://example.com/schema.json' }],
  ['a reference that leads to something that is no schema by its place', { $ref: '#/default', default: { type: 'string' } }],
  ['a dynamic reference', { $dynamicRef: '#x' }],
  ['a schema that refers to itself', { properties: { a: { $ref: '#' } } }],
  [
    'two schemas that refer to each other',
    { $ref: '#/$defs/a', $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { items: { $ref: '#/$defs/a' } } } },
  ],
  [
    'references that double',
    {
      $ref: '#/$defs/d0',
      $defs: Object.fromEntries(
        Array.from({ length: 30 }, (_, i) => [
          `d${i}`,
          i === 29 ? {} : { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
        ]),
      ),
    },
  ],
  ['a pattern that backtracks', { properties: { a: { pattern: '^(a+)+$' } } }],
  ['a pattern that is a property name', { patternProperties: { '(a|a)*b': {} } }],
  ['an id inside', { properties: { a: { $id: 'https://example.com/x' } } }],
])('%s is refused before it is compiled', (_what, schema) => {
  expect(schemaProblem(JSON.parse(JSON.stringify(schema)))).not.toBeNull();
  expect(() => compileSchema(JSON.parse(JSON.stringify(schema)))).toThrow(expect.objectContaining({ code: 'bad-catalogue' }));
});

test('a schema that is not valid is refused', () => {
  expect(() => compileSchema({ type: 'no such type' })).toThrow(expect.objectContaining({ code: 'bad-catalogue' }));
});

test.each([
  '^[a-z0-9_-]+$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^https?://[^\\s]+$',
  '^(asc|desc)$',
  '^\\d+(\\.\\d+)?$',
  '\\S',
  '^[A-Z][A-Z0-9]+-\\d+$',
  '^(?:[0-9a-f]{8})-x$',
])('the ordinary pattern %s may be used', (pattern) => {
  expect(patternCost(pattern)).toHaveProperty('textMax');
});

test.each([
  '(a+)+',
  '(a|a)*$',
  '^(a|b|ab)*c',
  '(?=a)b',
  '(?<!a)b',
  '(a)\\1',
  '(?<x>a)\\k<x>',
  'a*a*a*a*',
  `${'a?'.repeat(30)}${'a'.repeat(30)}`,
  '(a|a)(a|a)(a|a)(a|a)(a|a)$',
  '(',
  'a{0,30}a{0,30}',
  '((a?){5}){5}',
  '^(?:(?:a+)b?)*$',
])('the costly pattern %s may not be used', (pattern) => {
  expect(patternCost(pattern)).toHaveProperty('problem');
});

test('a text too long for its pattern is refused instead of tried', () => {
  const check = compileSchema(object({ a: { type: 'string', pattern: '^\\w+ \\w+ \\w+$' } }));
  expect(check({ a: 'a b c' })).toMatchObject({ ok: true });
  expect(check({ a: `a b ${'c'.repeat(600)}` })).toMatchObject({ message: 'a: breaks the rule `maxLength`' });
});
