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

test.each([
  // The same words in the same order are another host, or another page of a host where everybody may have one.
  ['url', 'https://github.com/acme/app', 'https://github.com.acme.app/'],
  ['url', 'https://github.com/acme/app', 'https://github.com/acme-app'],
  ['page', 'https://github.com/acme/app', 'https://github.com.acme.app'],
  ['url', 'https://bit.ly/AbCd', 'https://bit.ly/aBcD'],
  ['url', 'https://acme.example/report', 'http://acme.example/report'],
  ['url', 'https://acme.example/fi', 'https://acme.example/\ufb01'],
  ['url', 'acme.example/report', 'ftp://acme.example/report'],
  ['email', 'ann.mail@acme.example', 'ann@mail.acme.example'],
  ['user', 'ann.mail@acme.example', 'ann@mail.acme.example'],
  ['domain', 'acme.example.app', 'acme-example.app'],
])('an address of type %s is the very one: %s does not name %s', (type, said, asked) => {
  const bound = (id: string): string => bindingOf('web', { type, id, names: [] }, facts(`open ${said}, please`));
  expect([bound(said), bound(asked)]).toEqual(['request', 'none']);
});

test('how the host of an address is written does not matter, nor its scheme where the user wrote none', () => {
  const bound = (said: string, id: string): string => bindingOf('web', { type: 'url', id, names: [] }, facts(`open ${said}.`));
  expect(bound('HTTPS://Acme.Example/Report', 'https://acme.example/Report/')).toBe('request');
  expect(bound('acme.example/Report', 'https://acme.example/Report')).toBe('request');
  expect(bound('https://acme.example', 'acme.example')).toBe('request');
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
