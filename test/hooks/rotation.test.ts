import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { githubWebhook } from '../../src/connectors/github/webhook.ts';
import { ok, refuse } from '../../src/errors.ts';
import { mayRetire, rotatedEndpoint } from '../../src/inbound/rotation.ts';
import type { Rotation, UsedSecret } from '../../src/inbound/rotation.ts';
import { liveSecrets } from '../../src/inbound/secrets.ts';
import { limits } from '../../src/limits.ts';
import { secretLine } from '../../src/processes/cli/hooks-senders.ts';
import {
  addSecret,
  endSecret,
  followRotations,
  readRotation,
  secretFile,
  withRotation,
  writeAtomically,
} from '../../src/processes/hooks-rotation.ts';
import { endpointOf, shared } from '../inbound/senders.ts';

const folder = mkdtempSync(join(tmpdir(), 'cs-rotation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let houses = 0;
/** A data folder of its own for each test. */
const house = () => ({ data: join(folder, String(houses++)) });

const base = endpointOf(githubWebhook, [{ ...shared, id: 'first' }], { id: 'github' });
const fresh = 'fresh-Zq8Wn4Rt6Yp1Lk3Jh5Gf7Ds9Ax2Cv0Bm';
const added = (ended: Rotation['ended'] = {}): Rotation => ({ version: 1, added: [{ id: 'two', atMs: 10 }], ended });

test('an endpoint holds the old and the new secret, and one that has ended has its end', () => {
  const both = rotatedEndpoint(base, added(), () => ok(fresh));
  expect(both.ok && both.value.secrets.map(({ id, notBeforeMs, notAfterMs }) => [id, notBeforeMs, notAfterMs])).toEqual([
    ['first', 0, null],
    ['two', 10, null],
  ]);
  const after = rotatedEndpoint(base, added({ first: 50 }), () => ok(fresh));
  expect(after.ok && after.value.secrets.map(({ id, notAfterMs }) => [id, notAfterMs])).toEqual([
    ['first', 50],
    ['two', null],
  ]);
  const earlier = endpointOf(githubWebhook, [{ ...shared, id: 'first', notAfterMs: 20 }]);
  const kept = rotatedEndpoint(earlier, added({ first: 50 }), () => ok(fresh));
  expect(kept.ok && kept.value.secrets[0]?.notAfterMs).toBe(20); // an end never gives a secret more time
});

test('a secret that was ended stays out though the clock is put back before its end', () => {
  const after = rotatedEndpoint(base, added({ first: 50 }), () => ok(fresh));
  const live = (nowMs: number) => (after.ok ? liveSecrets(after.value.secrets, 'hmac', nowMs).map(({ id }) => id) : []);
  expect([live(60), live(49), live(5)]).toEqual([['two'], ['two'], []]);
});

test('what would be refused at start is refused in a rotation', () => {
  const because = (value: string) => rotatedEndpoint(base, added(), () => ok(value));
  expect(because('change-me-change-me')).toMatchObject({ ok: false, code: 'bad-webhook-secret' });
  expect(because('short')).toMatchObject({ ok: false });
  expect(because("It's a Secret to Everybody")).toMatchObject({ ok: false });
  expect(because(Buffer.from(shared.key).toString())).toMatchObject({ ok: false, code: 'same-secret' });
  expect(rotatedEndpoint(base, added(), () => refuse('bad-rotation', 'gone'))).toMatchObject({ ok: false, code: 'bad-rotation' });
  expect(rotatedEndpoint({ ...base, secrets: [] }, { version: 1, added: [], ended: {} }, () => ok(fresh))).toMatchObject({ ok: false });
  // The text of one that has ended is not even asked for.
  expect(rotatedEndpoint(base, added({ two: 5 }), () => refuse('bad-rotation', 'gone'))).toMatchObject({ ok: true });
});

const used = (id: string, count: number, lastAtMs: number | null, more: Partial<UsedSecret> = {}): UsedSecret => ({
  id,
  client: null,
  notBeforeMs: 0,
  notAfterMs: null,
  uses: { count, lastAtMs },
  ...more,
});

test.each<[string, UsedSecret[], boolean, string | null]>([
  ['the only one', [used('a', 3, 30)], true, 'last-secret'],
  ['the other is over', [used('a', 3, 30), used('b', 9, 40, { notAfterMs: 50 })], true, 'last-secret'],
  ['the other begins later', [used('a', 3, 30), used('b', 0, null, { notBeforeMs: 200 })], true, 'last-secret'],
  ['nothing proved by the other', [used('a', 3, 30), used('b', 0, null)], false, 'not-proved-yet'],
  ['nothing proved by anybody', [used('a', 0, null), used('b', 0, null)], false, 'not-proved-yet'],
  ['used last', [used('a', 3, 50), used('b', 1, 40)], false, 'used-last'],
  ['used at the same moment', [used('a', 3, 40), used('b', 1, 40)], false, 'used-last'],
  ['the other was used last', [used('a', 3, 30), used('b', 1, 40)], false, null],
  ['never used, the other was', [used('a', 0, null), used('b', 1, 40)], false, null],
  ['used last, with force', [used('a', 3, 50), used('b', 1, 40)], true, null],
  ['nothing known', [used('a', 0, null, { uses: null }), used('b', 0, null, { uses: null })], false, 'not-known'],
  ['of a client, which ends by itself', [used('a', 3, 30, { client: 'c-1' }), used('b', 1, 40)], false, 'of-a-client'],
  ['of a client, by force', [used('a', 3, 30, { client: 'c-1' })], true, null],
  ['the other is only for a client', [used('a', 3, 30), used('b', 9, 40, { client: 'c-1' })], true, 'last-secret'],
  ['over already', [used('a', 3, 30, { notAfterMs: 50 }), used('b', 1, 40)], true, 'not-live'],
  ['not there', [used('b', 1, 40)], true, 'no-such-secret'],
])('retiring a secret: %s', (_, secrets, force, code) => {
  const may = mayRetire('a', secrets, 100, force);
  expect(may.ok ? null : may.code).toBe(code);
});

test('a secret is written for this user alone, named after it is there, and gone after its end', () => {
  const config = house();
  const file = addSecret(config, 'github', { id: 'two', value: fresh, atMs: 10 });
  expect(file).toBe(secretFile(config, 'github', 'two'));
  expect([statSync(file).mode & 0o777, statSync(join(file, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(readRotation(config, 'github')).toEqual({ ok: true, value: added() });
  expect(readFileSync(join(file, '..', 'rotation.json'), 'utf8')).not.toContain(fresh);
  const both = withRotation(config, base);
  expect(both.ok && both.value.secrets.map(({ id }) => id)).toEqual(['first', 'two']);
  endSecret(config, 'github', { id: 'two', atMs: 60 });
  expect(existsSync(file)).toBe(false);
  expect(readRotation(config, 'github')).toEqual({ ok: true, value: added({ two: 60 }) });
  expect(readdirSync(join(file, '..'))).toEqual(['rotation.json']); // no draft is left
});

test('of two commands at once one is refused, and an unreadable rotation is never written over', () => {
  const config = house();
  addSecret(config, 'github', { id: 'two', value: fresh, atMs: 10 });
  const file = join(secretFile(config, 'github', 'two'), '..', 'rotation.json');
  writeFileSync(`${file}.new`, '');
  expect(() => endSecret(config, 'github', { id: 'two', atMs: 20 })).toThrow('another command is at work');
  rmSync(`${file}.new`);
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, '{"version":2}');
  expect(() => endSecret(config, 'github', { id: 'two', atMs: 20 })).toThrow('restore it');
  expect(readFileSync(file, 'utf8')).toBe('{"version":2}');
  writeFileSync(file, before);
  expect(() => writeAtomically(join(folder, 'nowhere', 'x'), () => '', 0o600)).toThrow('cannot be written');
});

test('files that others can read, links, and names that lead elsewhere are no rotation', () => {
  const config = house();
  const secret = addSecret(config, 'github', { id: 'two', value: fresh, atMs: 10 });
  const file = join(secret, '..', 'rotation.json');
  for (const open of [secret, file]) {
    chmodSync(open, 0o640);
    expect(withRotation(config, base)).toMatchObject({ ok: false, message: expect.stringContaining('mode 0600') as string });
    chmodSync(open, 0o600);
  }
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('"two"', '"../../../etc/passwd"'));
  expect(withRotation(config, base)).toMatchObject({ ok: false, code: 'bad-rotation' });
  writeFileSync(file, text);
  expect(withRotation(config, base)).toMatchObject({ ok: true });
  rmSync(secret);
  expect(withRotation(config, base)).toMatchObject({ ok: false, message: expect.stringContaining('missing') as string });
  writeFileSync(join(folder, 'elsewhere'), fresh, { mode: 0o600 });
  symlinkSync(join(folder, 'elsewhere'), secret);
  expect(withRotation(config, base)).toMatchObject({ ok: false, code: 'bad-rotation' });
});

test('a running door follows, keeps the former secrets where it cannot, and lets nothing in again that has ended', () => {
  vi.useFakeTimers();
  try {
    const config = house();
    const problems: string[] = [];
    const followed = followRotations(config, [base], (_, message) => problems.push(message));
    const ids = () => followed.of('github').secrets.map(({ id, notAfterMs }) => [id, notAfterMs]);
    addSecret(config, 'github', { id: 'two', value: fresh, atMs: 10 });
    expect(ids()).toEqual([['first', null]]);
    vi.advanceTimersByTime(limits.hooksSecretsPollMs);
    expect(ids()).toEqual([
      ['first', null],
      ['two', null],
    ]);
    endSecret(config, 'github', { id: 'first', atMs: 60 });
    vi.advanceTimersByTime(limits.hooksSecretsPollMs);
    expect(ids()).toEqual([
      ['first', 60],
      ['two', null],
    ]);
    const file = join(secretFile(config, 'github', 'two'), '..', 'rotation.json');
    const text = readFileSync(file, 'utf8');
    // Rights are all that changed: the bytes and their time are the same.
    chmodSync(file, 0o644);
    vi.advanceTimersByTime(limits.hooksSecretsPollMs);
    expect(problems.splice(0)).toEqual([expect.stringContaining('closed to others') as string]);
    chmodSync(file, 0o600);
    vi.advanceTimersByTime(limits.hooksSecretsPollMs);
    expect(problems).toEqual([]);
    for (const broken of ['{', null]) {
      if (broken === null) rmSync(file);
      else writeFileSync(file, broken, { mode: 0o600 });
      vi.advanceTimersByTime(limits.hooksSecretsPollMs);
      expect(ids()).toEqual([
        ['first', 60],
        ['two', null],
      ]);
    }
    expect(problems.length).toBe(2);
    writeFileSync(file, text, { mode: 0o600 });
    vi.advanceTimersByTime(limits.hooksSecretsPollMs);
    expect(ids()).toEqual([
      ['first', 60],
      ['two', null],
    ]);
    followed.close();
    writeFileSync(file, '{', { mode: 0o600 });
    expect(() => followRotations(config, [base], () => undefined)).toThrow('restore it'); // at start it is an error
  } finally {
    vi.useRealTimers();
  }
});

test('what has ended proves nothing in a running door, whatever else of the rotation cannot be used', () => {
  vi.useFakeTimers();
  try {
    const config = house();
    const problems: string[] = [];
    addSecret(config, 'github', { id: 'two', value: fresh, atMs: 10 });
    const followed = followRotations(config, [base], (_, message) => problems.push(message));
    rmSync(secretFile(config, 'github', 'two'));
    endSecret(config, 'github', { id: 'first', atMs: 60 });
    vi.advanceTimersByTime(limits.hooksSecretsPollMs);
    expect(problems[0]).toContain('two.secret is missing');
    expect(liveSecrets(followed.of('github').secrets, 'hmac', 61).map(({ id }) => id)).toEqual(['two']);
    followed.close();
  } finally {
    vi.useRealTimers();
  }
});

test('rotations that went on for years keep a bounded history', () => {
  const config = house();
  const file = join(secretFile(config, 'github', 'x'), '..', 'rotation.json');
  addSecret(config, 'github', { id: 'new', value: fresh, atMs: 10 });
  const old = Array.from({ length: limits.hooksRotationsKept }, (_, n) => ({ id: `s${n}`, atMs: n }));
  writeFileSync(
    file,
    JSON.stringify({ version: 1, added: old, ended: { first: 5, ...Object.fromEntries(old.map(({ id, atMs }) => [id, atMs + 1])) } }),
    { mode: 0o600 },
  );
  addSecret(config, 'github', { id: 'newer', value: fresh, atMs: 99 });
  const rotation = readRotation(config, 'github');
  expect(
    rotation.ok && [
      rotation.value.added.length,
      rotation.value.added.at(-1)?.id,
      rotation.value.ended['first'],
      rotation.value.ended['s0'],
    ],
  ).toEqual([limits.hooksRotationsKept, 'newer', 5, undefined]);
});

test('a line of a secret is indented by us, and what its client is called cannot hide anything', () => {
  const secret = { id: 's1', client: 'a\u202eb', notBeforeMs: 0, notAfterMs: null, uses: 0, lastUsedAtMs: null };
  const line = secretLine(secret, 1);
  expect(line).toMatch(/^ {2}s1 +live /);
  expect(line).toContain(String.raw`installed for a\u{202E}b, `);
});
