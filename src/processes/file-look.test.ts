// verifies: config.check
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fileFinding, lookAt } from './file-look.ts';
import type { FileLook, NeededFile, Seen } from './file-look.ts';

const seen: Seen = { state: 'there', kind: 'file', size: 9, mode: 0o600, owner: 'us', readable: true };
const needed: NeededFile = {
  where: ['x'],
  file: '/x',
  kind: 'file',
  privacy: 'secret',
  reader: 'the reader',
  missing: { level: 'error', next: 'make it' },
};

test.each<[string, Partial<NeededFile>, FileLook, string | null]>([
  ['is all right', {}, seen, null],
  ['is not there', {}, { state: 'missing' }, 'error /x is not there: make it'],
  ['is made when it is needed', { missing: 'fine' }, { state: 'missing' }, null],
  ['only a process of another user may see', {}, { state: 'closed' }, 'warning /x is in a folder that is closed to this user'],
  ['only a process of another user may read', {}, { ...seen, readable: false, owner: 'other' }, 'warning /x may not be read by this user'],
  ['is of another user, and taken whoever has it', {}, { ...seen, owner: 'other' }, null],
  [
    'is of another user, and taken from its own only',
    { privacy: 'own' },
    { ...seen, owner: 'other' },
    'warning /x belongs to another user',
  ],
  ['root gave, where the process takes its own only', { privacy: 'own' }, { ...seen, owner: 'root' }, 'warning /x belongs to another user'],
  ['root guards', { privacy: 'guarded' }, { ...seen, owner: 'root', mode: 0o644 }, null],
  ['a group can write that should be guarded', { privacy: 'guarded' }, { ...seen, mode: 0o664 }, 'error /x: others can write it'],
  ['a group of processes reads', {}, { ...seen, mode: 0o640 }, null],
  ['everybody reads', {}, { ...seen, mode: 0o604 }, 'warning /x: every user of this machine'],
  ['everybody reads and is public', { privacy: 'open' }, { ...seen, mode: 0o666 }, null],
  ['is a pipe', { privacy: 'open' }, { ...seen, kind: 'other' }, 'error /x is not a file'],
  ['should be a folder', { kind: 'folder' }, seen, 'error /x is not a folder'],
])('a file that %s', (_, more, look, finding) => {
  const said = fileFinding({ ...needed, ...more }, look);
  if (finding === null) expect(said).toBeNull();
  else expect(`${said?.level} ${said?.message}`).toContain(finding);
});

test('a look tells what is there without opening it, and follows a link where the process would', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-look-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [file, link] = [join(folder, 'a'), join(folder, 'b')];
  writeFileSync(file, 'text', { mode: 0o640 });
  symlinkSync(file, link);
  expect(lookAt(file, true)).toMatchObject({ state: 'there', kind: 'file', size: 4, mode: 0o640, owner: 'us', readable: true });
  expect([lookAt(link, true), lookAt(link, false)]).toMatchObject([{ kind: 'file' }, { kind: 'link' }]);
  expect([lookAt(join(folder, 'c'), true), lookAt(join(file, 'c'), true)]).toEqual([{ state: 'missing' }, { state: 'missing' }]);
});
