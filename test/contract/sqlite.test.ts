// verifies: store.contract
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import type { Digest } from '../../src/action/digest.ts';
import type { Draft, Signed } from '../../src/action/statement.ts';
import { limits } from '../../src/limits.ts';
import { takeLock } from '../../src/store/lock.ts';
import { schemaVersion } from '../../src/store/migrations.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store, Write } from '../../src/store/store.ts';
import { openTexts } from '../../src/store/texts.ts';
import { eventsContract } from './events.ts';
import { sealer, storeContract } from './store.ts';
import type { Fresh } from './store.ts';
import { draftOf, largeBody, write } from './write.ts';

const folders: string[] = [];
function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-store-'));
  folders.push(folder);
  return join(folder, 'data', 'store.db');
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const fresh = async (): Promise<Fresh> => {
  const file = newFile();
  return { open: () => openSqliteStore(file), dispose: async () => {} };
};
storeContract('SQLite', fresh);
eventsContract('SQLite', fresh);

test('what a consumer may have now costs the same to find however much waits for it', async () => {
  const file = newFile();
  const store = await openSqliteStore(file);
  const raw = new DatabaseSync(file);
  const add = raw.prepare(`INSERT INTO queue (consumer, endpoint, event, state, attempts, due_at_ms) VALUES (?, ?, ?, 'waiting', 0, 0)`);
  const fill = (consumer: string, count: number): void => {
    raw.exec('BEGIN');
    for (let n = 0; n < count; n++) add.run(consumer, `e${n % 3}`, `${consumer}${n}`);
    raw.exec('COMMIT');
  };
  fill('few', 30);
  fill('many', 30_000);
  raw.close();
  const fastest = async (consumer: string): Promise<number> => {
    let best = Infinity;
    for (let n = 0; n < 10; n++) {
      const from = performance.now();
      expect((await store.queueDue(consumer, 1, 10)).map(({ event }) => event)).toEqual([0, 1, 2].map((at) => `${consumer}${at}`));
      best = Math.min(best, performance.now() - from);
    }
    return best;
  };
  const few = await fastest('few');
  expect(await fastest('many')).toBeLessThan(5 * few + 0.5);
  await store.close();
});

const big: Signed = { bytes: 'x'.repeat(50_000), key: 'k', sig: 's' };

test('a full store refuses with store-failed, keeps what it had, and takes more when there is room again', async () => {
  const file = newFile();
  const small = await openSqliteStore(file, { pagesMax: 100 });
  let kept = 0;
  const fill = async (): Promise<void> => {
    for (; kept < 100; kept++) await small.commit([write({ statements: [draftOf('p_1')] })], () => [big]);
  };
  await expect(fill()).rejects.toMatchObject({
    name: 'CountersignError',
    code: 'store-failed',
    message: expect.stringContaining('full') as string,
  });
  expect(kept).toBeGreaterThan(1);
  expect(await small.statementsOf('p_1')).toHaveLength(kept);
  await small.close();
  const roomy = await openSqliteStore(file);
  expect(await roomy.statementsOf('p_1')).toHaveLength(kept);
  await roomy.commit([write({ statements: [draftOf('p_1')] })], () => [big]);
  expect(await roomy.statementsOf('p_1')).toHaveLength(kept + 1);
  await roomy.close();
});

test('the file and what SQLite puts beside it belong to their owner alone, even if the file was open to others before', async () => {
  const file = newFile();
  await (await openSqliteStore(file)).close();
  chmodSync(file, 0o666);
  chmodSync(`${file}-texts`, 0o666);
  const store = await openSqliteStore(file);
  await store.commit([write({ statements: [draftOf('p_1')] })], sealer().seal);
  for (const suffix of ['', '-wal', '-shm', '-texts']) expect(statSync(file + suffix).mode & 0o777, suffix).toBe(0o600);
  await store.close();
});

test('a store made by a newer version is refused and left alone', async () => {
  const file = newFile();
  await (await openSqliteStore(file)).close();
  const db = new DatabaseSync(file);
  db.exec(`INSERT INTO schema (version) VALUES (${schemaVersion + 1})`);
  db.close();
  await expect(openSqliteStore(file)).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringContaining('newer version') as string,
  });
});

test('a store of the first version is upgraded, keeps what it had, and takes events', async () => {
  const file = newFile();
  const old = await openSqliteStore(file);
  await old.commit([write({ statements: [draftOf('p_1')] })], sealer().seal);
  await old.close();
  const db = new DatabaseSync(file);
  db.exec(
    'DROP TABLE claims; DROP TABLE events; DROP TABLE queue; DROP TABLE texts; DROP TABLE cursors; DELETE FROM schema WHERE version > 1',
  );
  db.close();
  const [a, b] = await Promise.all([openSqliteStore(file), openSqliteStore(file)]);
  expect(await a.statementsOf('p_1')).toHaveLength(1);
  const row = { signed: '0'.repeat(64), endpoint: 'one', message: 'm', body: '1'.repeat(64), event: 'e_1', keepUntilMs: 1 };
  const claim = async (store: Store): Promise<boolean | undefined> =>
    (await store.commit([write({ changes: [{ change: 'claim', row }] })], sealer().seal))[0]?.ok;
  expect([await claim(a), await claim(b)]).toEqual([true, false]);
  await a.close();
  await b.close();
  const seen = new DatabaseSync(file);
  expect(seen.prepare('SELECT version FROM schema ORDER BY version').all()).toHaveLength(schemaVersion);
  seen.close();
});

const digestOf = (n: number): Digest => `sha256:${String(n).padStart(64, '0')}`;
const long = (n: number): string => `${n} é 🙂 `.repeat(limits.storeLargeTextChars);

test('large texts lie in a file beside the store, once each, and come back as they were', async () => {
  const file = newFile();
  const store = await openSqliteStore(file);
  const bodies = [1, 2, 1].map((n) => ({ digest: digestOf(n), text: long(n) }));
  const { seal } = sealer();
  await store.commit([write({ bodies }), write({ bodies: [{ digest: digestOf(3), text: 'short' }] })], seal);
  const { size } = statSync(`${file}-texts`);
  expect(size).toBe(Buffer.byteLength(long(1) + long(2)));
  await store.commit([write({ bodies })], seal);
  expect(statSync(`${file}-texts`).size).toBe(size);
  await store.close();
  const again = await openSqliteStore(file);
  expect(await Promise.all([1, 2, 3, 4].map((n) => again.body(digestOf(n))))).toEqual([long(1), long(2), 'short', null]);
  await again.close();
});

test('texts of every size come back, though they are more than are made ready at once', async () => {
  const store = await openSqliteStore(newFile());
  const sizes = [2048, 400_000, 600_000, 3000, 350_000, 349_000];
  const bodies = sizes.map((size, n) => ({ digest: digestOf(n), text: `${n}${'ü'.repeat(size)}` }));
  await store.commit([write({ bodies })], sealer().seal);
  for (const { digest, text } of bodies) expect((await store.body(digest)) === text).toBe(true);
  await store.close();
});

test('of a write that is refused no text is kept, wherever in it the refusal lies, and its neighbours are', async () => {
  const file = newFile();
  const store = await openSqliteStore(file);
  const { seal, sealed } = sealer();
  const token = (n: number) => ({ change: 'token', id: `t_${n}`, secret: digestOf(n) }) as const;
  const made = (n: number, changes: Write['changes']): Write =>
    write({
      statements: [{ kind: 'token-created', body: {} } as unknown as Draft],
      changes,
      bodies: [{ digest: digestOf(n), text: long(n) }],
    });
  await store.commit([made(1, [token(1)])], seal);
  const results = await store.commit([made(2, [token(2)]), made(3, [token(3), token(1)]), made(4, [token(1)]), made(5, [token(3)])], seal);
  expect(results.map(({ ok }) => ok)).toEqual([true, false, false, true]);
  expect(sealed).toHaveLength(3);
  expect((await store.tokens()).map(({ id }) => id)).toEqual(['t_1', 't_2', 't_3']);
  expect(await Promise.all([2, 3, 4, 5].map(async (n) => (await store.body(digestOf(n))) !== null))).toEqual([true, false, false, true]);
  expect(statSync(`${file}-texts`).size).toBe(Buffer.byteLength(long(1) + long(2) + long(5)));
  await store.close();
});

test('what cannot be sealed leaves no text, and what a crash left in the file of texts disturbs nobody', async () => {
  const file = newFile();
  const store = await openSqliteStore(file);
  const bodies = [{ digest: digestOf(1), text: long(1) }];
  const failing = store.commit([write({ statements: [draftOf('p_1')], bodies })], () => {
    throw new Error('no seal today');
  });
  await expect(failing).rejects.toThrow('no seal today');
  expect(await store.body(digestOf(1))).toBeNull();
  expect(statSync(`${file}-texts`).size).toBe(0);
  appendFileSync(`${file}-texts`, 'half of a text, from a life that ended before its commit');
  const other = await openSqliteStore(file);
  await other.commit([write({ bodies: [{ digest: digestOf(2), text: long(2) }] })], sealer().seal);
  await store.commit([write({ bodies })], sealer().seal);
  expect(await other.body(digestOf(1))).toBe(long(1));
  expect(await store.body(digestOf(2))).toBe(long(2));
  await store.close();
  await other.close();
});

test('texts whose file was cut off are told as a store that needs its backup, and never read as something else', async () => {
  const file = newFile();
  const store = await openSqliteStore(file);
  await store.commit([write({ bodies: [{ digest: digestOf(1), text: long(1) }] })], sealer().seal);
  truncateSync(`${file}-texts`, 100);
  await expect(store.body(digestOf(1))).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringContaining('same backup') as string,
  });
  await store.close();
});

test('a place of a text that no text can have is refused, and does not hold the process', async () => {
  const file = newFile();
  const store = await openSqliteStore(file);
  writeFileSync(`${file}-texts`, 'abc');
  const tampering = new DatabaseSync(file);
  const place = tampering.prepare('INSERT INTO texts (digest, at, length) VALUES (?, ?, ?)');
  [[-1, 3] as const, [-1, 4] as const, [-9, 3] as const, [0, 4] as const, [4, 0] as const].forEach(([at, length], i) =>
    place.run(digestOf(i), at, length),
  );
  tampering.close();
  for (let i = 0; i < 5; i++) await expect(store.body(digestOf(i))).rejects.toMatchObject({ code: 'store-failed' });
  await store.close();
});

test('a table that was made to leave out what is written is told, and nothing counts as stored', async () => {
  const file = newFile();
  await (await openSqliteStore(file)).close();
  const tampering = new DatabaseSync(file);
  const made = String(tampering.prepare(`SELECT sql FROM sqlite_schema WHERE name = 'statements'`).get()?.['sql']);
  tampering.exec(`DROP TABLE statements; ${made.replace('proposal TEXT,', 'proposal TEXT UNIQUE ON CONFLICT IGNORE,')}`);
  tampering.close();
  const store = await openSqliteStore(file);
  await store.commit([write({ statements: [draftOf('p_1')] })], sealer().seal);
  await expect(store.commit([write({ statements: [draftOf('p_1')] })], sealer().seal)).rejects.toMatchObject({ code: 'log-corrupt' });
  expect(await store.statementsOf('p_1')).toHaveLength(1);
  await store.close();
});

test('a disk that is full under the large texts is told like a full store', () => {
  const texts = openTexts('/dev/full');
  expect(() => texts.append([long(1)])).toThrow(
    expect.objectContaining({ code: 'store-failed', message: expect.stringContaining('full') as string }),
  );
  texts.close();
});

test('several openers of a new store make it once', async () => {
  const file = newFile();
  const stores = await Promise.all(Array.from({ length: 5 }, () => openSqliteStore(file)));
  await Promise.all(stores.map((store) => store.commit([write({ statements: [draftOf('p_1')] })], sealer().seal)));
  expect(await stores[0]!.statementsOf('p_1')).toHaveLength(5);
  for (const store of stores) await store.close();
});

test('a file that is not a store is refused', async () => {
  const file = newFile();
  await (await openSqliteStore(file)).close();
  writeFileSync(file, 'this is not a database, it is a text of some length that SQLite will not take for one'.repeat(50));
  await expect(openSqliteStore(file)).rejects.toMatchObject({ code: 'store-failed' });
});

test('while another connection holds the lock a commit waits without blocking, and does not seal twice', async () => {
  const file = newFile();
  const store = await openSqliteStore(file);
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const { seal, sealed } = sealer();
  let done = false;
  const committed = store.commit([write({ statements: [draftOf('p_1')] })], seal).then(() => (done = true));
  await new Promise((resume) => setTimeout(resume, 20)); // the event loop turns while it waits
  expect(await store.statementsOf('p_1')).toEqual([]); // and reading goes on
  expect(done).toBe(false);
  other.exec('ROLLBACK');
  other.close();
  await committed;
  expect(sealed).toHaveLength(1);
  await store.close();
});

test('confined processes that write to the same file at the same time lose nothing, of statements and of large texts', async () => {
  const file = newFile();
  await (await openSqliteStore(file)).close();
  const each = 100;
  // Confined as the processes of the house are: Node then refuses more than what lies outside of the given folders.
  const execArgv = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${file}*`];
  const children = [0, 1, 2].map((i) => fork(new URL('./writer.ts', import.meta.url), [file, `p_${i}`, String(each)], { execArgv }));
  expect(await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number))).toEqual([0, 0, 0]);
  const store = await openSqliteStore(file);
  for (const i of [0, 1, 2]) {
    const numbers = (await store.statementsOf(`p_${i}`)).map((entry) => Number(entry.sig));
    expect(numbers).toEqual(Array.from({ length: each }, (_, n) => n));
    for (const n of numbers) {
      const { digest, text } = largeBody(`p_${i} ${n}`);
      expect((await store.body(digest)) === text).toBe(true);
    }
  }
  await store.close();
});

test('a lock has one holder, and is free again when it is released', () => {
  const file = join(newFile(), '..', '.lock');
  const lock = takeLock(file, 'the log');
  expect(() => takeLock(file, 'the log')).toThrow(`the log is in use by process ${process.pid}: stop it first`);
  lock.release();
  takeLock(file, 'the log').release();
});

test('a lock is free when its holder was killed, and not before', async () => {
  const file = join(newFile(), '..', '.lock');
  const child = fork(new URL('./locker.ts', import.meta.url), [file]);
  await once(child, 'message');
  expect(existsSync(file)).toBe(true);
  expect(() => takeLock(file, 'the log')).toThrow(`process ${child.pid}`);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  takeLock(file, 'the log').release();
});
