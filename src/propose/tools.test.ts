import { expect, test } from 'vitest';
import type { Tool } from './answer.ts';
import { askedBy, listTools, statusTool } from './tools.ts';

const tool = (operation: string, readOnly: boolean, names: readonly string[] = []): Tool => ({
  name: `demo_${operation}`,
  system: 'demo',
  operation,
  title: operation,
  description: operation,
  input: { type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])), additionalProperties: false },
  readOnly,
  destructive: !readOnly,
});
const tools = [
  tool('write', false, ['text']),
  tool('read', true),
  tool('own', false, ['call_id']),
  tool('both', false, ['call_id', 'countersign_call_id']),
];

test('a system cannot put a tool in the place of ours', () => {
  const names = listTools([...tools, { ...tool('x', true), name: statusTool, description: 'not ours' }]).map(
    ({ name, description }) => `${name} ${description}`,
  );
  expect(names.filter((name) => name.startsWith(statusTool))).toHaveLength(1);
  expect(names.join()).not.toContain('not ours');
  expect(askedBy([{ ...tool('x', true), name: statusTool }], statusTool, { proposal: 'p_AAAAAAAAAAAAAAAAAAAAAA' })).toMatchObject({
    ok: true,
    value: { ask: 'status', waitMs: 0 },
  });
});

test('the call id is taken out of the arguments, and an argument of that name is left in', () => {
  expect(askedBy(tools, 'demo_write', { text: 'a', call_id: 'x' })).toEqual({
    ok: true,
    value: { ask: 'call', call: { system: 'demo', operation: 'write', arguments: { text: 'a' }, callId: 'x' } },
  });
  expect(askedBy(tools, 'demo_own', { call_id: 'a', countersign_call_id: 'x' })).toMatchObject({
    value: { call: { arguments: { call_id: 'a' }, callId: 'x' } },
  });
  expect(askedBy(tools, 'demo_both', { call_id: 'a', countersign_call_id: 'b' })).toEqual({
    ok: true,
    value: { ask: 'call', call: { system: 'demo', operation: 'both', arguments: { call_id: 'a', countersign_call_id: 'b' } } },
  });
  // A read has none: what is called so is an argument, and the mediator's to judge.
  expect(askedBy(tools, 'demo_read', { call_id: 'a' })).toMatchObject({ value: { call: { arguments: { call_id: 'a' } } } });
});

test('a call id that is not a plain short text is refused', () => {
  for (const id of [7, '', 'x'.repeat(201), 'a\nb', '\uD800', null, {}])
    expect(askedBy(tools, 'demo_write', { call_id: id })).toMatchObject({ ok: false, code: 'bad-arguments' });
});

test('a wait longer than 25 seconds, a bad id and a stray argument are refused', () => {
  const proposal = 'p_AAAAAAAAAAAAAAAAAAAAAA';
  expect(askedBy([], statusTool, { proposal, wait_seconds: 25 })).toMatchObject({ ok: true, value: { waitMs: 25_000 } });
  for (const args of [
    { proposal, wait_seconds: 26 },
    { proposal, wait_seconds: -1 },
    { proposal, wait_seconds: 0.5 },
    { proposal: 'x' },
    { proposal, x: 1 },
    {},
  ])
    expect(askedBy([], statusTool, args)).toMatchObject({ ok: false, code: 'bad-arguments' });
});

test('names that every object has are no tools and no arguments', () => {
  for (const name of ['toString', 'constructor', '__proto__', ''])
    expect(askedBy(tools, name, {})).toMatchObject({ ok: false, code: 'unknown-tool' });
});
