// verifies: hooks.source
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openSourceRule } from '../../src/processes/hooks-endpoints.ts';
import { gradeSource, plainAddress, rangesOf } from '../../src/inbound/source.ts';
import { limits } from '../../src/limits.ts';
import { openDoor, ranges, talk, wire } from './door.ts';
import type { Door, DoorWish } from './door.ts';
import { github } from './senders.ts';

/* Where a delivery comes from, on real sockets: every one of these connections comes from 127.0.0.1. */

let door: Door | null = null;
afterEach(async () => {
  await door?.close();
  door = null;
});

let made = 0;
async function asks(
  source: 'ip' | 'mtls',
  wish: Omit<DoorWish, 'endpoints'>,
): Promise<(...headers: (readonly [string, string])[]) => Promise<number>> {
  door = await openDoor({ endpoints: [{ ...github.endpoint, source }], ...wish });
  const { port } = door;
  return async (...headers) => (await talk(port, wire(github.send({ body: github.body.replace('"Hi"', `"${made++}"`) }), headers))).status;
}
const hops = (...text: string[]): readonly [string, string] => ['X-Forwarded-For', text.join(', ')];
const theirs = '192.0.2.7';

test('H7b nobody is believed about an address who is not a listed proxy', async () => {
  const ask = await asks('ip', { ranges: ['192.0.2.0/24'], proxies: ['198.51.100.1'] });
  const spoofs = [
    hops(theirs),
    ['X-Real-IP', theirs],
    ['Forwarded', `for=${theirs}`],
    ['True-Client-IP', theirs],
    ['CF-Connecting-IP', theirs],
    ['X-Forwarded-Host', 'x'],
    ['X-Forwarded-Proto', 'http'],
  ] as const;
  for (const spoof of spoofs) expect(await ask(spoof)).toBe(401);
  expect(await door?.events()).toEqual([]);
});

test('H7c of what a listed proxy says the last hop counts that is no proxy of ours', async () => {
  const ask = await asks('ip', { ranges: ['192.0.2.0/24', '2001:db8::7'], proxies: ['127.0.0.0/8', '10.0.0.0/8'] });
  expect(await ask()).toBe(401);
  expect(await ask(hops(theirs))).toBe(200);
  expect(await ask(hops('::ffff:192.0.2.7'))).toBe(200);
  expect(await ask(hops('2001:db8::7'))).toBe(200);
  expect(await ask(hops('203.0.113.5', theirs, '10.0.0.9'))).toBe(200);
  expect(await ask(hops('203.0.113.5'), hops(theirs))).toBe(200);
  // Written in front of it by the stranger itself.
  expect(await ask(hops(theirs, '203.0.113.5'))).toBe(401);
  expect(await ask(hops(theirs), hops('203.0.113.5'))).toBe(401);
  expect(await ask(hops(theirs, '203.0.113.5', '10.0.0.9'))).toBe(401);
  for (const none of ['unknown', '_hidden', '192.0.2.7:443', '[2001:db8::7]', '0300.0.2.7', '192.0.2', `${theirs}/24`, '127.0.0.1', ''])
    expect(await ask(hops(theirs, none === '' ? 'x' : none === '127.0.0.1' ? 'garbage' : none))).toBe(401);
  expect(await ask(['X-Real-IP', theirs])).toBe(401);
});

test('H7d a certificate counts only if a listed proxy names exactly one', async () => {
  const name = 'platform-tls-client.slack.com';
  const cert = (text: string): readonly [string, string] => ['X-Client-Cert', text];
  const ask = await asks('mtls', { certificate: name, proxies: ['127.0.0.1'] });
  expect(await ask(cert(name))).toBe(200);
  for (const wrong of [`${name}.evil.test`, name.toUpperCase(), `x, ${name}`]) expect(await ask(cert(wrong))).toBe(401);
  expect(await ask(cert(name), cert(name))).toBe(401);
  expect(await ask()).toBe(401);
  await door?.close();
  const stranger = await asks('mtls', { certificate: name });
  expect(await stranger(cert(name))).toBe(401);
});

test('H8b an address alone is that address and no more, and one written as IPv6 is the same', () => {
  const one = ranges('203.0.113.5', '2001:db8::5', '10.1.0.0/16', '2001:db8:1::/48');
  for (const inside of [
    '203.0.113.5',
    '::ffff:203.0.113.5',
    '::FFFF:203.0.113.5',
    '2001:db8::5',
    '2001:0db8:0:0::5',
    '10.1.255.255',
    '2001:db8:1:ffff::',
  ])
    expect([inside, one.has(inside)]).toEqual([inside, true]);
  for (const outside of [
    '203.0.113.4',
    '203.0.113.6',
    '2001:db8::4',
    '2001:db8::6',
    '2001:db8:0:1::5',
    '10.2.0.0',
    '2001:db8:2::',
    '',
    'x',
    '203.0.113.5/32',
    '::ffff:203.0.113.6',
    '3405803781',
  ])
    expect([outside, one.has(outside)]).toEqual([outside, false]);
  expect(['::ffff:192.0.2.1', '192.0.2.1', '2001:db8::1', '192.0.2.1 ', '192.0.2', ''].map(plainAddress)).toEqual([
    '192.0.2.1',
    '192.0.2.1',
    '2001:db8::1',
    null,
    null,
    null,
  ]);
  // Spelled in hex it is the same address again.
  expect(ranges('127.0.0.0/8').has('::ffff:7f00:1')).toBe(true);
  expect(ranges().has('127.0.0.1')).toBe(false);
});

test.each([
  '10.0.0.0/33',
  '2001:db8::/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/-1',
  '10.0.0.0/+8',
  '10.0.0/8',
  '0/0x0',
  'all',
  '10.0.0.0/8 ',
  '::g',
])('H8c a list with %j in it is no list', (bad) => expect(rangesOf(['192.0.2.0/24', bad])).toBeNull());

test('H8d a file of ranges that is missing, gone or broken leaves the last good list, and never opens the door', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-ranges-'));
  const file = join(folder, 'ranges.txt');
  let nowMs = 1_000_000;
  const rule = openSourceRule(
    { folder, hooks: { endpoints: { one: { source: { file: 'ranges.txt', ranges: [] } } } } } as never,
    'one',
    () => nowMs,
  );
  const grade = (address: string): string => {
    nowMs += limits.hooksRangesPollMs + 1;
    return gradeSource({ address, certificate: null }, rule);
  };
  expect(grade('192.0.2.1')).toBe('none');
  writeFileSync(file, '# ranges\n192.0.2.0/24\n');
  expect([grade('192.0.2.1'), grade('198.51.100.1')]).toEqual(['ip', 'none']);
  for (const broken of [
    '',
    '# nothing',
    '0.0.0.0/0\nnot a range',
    'x'.repeat(limits.hooksRangesFileBytesMax + 1),
    '1.1.1.1\n'.repeat(limits.hooksRangesMax + 1),
  ]) {
    writeFileSync(file, broken);
    expect([grade('192.0.2.1'), grade('198.51.100.1')]).toEqual(['ip', 'none']);
  }
  rmSync(file);
  expect([grade('192.0.2.1'), grade('198.51.100.1')]).toEqual(['ip', 'none']);
  writeFileSync(file, '198.51.100.0/24');
  expect([grade('192.0.2.1'), grade('198.51.100.1')]).toEqual(['none', 'ip']);
  rmSync(folder, { recursive: true });
});
