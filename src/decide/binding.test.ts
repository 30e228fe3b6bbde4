// verifies: flow.binding-request
import { expect, test } from 'vitest';
import type { BindingFacts } from './binding.ts';
import { bindingOf, weakest } from './binding.ts';
import { mentionsOf } from './mentions.ts';

const facts = (text: string, more: Partial<BindingFacts> = {}): BindingFacts => ({
  mentions: mentionsOf([{ text, atMs: 0 }]),
  seen: [],
  fields: [],
  made: [],
  configured: () => false,
  wordsFor: () => [],
  ...more,
});
const file = (id: string): { type: string; id: string; names: string[] } => ({ type: 'file', id, names: [] });
const seen = (type: string, id: string, ...names: string[]): BindingFacts['seen'][number] => ({ system: 'drive', type, id, names });

test('an id binds only through the object that it resolves to', () => {
  const text = "delete the 'old plans.txt'";
  expect(bindingOf('drive', file('13'), facts(text, { seen: [seen('file', '13', 'old plans.txt')] }))).toBe('request');
  expect(bindingOf('drive', file('13'), facts(text, { seen: [seen('event', '13', 'old plans.txt')] }))).toBe('none');
  expect(bindingOf('drive', file('13'), facts(text, { seen: [seen('file', '14', 'old plans.txt')] }))).toBe('none');
  expect(bindingOf('drive', file('13'), facts(text, { seen: [{ ...seen('file', '13', 'old plans.txt'), system: 'other' }] }))).toBe('none');
});

test('a second thing of the same name, planted by anybody, makes the name useless and takes nothing over', () => {
  const twice = { seen: [seen('file', '13', 'Budget 2026'), seen('file', '66', 'budget-2026')] };
  expect(bindingOf('drive', file('13'), facts("open 'Budget 2026'", twice))).toBe('none');
  expect(bindingOf('drive', file('66'), facts("open 'Budget 2026'", twice))).toBe('none');
});

test('what was made in the run belongs to it, what the configuration names is configured, a field of the system is a record', () => {
  const made = { made: [{ system: 'drive', type: 'file', id: '26' }] };
  expect(bindingOf('drive', file('26'), facts('', made))).toBe('run');
  expect(bindingOf('mail', file('26'), facts('', made))).toBe('none');
  expect(bindingOf('drive', file('26'), facts('', { configured: (thing) => thing.id === '26' }))).toBe('configured');
  const record = { fields: [{ system: 'crm', type: 'email', value: 'Ann@corp.example' }] };
  expect(bindingOf('mail', { type: 'email', id: 'ann@corp.example', names: [] }, facts('', record))).toBe('record');
  expect(bindingOf('mail', { type: 'user', id: 'ann@corp.example', names: [] }, facts('', record))).toBe('none');
});

test('names that the system keeps unique bind by themselves', () => {
  const channel = { type: 'slack.channel', id: 'C1', names: ['#general', 'general'] };
  expect(bindingOf('slack', channel, facts('tell #general'))).toBe('request');
  expect(bindingOf('slack', channel, facts('tell #finance'))).toBe('none');
});

test('other words for a type come from the catalogue', () => {
  const wordsFor = (type: string): readonly string[] => (type === 'transaction' ? ['payment'] : []);
  const rent = { type: 'transaction', id: '7', names: [] };
  expect(bindingOf('bank', rent, facts('change payment 7', { wordsFor }))).toBe('request');
  expect(bindingOf('bank', rent, facts('change payment 7'))).toBe('none');
});

test('a call is bound as its least bound part is', () => {
  expect(weakest(['request', 'run', 'configured'])).toBe('configured');
  expect(weakest(['request', 'record'])).toBe('record');
  expect(weakest(['request', 'none', 'run'])).toBe('none');
  expect(weakest([])).toBe('none');
});
