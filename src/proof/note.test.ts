import { generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyEd25519 } from '../record/note-keys.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { checkpointText, parseCheckpoint } from './checkpoint.ts';
import { emptyRoot, leafHash, nodeHash } from './hash.ts';
import { noteKey, openNote, parseVkey, signNote, vkeyText } from './note.ts';
import { parseProof, proofText, verifyProof } from './proof-text.ts';

const pair = generateKeyPairSync('ed25519');
const raw = Buffer.from(String(pair.publicKey.export({ format: 'jwk' }).x), 'base64url');
const origin = 'countersign.local/cs_testtest';
const key = noteKey(origin, raw);
const signed = (text: string): string => signNote(text, key, (message) => sign(null, message, pair.privateKey));

// The example of the documentation of golang.org/x/mod/sumdb/note, and the key of sum.golang.org as the go command has it.
const goKey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const goNote =
  'If you think cryptography is the answer to your problem,\nthen you don’t know what your problem is.\n\n' +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

test('a note and keys that others made are read', () => {
  const parsed = parseVkey(goKey);
  expect(parsed.ok && vkeyText(parsed.value)).toBe(goKey);
  if (!parsed.ok) return;
  const notes = [goNote, goNote.replace('’', "'")].map((note) => openNote(note, [parsed.value], verifyEd25519).ok);
  expect(notes).toEqual([false, true]);
  const sumdb = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';
  const other = parseVkey(sumdb);
  expect(other.ok && vkeyText(other.value)).toBe(sumdb);
  // Signatures of unknown keys are ignored, and one known key must have signed.
  expect(openNote(goNote.replace('’', "'"), [key], verifyEd25519)).toMatchObject({ ok: false, code: 'unknown-key' });
});

test('a verifier key with another id, type, length or spelling is refused', () => {
  const vkey = vkeyText(key);
  expect(parseVkey(vkey).ok).toBe(true);
  const id = vkey.split('+')[1]!;
  const bad = [
    vkey.replace(id, '00000000'),
    vkey.replace(origin, 'other.example/log'),
    vkey.replace(id, id.toUpperCase() === id ? 'x' : id.toUpperCase()),
  ];
  for (const text of [...bad, vkey.slice(0, -1), `${vkey}A`, ` ${vkey}`, 'a+b', '', `+${vkey.split('+').slice(1).join('+')}`])
    expect(parseVkey(text).ok, text).toBe(false);
});

test('a signed note opens to its text; any other byte in it, added to it or taken from it, refuses', () => {
  const note = signed('one\n\ntwo lines\n');
  expect(openNote(note, [key], verifyEd25519)).toEqual({ ok: true, value: 'one\n\ntwo lines\n' });
  for (let i = 0; i < note.length; i++) {
    for (const other of ['x', '\n', ' ', '\r', '—', ''])
      if (note[i] !== other)
        expect(openNote(note.slice(0, i) + other + note.slice(i + 1), [key], verifyEd25519).ok, `${i} ${other}`).toBe(false);
  }
  expect(openNote(`${note}\n`, [key], verifyEd25519).ok).toBe(false);
  expect(openNote(note + '— other.example/key AAAAAAA=\n', [key], verifyEd25519).ok).toBe(true);
  expect(openNote(note + 'garbage\n', [key], verifyEd25519).ok).toBe(false);
  // A wrong signature of a known key spoils the note, even beside a good one.
  const wrong = `— ${origin} ${toBase64(Uint8Array.from([...key.id, ...new Uint8Array(64)]))}\n`;
  expect(openNote(note + wrong, [key], verifyEd25519)).toMatchObject({ ok: false, code: 'bad-signature' });
  expect(openNote(note + '— other.example/key AAAAAAA=\n'.repeat(100), [key], verifyEd25519).ok).toBe(false);
  expect(openNote('x'.repeat(1_000_000), [key], verifyEd25519).ok).toBe(false);
});

test('text that no note may have is not signed', () => {
  for (const text of ['no newline', 'tab\t\n', 'half \ud800\n', '']) expect(() => signed(text)).toThrow();
});

test('a checkpoint has one spelling', () => {
  const checkpoint = { origin, size: 12, root: emptyRoot };
  const text = checkpointText(checkpoint);
  expect(text).toBe(`${origin}\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n`);
  expect(parseCheckpoint(text)).toEqual(checkpoint);
  expect(parseCheckpoint(`${text}an extension\n`)).toEqual(checkpoint);
  const bad = [
    text.replace('\n12\n', '\n012\n'),
    text.replace('\n12\n', '\n-1\n'),
    text.replace('\n12\n', '\n12 \n'),
    text.replace('\n12\n', '\n1e3\n'),
  ];
  const worse = [
    text.slice(0, -1),
    `${text}\n`,
    text.replace('FU=', 'FV='),
    text.replace('47DE', ''),
    `\n${text}`,
    text.replace('\n12\n', '\n9007199254740991\n'),
  ];
  for (const other of [...bad, ...worse, '', '\n\n\n']) expect(parseCheckpoint(other), JSON.stringify(other)).toBeNull();
});

test('base64 is that of Node, and strict', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64(toBase64(bytes))).toEqual(Uint8Array.from(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const bytes = fromBase64(text);
      if (bytes !== null) expect(toBase64(bytes)).toBe(text);
    }),
  );
  for (const text of ['A', 'AA', 'AAA', 'AA=', 'AB==', 'A===', 'AA==AA==', 'AA-_', 'AAAA\n', '=AAA'])
    expect(fromBase64(text), text).toBeNull();
});

test('a proof of an entry verifies by itself, and after any change of a character does not', () => {
  const entry = Buffer.from('{"an":"entry"}');
  const sibling = leafHash(Uint8Array.of(7));
  const checkpoint = signed(checkpointText({ origin, size: 2, root: nodeHash(sibling, leafHash(entry)) }));
  const text = proofText({ index: 1, entry, hashes: [sibling], checkpoint });
  expect(
    text.startsWith(`c2sp.org/tlog-proof@v1\nextra ${entry.toString('base64')}\nindex 1\n${toBase64(sibling)}\n\n${origin}\n2\n`),
  ).toBe(true);
  const verified = verifyProof(text, origin, [key], verifyEd25519);
  expect(verified.ok && { ...verified.value, entry: Buffer.from(verified.value.entry).toString() }).toEqual({
    index: 1,
    size: 2,
    entry: '{"an":"entry"}',
  });
  for (let i = 0; i < text.length; i++) {
    const other = text[i] === 'A' ? 'B' : 'A';
    expect(verifyProof(text.slice(0, i) + other + text.slice(i + 1), origin, [key], verifyEd25519).ok, `character ${i}`).toBe(false);
  }
  expect(verifyProof(text, 'another.example/log', [key], verifyEd25519).ok).toBe(false);
  for (const bad of ['', 'c2sp.org/tlog-proof@v1\n\n', text.replace('index 1', 'index 01'), text.replace('index', 'place')])
    expect(parseProof(bad).ok).toBe(false);
});
