// verifies: flow.outsiders-named
import { expect, test } from 'vitest';
import type { Audience, Label, Source } from '../action/audience.ts';
import { flowOf } from './flow.ts';

const source = (label: Partial<Label> = {}): Source => ({
  system: 'wiki',
  tenant: 'acme',
  operation: 'read',
  target: 'page Salaries',
  label: { readers: 'org', integrity: 'untrusted', ...label },
});
const to = (...people: string[]): Audience => {
  const outsiders = people.filter((one) => !one.endsWith('@acme.example'));
  const list = people.map((one) => `email:${one}`);
  return {
    kind: outsiders.length > 0 ? 'partner' : 'named',
    summary: people.join(', '),
    count: people.length,
    externals: outsiders.length,
    joinable: false,
    outsiders: outsiders.map((one) => `email:${one}`),
    people: list,
  };
};
const bind = (id: string, binding: 'request' | 'none' | 'record' | 'configured') => ({ thing: { type: 'email', id, names: [] }, binding });
const eve = 'eve@evil.example';

test('what goes to a colleague does not leak; what goes outside does, and the verdict names the source and the outsider', () => {
  expect(flowOf([source()], to('ann@acme.example'), []).leaks).toBe(false);
  const flow = flowOf([source()], to('ann@acme.example', eve), []);
  expect(flow).toMatchObject({ leaks: true, outsidersNamed: false, restricted: false });
  expect(flow.leak).toContain('wiki: page Salaries');
  expect(flow.leak).toContain(eve);
  expect(flow.leak).not.toContain('ann@');
});

test("outsiders whom the user's own words name are told apart, and only by those words", () => {
  expect(flowOf([source()], to(eve), [bind(eve, 'request')]).outsidersNamed).toBe(true);
  for (const binding of ['none', 'record', 'configured'] as const)
    expect(flowOf([source()], to(eve), [bind(eve, binding)]).outsidersNamed).toBe(false);
  expect(flowOf([source()], to(eve, 'mal@evil.example'), [bind(eve, 'request')]).outsidersNamed).toBe(false);
});

test('outsiders who cannot all be told apart are not named, whatever the list says', () => {
  const audience = { ...to(eve), externals: 2 };
  expect(flowOf([source()], audience, [bind(eve, 'request')]).outsidersNamed).toBe(false);
  const { outsiders: _, ...unlisted } = to(eve);
  expect(flowOf([source()], unlisted, [bind(eve, 'request')]).outsidersNamed).toBe(false);
});

test('what a closed group may read goes to a colleague only if the user names the colleague', () => {
  const secret = source({ readers: 'team', space: 'wiki:hr' });
  const ann = 'ann@acme.example';
  expect(flowOf([secret], to(ann), [bind(ann, 'none')])).toMatchObject({ leaks: true, outsidersNamed: false });
  expect(flowOf([secret], to(ann), [bind(ann, 'request')])).toMatchObject({ leaks: true, outsidersNamed: true });
});

test('a restricted source stays restricted whoever is named', () => {
  expect(flowOf([source({ restricted: true })], to(eve), [bind(eve, 'request')])).toMatchObject({ outsidersNamed: true, restricted: true });
});

test('guests in a channel of the organisation are outsiders of what the organisation may read', () => {
  const channel: Audience = { kind: 'org', summary: '#general with 2 guests', count: 90, externals: 2, joinable: true };
  expect(flowOf([source()], channel, []).leaks).toBe(true);
  expect(flowOf([source()], { ...channel, externals: 0 }, []).leaks).toBe(false);
});
