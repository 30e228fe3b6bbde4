import { emptyRoot, nodeHash } from './hash.ts';
import type { Hash } from './hash.ts';

/*
 * Proofs out of a tree whose full subtrees can be looked up (RFC 6962 section 2.1).
 * Sizes are plain numbers and can pass 2^32, so that nothing here uses bitwise operators.
 */

/** The hash of the full subtree with 2^level leaves that begins at leaf index * 2^level. */
export type Subtree = (level: number, index: number) => Hash;

/** The largest power of two that is smaller than `n`, for n > 1: where RFC 6962 splits a tree. */
export function splitOf(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function rangeRoot(lo: number, n: number, at: Subtree): Hash {
  let level = 0;
  let full = 1;
  while (full < n) {
    full *= 2;
    level++;
  }
  if (full === n) return at(level, lo / n);
  const k = splitOf(n);
  return nodeHash(rangeRoot(lo, k, at), rangeRoot(lo + k, n - k, at));
}

/** The root of the first `size` leaves. */
export function rootOf(size: number, at: Subtree): Hash {
  return size === 0 ? emptyRoot : rangeRoot(0, size, at);
}

/** The hashes that prove the leaf at `index` in the tree of the first `size` leaves, leaf's sibling first. Needs 0 <= index < size. */
export function inclusionProof(index: number, size: number, at: Subtree): readonly Hash[] {
  const path = (lo: number, n: number, m: number): Hash[] => {
    if (n === 1) return [];
    const k = splitOf(n);
    return m < k ? [...path(lo, k, m), rangeRoot(lo + k, n - k, at)] : [...path(lo + k, n - k, m - k), rangeRoot(lo, k, at)];
  };
  return path(0, size, index);
}

/** The hashes that prove that the tree of `older` leaves is the beginning of the tree of `size` leaves. Needs older <= size. */
export function consistencyProof(older: number, size: number, at: Subtree): readonly Hash[] {
  // `whole`: the subtree in hand is the older tree itself, whose root the verifier has.
  const path = (lo: number, n: number, m: number, whole: boolean): Hash[] => {
    if (m === n) return whole ? [] : [rangeRoot(lo, n, at)];
    const k = splitOf(n);
    return m <= k ? [...path(lo, k, m, whole), rangeRoot(lo + k, n - k, at)] : [...path(lo + k, n - k, m - k, false), rangeRoot(lo, k, at)];
  };
  return older === 0 ? [] : path(0, size, older, true);
}
