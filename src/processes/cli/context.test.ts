import { expect, test } from 'vitest';
import { errorLine, jsonText } from './context.ts';

test('what is printed as JSON says the same to a parser, and nothing in it moves a cursor or hides', () => {
  const value = { 'a\u009b2J': 'x\u007f\u202ey\u{e0041}', b: ['\u009d0;title\u0007', 'Grüße, 日本 🙂', null, 1] };
  const text = jsonText(value, 2);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toContain('"a\\u009b2J": "x\\u007f\\u202ey\\udb40\\udc41"');
  expect(text).toContain('Grüße, 日本 🙂');
  expect(errorLine(true, 'c', 'm\u009b')).toBe('{"error":{"code":"c","message":"m\\u009b"}}\n');
});
