// verifies: hooks.installs
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { CountersignError } from '../../src/errors.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery, Endpoint } from '../../src/inbound/delivery.ts';
import { openInstalls } from '../../src/inbound/install.ts';
import type { InstallKeeper } from '../../src/inbound/install.ts';
import { begun, noInstalled, settled, uninstalled } from '../../src/inbound/installed.ts';
import { takeDelivery } from '../../src/inbound/intake.ts';
import { connect, connectLifecycle } from '../../src/inbound/providers/atlassian.ts';
import { openRefusals } from '../../src/inbound/refusals.ts';
import { readSecret } from '../../src/inbound/secrets.ts';
import { verifyDelivery } from '../../src/inbound/verify.ts';
import { limits } from '../../src/limits.ts';
import { openInstallsAt } from '../../src/processes/hooks-installs.ts';
import { followRotations, readInstalled, writeInstalled } from '../../src/processes/hooks-rotation.ts';
import { createIdentity, loadIdentity } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import type { Recorder } from '../../src/record/recorder.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { endpointOf, secretOf } from '../inbound/senders.ts';
import { callback, installKey, webhook } from './installing.ts';
import type { App, Callback } from './installing.ts';

/*
 * The secret of an installation, from the callback that brings it to the webhooks that it proves: over a real store and real
 * files, without a process. Atlassian's own library signs.
 */

const app: App = { base: 'https://hooks.test', lifecycle: '/life', webhooks: '/jira' };
const [first, second] = ['fL7wQ2nZ8rT4vB1xK6mP3sD9', 'hJ5cY8uE1aN4gW7oR2iV6tX0'];

const key = readSecret(connectLifecycle, { id: 'kid-1', value: installKey, notBeforeMs: 0, notAfterMs: null });
if (!key.ok) throw new Error(key.message);
const lifecycle = endpointOf(connectLifecycle, [key.value], {
  id: 'life',
  publicUrl: 'https://hooks.test/life',
  expects: { aud: 'https://hooks.test', client: 'client-a' },
  installs: ['jira'],
});
const jira = endpointOf(connect, [], { id: 'jira', publicUrl: 'https://hooks.test/jira', installable: true });
/** Any client while it is set up. */
const open = { ...lifecycle, expects: { aud: 'https://hooks.test' }, pending: true };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closers.splice(0)) await close();
});

/** A hooks door without its socket. `write` stands in for the writing of the file. */
async function openHouse(endpoints: readonly Endpoint[] = [lifecycle, jira], write?: (really: () => void) => void) {
  const data = mkdtempSync(join(tmpdir(), 'cs-install-'));
  const config = { data };
  const file = join(data, 'hooks.key');
  createIdentity(file);
  const store = await openSqliteStore(join(data, 'store.db'));
  const own = openRecorder(store, loadIdentity('hooks', file));
  const refusals = openRefusals(own, Date.now);
  const alarms: string[] = [];
  const alarm = (...words: string[]): void => void alarms.push(words.join(' '));
  let down = false;
  const recorder: Recorder = {
    record: async (write) => {
      if (down) throw new CountersignError('store-failed', 'the store is down');
      return own.record(write);
    },
  };
  const followed = followRotations(config, endpoints, (_, message) => alarms.push(message));
  const keeper = (own: NonNullable<typeof write>): InstallKeeper => ({
    read: (id) => {
      const installed = readInstalled(config, id);
      if (!installed.ok) throw new CountersignError('store-failed', installed.message);
      return installed.value;
    },
    write: (id, installed) =>
      own(() => {
        writeInstalled(config, id, installed);
        followed.look();
      }),
    check: (_, secret) => readSecret(connect, { ...secret, notBeforeMs: 0, notAfterMs: null }),
    holds: () => false,
  });
  const installs =
    write === undefined ? openInstallsAt(config, followed, alarm) : openInstalls({ keeper: keeper(write), alarm, now: Date.now });
  const parts = { store, recorder, refusals, crypto: nodeCrypto, consumersOf: () => [], alarm, now: Date.now, installs, onEvent: () => {} };
  const take = async (id: string, delivery: Delivery): Promise<number> => (await takeDelivery(parts, followed.of(id), delivery)).status;
  closers.push(async () => {
    followed.close();
    await refusals.close();
    await store.close();
    rmSync(data, { recursive: true, force: true });
  });
  return {
    data,
    alarms,
    store,
    file: join(data, 'hooks', 'jira', 'installed.json'),
    storeIsDown: (is: boolean) => void (down = is),
    secrets: () => followed.of('jira').secrets,
    call: (of: Callback) => take('life', callback(app, of)),
    take,
    send: (secret: string, client?: string) => take('jira', webhook(app, secret, client)),
    events: async (endpoint: string) => (await store.events({ endpoint, beforeMs: Number.MAX_SAFE_INTEGER, limit: 100 })).length,
  };
}

test('what an installing brings proves the webhooks of its client from then on, and lies in a file for this user alone', async () => {
  const house = await openHouse();
  expect(await house.send(first)).toBe(401);
  expect(await house.call({ secret: first })).toBe(200);
  expect(await house.send(first)).toBe(200);
  expect(await house.send(second)).toBe(401);
  expect([statSync(house.file).mode & 0o777, statSync(join(house.file, '..')).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(readdirSync(join(house.file, '..'))).toEqual(['installed.json']);
  const said = (await house.store.statementsOfKind('hook-secret')).map(({ bytes }) => JSON.parse(bytes) as { body: object });
  expect(said.map(({ body }) => body)).toMatchObject([{ endpoint: 'jira', secret: house.secrets()[0]?.id, change: 'added' }]);
  expect(house.alarms).toEqual([]);
});

test('S9c E4b a secret of one client proves nothing of another, though the endpoint is for both', async () => {
  const house = await openHouse([open, jira]);
  await house.call({ client: 'client-a', secret: first });
  await house.call({ client: 'client-b', secret: second });
  expect([await house.send(first, 'client-a'), await house.send(second, 'client-b')]).toEqual([200, 200]);
  expect([await house.send(first, 'client-b'), await house.send(second, 'client-a'), await house.send(first, 'client-c')]).toEqual([
    401, 401, 401,
  ]);
  // An endpoint of one client stays that, whoever has installed.
  const own = { ...jira, expects: { iss: 'client-b' }, secrets: house.secrets() };
  const says = (secret: string, client: string) => verifyDelivery(own, webhook(app, secret, client), Date.now(), nodeCrypto);
  expect(says(first, 'client-a')).toMatchObject({ reason: 'bearer-claims' });
  expect(says(first, 'client-b')).toMatchObject({ reason: 'signature-wrong' });
  expect(says(second, 'client-b')).toMatchObject({ outcome: 'accepted', tenant: { client: 'client-b' } });
  // A secret of nobody's, on an endpoint that expects nobody, proves nothing.
  const nobodys = { ...jira, secrets: [secretOf('hmac', first)] };
  expect(verifyDelivery(nobodys, webhook(app, first), Date.now(), nodeCrypto)).toMatchObject({ reason: 'bearer-claims' });
});

test('a sender may install one secret for many clients: each of them is known by its own name', async () => {
  const house = await openHouse([open, jira]);
  await house.call({ client: 'client-a', secret: first });
  await house.call({ client: 'client-b', secret: first });
  expect([await house.send(first, 'client-a'), await house.send(first, 'client-b'), await house.send(first, 'client-c')]).toEqual([
    200, 200, 401,
  ]);
  await house.call({ client: 'client-a', event: 'uninstalled' });
  expect([await house.send(first, 'client-a'), await house.send(first, 'client-b')]).toEqual([401, 200]);
});

test('installing again replaces the secret: the old one is good as long as a token of it can live, and no longer', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const house = await openHouse();
  await house.call({ secret: first, atMs: Date.now() - 5000 });
  await house.call({ secret: second });
  expect([await house.send(first), await house.send(second)]).toEqual([200, 200]);
  vi.setSystemTime(Date.now() + limits.hooksClientOverlapMs + 1000);
  expect([await house.send(first), await house.send(second)]).toEqual([401, 200]);
  // The next callback takes it out of the file as well.
  await house.call({ secret: `${second}0` });
  expect(readFileSync(house.file, 'utf8')).not.toContain(first);
});

test('uninstalling ends the secrets of the client at once, and what was said earlier undoes nothing that was said later', async () => {
  const house = await openHouse();
  const atMs = Date.now();
  await house.call({ secret: first, atMs: atMs - 60_000 });
  await house.call({ event: 'uninstalled', atMs: atMs - 50_000 });
  expect(await house.send(first)).toBe(401);
  expect(readFileSync(house.file, 'utf8')).not.toContain(first);
  // An installing from before the uninstalling that was on its way for long.
  expect(await house.call({ secret: `${first}0`, atMs: atMs - 55_000 })).toBe(200);
  expect(await house.send(`${first}0`)).toBe(401);
  await house.call({ secret: second, atMs: atMs - 10_000 });
  expect(await house.call({ event: 'uninstalled', atMs: atMs - 20_000 })).toBe(200);
  expect(await house.send(second)).toBe(200);
  expect(house.alarms.join('\n')).toContain('has installed or uninstalled since');
});

test('R1c a copy of an earlier installing writes nothing, whatever has happened since', async () => {
  const house = await openHouse();
  const atMs = Date.now() - 5000; // of all of them: their times tell nothing
  const old = callback(app, { secret: first, atMs });
  expect(await Promise.all([house.take('life', old), house.take('life', old), house.take('life', old)])).toEqual([200, 200, 200]);
  expect([await house.events('life'), house.secrets().length]).toEqual([1, 1]);
  await house.call({ secret: second, atMs });
  const before = readFileSync(house.file, 'utf8');
  expect(await house.take('life', old)).toBe(200);
  expect(readFileSync(house.file, 'utf8')).toBe(before);
  await house.call({ event: 'uninstalled', atMs });
  expect(await house.take('life', old)).toBe(200);
  expect(house.secrets()).toEqual([]);
  expect(await house.events('life')).toBe(3);
});

test('R2c no callback is looked at while another one is not yet durable', async () => {
  const order: string[] = [];
  const keeper: InstallKeeper = { read: () => noInstalled, write: () => {}, check: () => ({ ok: true, value: null }), holds: () => false };
  const installs = openInstalls({ keeper, alarm: () => {}, now: Date.now });
  const verdict = verifyDelivery(lifecycle, callback(app, { secret: first }), Date.now(), nodeCrypto);
  if (verdict.outcome !== 'accepted' || verdict.installation === undefined) throw new Error('it must be taken');
  const { installation } = verdict;
  const answer = { status: 200, contentType: '', body: '' };
  const one = (name: string, fails: boolean) =>
    installs.take({
      endpoint: lifecycle,
      verdict,
      installation,
      seen: async () => (order.push(`${name} looks`), 'never' as const),
      commit: async () => {
        await new Promise((done) => setTimeout(done, 5));
        order.push(`${name} is durable`);
        if (fails) throw new CountersignError('store-failed', 'down');
        return { taken: true, answer };
      },
      repeat: async () => answer,
    });
  const [a, b] = await Promise.allSettled([one('a', true), one('b', false)]);
  expect([a.status, b.status]).toEqual(['rejected', 'fulfilled']);
  expect(order).toEqual(['a looks', 'a is durable', 'b looks', 'b is durable']);
});

test('R5c a token of one callback brings no other body: the second is a conflict, and its secret is not kept', async () => {
  const house = await openHouse();
  const honest = callback(app, { secret: first });
  await house.take('life', honest);
  const forged = { ...honest, body: Buffer.from(Buffer.from(honest.body).toString().replace(first, second)) };
  expect(await house.take('life', forged)).toBe(401);
  expect(await house.send(second)).toBe(401);
  expect(house.alarms.join('\n')).toContain('webhook-conflict');
  // The same content under a new token is a new installing: Atlassian may give the same secret again.
  await house.call({ event: 'uninstalled' });
  await house.call({ secret: first });
  expect(await house.send(first)).toBe(200);
});

test.each<[string, readonly Endpoint[], Callback, string]>([
  ['a client that nobody expects', [{ ...open, pending: false }, jira], {}, 'its client is not expected'],
  ['for no endpoint', [{ ...lifecycle, installs: [] }, jira], {}, 'no endpoint is named'],
  ['an event that is not taken', [{ ...lifecycle, events: ['uninstalled'] }, jira], {}, 'not among those that are taken'],
  ['no secret', [lifecycle, jira], { secret: '' }, 'is missing or empty'],
  ['a short secret', [lifecycle, jira], { secret: 'kurz-3k9Jd02k' }, 'has fewer than 16 bytes'],
  ['a placeholder', [lifecycle, jira], { secret: 'change-me-3k9Jd02kLmQ8xZ7' }, 'looks like a placeholder'],
  ['a control character', [lifecycle, jira], { secret: `${first}\n` }, 'is not written as'],
  ['a secret that is too long', [lifecycle, jira], { secret: first.repeat(50) }, 'too long'],
])('a secret is dropped, and that is told, while its event is taken as ever: %s', async (_, endpoints, of, why) => {
  const house = await openHouse(endpoints);
  const secret = of.secret ?? first;
  expect(await house.call({ ...of, secret })).toBe(200);
  expect([await house.events('life'), house.secrets()]).toEqual([1, []]);
  expect(house.alarms).toEqual([expect.stringContaining(why) as string]);
  if (secret !== '') expect(house.alarms.join()).not.toContain(secret.trim());
});

test('E3f a client beside the expected one is refused, and so is a callback for another app', async () => {
  const house = await openHouse();
  expect(await house.call({ client: 'client-b', secret: first })).toBe(401);
  expect(await house.call({ secret: first, claims: { aud: ['https://hooks.test/other'] } })).toBe(401);
  expect([await house.events('life'), house.secrets()]).toEqual([0, []]);
});

test('a client that was let in while the endpoint was set up may change its secret afterwards', async () => {
  const { data, ...house } = await openHouse([open, jira]);
  await house.call({ client: 'client-a', secret: first, atMs: Date.now() - 5000 });
  const closed = { ...open, pending: false };
  const followed = followRotations({ data }, [closed, jira], () => undefined);
  const installs = openInstallsAt({ data }, followed, () => undefined);
  const refusals = openRefusals({ record: () => Promise.reject(new Error('unused')) }, Date.now);
  const recorder = { record: async () => ({ ok: true as const, signed: [] }) };
  const parts = {
    store: house.store,
    recorder,
    refusals,
    crypto: nodeCrypto,
    consumersOf: () => [],
    alarm: () => {},
    now: Date.now,
    installs,
  };
  const take = (of: Callback) => takeDelivery({ ...parts, onEvent: () => {} }, closed, callback(app, of));
  await take({ client: 'client-a', secret: second });
  await take({ client: 'client-b', secret: `${second}b` });
  followed.close();
  expect(followed.of('jira').secrets.map(({ client, notAfterMs }) => [client, notAfterMs === null])).toEqual([
    ['client-a', true],
    ['client-a', false],
  ]);
});

test('R9c without a store nothing is answered with success, and both secrets stay good until the retry has done the rest', async () => {
  const house = await openHouse();
  await house.call({ secret: first, atMs: Date.now() - 5000 });
  const again = callback(app, { secret: second });
  house.storeIsDown(true);
  expect(await house.take('life', again)).toBe(503);
  house.storeIsDown(false);
  // Whether the sender goes on with the old secret or the new one: it is heard.
  expect([await house.send(first), await house.send(second)]).toEqual([200, 200]);
  expect(house.secrets().map(({ notAfterMs }) => notAfterMs)).toEqual([null, null]);
  expect(await house.events('life')).toBe(1);
  expect(await house.take('life', again)).toBe(200);
  expect(house.secrets().map(({ notAfterMs }) => notAfterMs === null)).toEqual([true, false]);
  expect(await house.events('life')).toBe(2);
});

test('R3c the secret is on disk before its event is, and a crash after the event is made good by the retry', async () => {
  let writes = 0;
  const house = await openHouse([lifecycle, jira], (really) => {
    if (++writes === 3) throw new CountersignError('store-failed', 'the machine stops here');
    really();
  });
  await house.call({ secret: first, atMs: Date.now() - 5000 });
  expect([writes, await house.events('life')]).toEqual([1, 1]);
  const again = callback(app, { secret: second });
  // It writes the secret, commits, and does not come to the end of the old one: so it is not answered with success.
  expect(await house.take('life', again)).toBe(503);
  expect([writes, await house.events('life')]).toEqual([3, 2]);
  expect(house.secrets().map(({ notAfterMs }) => notAfterMs)).toEqual([null, null]);
  expect(await house.take('life', again)).toBe(200);
  expect(house.secrets().map(({ notAfterMs }) => notAfterMs === null)).toEqual([true, false]);
  expect([writes, await house.events('life')]).toEqual([4, 2]);
});

test('an uninstalling that could not be followed is not answered with success, and its copy ends the secrets', async () => {
  let full = false;
  const house = await openHouse([lifecycle, jira], (really) => {
    if (full) throw new CountersignError('store-failed', 'the disk is full');
    really();
  });
  await house.call({ secret: first, atMs: Date.now() - 5000 });
  full = true;
  const gone = callback(app, { event: 'uninstalled' });
  expect([await house.take('life', gone), await house.take('life', gone)]).toEqual([503, 503]);
  full = false;
  expect(await house.take('life', gone)).toBe(200);
  expect(await house.send(first)).toBe(401);
  expect(await house.events('life')).toBe(2);
});

test('a crash in the middle of writing stops nothing, and a file that others can read or that is broken is never written over', async () => {
  const house = await openHouse();
  await house.call({ secret: first, atMs: Date.now() - 5000 });
  writeFileSync(`${house.file}.new`, '{"version":1,"cli');
  expect(await house.call({ secret: second })).toBe(200);
  const text = readFileSync(house.file, 'utf8');
  for (const [mode, broken] of [
    [0o644, text],
    [0o600, text.replace('"version": 1', '"version": 2')],
  ] as const) {
    writeFileSync(house.file, broken);
    chmodSync(house.file, mode);
    expect(await house.call({ secret: `${second}0` })).toBe(503);
    expect(await house.call({ event: 'uninstalled' })).toBe(503);
    expect(readFileSync(house.file, 'utf8')).toBe(broken);
  }
  expect(await house.events('life')).toBe(2);
  expect([await house.send(first), await house.send(second)]).toEqual([200, 200]); // the former ones stay
});

test('an endpoint has room for so many clients; who has no secret any more gives way', () => {
  let state = noInstalled;
  const add = (n: number, nowMs = 1000) =>
    begun(state, { client: `c${n}`, saidMs: nowMs, id: `i-${String(n).padStart(16, '0')}`, value: first }, nowMs);
  for (let n = 0; n < limits.hooksClientsMax; n++) {
    const next = add(n);
    if (!next.ok) throw new Error(next.message);
    state = next.value;
  }
  expect(add(limits.hooksClientsMax)).toMatchObject({ ok: false, code: 'too-many' });
  state = uninstalled(state, 'c7', 1000, 1000);
  expect(state.clients).toHaveLength(limits.hooksClientsMax); // it is remembered while an older token of it can come
  expect(add(limits.hooksClientsMax)).toMatchObject({ ok: true });
  expect(uninstalled(state, 'c8', 1000, 1000 + limits.webhookBearerMs + 1).clients).toHaveLength(limits.hooksClientsMax - 2);
});

test('installings that are never committed cannot push out the secret that is in use', () => {
  const of = (n: number) => ({ client: 'c', saidMs: n, id: `i-${String(n).padStart(16, '0')}`, value: `${first}${n}` });
  let state = noInstalled;
  for (let n = 0; n < 12; n++) {
    const next = begun(state, of(n), n);
    if (!next.ok) throw new Error(next.message);
    state = next.value;
  }
  const ids = () => state.clients[0]?.secrets.map(({ saidMs, endsMs }) => [saidMs, endsMs]);
  expect(ids()).toEqual([[0, null], [9, null], [10, null], [11, null]]); // prettier-ignore
  expect(settled(state, 'c', of(10).id, 20)).toBe(state); // only the newest replaces others
  state = settled(state, 'c', of(11).id, 20);
  const endsMs = 20 + limits.hooksClientOverlapMs;
  expect(ids()).toEqual([[0, endsMs], [9, endsMs], [10, endsMs], [11, null]]); // prettier-ignore
});

test('E9d the secret of an installation is in its file and nowhere else: no log, store, verdict or alarm holds it', async () => {
  const house = await openHouse();
  const weak = `${first.slice(0, 12)}change-me`;
  for (const secret of [first, weak, second]) await house.call({ secret });
  await house.call({ client: 'client-b', secret: `${second}b` });
  await house.send(first);
  const verdict = verifyDelivery(lifecycle, callback(app, { secret: first }), Date.now(), nodeCrypto);
  expect(verdict).toMatchObject({ installation: { change: 'begins', client: 'client-a' } });
  const shown = [inspect(verdict, { depth: 20, showHidden: true }), JSON.stringify(verdict), house.alarms.join('\n')];
  const files = readdirSync(house.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'installed.json')
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  expect(files.length).toBeGreaterThan(1);
  const hits = [...shown, ...files].filter((text) => [first.slice(0, 12), second, weak].some((secret) => text.includes(secret)));
  expect(hits).toEqual([]);
  expect(readFileSync(house.file, 'utf8')).toContain(second);
});

test('a client that has uninstalled proves nothing in a running door, whatever else of its secrets cannot be used', () => {
  const data = mkdtempSync(join(tmpdir(), 'cs-installed-'));
  const secret = { id: 'i-0123456789abcdef', value: first, saidMs: 1000, atMs: 1000, endsMs: null };
  writeInstalled({ data }, 'jira', { version: 1, clients: [{ client: 'client-a', saidMs: 1000, secrets: [secret] }] });
  const followed = followRotations({ data }, [jira], () => undefined);
  const clients = () => followed.of('jira').secrets.map(({ client }) => client);
  expect(clients()).toEqual(['client-a']);
  writeFileSync(join(data, 'hooks', 'jira', 'rotation.json'), '{', { mode: 0o600 });
  writeInstalled({ data }, 'jira', { version: 1, clients: [{ client: 'client-a', saidMs: 2000, secrets: [] }] });
  followed.look();
  expect(clients()).toEqual([]);
  followed.close();
  rmSync(data, { recursive: true });
});
