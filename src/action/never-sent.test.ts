import { expect, test } from 'vitest';
import { neverSent } from './never-sent.ts';

const failing = (about: object): Error => Object.assign(new Error('fetch failed'), about);
/** As `fetch` throws: the reason is the cause. */
const caused = (about: object): Error => new TypeError('fetch failed', { cause: failing(about) });

test.each([
  ['the host is not known', caused({ code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
  ['nobody listens', caused({ code: 'ECONNREFUSED', syscall: 'connect' })],
  ['connecting took too long', caused({ code: 'ETIMEDOUT', syscall: 'connect' })],
  ['the certificate is of another host', caused({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })],
  ['no address of a host can be reached', new TypeError('', { cause: new AggregateError([failing({ syscall: 'connect' })]) })],
  ['an SDK has wrapped it once more', new Error('call failed', { cause: caused({ code: 'ECONNREFUSED' }) })],
])('nothing was sent: %s', (_, error) => {
  expect(neverSent(error)).toBe(true);
});

test.each([
  ['the connection was reset', caused({ code: 'ECONNRESET', syscall: 'read' })],
  ['the time ran out', new DOMException('timed out', 'TimeoutError')],
  [
    'one of several addresses was reset',
    new TypeError('', { cause: new AggregateError([{ syscall: 'connect' }, { code: 'ECONNRESET' }]) }),
  ],
  ['several reasons, and none is given', new TypeError('', { cause: new AggregateError([]) })],
  ['no error at all', undefined],
  ['a text', 'ECONNREFUSED'],
])('something may have been sent: %s', (_, error) => {
  expect(neverSent(error)).toBe(false);
});
