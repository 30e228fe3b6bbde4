// verifies: hooks.keys
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { ok } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery, Endpoint } from '../../src/inbound/delivery.ts';
import { keyFileText } from '../../src/inbound/key-set.ts';
import type { PublicJwk } from '../../src/inbound/key-set.ts';
import { verifyDelivery } from '../../src/inbound/verify.ts';
import { limits } from '../../src/limits.ts';
import { parseConfig } from '../../src/processes/config.ts';
import type { Config } from '../../src/processes/config.ts';
import { permissionsOf } from '../../src/processes/confine.ts';
import { openEndpoints } from '../../src/processes/hooks-endpoints.ts';
import { followFile } from '../../src/processes/followed-file.ts';
import { followKeys } from '../../src/processes/hooks-keys.ts';
import { addSecret, endSecret, followRotations } from '../../src/processes/hooks-rotation.ts';
import { googleDocument } from './published.ts';

/* Files of public keys that an endpoint follows. */

const folder = mkdtempSync(join(tmpdir(), 'cs-keys-door-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => join(folder, name);

const rsa = (bits = 2048) => generateKeyPairSync('rsa', { modulusLength: bits });
const [one, two] = [rsa(), rsa()];
const jwk = (key: KeyObject, kid: string): object => ({ ...key.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid });

/** The text of a file of keys. */
const fileOf = (provider: string, ...keys: readonly object[]): string =>
  keyFileText({ provider, from: [], at: '2026-11-26T09:00:00Z', keys: keys as PublicJwk[] });

function replaced(file: string, text: string): void {
  writeFileSync(`${file}.next`, text, { mode: 0o644 });
  renameSync(`${file}.next`, file);
}

function configOf(endpoints: Readonly<Record<string, unknown>>): Config {
  const hooks = { publicUrl: 'https://hooks.test', endpoints };
  const text = JSON.stringify({ version: 1, installation: 'cs_0123456789', data: folder, trust: {}, hooks });
  const parsed = parseConfig(text, join(folder, 'countersign.yaml'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

const push = (file: string) => ({
  provider: 'google-pubsub',
  path: '/in/one',
  expects: { aud: 'https://hooks.test/in/one', email: 'push@example.iam.gserviceaccount.com', subscription: 'projects/p/subscriptions/s' },
  keys: { file },
});

/** A push of Pub/Sub whose token names a key and is signed with one. */
function pushed(key: KeyObject, kid: string, nowMs: number, alg = 'RS256'): Delivery {
  const iat = Math.floor(nowMs / 1000);
  const claims = { iss: 'https://accounts.google.com', aud: 'https://hooks.test/in/one', email: 'push@example.iam.gserviceaccount.com' };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg, kid, typ: 'JWT' })}.${part({ ...claims, email_verified: true, iat, exp: iat + 3600 })}`;
  const mac =
    alg === 'RS256'
      ? sign('sha256', Buffer.from(text), key)
      : createHmac('sha256', key.export({ format: 'pem', type: 'spki' }))
          .update(text)
          .digest();
  return {
    method: 'POST',
    target: '/in/one',
    headers: { 'content-type': ['application/json'], authorization: [`Bearer ${text}.${mac.toString('base64url')}`] },
    body: Buffer.from(JSON.stringify({ message: { messageId: '1' }, subscription: 'projects/p/subscriptions/s' })),
    source: 'none',
  };
}

const outcome = (endpoint: Endpoint, delivery: Delivery, nowMs: number): string => {
  const verdict = verifyDelivery(endpoint, delivery, nowMs, nodeCrypto);
  return verdict.outcome === 'refused' ? verdict.reason : verdict.outcome;
};

test('S7m the door follows the file: a new key proves, one that left proves nothing, and a broken or missing file changes nothing', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const file = place('google.keys');
  const config = configOf({ push: push(file) });
  const problems: string[] = [];
  const note = (_: string, message: string): void => void problems.push(message);
  const start = () => followRotations(config, openEndpoints(config, {}), note, followKeys(config, note));
  expect(start).toThrow(/hooks\.endpoints\.push\.keys: .* is not there.*countersign hooks keys google-pubsub --write/);
  replaced(file, fileOf('google-pubsub', jwk(one.publicKey, 'a')));
  const followed = start();
  const later = () => vi.advanceTimersByTime(limits.hooksSecretsPollMs);
  const now = Date.now();
  const says = (key: KeyObject, kid: string): string => outcome(followed.of('push'), pushed(key, kid, now), now);
  try {
    expect([says(one.privateKey, 'a'), says(two.privateKey, 'b'), says(two.privateKey, 'a')]).toEqual([
      'accepted',
      'no-live-secret',
      'signature-wrong',
    ]);
    expect(outcome(followed.of('push'), pushed(one.publicKey, 'a', now, 'HS256'), now)).toBe('bearer-grammar');
    const same = followed.of('push');
    later();
    expect(followed.of('push')).toBe(same);
    replaced(file, fileOf('google-pubsub', jwk(one.publicKey, 'a'), jwk(two.publicKey, 'b')));
    later();
    expect([says(one.privateKey, 'a'), says(two.privateKey, 'b')]).toEqual(['accepted', 'accepted']);
    replaced(file, fileOf('google-pubsub', jwk(two.publicKey, 'b')));
    later();
    expect([says(one.privateKey, 'a'), says(two.privateKey, 'b')]).toEqual(['no-live-secret', 'accepted']);
    expect(problems).toEqual([]);
    for (const text of [
      '{',
      '{"keys":[]}',
      fileOf('microsoft-graph-rich', jwk(one.publicKey, 'a')),
      fileOf('google-pubsub', jwk(rsa(1024).publicKey, 'w')),
      googleDocument,
    ]) {
      replaced(file, text);
      later();
      expect([says(one.privateKey, 'a'), says(two.privateKey, 'b'), problems.length > 0]).toEqual(['no-live-secret', 'accepted', true]);
      problems.length = 0;
    }
    // One that others can write is nobody's word.
    replaced(file, fileOf('google-pubsub', jwk(one.publicKey, 'a')));
    chmodSync(file, 0o666);
    later();
    expect([says(one.privateKey, 'a'), problems.at(-1)]).toEqual([
      'no-live-secret',
      expect.stringContaining('closed to what others write'),
    ]);
    rmSync(file);
    later();
    expect([says(two.privateKey, 'b'), problems.at(-1)]).toEqual(['accepted', expect.stringContaining('is not there')]);
    replaced(file, fileOf('google-pubsub', jwk(one.publicKey, 'a')));
    later();
    expect([says(one.privateKey, 'a'), says(two.privateKey, 'b')]).toEqual(['accepted', 'no-live-secret']);
  } finally {
    followed.close();
    vi.useRealTimers();
  }
});

test('a key that left proves nothing although the rotation beside it is broken, and one that was retired stays out', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const file = place('two.keys');
  replaced(file, fileOf('google-pubsub', jwk(one.publicKey, 'a'), jwk(two.publicKey, 'b')));
  const config = { ...configOf({ two: push(file) }), data: place('two-data') };
  addSecret(config, 'two', { id: 'c', value: rsa().publicKey.export({ format: 'pem', type: 'spki' }).toString().trim(), atMs: 1 });
  const problems: string[] = [];
  const followed = followRotations(config, openEndpoints(config, {}), (_, message) => problems.push(message), followKeys(config));
  const later = () => vi.advanceTimersByTime(limits.hooksSecretsPollMs);
  const now = Date.now();
  const says = (key: KeyObject, kid: string): string => outcome(followed.of('two'), pushed(key, kid, now), now);
  try {
    writeFileSync(join(config.data, 'hooks', 'two', 'rotation.json'), '{', { mode: 0o600 });
    replaced(file, fileOf('google-pubsub', jwk(two.publicKey, 'b')));
    later();
    expect([says(one.privateKey, 'a'), says(two.privateKey, 'b'), problems.length]).toEqual(['no-live-secret', 'accepted', 1]);
    rmSync(join(config.data, 'hooks', 'two', 'rotation.json'));
    endSecret(config, 'two', { id: 'b', atMs: now - 1000 });
    later();
    expect(says(two.privateKey, 'b')).toBe('no-live-secret');
  } finally {
    followed.close();
    vi.useRealTimers();
  }
});

test('a start without file or secret, a file for a sender without public keys, and the file of another sender are refused', () => {
  const start = (endpoints: Readonly<Record<string, unknown>>) => () => {
    const config = configOf(endpoints);
    followRotations(config, openEndpoints(config, {}), () => undefined, followKeys(config)).close();
  };
  const { keys: _, ...bare } = push('');
  expect(start({ push: bare })).toThrow(
    'has no secret, and so would take nothing: `countersign hooks rotate push` makes or takes one; or give it a file of public keys',
  );
  replaced(place('some.keys'), fileOf('google-pubsub', jwk(one.publicKey, 'a')));
  expect(start({ hub: { provider: 'github', keys: { file: place('some.keys') } } })).toThrow('signs with no public key');
  expect(start({ atl: { provider: 'atlassian-connect-lifecycle', expects: { aud: 'x' }, keys: { file: place('some.keys') } } })).toThrow(
    'this endpoint hears atlassian-connect-lifecycle',
  );
  // The confined door may read the file, and no other process is told of it.
  const config = configOf({ push: push(place('some.keys')) });
  expect(permissionsOf(config, 'hooks', {})).toContain(`--allow-fs-read=${place('some.keys')}`);
  expect(permissionsOf(config, 'reader', {})).not.toContain(`--allow-fs-read=${place('some.keys')}`);
});

test('a clock that is put back does not keep a file from being looked at', () => {
  const file = join(folder, 'followed.txt');
  const clock = { ms: 1e12 };
  const everyMs = 10_000;
  const followed = followFile(file, { bytesMax: 99, everyMs, read: (text) => ok(text), now: () => clock.ms });
  const say = (text: string): string | null => {
    writeFileSync(file, text);
    return followed().value;
  };
  expect([say('one'), say('and two')]).toEqual(['one', 'one']);
  clock.ms -= 3_600_000;
  expect(say('three')).toBe('three');
  expect(say('and four')).toBe('three');
  clock.ms += everyMs;
  expect(followed().value).toBe('and four');
});
