import { expect, test } from 'vitest';
import { placeOf } from './delta-link.ts';

const base = 'https://graph.microsoft.com/v1.0';
const place = (link: string, resource = '/users/u-1/drive/root') => placeOf(link, base, resource);
const messages = '/users/u-1/mailFolders/AQMk=/messages';

test.each([
  [`${base}/users/u-1/drive/root/delta?token=abc`, '/users/u-1/drive/root', 'token', 'abc'],
  [`${base}/users/u-1/drive/delta(token=abc)`, '/users/u-1/drive/root', 'token', 'abc'],
  [`${base}/users/u-1/drive/root/delta?(token='abc')`, '/users/u-1/drive/root', 'token', 'abc'],
  [
    `${base}/users('u-1')/drive/root/microsoft.graph.delta(token='3;%234;%231;%2Fx%2B')?token=latest`,
    '/users/u-1/drive/root',
    'token',
    '3;#4;#1;/x+',
  ],
  [`${base}/users%28%27u-1%27%29/drive/root/delta%28token=%27abc%27%29`, '/users/u-1/drive/root', 'token', 'abc'],
  [`${base}/users/u-1/drive/root/delta()?$select=id&token=a+b`, '/users/u-1/drive/root', 'token', 'a+b'],
  [`${base}/users/u-1/mailfolders('AQMk=')/messages/delta?$skiptoken=GwcB`, messages, '$skiptoken', 'GwcB'],
  [`${base}/users/u-1/mailFolders/AQMk%3D/messages/delta?%24deltatoken=GwcB&$select=id`, messages, '$deltatoken', 'GwcB'],
  [`${base}/users/delta?$deltaToken=x`, '/users', '$deltatoken', 'x'],
])('%s leads on', (link, resource, parameter, value) => {
  expect(place(link, resource)).toEqual({ parameter, value });
});

test.each([
  'https://evil.example/v1.0/users/u-1/drive/root/delta?token=abc',
  'https://graph.microsoft.com.evil.example/v1.0/users/u-1/drive/root/delta?token=abc',
  'http://graph.microsoft.com/v1.0/users/u-1/drive/root/delta?token=abc',
  'https://graph.microsoft.com:8443/v1.0/users/u-1/drive/root/delta?token=abc',
  'https://me@graph.microsoft.com/v1.0/users/u-1/drive/root/delta?token=abc',
  'https://graph.microsoft.com/beta/users/u-1/drive/root/delta?token=abc',
  `${base}/users/u-2/drive/root/delta?token=abc`,
  `${base}/users/u-1/drive/root/delta/../../../u-2/drive/root/delta?token=abc`,
  `${base}/users/u-1/drive/root/children?token=abc`,
  `${base}/users/u-1/drive/root/delta/x?token=abc`,
  `${base}/users/u-1/drive/root/delta`,
  `${base}/users/u-1/drive/root/delta?token=`,
  `${base}/users/u-1/drive/root/delta?token=latest`,
  `${base}/users/u-1/drive/root/delta?token=a&token=b`,
  `${base}/users/u-1/drive/root/delta?token=a&$skiptoken=b`,
  `${base}/users/u-1/drive/root/delta?token=a%0d%0ab`,
  `${base}/users/u-1/drive/root/delta?token=%ff`,
  `${base}/users/u-1/drive/root/delta?token=a#x`,
  `${base}/users/u-1/drive/root/delta(token='a'b')`,
  `${base}/users/u-1/drive/root/delta?token=${'a'.repeat(20_000)}`,
  '/users/u-1/drive/root/delta?token=abc',
  'javascript:alert(1)',
  '',
])('%s does not', (link) => {
  expect(place(link)).toBeNull();
});
