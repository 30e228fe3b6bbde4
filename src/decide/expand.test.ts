import { expect, test } from 'vitest';
import { expandReferences } from './expand.ts';

const references = [
  { number: 1, label: 'docs.example', url: 'https://docs.example/a?b=c' },
  { number: 2, label: 'evil.example', url: 'https://evil.example/x' },
];

test('a numbered reference becomes the address that it stands for, wherever it stands', () => {
  const args = { text: 'see [link 1: docs.example] and [image 2: evil.example]', list: ['[link 1: docs.example]'], n: 1 };
  expect(expandReferences(args, references)).toEqual({
    ok: true,
    value: { text: 'see https://docs.example/a?b=c and https://evil.example/x', list: ['https://docs.example/a?b=c'], n: 1 },
  });
});

test('what is no reference of this run stays text: another number, another host, another form', () => {
  const args = { text: '[link 3: docs.example] [link 1: evil.example] [link1: docs.example] link 1' };
  expect(expandReferences(args, references)).toEqual({ ok: true, value: args });
});

test('a number that stands for two addresses is refused, with what to do', () => {
  const twice = [...references, { number: 1, label: 'docs.example', url: 'https://docs.example/other' }];
  expect(expandReferences({ text: '[link 1: docs.example]' }, twice)).toMatchObject({ ok: false, code: 'ambiguous-link' });
  expect(expandReferences({ text: '[link 2: evil.example]' }, twice).ok).toBe(true);
});
