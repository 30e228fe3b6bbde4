// verifies: people.keys
import { createPublicKey, sign, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { publicText } from '../record/identity.ts';
import { checkPassphrase, createApproverKey, readApproverKey } from './key-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-key-'));
  file = join(folder, 'approvers', 'bob.key.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const secret = 'correct horse';
const change = (from: string, to: string): void => {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
};

test('a key opens with its passphrase and signs for its public key', () => {
  const key = createApproverKey(file, 'bob', secret);
  const locked = readApproverKey(file);
  expect(locked).toMatchObject({ approver: 'bob', key });
  const opened = locked.unlock(secret);
  if (!opened.ok) throw new Error(opened.message);
  expect(publicText(createPublicKey(opened.value))).toBe(key);
  expect(verify(null, Buffer.from('x'), createPublicKey(opened.value), sign(null, Buffer.from('x'), opened.value))).toBe(true);
});

test('a passphrase is the same however its letters were composed', () => {
  createApproverKey(file, 'bob', 'caf\u00e9 caf\u00e9');
  expect(readApproverKey(file).unlock('cafe\u0301 cafe\u0301').ok).toBe(true);
});

test('the file is for its owner only, and holds the private key in no readable form', () => {
  createApproverKey(file, 'bob', secret);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'approvers')).mode & 0o777).toBe(0o700);
  const opened = readApproverKey(file).unlock(secret);
  const seed = opened.ok ? String(opened.value.export({ format: 'jwk' }).d) : '';
  expect(seed).toHaveLength(43);
  expect(readFileSync(file, 'utf8')).not.toContain(seed);
});

test('a key file is never overwritten', () => {
  const key = createApproverKey(file, 'bob', secret);
  expect(() => createApproverKey(file, 'bob', secret)).toThrow(/never overwritten/);
  expect(readApproverKey(file).key).toBe(key);
});

test.each(['', 'short', '1234567'])('the passphrase %j is refused', (weak) => {
  expect(checkPassphrase(weak)).toMatchObject({ ok: false, code: 'weak-passphrase' });
  expect(() => createApproverKey(file, 'bob', weak)).toThrow(/at least 8/);
  expect(() => readApproverKey(file)).toThrow(/no approver's key/);
});

test('a wrong passphrase and a changed file do not open', () => {
  createApproverKey(file, 'bob', secret);
  expect(readApproverKey(file).unlock('wrong horse')).toMatchObject({ ok: false, code: 'wrong-passphrase' });
  change('"approver": "bob"', '"approver": "root"');
  expect(readApproverKey(file).unlock(secret)).toMatchObject({ ok: false, code: 'wrong-passphrase' });
});

test('a file that asks for more memory than is allowed, or is not a key file, is not read', () => {
  createApproverKey(file, 'bob', secret);
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, good.padEnd(limits.approverFileBytesMax));
  expect(readApproverKey(file)).toMatchObject({ approver: 'bob' });
  writeFileSync(file, good.padEnd(limits.approverFileBytesMax + 1));
  expect(() => readApproverKey(file)).toThrow(/no approver's key/);
  writeFileSync(file, good);
  change(`"logN": ${limits.scryptLogN}`, `"logN": ${limits.scryptLogNMax + 1}`);
  expect(() => readApproverKey(file)).toThrow(/no approver's key/);
  expect(() => readApproverKey(join(folder, 'none'))).toThrow(/--key-file/);
});
