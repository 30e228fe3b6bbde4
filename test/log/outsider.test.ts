// verifies: log.verify
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRecorder } from '../../src/record/recorder.ts';
import { makeHouse, play } from './house.ts';
import type { House } from './house.ts';

/* The verifier in examples/ shares no code with us: what it finds good is what docs/log.md says. */

const script = resolve(import.meta.dirname, '../../examples/verify-log.mjs');
let house: House;
let keys: string[] = [];

beforeAll(async () => {
  house = await makeHouse();
  await play(house, 0, 43);
  // Five that are committed together, and so are signed together.
  const recorder = openRecorder(house.store, house.begin('hooks').identity);
  await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map((endpoint) =>
      recorder.record({ statements: [{ kind: 'handshake', body: { endpoint, provider: 'github', step: 'answered', secret: 's1' } }] }),
    ),
  );
  const ledger = await house.ledger();
  await ledger.seal();
  await ledger.close();
  keys = [...house.trust.values()].map(({ name, key }) => `${name}=ed25519:${String(key.export({ format: 'jwk' }).x)}`);
});
afterAll(() => house.close());

/** What it says of a copy of the log that was changed. */
function says(change: (folder: string) => void = () => {}, given: readonly string[] = keys): { code: number | null; text: string } {
  const folder = house.copy('outside');
  change(folder);
  const { status, stdout } = spawnSync(process.execPath, [script, folder, house.origin, ...given], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  return { code: status, text: stdout };
}
const edit = (name: string, from: string, to: string) => (folder: string) => {
  const bytes = readFileSync(join(folder, name), 'latin1');
  expect(bytes).toContain(from);
  writeFileSync(join(folder, name), bytes.replace(from, to), 'latin1');
};

test('a stranger with the public keys and the format finds the log good, also what was signed together', async () => {
  const { root } = await house.verify();
  const tail = readFileSync(join(house.log, 'tile/entries/001.p/7'), 'latin1');
  expect(tail.match(/"sig":"[\w-]{86}(?:[<>][\w-]{43})+"/g)).toHaveLength(5);
  expect(says()).toEqual({ code: 0, text: `good: 263 entries, root ${String(root)}\n` });
});

test('and finds what was changed, left out or signed by somebody else', () => {
  const last = 'tile/entries/001.p/7';
  expect(says(edit(last, 'handshake', 'handshaKe'))).toMatchObject({
    code: 1,
    text: expect.stringContaining('does not cover it') as string,
  });
  // In the way to the root alone.
  const way = />[\w-]{3}/.exec(readFileSync(join(house.log, last), 'latin1'))?.[0] ?? '';
  expect(says(edit(last, way, way.replace('>', '<')))).toMatchObject({
    code: 1,
    text: expect.stringContaining('does not cover it') as string,
  });
  expect(says(edit('checkpoint', '\n263\n', '\n262\n')).code).toBe(1);
  expect(says((folder) => rmSync(join(folder, 'tile/entries/000'))).code).toBe(1);
  expect(
    says(
      () => {},
      keys.filter((key) => !key.startsWith('hooks')),
    ).text,
  ).toContain('is none of those that were given');
});
