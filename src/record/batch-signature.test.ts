import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { assert, constantFrom, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../limits.ts';
import { leafHash, perfectRoot } from '../proof/hash.ts';
import { rootOf } from '../proof/tree.ts';
import { batchStatementsMax, coverOf, signBatch, signatureCharsMax } from './batch-signature.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signed = (texts: readonly string[]): readonly string[] => signBatch(texts, (message) => sign(null, message, privateKey));
const holds = (text: string, sig: string): boolean => {
  const cover = coverOf(text, sig);
  return cover !== null && verify(null, cover.message, publicKey, cover.signature);
};
const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `statement ${i}`);

test('each of any number of statements is covered by its own signature, and by no other', () => {
  for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 64, 65, 100]) {
    const all = texts(count);
    const sigs = signed(all);
    expect(sigs).toHaveLength(count);
    expect(all.every((text, i) => holds(text, String(sigs[i])))).toBe(true);
    expect(new Set(sigs).size).toBe(count);
    for (const [i, text] of all.entries()) expect(holds(text, String(sigs[(i + 1) % count]))).toBe(count === 1);
    expect(holds('statement', String(sigs[0]))).toBe(false);
  }
  expect(signed([])).toEqual([]);
});

test('one signature is made for all of them, over the root that RFC 6962 prescribes', () => {
  for (const count of [2, 3, 6, 11]) {
    const messages: Buffer[] = [];
    signBatch(texts(count), (message) => (messages.push(message), Buffer.alloc(64)));
    const leaves = texts(count).map((text) => leafHash(Buffer.from(`countersign/statement/v1\n${text}`)));
    const root = rootOf(count, (level, index) => perfectRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));
    expect(messages).toEqual([Buffer.concat([Buffer.from('countersign/statements/v1\n'), root])]);
  }
});

test('a statement that is alone is signed as it is: whoever knows the key alone can check it', () => {
  const [sig = ''] = signed(['alone']);
  expect(sig).toHaveLength(86);
  expect(verify(null, Buffer.from('countersign/statement/v1\nalone'), publicKey, Buffer.from(sig, 'base64url'))).toBe(true);
});

test('whatever is changed in a signature, it covers nothing any more', () => {
  const all = texts(11);
  const sigs = signed(all);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_<>=+/. \n'.split('');
  assert(
    property(nat(10), nat(600), constantFrom(...alphabet), (which, place, other) => {
      const [text = '', sig = ''] = [all[which], sigs[which]];
      const at = place % sig.length;
      const changed = sig.slice(0, at) + other + sig.slice(at + 1);
      expect(holds(text, changed)).toBe(changed === sig);
    }),
    { numRuns: 2000 },
  );
  const [text = '', sig = ''] = [all[3], sigs[3]];
  const [head, steps] = [sig.slice(0, 86), sig.slice(86).match(/.{44}/g) ?? []];
  expect(steps.length).toBe(4);
  const others = [
    head,
    steps.join(''),
    head + steps.slice(1).join(''),
    head + steps.slice(0, -1).join(''),
    head + steps.toReversed().join(''),
  ];
  const longer = [`${sig}${steps[0]}`, `${sig}=`, `${sig}\n`, ` ${sig}`, sig.slice(0, -1), `${sig}>`, ''];
  expect([...others, ...longer].filter((one) => holds(text, one))).toEqual([]);
});

test('more steps than one signature may have are refused before anything is hashed', () => {
  const [sig = ''] = signed(['alone']);
  const step = `>${'A'.repeat(43)}`;
  expect(coverOf('alone', sig + step.repeat(limits.batchStepsMax))).not.toBeNull();
  expect(coverOf('alone', sig + step.repeat(limits.batchStepsMax + 1))).toBeNull();
  expect((sig + step.repeat(limits.batchStepsMax)).length).toBe(signatureCharsMax);
  expect(batchStatementsMax).toBeGreaterThan(limits.commitBatchMax);
});
