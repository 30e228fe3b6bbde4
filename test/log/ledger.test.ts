// verifies: log.tree
import { createPrivateKey, sign } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { canonical } from '../../src/action/canonical.ts';
import { CountersignError } from '../../src/errors.ts';
import { openAs, trustOf } from '../../src/record/identity.ts';
import { openLedger } from '../../src/record/ledger.ts';
import { openLogFiles } from '../../src/record/log-files.ts';
import type { LogFiles } from '../../src/record/log-files.ts';
import type { Store } from '../../src/store/store.ts';
import { makeHouse, play, storyMs } from './house.ts';
import type { House, Lives } from './house.ts';

let house: House;
beforeEach(async () => {
  house = await makeHouse();
});
afterEach(() => house.close());

const good = { ok: true, problems: [], cut: false, beyond: 0 };
const checkpoint = (): string => readFileSync(join(house.log, 'checkpoint'), 'utf8');

test('what processes record is sealed, in order, and the log verifies from its files alone', async () => {
  const ledger = await house.ledger();
  expect(await house.verify()).toMatchObject({ ...good, entries: 0 });
  expect(await ledger.seal()).toEqual({ size: 0, sealed: 0 });
  const lives = await play(house, 0, 3);
  expect(await ledger.seal()).toEqual({ size: 18, sealed: 18 });
  const first = checkpoint();
  expect(await house.verify()).toMatchObject({ ...good, entries: 18 });
  await play(house, 3, 50, lives);
  expect(await ledger.seal()).toEqual({ size: 318, sealed: 300 });
  expect(await house.verify(first)).toMatchObject({ ...good, entries: 318 });
  // The partial files of a bundle are gone once it is full, those of the unfinished one stay.
  expect(existsSync(join(house.log, 'tile/entries/000.p'))).toBe(false);
  expect(existsSync(join(house.log, 'tile/entries/001.p/62'))).toBe(true);
  await ledger.close();
  await expect(ledger.seal()).rejects.toMatchObject({ code: 'bug' });
});

test('a ledger goes on where the last one ended', async () => {
  const lives = await play(house, 0, 40);
  const first = await house.ledger();
  await first.seal();
  await first.close();
  const before = checkpoint();
  await play(house, 40, 5, lives);
  const second = await house.ledger();
  expect(await second.seal()).toEqual({ size: 270, sealed: 30 });
  await second.close();
  expect(await house.verify(before)).toMatchObject({ ...good, entries: 270 });
});

test('the log can be verified at any moment while the ledger works', async () => {
  const ledger = await house.ledger();
  const lives = await play(house, 0, 1);
  for (let n = 1; n < 60; n += 7) {
    await play(house, n, 7, lives);
    const [, report] = await Promise.all([ledger.seal(), house.verify()]);
    expect({ problems: report.problems, ok: report.ok }).toEqual({ problems: [], ok: true });
  }
  await ledger.close();
});

test('two ledgers never have the same folder', async () => {
  const ledger = await house.ledger();
  await expect(house.ledger()).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringContaining(String(process.pid)) as string,
  });
  await ledger.close();
  await (await house.ledger()).close();
});

test('a ledger whose key nobody trusts, or that is another process, does not begin', async () => {
  const parts = { store: house.store, folder: house.log, origin: house.origin };
  await expect(openLedger({ ...parts, trust: trustOf({}), ...house.begin('ledger') })).rejects.toMatchObject({ code: 'bad-key' });
  await expect(openLedger({ ...parts, trust: house.trust, ...house.begin('executor') })).rejects.toMatchObject({ code: 'bad-key' });
  expect(existsSync(join(house.log, 'checkpoint'))).toBe(false);
});

/** Runs SQL on the store as somebody who can open its file. */
function tamper(sql: string): void {
  const db = new DatabaseSync(join(house.folder, 'store.db'));
  db.exec(sql);
  db.close();
}

async function alarms(): Promise<string[]> {
  return (await house.store.statementsOfKind('alarm')).map((entry) => {
    const opened = openAs(house.trust, entry, 'alarm');
    return opened.ok ? `${opened.value.body.code} ${opened.value.body.about}` : 'bad';
  });
}

test('a statement that a process has signed larger than an entry may be gets no place, and the rest is sealed', async () => {
  await play(house, 0, 1);
  const { identity } = house.begin('reader');
  const credentials = Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`credential-${i}`, `sha256:${'0'.repeat(64)}`]));
  const body = { policy: null, catalogues: {}, credentials };
  const bytes = canonical({ v: 1, kind: 'started', by: 'reader', boot: identity.boot, n: 0, atMs: storyMs, body });
  const key = createPrivateKey(readFileSync(house.keyFile('reader')));
  const sig = sign(null, Buffer.from(`countersign/statement/v1\n${bytes}`), key).toString('base64url');
  expect(openAs(house.trust, { bytes, key: identity.keyId, sig }, 'started')).toMatchObject({ ok: true });
  tamper(`INSERT INTO statements (kind, bytes, key, sig) VALUES ('started', '${bytes}', '${identity.keyId}', '${sig}')`);
  const ledger = await house.ledger();
  expect(await ledger.seal()).toEqual({ size: 6, sealed: 6 });
  expect(await alarms()).toEqual(['oversized-entry position 7 of the store']);
  expect(await ledger.seal()).toEqual({ size: 7, sealed: 1 });
  await ledger.close();
  expect(await house.verify()).toMatchObject({ ...good, entries: 7 });
});

test('a forged row and a copied row get no place and raise one alarm each; the rest is sealed', async () => {
  await play(house, 0, 1);
  tamper(`INSERT INTO statements (kind, bytes, key, sig) VALUES ('intent', '{"forged":true}', 'executor:x', 'AAAA')`);
  tamper(
    'INSERT INTO statements (kind, proposal, run, bytes, key, sig) SELECT kind, proposal, run, bytes, key, sig FROM statements WHERE pos = 1',
  );
  const ledger = await house.ledger();
  expect(await ledger.seal()).toEqual({ size: 6, sealed: 6 });
  expect(await alarms()).toEqual(['forged-entry position 7 of the store', 'repeated-entry position 8 of the store']);
  expect(await ledger.seal()).toEqual({ size: 8, sealed: 2 });
  await ledger.close();
  const again = await house.ledger();
  expect(await again.seal()).toEqual({ size: 8, sealed: 0 });
  await again.close();
  expect(await alarms()).toHaveLength(2);
  expect(await house.verify()).toMatchObject({ ...good, entries: 8 });
});

test('a row that is deleted before it was sealed raises an alarm, and the log shows the gap', async () => {
  await play(house, 0, 2);
  tamper('DELETE FROM statements WHERE pos = 3');
  const ledger = await house.ledger();
  await ledger.seal();
  expect(await alarms()).toEqual(['missing-entries position 7 of the store']);
  await ledger.close();
  const report = await house.verify();
  expect(report.problems.map((problem) => problem.code)).toContain('numbering');
});

test.each(['kind', 'proposal', 'run'])(
  'a row whose %s was changed, so that nobody finds it, raises an alarm, and stops a ledger that begins',
  async (column) => {
    await play(house, 0, 1);
    tamper(`UPDATE statements SET ${column} = 'x' WHERE pos = 6`);
    const ledger = await house.ledger();
    expect(await ledger.seal()).toEqual({ size: 6, sealed: 6 });
    expect(await alarms()).toEqual(['misfiled-entry position 6 of the store']);
    await ledger.close();
    await expect(house.ledger()).rejects.toMatchObject({ code: 'log-corrupt', message: expect.stringContaining('position 6') as string });
  },
);

test('a flood of forged rows becomes a few alarms', async () => {
  for (let i = 0; i < 100; i++) tamper(`INSERT INTO statements (kind, bytes, key, sig) VALUES ('intent', '{}', 'executor:x', '${i}')`);
  const ledger = await house.ledger();
  await ledger.seal();
  await ledger.close();
  const said = await alarms();
  expect(said).toHaveLength(17);
  expect(said.at(-1)).toBe('many-alarms up to position 100 of the store');
});

const tampering: readonly (readonly [string, () => void])[] = [
  ['the log is gone', () => rmSync(house.log, { recursive: true })],
  ['the checkpoint is gone', () => rmSync(join(house.log, 'checkpoint'))],
  ['the checkpoint is another text', () => writeFileSync(join(house.log, 'checkpoint'), checkpoint().replace('\n264\n', '\n263\n'))],
  ['a bundle is gone', () => rmSync(join(house.log, 'tile/entries/000'))],
  ['a byte of a bundle is another', () => flip('tile/entries/000')],
  ['a byte of a tile is another', () => flip('tile/0/001.p/8')],
  ['a byte of an upper tile is another', () => flip('tile/1/000.p/1')],
  ['a place is gone from the store', () => tamper('DELETE FROM places WHERE seq = 263')],
  ['all places are gone from the store', () => tamper('DELETE FROM places')],
  [
    'two places are swapped in the store',
    () =>
      tamper('UPDATE places SET pos = -1 WHERE seq = 1; UPDATE places SET pos = 2 WHERE seq = 0; UPDATE places SET pos = 1 WHERE seq = 1'),
  ],
  ['a sealed row is gone from the store', () => tamper('DELETE FROM statements WHERE pos = 9')],
  ['a sealed row is another one', () => tamper(`UPDATE statements SET sig = 'AAAA' WHERE pos = 9`)],
  ['a place was added to the store', () => tamper('INSERT INTO places VALUES (264, 9999)')],
];
function flip(path: string): void {
  const bytes = readFileSync(join(house.log, path));
  bytes[20]! ^= 1;
  writeFileSync(join(house.log, path), bytes);
}

test.each(tampering)('a ledger refuses to begin if %s', async (_name, attack) => {
  await play(house, 0, 44);
  const ledger = await house.ledger();
  await ledger.seal();
  await ledger.close();
  attack();
  await expect(house.ledger()).rejects.toMatchObject({ code: 'log-corrupt' });
});

test('a ledger signs no second history over an older checkpoint: it goes on from what the store and the files have', async () => {
  const lives = await play(house, 0, 2);
  const first = await house.ledger();
  await first.seal();
  const older = checkpoint();
  await play(house, 2, 2, lives);
  await first.seal();
  const newer = checkpoint();
  await first.close();
  writeFileSync(join(house.log, 'checkpoint'), older);
  await (await house.ledger()).close();
  expect(checkpoint()).toBe(newer);
});

type Form = 'lost' | 'done, but reported as failed';

/** Lets the `at`-th durable step fail: before it is done, or after. */
function faulty(real: { files: LogFiles; store: Store }, at: number, form: Form): { files: LogFiles; store: Store } {
  let count = 0;
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    const failing = count++ === at;
    if (failing && form === 'lost') throw new CountersignError('store-failed', 'injected');
    const result = await act();
    if (failing) throw new CountersignError('store-failed', 'injected');
    return result;
  };
  return {
    files: {
      ...real.files,
      write: (path, bytes) => step(() => real.files.write(path, bytes)),
      remove: (path) => step(() => real.files.remove(path)),
    },
    store: {
      ...real.store,
      sequence: (places) => step(() => real.store.sequence(places)),
      commit: (batch, seal) => step(() => real.store.commit(batch, seal)),
    },
  };
}

/** A house with 246 sealed entries, to be copied, and the lives that signed them. */
let template: { house: House; lives: Lives };
beforeAll(async () => {
  const made = await makeHouse();
  template = { house: made, lives: await play(made, 0, 41) };
  const ledger = await made.ledger();
  await ledger.seal();
  await ledger.close();
  await made.store.close();
});
afterAll(() => template.house.close());

/** Seals 12 more entries with a fault: they fill a bundle, and one row among them is forged. Returns what was tried. */
async function withFault(at: number, form: Form, recovery: 'a retry' | 'a new ledger'): Promise<'failed' | 'no such step'> {
  await house.close();
  house = await makeHouse(template.house);
  const older = checkpoint();
  await play(house, 41, 2, new Map([...template.lives].map(([name, life]) => [name, { ...life }])));
  tamper(`INSERT INTO statements (kind, bytes, key, sig) VALUES ('intent', '{}', 'executor:x', '0')`);
  const broken = await house.ledger(faulty({ files: openLogFiles(house.log), store: house.store }, at, form));
  const failed = await broken.seal().then(
    () => false,
    () => true,
  );
  if (!failed) {
    await broken.close();
    return 'no such step';
  }
  // Whatever the fault left behind, what the checkpoint covers is sound.
  expect((await house.verify(older)).problems).toEqual([]);
  if (recovery === 'a retry') await broken.seal();
  await broken.close();
  const next = await house.ledger();
  await next.seal();
  await next.seal(); // the alarm
  await next.close();
  expect(await house.verify(older)).toMatchObject({ ...good, entries: 259 });
  expect(await alarms()).toEqual(['forged-entry position 259 of the store']);
  return 'failed';
}

const recoveries = ['a retry', 'a new ledger'] as const;
const forms = ['lost', 'done, but reported as failed'] as const;
test.each(recoveries.flatMap((recovery) => forms.map((form) => [recovery, form] as const)))(
  'whichever step fails, %s finishes the work (the step was %s)',
  async (recovery, form) => {
    let at = 0;
    while ((await withFault(at, form, recovery)) === 'failed') at++;
    expect(at).toBe(10); // the alarm, 2 bundles, 3 tiles, the places, the checkpoint, 2 folders of partial files
  },
);

test.each(forms)('a ledger that fails at its first checkpoint leaves a log that the next one can begin (the step was %s)', async (form) => {
  await play(house, 0, 1);
  const parts = faulty({ files: openLogFiles(house.log), store: house.store }, 0, form);
  await expect(house.ledger(parts)).rejects.toMatchObject({ message: 'injected' });
  const ledger = await house.ledger();
  await ledger.seal();
  await ledger.close();
  expect(await house.verify()).toMatchObject({ ...good, entries: 6 });
});
