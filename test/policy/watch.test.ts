// verifies: decide.reload, never.broken-policy
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Engine } from '../../src/decide/engine.ts';
import { loadPolicy, watchPolicy } from '../../src/processes/policy.ts';
import { catalogues, request } from './fixtures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-policy-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const permit = '@id("mine") permit (principal, action, resource);\n';
const config = () => ({ folder, policy: { preset: 'none' as const, files: ['own.cedar'] } });
const write = (text: string): void => writeFileSync(join(folder, 'own.cedar'), text);

async function watching(body: (seen: { engines: Engine[]; broken: string[] }) => Promise<void>): Promise<void> {
  const first = await loadPolicy(config(), catalogues);
  const seen = { engines: [] as Engine[], broken: [] as string[] };
  const watch = watchPolicy({
    config: config(),
    catalogues,
    ...(first.ok ? { current: first.value } : {}),
    onChange: (engine) => seen.engines.push(engine),
    onBroken: (refusal) => seen.broken.push(refusal.message),
    pollMs: 20,
  });
  try {
    await body(seen);
  } finally {
    watch.close();
  }
}

const until = (what: () => void): Promise<void> => vi.waitFor(what, { timeout: 50_000, interval: 20 });

test('a changed policy is taken over; a broken one is reported once for each content, and a repaired one decides again', async () => {
  write(permit);
  await watching(async ({ engines, broken }) => {
    write('permit (principal, action, resource) when { context.nothing };');
    await until(() => expect(broken).toHaveLength(1));
    expect(broken[0]).toMatch(/^own\.cedar line 1: .*nothing/);
    write('permit (principal, action, resource');
    await until(() => expect(broken).toHaveLength(2));
    expect(engines).toEqual([]);
    write('@id("mine") forbid (principal, action, resource);\n');
    await until(() => expect(engines).toHaveLength(1));
    expect(engines[0]?.permits(request(), []).policies).toEqual(['mine']);
    expect(broken).toHaveLength(2);
  });
});

test('a file that is gone is reported, and so is the good policy when it comes back', async () => {
  write(permit);
  await watching(async ({ engines, broken }) => {
    rmSync(join(folder, 'own.cedar'));
    await until(() => expect(broken).toEqual(['own.cedar: it cannot be read as UTF-8 text']));
    mkdirSync(join(folder, 'own.cedar'));
    await until(() => expect(broken.at(-1)).toBe('own.cedar: it is not a file'));
    rmSync(join(folder, 'own.cedar'), { recursive: true });
    write(permit);
    await until(() => expect(engines).toHaveLength(1));
    expect(engines[0]?.permits(request(), []).policies).toEqual(['mine']);
    expect(broken).toHaveLength(2);
  });
});

test('the policy that decides already is no change, however it is written anew', async () => {
  write(permit);
  await watching(async ({ engines, broken }) => {
    write(`// another comment\n${permit}`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    write(`${permit}@id("more") permit (principal, action, resource);`);
    await until(() => expect(engines.at(-1)?.permits(request(), []).policies).toEqual(['mine', 'more']));
    expect([engines.length, broken]).toEqual([1, []]);
  });
});

test('text that changes at every look is not taken over: half of a file can be a good policy', async () => {
  write(permit);
  await watching(async ({ engines, broken }) => {
    let turn = 0;
    const busy = setInterval(() => write(`@id("turn${turn++}") permit (principal, action, resource);\n`), 1);
    await until(() => expect(turn).toBeGreaterThan(100));
    clearInterval(busy);
    write(`${permit}@id("last") forbid (principal, action, resource);`);
    await until(() => expect(engines.at(-1)?.permits(request(), []).policies).toEqual(['last']));
    expect([engines.length, broken]).toEqual([1, []]);
  });
});

test('a folder, a file that is too large and text that is not UTF-8 are refused', async () => {
  expect(await loadPolicy({ folder, policy: { preset: 'strict', files: ['.'] } }, catalogues)).toMatchObject({
    ok: false,
    message: expect.stringContaining('not a file'),
  });
  write('x'.repeat(1024 * 1024 + 1));
  expect(await loadPolicy(config(), catalogues)).toMatchObject({ ok: false, message: expect.stringContaining('larger') });
  writeFileSync(join(folder, 'own.cedar'), Buffer.from([0x2f, 0x2f, 0xff]));
  expect(await loadPolicy(config(), catalogues)).toMatchObject({ ok: false, message: expect.stringContaining('UTF-8') });
});
