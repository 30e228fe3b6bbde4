// verifies: log.verify
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { madeBy, signers } from '../../src/action/statement.ts';
import type { SignerName } from '../../src/action/statement.ts';
import { leafBytes, parseLeaf } from '../../src/record/leaf.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import { bundleBytes, parseBundle } from '../../src/proof/tiles.ts';
import { makeHouse, play } from './house.ts';
import type { House } from './house.ts';
import { insiderOf, rebuild } from './rebuild.ts';

/* The verifier in examples/ shares no code with us: what it finds good is what docs/log.md says, and is what we find good. */

const script = resolve(import.meta.dirname, '../../examples/verify-log.mjs');
const last = 'tile/entries/001.p/9';
let house: House;
let keys: string[] = [];
let entries: readonly Uint8Array[] = [];

beforeAll(async () => {
  house = await makeHouse();
  await play(house, 0, 43);
  // Seven that are committed together, and so are signed together. An engine may read the second of two such names as the first.
  const recorder = openRecorder(house.store, house.begin('hooks').identity);
  const digest = `sha256:${'0'.repeat(64)}` as const;
  await Promise.all([
    ...['a', 'b', 'c', 'd', 'e'].map((endpoint) =>
      recorder.record({ statements: [{ kind: 'handshake', body: { endpoint, provider: 'github', step: 'answered', secret: 's1' } }] }),
    ),
    ...['\\', '\n'].map((name) =>
      recorder.record({
        statements: [{ kind: 'started', body: { policy: null, catalogues: {}, credentials: { a: digest, [name]: digest } } }],
      }),
    ),
  ]);
  const ledger = await house.ledger();
  await ledger.seal();
  await ledger.close();
  keys = [...house.trust.values()].map(({ name, key }) => `${name}=ed25519:${String(key.export({ format: 'jwk' }).x)}`);
  const bundle = (path: string, width: number): readonly Uint8Array[] => parseBundle(readFileSync(join(house.log, path)), width)!;
  entries = [...bundle('tile/entries/000', 256), ...bundle(last, 9)];
});
afterAll(() => house.close());

/** What it says, run as a program of its own, though in a thread. */
async function run(folder: string, given: readonly string[] = keys): Promise<{ code: number; text: string }> {
  const worker = new Worker(script, { argv: [folder, house.origin, ...given], stdout: true, stderr: true });
  const code = new Promise<number>((done) => worker.once('exit', done));
  return { text: await text(worker.stdout), code: await code };
}

/** What it says of a copy of the log that was changed. We must say the same. */
async function says(change: (folder: string) => void): Promise<{ code: number; text: string }> {
  const folder = house.copy('outside');
  change(folder);
  const [said, ours] = [await run(folder), await house.verify(undefined, folder)];
  rmSync(folder, { recursive: true });
  expect({ code: said.code, text: said.text }).toEqual({ code: ours.ok ? 0 : 1, text: said.text });
  return said;
}
const edit = (name: string, from: string, to: string) => (folder: string) => {
  const bytes = readFileSync(join(folder, name), 'latin1');
  expect(bytes).toContain(from);
  writeFileSync(join(folder, name), bytes.replace(from, to), 'latin1');
};

test('a stranger with the public keys and the format finds the log good, also what was signed together', async () => {
  const { root } = await house.verify();
  const tail = readFileSync(join(house.log, last), 'latin1');
  expect(tail.match(/"sig":"[\w-]{86}(?:[<>][\w-]{43})+"/g)).toHaveLength(7);
  expect(await says(() => {})).toEqual({ code: 0, text: `good: 265 entries, root ${String(root)}\n` });
  const fewer = keys.filter((key) => !key.startsWith('hooks'));
  expect(await run(house.log, fewer)).toMatchObject({
    code: 1,
    text: expect.stringContaining('is none of those that were given') as string,
  });
  expect((await run(house.log, ['a key'])).code).toBe(2);
});

/** The lines that it prints of one thing each; the last one says whether all is good. */
const lines = (said: { text: string }): string[] => said.text.trimEnd().split('\n').slice(0, -1);
const wayOf = (folder: string): string => />[\w-]{3}/.exec(readFileSync(join(folder, last), 'latin1'))?.[0] ?? '';
function lengthen(folder: string): void {
  const bytes = readFileSync(join(folder, last));
  const at = bytes.length - entries.at(-1)!.length - 2;
  bytes.writeUInt16BE(bytes.readUInt16BE(at) + 1, at);
  writeFileSync(join(folder, last), bytes);
}

test('it finds what was changed without any key: a statement, the way to a root, a tile, a missing tile', async () => {
  const said = await says((folder) => {
    edit(last, 'credentials', 'credentialS')(folder);
    edit(last, wayOf(folder), wayOf(folder).replace('>', '<'))(folder);
    writeFileSync(join(folder, 'tile/1/000.p/1'), Buffer.alloc(32));
    rmSync(join(folder, 'tile/0/000'));
  });
  const found = lines(said);
  expect(found.filter((line) => line.endsWith('its signature does not cover it'))).toHaveLength(2);
  expect(found.slice(-4)).toEqual([
    'the entries are not those that the checkpoint signs',
    'tile/0/000: it is missing',
    'tile/0, number 1, is not made from the entries',
    'tile/1, number 0, is not made from the entries',
  ]);
});

/** What makes a log bad by itself, though every entry is as it was. */
const alone: readonly (readonly [string, string, (folder: string) => void])[] = [
  ['a bundle is gone', 'tile/entries/000: it is missing', (folder) => rmSync(join(folder, 'tile/entries/000'))],
  ['a bundle goes on', `${last}: it is too long`, (folder) => writeFileSync(join(folder, last), '\0', { flag: 'a' })],
  ['the last entry is said to be longer', `${last}: it is too short`, lengthen],
  ['the size is another', 'does not cover it', edit('checkpoint', '\n265\n', '\n264\n')],
  ['a second signature is none', 'is malformed', (folder) => writeFileSync(join(folder, 'checkpoint'), 'junk\n', { flag: 'a' })],
];

test.each(alone)('it finds that %s', async (_name, words, change) => {
  expect(lines(await says(change))[0]).toContain(words);
});

/** The last entry, signed by its maker over other bytes. */
function resigned(change: (bytes: string) => string, by: SignerName = 'hooks'): Uint8Array {
  const bytes = change(parseLeaf(entries.at(-1)!)!.bytes);
  const key = createPrivateKey(readFileSync(house.keyFile(by)));
  const sig = sign(null, Buffer.from(`countersign/statement/v1\n${bytes}`), key).toString('base64url');
  return leafBytes({ bytes, key: house.begin(by).identity.keyId, sig });
}
const respelled = (from: RegExp, to: string): Uint8Array => Buffer.from(Buffer.from(entries.at(-1)!).toString().replace(from, to));

test("it finds what nobody's own process writes, though the keys of the house signed it", async () => {
  const made: readonly (readonly [string, Uint8Array])[] = [
    ['its names are not in order', respelled(/,"sig":/, ',"a":1,"sig":')],
    ['it is not a statement', respelled(/\}$/, ',"x":1}')],
    ['it is not canonical JSON', respelled(/^\{/, '{ ')],
    ['it holds base64url that no encoder writes', respelled(/.(?="\}$)/, '_')],
    ['it is not canonical JSON', resigned((bytes) => bytes.replace(':', ': '))],
    ['its names are not in order', resigned((bytes) => bytes.replace('{"atMs"', '{"atMs":1,"atMs"'))],
    ['it is not a statement', resigned((bytes) => bytes.replace('"v":1', '"v":1,"w":1'))],
    ['it is not a statement', resigned((bytes) => bytes.replace('"v":1', '"v":2'))],
    ['the hooks may not make a statement of kind intent', resigned((bytes) => bytes.replace(/"kind":"\w+"/, '"kind":"intent"'))],
    ['it says that it is by the hooks, and is signed by the executor', resigned((bytes) => bytes, 'executor')],
  ];
  const said = await says((folder) => rebuild(folder, [...entries, ...made.map(([, entry]) => entry)], insiderOf(house)));
  expect(lines(said)).toEqual(made.map(([words], i) => `entry ${entries.length + i}: ${words}`));
});

test('a full bundle and a full tile stand for the partial ones that they took the place of', async () => {
  const said = await says((folder) => {
    const more = [...entries.slice(256), ...Array.from({ length: 247 }, () => Buffer.from('later'))];
    for (const path of ['tile/entries/001', 'tile/0/001']) rmSync(join(folder, `${path}.p`), { recursive: true });
    const checkpoint = readFileSync(join(folder, 'checkpoint'));
    const other = house.copy('longer');
    rebuild(other, [...entries.slice(0, 256), ...more], insiderOf(house));
    writeFileSync(join(folder, 'tile/entries/001'), bundleBytes(more));
    writeFileSync(join(folder, 'tile/0/001'), readFileSync(join(other, 'tile/0/001')));
    writeFileSync(join(folder, 'checkpoint'), checkpoint);
  });
  expect(said.code).toBe(0);
});

test('the page and the script say of each process what it may state, as the code does', () => {
  const may = signers.map((name) => [
    name,
    Object.keys(madeBy)
      .filter((kind) => madeBy[kind as keyof typeof madeBy].includes(name))
      .toSorted(),
  ]);
  const read = (file: string, row: RegExp): unknown =>
    [...readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8').matchAll(row)]
      .map(([, name = '', kinds = '']) => [name, kinds.split(', ').toSorted()])
      .filter(([name]) => signers.includes(name as SignerName));
  const sorted = (rows: unknown): unknown => (rows as [string, unknown][]).toSorted(([a], [b]) => (a < b ? -1 : 1));
  expect(sorted(read('docs/log.md', /^\| ([a-z]+) \| ([a-z, -]+) \|$/gm))).toEqual(sorted(may));
  expect(sorted(read('examples/verify-log.mjs', /^ {2}([a-z]+): '([a-z, -]+)',$/gm))).toEqual(sorted(may));
});
