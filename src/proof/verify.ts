import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { emptyRoot, hashBytes, nodeHash, sameBytes } from './hash.ts';
import type { Hash } from './hash.ts';
import { splitOf } from './tree.ts';

/*
 * Verification of proofs that may come from anybody. Each function walks the shape that the numbers prescribe and
 * wants exactly as many hashes as that shape has.
 */

/** What an inclusion proof claims. */
export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leaf: Hash;
  readonly root: Hash;
  readonly proof: readonly Hash[];
}

/** What a consistency proof claims. */
export interface ConsistencyClaim {
  readonly older: { readonly size: number; readonly root: Hash };
  readonly newer: { readonly size: number; readonly root: Hash };
  readonly proof: readonly Hash[];
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const areHashes = (hashes: readonly Hash[]): boolean => hashes.every((hash) => hash.length === hashBytes);

function climb(index: number, size: number, leaf: Hash, proof: readonly Hash[]): Hash | null {
  if (size === 1) return proof.length === 0 ? leaf : null;
  const sibling = proof.at(-1);
  if (sibling === undefined) return null;
  const k = splitOf(size);
  const below = proof.slice(0, -1);
  const left = index < k ? climb(index, k, leaf, below) : sibling;
  const right = index < k ? sibling : climb(index - k, size - k, leaf, below);
  return left === null || right === null ? null : nodeHash(left, right);
}

/** Checks that `leaf` stands at `index` in the tree with this size and root (RFC 6962 section 2.1.1). */
export function verifyInclusion(claim: InclusionClaim): Result<null> {
  const { index, size, leaf, root, proof } = claim;
  if (!isCount(index) || !isCount(size) || index >= size) return refuse('bad-proof', 'the index lies outside of the tree');
  if (!areHashes([leaf, root, ...proof])) return refuse('bad-proof', 'a hash of the proof has the wrong length');
  const found = climb(index, size, leaf, proof);
  if (found === null) return refuse('bad-proof', 'the proof does not have the length that the index and the size prescribe');
  return sameBytes(found, root) ? ok(null) : refuse('bad-proof', 'the proof does not lead to the root');
}

interface Roots {
  readonly older: Hash;
  readonly newer: Hash;
}

function climbBoth(m: number, n: number, proof: readonly Hash[], known: Hash | null): Roots | null {
  if (m === n) {
    if (known !== null) return proof.length === 0 ? { older: known, newer: known } : null;
    const [only] = proof;
    return only !== undefined && proof.length === 1 ? { older: only, newer: only } : null;
  }
  const beside = proof.at(-1);
  if (beside === undefined) return null;
  const k = splitOf(n);
  const below = proof.slice(0, -1);
  if (m <= k) {
    const roots = climbBoth(m, k, below, known);
    return roots === null ? null : { older: roots.older, newer: nodeHash(roots.newer, beside) };
  }
  const roots = climbBoth(m - k, n - k, below, null);
  return roots === null ? null : { older: nodeHash(beside, roots.older), newer: nodeHash(beside, roots.newer) };
}

/** Checks that the older tree is the beginning of the newer one (RFC 6962 section 2.1.2). */
export function verifyConsistency(claim: ConsistencyClaim): Result<null> {
  const { older, newer, proof } = claim;
  if (!isCount(older.size) || !isCount(newer.size) || older.size > newer.size)
    return refuse('bad-proof', 'the older tree is larger than the newer one');
  if (!areHashes([older.root, newer.root, ...proof])) return refuse('bad-proof', 'a hash of the proof has the wrong length');
  if (older.size === 0)
    return proof.length === 0 && sameBytes(older.root, emptyRoot)
      ? ok(null)
      : refuse('bad-proof', 'an empty tree has one root and needs no proof');
  const found = climbBoth(older.size, newer.size, proof, older.root);
  if (found === null) return refuse('bad-proof', 'the proof does not have the length that the sizes prescribe');
  return sameBytes(found.older, older.root) && sameBytes(found.newer, newer.root)
    ? ok(null)
    : refuse('bad-proof', 'the proof does not lead to both roots');
}
