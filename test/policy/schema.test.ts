import { expect, test } from 'vitest';
import type { Catalogue } from '../../src/action/operation.ts';
import { classes } from '../../src/action/class.ts';
import { loadSchema } from '../../src/decide/cedar.ts';
import { actionId, cedarActions, cedarSchema, groupsOf, raisedId, requestSchema, targetId } from '../../src/decide/schema.ts';
import { catalogues, engineOf, request } from './fixtures.ts';

const named = (name: string): Catalogue => {
  const publish = catalogues[0]!.operations.get('publish')!;
  return { ...catalogues[0]!, operations: new Map([[name, { ...publish, name }]]) };
};

test('the schema is the same text, in whatever order the catalogues and operations come', () => {
  const turned = catalogues.map((one) => ({ ...one, operations: new Map([...one.operations].toReversed()) })).toReversed();
  expect(cedarSchema(turned)).toBe(cedarSchema(catalogues));
});

test.each(['a"b', 'a\\', 'a"; action "x', 'é\u202e', 'a\nb', ' ', '日本'])('an operation called %j is one action and no more', (name) => {
  expect(loadSchema(cedarSchema([named(name)])).ok).toBe(true);
  expect(cedarSchema([named(name)]).split('\n')).toHaveLength(cedarSchema([named('plain')]).split('\n').length);
  const engine = engineOf('permit (principal, action in Action::"publish", resource);', [named(name)]);
  expect(engine.permits(request({ operation: name }), []).allowed).toBe(true);
  expect(engine.permits(request({ operation: `${name}x` }), []).allowed).toBe(false);
});

test.each(['desk.shop', 'Desk', 'raised:share', ''])('a system called %j, or one that stands twice, is refused', (system) => {
  expect(() => cedarSchema([{ ...catalogues[0]!, system }])).toThrow(/system name/);
  expect(() => cedarSchema([catalogues[0]!, catalogues[0]!])).toThrow(/system name/);
});

test('every class has its group, and all but the reads are in the group of writes', () => {
  expect(classes.filter((klass) => groupsOf(klass).includes('write'))).toEqual(classes.filter((klass) => !klass.startsWith('read')));
  expect(classes.every((klass) => groupsOf(klass).includes(klass))).toBe(true);
  expect(groupsOf('read-secret')).toEqual(['read-secret']);
});

test('requests of every action have a schema that parses', () => {
  const actions = cedarActions(catalogues);
  expect(actions.map(([id]) => id)).toEqual(
    expect.arrayContaining([raisedId('share'), actionId('desk', 'share'), actionId('shop', 'read-secret')]),
  );
  for (const [id, klass] of actions) expect(loadSchema(requestSchema(catalogues, id, klass)).ok).toBe(true);
});

test('the id of a target cannot be read in two ways', () => {
  expect(targetId('desk', 'a:b', 'c')).not.toBe(targetId('desk', 'a', 'b:c'));
  expect(targetId('desk', 'a%3Ab', 'c')).not.toBe(targetId('desk', 'a:b', 'c'));
});
