import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listeners } from '../wire/messages.ts';
import { compileCacheOf, ownFolder } from './compile-cache.ts';
import { loadConfig } from './config.ts';
import { environmentOf, nodeArguments, permissionsOf } from './confine.ts';
import { initialise } from './init.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cs-compiled-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const named = (folder: string): NodeJS.ProcessEnv => ({ NODE_COMPILE_CACHE: folder });

test('compiled code is kept only where the operator says, for each process in a folder of its own that is closed to others', () => {
  const base = join(newFolder(), 'compiled');
  expect(listeners.map((name) => compileCacheOf(name, {}))).toEqual(listeners.map(() => null));
  expect(compileCacheOf('gateway', named(''))).toBeNull();
  for (const name of listeners) {
    expect(compileCacheOf(name, named(base))).toBe(join(base, name));
    expect(statSync(join(base, name)).mode & 0o777).toBe(0o700);
  }
});

test('a process may write to its own compiled code and to that of no other', () => {
  const folder = newFolder();
  const { file } = initialise(join(folder, 'countersign.yaml'));
  const config = loadConfig(file);
  const base = join(folder, 'compiled');
  for (const name of listeners) {
    expect(environmentOf(config, name, named(base))['NODE_COMPILE_CACHE']).toBe(join(base, name));
    const allowed = permissionsOf(config, name, named(base)).filter((flag) => flag.includes(base));
    expect(allowed).toEqual([`--allow-fs-read=${join(base, name)}`, `--allow-fs-write=${join(base, name)}`]);
    expect(environmentOf(config, name, {})).not.toHaveProperty('NODE_COMPILE_CACHE');
  }
});

test('a process is started with its files, and with no more background threads than Node would take', () => {
  const { file } = initialise(join(newFolder(), 'countersign.yaml'));
  const config = loadConfig(file);
  for (const name of listeners) {
    const words = nodeArguments(config, name, {});
    expect(words).toEqual(expect.arrayContaining(permissionsOf(config, name, {})));
    expect(words.filter((word) => word.includes('pool'))).toEqual([expect.stringMatching(/^--v8-pool-size=[1-4]$/)]);
    expect(words.slice(-3)).toEqual([expect.stringMatching(new RegExp(`/${name}\\.ts$`)), '--config', file]);
  }
});

test('where others can write, or decide what lies there, nothing is kept', () => {
  const folder = newFolder();
  const open = join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  const link = join(folder, 'link');
  symlinkSync(newFolder(), link);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const base of [open, link, file, '/proc/no-such']) {
    expect([base, ownFolder(base), compileCacheOf('gateway', named(base))]).toEqual([base, false, null]);
    expect(existsSync(join(base, 'gateway'))).toBe(false);
  }
  const planted = join(folder, 'planted');
  mkdirSync(planted, { mode: 0o700 });
  symlinkSync(newFolder(), join(planted, 'gateway'));
  expect(compileCacheOf('gateway', named(planted))).toBeNull();
  expect(compileCacheOf('reader', named(planted))).toBe(join(planted, 'reader'));
});
