import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { edgeRoot, emptyEdge, grow, partialTiles } from './edge.ts';
import { emptyRoot, leafHash, nodeHash, perfectRoot, sameBytes } from './hash.ts';
import type { Hash } from './hash.ts';
import { consistencyProof, inclusionProof, rootOf } from './tree.ts';
import type { Subtree } from './tree.ts';
import { verifyConsistency, verifyInclusion } from './verify.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

const sizeMax = 300;
const leaves = Array.from({ length: sizeMax }, (_, i) => leafHash(Uint8Array.of(i & 0xff, i >> 8)));

/** The definition of RFC 6962 section 2.1, word for word and slow. */
function naive(hashes: readonly Hash[]): Hash {
  if (hashes.length === 0) return emptyRoot;
  if (hashes.length === 1) return hashes[0]!;
  const k = 2 ** Math.floor(Math.log2(hashes.length - 1));
  return nodeHash(naive(hashes.slice(0, k)), naive(hashes.slice(k)));
}

const memo = new Map<string, Hash>();
const at: Subtree = (level, index) => {
  const key = `${level}/${index}`;
  const known = memo.get(key) ?? perfectRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
  memo.set(key, known);
  return known;
};
const roots = Array.from({ length: sizeMax + 1 }, (_, size) => rootOf(size, at));

/** The same hashes with one bit of one byte changed. */
function flipped(hashes: readonly Hash[], place: number, bit: number): Hash[] {
  const copy = hashes.map((hash) => hash.slice());
  const index = Math.floor(place / 32) % copy.length;
  copy[index]![place % 32]! ^= 1 << bit;
  return copy;
}

// From the test suite of google/certificate-transparency, the first implementation of RFC 6962.
const vectors = {
  inputs: ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'],
  roots: [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
};

test('the roots of RFC 6962 come out for the known entries, and for no entries', () => {
  expect(hex(emptyRoot)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const hashes = vectors.inputs.map((input) => leafHash(bytes(input)));
  for (const [i, root] of vectors.roots.entries()) {
    expect(hex(edgeRoot(grow(emptyEdge, hashes.slice(0, i + 1)).edge))).toBe(root);
    expect(hex(naive(hashes.slice(0, i + 1)))).toBe(root);
  }
});

test('roots from subtrees, from the edge and by the definition agree for every size', () => {
  let edge = emptyEdge;
  for (let size = 0; size <= sizeMax; size++) {
    expect(hex(roots[size]!)).toBe(hex(naive(leaves.slice(0, size))));
    expect(hex(edgeRoot(edge))).toBe(hex(roots[size]!));
    if (size < sizeMax) edge = grow(edge, [leaves[size]!]).edge;
  }
});

test('every inclusion proof verifies, and one changed byte in it fails', () => {
  for (let size = 1; size <= sizeMax; size++) {
    for (let index = 0; index < size; index++) {
      const proof = inclusionProof(index, size, at);
      const claim = { index, size, leaf: leaves[index]!, root: roots[size]!, proof };
      if (!verifyInclusion(claim).ok) expect.fail(`${index} of ${size}`);
      if (proof.length === 0 || (index + size) % 4 !== 0) continue; // the rest is drawn below
      const changed = flipped(proof, index * 31 + size * 7, size % 8);
      if (verifyInclusion({ ...claim, proof: changed }).ok) expect.fail(`${index} of ${size} with a changed byte`);
    }
  }
});

test('every consistency proof verifies, and one changed byte in it fails', () => {
  for (let size = 1; size <= sizeMax; size++) {
    for (let older = 0; older <= size; older++) {
      const proof = consistencyProof(older, size, at);
      const claim = { older: { size: older, root: roots[older]! }, newer: { size, root: roots[size]! }, proof };
      if (!verifyConsistency(claim).ok) expect.fail(`${older} to ${size}`);
      if (proof.length === 0 || (older + size) % 4 !== 0) continue; // the rest is drawn below
      const changed = flipped(proof, older * 31 + size * 7, size % 8);
      if (verifyConsistency({ ...claim, proof: changed }).ok) expect.fail(`${older} to ${size} with a changed byte`);
    }
  }
});

const sized = fc.integer({ min: 2, max: sizeMax }).chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 0, max: size - 1 })));

test('an inclusion proof fails after any change of a byte, its length, its leaf, its root or its index', () => {
  fc.assert(
    fc.property(sized, fc.nat(10_000), fc.integer({ min: 0, max: 7 }), ([size, index], place, bit) => {
      const proof = inclusionProof(index, size, at);
      const claim = { index, size, leaf: leaves[index]!, root: roots[size]!, proof };
      const not = (changed: Partial<typeof claim>): void => expect(verifyInclusion({ ...claim, ...changed }).ok).toBe(false);
      not({ proof: flipped(proof, place, bit) });
      not({ proof: proof.slice(1) });
      not({ proof: proof.slice(0, -1) });
      not({ proof: [...proof, emptyRoot] });
      not({ proof: proof.map((hash) => hash.slice(1)) });
      not({ leaf: flipped([claim.leaf], place, bit)[0]! });
      not({ root: flipped([claim.root], place, bit)[0]! });
      not({ index: (index + 1) % size });
      not({ index: size });
      not({ index: -1 });
      not({ index: 0.5 });
    }),
    { numRuns: 500 },
  );
});

test('a consistency proof fails after any change of a byte, its length or its roots', () => {
  fc.assert(
    fc.property(sized, fc.nat(10_000), fc.integer({ min: 0, max: 7 }), ([size, index], place, bit) => {
      const older = index + 1;
      const proof = consistencyProof(older, size, at);
      const claim = { older: { size: older, root: roots[older]! }, newer: { size, root: roots[size]! }, proof };
      const not = (changed: Partial<typeof claim>): void => expect(verifyConsistency({ ...claim, ...changed }).ok).toBe(false);
      if (proof.length > 0) {
        not({ proof: flipped(proof, place, bit) });
        not({ proof: proof.slice(1) });
        not({ proof: proof.slice(0, -1) });
      }
      not({ proof: [...proof, emptyRoot] });
      not({ older: { size: older, root: flipped([claim.older.root], place, bit)[0]! } });
      not({ newer: { size, root: flipped([claim.newer.root], place, bit)[0]! } });
      not({ older: claim.newer, newer: claim.older, proof: older === size ? [emptyRoot] : proof });
    }),
    { numRuns: 500 },
  );
});

test('numbers that no tree can have are refused without work', () => {
  const hash = leaves[0]!;
  const proof = Array.from({ length: 60 }, () => hash);
  for (const size of [2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5]) {
    expect(verifyInclusion({ index: 0, size, leaf: hash, root: hash, proof }).ok).toBe(false);
    expect(verifyConsistency({ older: { size: 1, root: hash }, newer: { size, root: hash }, proof }).ok).toBe(false);
  }
  expect(verifyInclusion({ index: 2 ** 52, size: 2 ** 53 - 1, leaf: hash, root: hash, proof }).ok).toBe(false);
});

test('growing in one step or in many gives the same edge and the same tiles', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 8 }), (steps) => {
      const many = steps.flatMap((n) => leaves.slice(0, n));
      let edge = emptyEdge;
      const full = [];
      for (const n of steps) {
        const grown = grow(edge, leaves.slice(0, n));
        edge = grown.edge;
        full.push(...grown.full);
      }
      const once = grow(emptyEdge, many);
      expect(once.full).toEqual(full);
      expect(partialTiles(once.edge)).toEqual(partialTiles(edge));
      expect(sameBytes(edgeRoot(edge), naive(many))).toBe(true);
    }),
    { numRuns: 30 },
  );
});
