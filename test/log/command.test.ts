// verifies: log.commands, log.verify
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cliFile } from '../../fakes/house.ts';
import type { CommandResult } from '../../fakes/house.ts';
import { openShell } from '../../fakes/shell.ts';
import { parseVkey } from '../../src/proof/note.ts';
import { verifyProof } from '../../src/proof/proof-text.ts';
import { parseLeaf } from '../../src/record/leaf.ts';
import { verifyEd25519 } from '../../src/record/note-keys.ts';
import { makeHouse, people, play, storyOf } from './house.ts';
import type { House } from './house.ts';

const shell = openShell();
let house: House;
let older = '';

beforeAll(async () => {
  house = await makeHouse();
  const keys = Object.entries(house.trustTexts).map(([name, texts]) => `  ${name}: ['${texts[0]}']`);
  const [{ approver, user, key }] = people.administrators as [(typeof people.administrators)[number]];
  writeFileSync(
    join(house.folder, 'countersign.yaml'),
    `version: 1\ninstallation: cs_testtest\ndata: .\ntrust:\n${keys.join('\n')}\n` +
      `administrators:\n  - { approver: ${approver}, user: ${user}, key: '${key}' }\n`,
  );
  const lives = await play(house, 0, 1);
  const ledger = await house.ledger();
  await ledger.seal();
  older = join(house.folder, 'older');
  writeFileSync(older, readFileSync(join(house.log, 'checkpoint')));
  await play(house, 1, 1, lives);
  await ledger.seal();
  await ledger.close();
  await play(house, 2, 1, lives); // recorded, not sealed yet
});
afterAll(async () => {
  await shell.close();
  await house.close();
});

function run(...args: readonly string[]): Promise<CommandResult> {
  const config = args.includes('--trust') ? [] : ['--config', join(house.folder, 'countersign.yaml')];
  return shell.run(cliFile, ['log', ...args, ...config], { cwd: house.folder, env: {} });
}

test('verify says that the log is good, and ends with 1 if it is not', async () => {
  expect(await run('verify')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^The log is good: 12 entries, root \S{44}\n$/) as string,
    stderr: '',
  });
  const json = await run('verify', '--json', '--against', older);
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, entries: 12, problems: [], vkeys: [house.vkey] });

  const copy = house.copy('bad');
  const file = join(copy, 'tile/entries/000.p/12');
  writeFileSync(file, readFileSync(file, 'latin1').replace('alice', 'malice'), 'latin1');
  const bad = await run('verify', '--folder', copy);
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain('The log of 12 entries is NOT good.');
  const badJson = await run('verify', '--folder', copy, '--json');
  expect(badJson.code).toBe(1);
  expect(JSON.parse(badJson.stdout)).toMatchObject({ ok: false });
  rmSync(copy, { recursive: true });
  expect(await run('verify', '--against', join(house.folder, 'nowhere'))).toMatchObject({ code: 2, stdout: '' });
});

test('a copied log is verified with the keys of another configuration file', async () => {
  const copy = house.copy('copied');
  expect(await run('verify', '--folder', copy, '--trust', join(house.folder, 'countersign.yaml'))).toMatchObject({ code: 0 });
  const other = join(house.folder, 'other.yaml');
  writeFileSync(other, readFileSync(join(house.folder, 'countersign.yaml'), 'utf8').replace('cs_testtest', 'cs_othertest'));
  expect(await run('verify', '--folder', copy, '--trust', other)).toMatchObject({ code: 1 });
  rmSync(copy, { recursive: true });
});

test('verify counts only the signatures of approvers whom the configuration vouches for', async () => {
  const text = readFileSync(join(house.folder, 'countersign.yaml'), 'utf8');
  const nobody = join(house.folder, 'nobody.yaml');
  writeFileSync(nobody, text.slice(0, text.indexOf('administrators:')));
  const report = await run('verify', '--folder', house.log, '--trust', nobody);
  expect(report.code).toBe(1);
  expect(report.stdout).toContain('entry 3: the signature does not hold: nobody of this name was an approver by then (meaning)');
});

test('show prints one line for each entry, with its place, and nothing in it that cannot be seen', async () => {
  const all = await run('show');
  const lines = all.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(18);
  expect(lines[0]).toMatch(/^ {7}0 2023-\S+Z gateway proposed p_\S+ alice through assistant: slack post_message$/);
  expect(lines[1]).toContain('slack post_message on channel C1 (general\\u{202E}), seen by public channel #general');
  expect(lines[3]).toContain('signed');
  expect(lines[3]).toContain('note: fine \\u{202E}enif');
  expect(lines[12]).toMatch(/^ {7}- /); // not sealed yet
  expect(all.stdout).not.toMatch(/[^\n\x20-\x7e]/);

  expect((await run('show', '--last', '2')).stdout.trimEnd().split('\n')).toEqual(lines.slice(-2));
  expect((await run('show', '--kind', 'intent')).stdout.trimEnd().split('\n')).toEqual([4, 10, 16].map((i) => lines[i]));
  const { proposal } = storyOf(1)['intent']![1].body as { proposal: string };
  expect((await run('show', '--proposal', proposal)).stdout.trimEnd().split('\n')).toEqual(lines.slice(6, 12));
  expect((await run('show', '--proposal', proposal, '--kind', 'outcome')).stdout.trimEnd()).toBe(lines[11]);
  const json = JSON.parse((await run('show', '--last', '7', '--json')).stdout) as { seq: number | null; statement: { kind: string } }[];
  expect(json.map((one) => one.seq)).toEqual([11, null, null, null, null, null, null]);
  expect(json[0]!.statement.kind).toBe('outcome');
  for (const bad of [
    ['--kind', 'nonsense'],
    ['--last', '0'],
    ['--last', 'x'],
  ])
    expect((await run('show', ...bad)).code).not.toBe(0);
});

test('a proof verifies by itself, and there is none of an entry that is not there', async () => {
  const { stdout: out } = await run('proof', '7');
  const key = parseVkey(house.vkey);
  const proved = verifyProof(out, house.origin, key.ok ? [key.value] : [], verifyEd25519);
  expect(proved).toMatchObject({ ok: true, value: { index: 7, size: 12 } });
  expect(proved.ok && parseLeaf(proved.value.entry)?.bytes).toContain('"kind":"resolved"');
  expect(JSON.parse((await run('proof', '7', '--json')).stdout)).toEqual({ seq: 7, vkeys: [house.vkey], proof: out });
  expect(await run('proof', '12')).toMatchObject({ code: 3, stdout: '', stderr: 'there is no entry 12: the log has 12\n' });
  expect(await run('proof', 'x')).toMatchObject({ code: 2, stdout: '' });
});

test('export prints every sealed entry from a place on, one document on each line', async () => {
  const { stdout: out } = await run('export', '--jsonl', '--from', '10');
  const rows = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; bytes: string; statement: { kind: string } });
  expect(rows.map((row) => [row.seq, row.statement.kind])).toEqual([
    [10, 'intent'],
    [11, 'outcome'],
  ]);
  expect(JSON.parse(rows[0]!.bytes)).toEqual(rows[0]!.statement);
  expect((await run('export', '--jsonl')).stdout.trimEnd().split('\n')).toHaveLength(12);
  expect(await run('export')).toMatchObject({ code: 2, stdout: '' });
});

test('nothing is exported or proved from a log that is not good', async () => {
  const copy = house.copy('worse');
  const file = join(copy, 'tile/0/000.p/12');
  const bytes = readFileSync(file);
  bytes[5]! ^= 1;
  writeFileSync(file, bytes);
  for (const command of [
    ['export', '--jsonl'],
    ['proof', '0'],
  ]) {
    const ran = await run(...command, '--folder', copy);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('countersign log verify');
  }
  rmSync(copy, { recursive: true });
});
