// verifies: log.verify, log.attacks
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Draft, Signed, SignerName } from '../../src/action/statement.ts';
import { createIdentity, loadIdentity } from '../../src/record/identity.ts';
import { leafBytes, parseLeaf } from '../../src/record/leaf.ts';
import { openLogFiles } from '../../src/record/log-files.ts';
import { verifyEd25519 } from '../../src/record/note-keys.ts';
import { proveEntry } from '../../src/record/prove.ts';
import { verifyLog } from '../../src/record/verify-log.ts';
import type { LogReport } from '../../src/record/verify-log.ts';
import { parseVkey } from '../../src/proof/note.ts';
import { verifyProof } from '../../src/proof/proof-text.ts';
import { bundleBytes, parseBundle } from '../../src/proof/tiles.ts';
import { makeHouse, people, play, steps, storyMs, storyOf } from './house.ts';
import type { House } from './house.ts';
import { insiderOf, rebuild } from './rebuild.ts';

/*
 * One log of 318 entries, with a checkpoint kept from when it had 258; every test attacks a copy of it.
 */
let house: House;
let older = '';
let entries: readonly Uint8Array[] = [];
let copies = 0;

beforeAll(async () => {
  house = await makeHouse();
  const lives = await play(house, 0, 43);
  const ledger = await house.ledger();
  await ledger.seal();
  older = readFileSync(join(house.log, 'checkpoint'), 'utf8');
  await play(house, 43, 10, lives);
  await ledger.seal();
  await ledger.close();
  const bundle = (path: string, width: number): readonly Uint8Array[] => parseBundle(readFileSync(join(house.log, path)), width)!;
  entries = [...bundle('tile/entries/000', 256), ...bundle('tile/entries/001.p/62', 62)];
});
afterAll(() => house.close());

const allFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(folder, name)).isFile() && !name.startsWith('.lock'),
  );
const codes = (report: LogReport): string[] => [...new Set(report.problems.map((problem) => problem.code))].toSorted();

/** What is found in a copy of the log that was attacked. */
async function after(attack: (folder: string) => void, against?: string): Promise<LogReport> {
  const folder = house.copy(`copy-${copies++}`);
  attack(folder);
  const report = await house.verify(against, folder);
  rmSync(folder, { recursive: true });
  return report;
}

/** Signs a checkpoint with the ledger's own key. */
const insider = (size: number, root: Uint8Array): string => insiderOf(house)(size, root);
const withInsiderKey =
  (all: readonly Uint8Array[]) =>
  (folder: string): void =>
    rebuild(folder, all, insider);
const keepCheckpoint =
  (all: readonly Uint8Array[]) =>
  (folder: string): void => {
    const old = readFileSync(join(folder, 'checkpoint'), 'utf8');
    rebuild(folder, all, () => old);
  };

test('the log itself is good, rebuilt from its entries too, and has grown from the older checkpoint', async () => {
  expect(await after(() => {}, older)).toMatchObject({ ok: true, problems: [], entries: 318, beyond: 0 });
  expect(await after(withInsiderKey(entries), older)).toMatchObject({ ok: true, problems: [], entries: 318 });
});

test('a flipped bit in any file of a log with several levels is found', async () => {
  const folder = house.copy('flips');
  const files = allFiles(folder);
  expect(files.toSorted()).toEqual(
    [
      'checkpoint',
      'tile/0/000',
      'tile/0/001.p/2',
      'tile/0/001.p/62',
      'tile/1/000.p/1',
      'tile/entries/000',
      'tile/entries/001.p/2',
      'tile/entries/001.p/62',
    ].toSorted(),
  );
  for (const name of files) {
    const file = join(folder, name);
    const bytes = readFileSync(file);
    const step = Math.max(1, Math.floor(bytes.length / 6));
    for (let at = 0; at < bytes.length; at += step) {
      const place = Math.min(bytes.length - 1, at + (at % 7));
      const changed = Buffer.from(bytes);
      changed[place]! ^= 1 << (at % 8);
      writeFileSync(file, changed);
      const report = await house.verify(undefined, folder);
      expect({ name, place, ok: report.ok }).toEqual({ name, place, ok: false });
    }
    writeFileSync(file, bytes);
  }
  expect((await house.verify(undefined, folder)).ok).toBe(true);
});

test('a flipped bit in any byte of a small log is found', async () => {
  const small = await makeHouse();
  await play(small, 0, 1);
  const ledger = await small.ledger();
  await ledger.seal();
  await ledger.close();
  for (const name of allFiles(small.log)) {
    const file = join(small.log, name);
    const bytes = readFileSync(file);
    // The bundle is a kilobyte for each entry: every eleventh byte of it, each byte of the others.
    for (let at = 0; at < bytes.length; at += name.startsWith('tile/entries') ? 11 : 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      writeFileSync(file, changed);
      expect({ name, at, ok: (await small.verify()).ok }).toEqual({ name, at, ok: false });
    }
    writeFileSync(file, bytes);
  }
  expect((await small.verify()).ok).toBe(true);
  await small.close();
});

test('a file that is missing, cut short, made longer or put in the place of another one is found', async () => {
  for (const name of allFiles(house.log)) {
    const at = (folder: string): string => join(folder, name);
    const stale = name.endsWith('.p/2'); // kept for those who still have the older checkpoint; the tree does not need it
    expect({ name, ok: (await after((folder) => rmSync(at(folder)))).ok }).toEqual({ name, ok: stale });
    expect((await after((folder) => writeFileSync(at(folder), readFileSync(at(folder)).subarray(0, -1)))).ok, name).toBe(false);
    expect((await after((folder) => writeFileSync(at(folder), Buffer.concat([readFileSync(at(folder)), Buffer.of(0)])))).ok, name).toBe(
      false,
    );
    expect((await after((folder) => writeFileSync(at(folder), ''))).ok, name).toBe(false);
  }
  const swapped = await after((folder) => {
    const [a, b] = [join(folder, 'tile/entries/000'), join(folder, 'tile/entries/001.p/62')];
    const bytes = readFileSync(a);
    writeFileSync(a, readFileSync(b));
    writeFileSync(b, bytes);
  });
  expect(codes(swapped)).toEqual(['broken-file']);
});

test('two bundles of the same length that are swapped are found', async () => {
  // Entries of one length, so that both bundles stay well-formed.
  const [a, b] = [entries.slice(0, 256), entries.slice(62, 318)];
  const report = await after((folder) => {
    rebuild(folder, [...a, ...b], insider);
    writeFileSync(join(folder, 'tile/entries/000'), bundleBytes(b));
    writeFileSync(join(folder, 'tile/entries/001'), bundleBytes(a));
  });
  expect(codes(report)).toContain('entry-differs');
});

test('a deleted bundle is one problem of its own, and the rest is still looked at', async () => {
  const report = await after((folder) => {
    rmSync(join(folder, 'tile/entries/000'));
    writeFileSync(join(folder, 'tile/1/000.p/1'), Buffer.alloc(32));
  });
  expect(report.problems[0]).toMatchObject({ code: 'missing-file', at: 'tile/entries/000' });
  expect(codes(report)).toEqual(expect.arrayContaining(['missing-file', 'tile-differs', 'numbering', 'meaning']));
});

test('a dropped entry is found when the tree is rebuilt without the key of the ledger', async () => {
  const report = await after(keepCheckpoint(entries.toSpliced(100, 1)));
  expect(report.ok).toBe(false);
  const grown = await after(keepCheckpoint([...entries.toSpliced(100, 1), entries[317]!]));
  expect(codes(grown)).toEqual(expect.arrayContaining(['root-differs', 'numbering']));
});

test('a dropped entry is found by its number though everything is signed again with the key of the ledger', async () => {
  const report = await after(withInsiderKey(entries.toSpliced(100, 1)));
  expect(codes(report)).toContain('numbering');
  expect(report.problems.find((problem) => problem.code === 'numbering')?.message).toMatch(/^1 statements are missing before it/);
});

test('dropped last entries of a life are found only by an older checkpoint', async () => {
  // The very last statements of the house: no later number shows that they are missing.
  const dropped = entries.slice(0, 252);
  expect((await after(withInsiderKey(dropped))).ok).toBe(true);
  expect(codes(await after(withInsiderKey(dropped), older))).toEqual(['rolled-back']);
});

test('two entries that are swapped are found though everything is signed again with the key of the ledger', async () => {
  const swapped = (i: number, j: number): Uint8Array[] => entries.with(i, entries[j]!).with(j, entries[i]!);
  // Of the same process: by their numbers.
  expect(codes(await after(withInsiderKey(swapped(6, 12))))).toContain('numbering');
  // An intent before the decision that it needs: by their meaning.
  const intent = 6 * 20 + steps.indexOf('intent');
  expect(codes(await after(withInsiderKey(entries.toSpliced(intent, 1).toSpliced(intent - 2, 0, entries[intent]!))))).toEqual(['meaning']);
  // Neighbours of different processes that nothing binds together: by the older checkpoint.
  const [outcome, proposed] = [6 * 20 - 1, 6 * 20];
  expect((await after(withInsiderKey(swapped(outcome, proposed)))).ok).toBe(true);
  expect(codes(await after(withInsiderKey(swapped(outcome, proposed)), older))).toEqual(['rewritten']);
});

test('an entry that is signed again with another key is found', async () => {
  const file = join(house.folder, 'other.key');
  createIdentity(file);
  const stranger = loadIdentity('executor', file);
  const place = 6 * 20 + steps.indexOf('outcome');
  const draft = { ...storyOf(20)['outcome']![1] } as Draft;
  const forged = leafBytes(stranger.sign([draft], 41, 1)[0]!);
  expect(codes(await after(withInsiderKey(entries.with(place, forged))))).toEqual(['numbering', 'unknown-key']);
  // With the same key id, too.
  const original = parseLeaf(entries[place]!)!;
  const pair = generateKeyPairSync('ed25519');
  const sig = sign(null, Buffer.from(`countersign/statement/v1\n${original.bytes}`), pair.privateKey).toString('base64url');
  expect(codes(await after(withInsiderKey(entries.with(place, leafBytes({ ...original, sig })))))).toContain('bad-signature');
});

test('a checkpoint with another size, another root or no signature is found', async () => {
  const edit = (change: (text: string) => string) => (folder: string) =>
    writeFileSync(join(folder, 'checkpoint'), change(readFileSync(join(folder, 'checkpoint'), 'utf8')));
  expect(codes(await after(edit((text) => text.replace('\n318\n', '\n317\n'))))).toContain('bad-checkpoint');
  expect(codes(await after(edit((text) => text.replace('\n318\n', '\n999999999999\n'))))).toContain('bad-checkpoint');
  expect(codes(await after(edit((text) => text.split('— ')[0]!)))).toContain('bad-checkpoint');
  expect(codes(await after(edit((text) => text.replaceAll('cs_testtest', 'cs_othertest'))))).toContain('bad-checkpoint');
  expect(codes(await after(edit(() => '')))).toEqual(['bad-checkpoint']);
  expect(codes(await after((folder) => writeFileSync(join(folder, 'checkpoint'), insider(318, new Uint8Array(32)))))).toEqual([
    'root-differs',
  ]);
});

test('a log that was put back to an older checkpoint is found by whoever kept the newer one, and looks unfinished to others', async () => {
  const newer = readFileSync(join(house.log, 'checkpoint'), 'utf8');
  const back = (folder: string): void => writeFileSync(join(folder, 'checkpoint'), older);
  expect(await after(back)).toMatchObject({ ok: true, entries: 258, beyond: 60 });
  expect(codes(await after(back, newer))).toEqual(['rolled-back']);
  expect(codes(await after(() => {}, newer.replace('\n318\n', '\n317\n')))).toEqual(['bad-checkpoint']);
});

test('files that do not belong to a log are reported, and their names are made visible', async () => {
  const report = await after((folder) => {
    writeFileSync(join(folder, 'tile/0/000.bak'), '');
    writeFileSync(join(folder, 'evil\u202e\n'), '');
    mkdirSync(join(folder, 'tile/5'));
    writeFileSync(join(folder, 'tile/5/000'), 'x');
  });
  expect(report.problems.map((problem) => `${problem.code} ${problem.at}`)).toEqual([
    'foreign-file evil\\u{202E}\\n',
    'foreign-file tile/0/000.bak',
    'broken-file tile/5/000',
  ]);
});

test('a folder that cannot be listed is never taken for an empty one, and one that is not there is empty', async () => {
  await expect(openLogFiles(join(house.folder, 'x'.repeat(300))).list()).rejects.toMatchObject({ code: 'log-corrupt' });
  expect(await openLogFiles(join(house.folder, 'none')).list()).toEqual([]);
});

test('a log that cannot be written says so, and is not called corrupt', async () => {
  const files = openLogFiles(house.keyFile('ledger'));
  await expect(files.write('checkpoint', Buffer.from('x'))).rejects.toMatchObject({
    code: 'store-failed',
    message: expect.stringContaining('the log cannot be written') as string,
  });
});

test('however much is wrong, the report is bounded', async () => {
  const report = await after(withInsiderKey(Array.from({ length: 200 }, () => Buffer.from('not a statement'))));
  expect(report).toMatchObject({ ok: false, cut: true });
  expect(report.problems).toHaveLength(100);
});

test('every entry of a log with several levels can be proved to somebody who has only the key', async () => {
  const key = parseVkey(house.vkey);
  const keys = key.ok ? [key.value] : [];
  for (const seq of [0, 1, 127, 255, 256, 300, 317]) {
    const text = await proveEntry({ folder: house.log, origin: house.origin, keys }, seq);
    const proved = text.ok ? verifyProof(text.value, house.origin, keys, verifyEd25519) : text;
    expect(proved).toMatchObject({ ok: true, value: { index: seq, size: 318 } });
    expect(proved.ok && Buffer.from(proved.value.entry).equals(entries[seq]!)).toBe(true);
  }
  expect(await proveEntry({ folder: house.log, origin: house.origin, keys }, 318)).toMatchObject({ ok: false, code: 'not-found' });
});

/** A log with only these statements, each signed properly by its own process. */
async function told(parts: readonly (readonly [SignerName, Draft])[]): Promise<string[]> {
  const lives = new Map<SignerName, { sign: (draft: Draft) => Signed }>();
  const all = parts.map(([by, draft]) => {
    let n = 0;
    const { identity } = house.begin(by);
    const life = lives.get(by) ?? { sign: (one: Draft) => identity.sign([one], n++, storyMs)[0]! };
    lives.set(by, life);
    return leafBytes(life.sign(draft));
  });
  return (await after(withInsiderKey(all))).problems.map((problem) => `${problem.at}: ${problem.message}`);
}

const changed = <K extends string>(
  [by, draft]: readonly [SignerName, Draft],
  body: Readonly<Record<K, unknown>>,
): readonly [SignerName, Draft] => [by, { ...draft, body: { ...draft.body, ...body } } as Draft];

test('what no honest house does is found by its meaning', async () => {
  const s = storyOf(1);
  const whole = steps.map((step) => s[step]!);
  const without = (...left: string[]): (readonly [SignerName, Draft])[] =>
    steps.filter((step) => !left.includes(step)).map((step) => s[step]!);
  expect(await told(whole)).toEqual([]);
  const unresolved = 'the signature is for an action that the reader has not resolved before';
  const unsignedBy = 'the intent names a signer who has not signed this action before';
  const unfilled = 'the roles of the intent are not filled by those who have signed it, each by another person';
  expect(await told(without('proposed'))).toEqual([
    'entry 2: the signature is for a proposal that nobody made before',
    'entry 3: the intent is for a proposal that nobody made before',
  ]);
  expect(await told(without('resolved'))).toEqual([
    `entry 2: ${unresolved}`,
    'entry 3: the intent is for an action that the reader has not resolved before',
    `entry 3: ${unsignedBy}`,
    `entry 3: ${unfilled}`,
  ]);
  expect(await told(without('decided'))).toEqual(['entry 3: the intent is for an action that was not decided before']);
  expect(await told(without('signed'))).toEqual([`entry 3: ${unsignedBy}`, `entry 3: ${unfilled}`]);
  expect(await told(without('intent'))).toEqual(['entry 4: the outcome has no intent before it']);
  expect(await told([...whole, s['intent']!])).toEqual(['entry 6: the effect has an intent already']);
  expect(await told([...whole, s['outcome']!])).toEqual(['entry 6: the outcome comes after one that is final']);

  const intent = (body: object): readonly (readonly [SignerName, Draft])[] => [
    ...whole.slice(0, 4),
    changed(s['intent']!, body as Record<string, unknown>),
  ];
  const few = 'entry 4: the intent has fewer signatures than were decided to be needed';
  expect(await told(intent({ signers: [], roles: [] }))).toEqual([few]);
  expect(await told(intent({ roles: ['second'] }))).toEqual([`entry 4: ${unfilled}`, few]);
  const other = storyOf(1, 'something else');
  expect(await told([...whole.slice(0, 4), other['intent']!])).toEqual([
    'entry 4: the intent is for an action that the reader has not resolved before',
    'entry 4: the intent is for an action that was not decided before',
    `entry 4: ${unsignedBy}`,
    `entry 4: ${unfilled}`,
  ]);
  expect(await told([...whole.slice(0, 3), other['signed']!, s['intent']!])).toEqual([
    `entry 3: ${unresolved}`,
    `entry 4: ${unsignedBy}`,
    `entry 4: ${unfilled}`,
  ]);

  const verdict = (effect: string, countersignatures: readonly string[]): object => ({
    verdict: { effect, countersignatures, policies: [], reasons: [], waysOut: [] },
  });
  const decided = (
    effect: string,
    needs: readonly string[],
    ...rest: (readonly [SignerName, Draft])[]
  ): readonly (readonly [SignerName, Draft])[] => [
    ...whole.slice(0, 2),
    changed(s['decided']!, verdict(effect, needs) as Record<string, unknown>),
    ...rest,
  ];
  const unsigned = changed(s['intent']!, { signers: [], roles: [] });
  expect(await told(decided('allow', [], unsigned))).toEqual([]);
  expect(await told(decided('deny', [], unsigned))).toEqual(['entry 3: the intent is for an action that was denied']);
  const two = changed(s['intent']!, { roles: ['requester', 'second'] });
  expect(await told(decided('ask', ['requester', 'second'], s['signed']!, two))).toEqual([`entry 4: ${unfilled}`]); // one person for two roles

  const unknown = changed(s['outcome']!, { outcome: 'unknown', code: 'timed-out' });
  expect(await told([...whole.slice(0, 5), unknown, changed(s['outcome']!, { basis: 'person' })])).toEqual([]);
  expect(await told([...whole.slice(0, 5), unknown, changed(s['outcome']!, { basis: 'found' })])).toEqual([]);
  expect(await told([...whole.slice(0, 5), unknown, s['outcome']!])).toEqual([
    'entry 6: an unknown outcome is settled without saying whether it was found or is a person’s word',
  ]);
  expect(await told([changed(s['resolved']!, { digest: `sha256:${'0'.repeat(64)}` })])).toEqual([
    'entry 0: the digest is not that of the action',
  ]);
});

test('a log of another installation or another ledger is not taken for this one', async () => {
  const options = { folder: house.log, origin: house.origin, vkey: house.vkey, trust: house.trust, people };
  await expect(verifyLog({ ...options, origin: 'countersign.local/cs_othertest' })).rejects.toMatchObject({ code: 'bad-key' });
  await expect(verifyLog({ ...options, vkey: 'nonsense' })).rejects.toMatchObject({ code: 'bad-key' });
  const stranger = await makeHouse();
  expect(codes(await verifyLog({ ...options, vkey: stranger.vkey }))).toEqual(['bad-checkpoint']);
  expect(await verifyLog({ ...options, vkey: [stranger.vkey, house.vkey] })).toMatchObject({ ok: true });
  expect(codes(await verifyLog({ ...options, trust: stranger.trust }))).toEqual(['unknown-key']);
  expect(codes(await verifyLog({ ...options, folder: join(stranger.folder, 'nothing') }))).toEqual(['bad-checkpoint']);
  await stranger.close();
});
