import { sha256 } from '@noble/hashes/sha2.js';

/** A SHA-256 hash: 32 bytes. */
export type Hash = Uint8Array;

/** The length of a hash. */
export const hashBytes = 32;

const leafTag = Uint8Array.of(0);
const nodeTag = Uint8Array.of(1);

/** The root of a tree without leaves (RFC 6962 section 2.1). */
export const emptyRoot: Hash = sha256(new Uint8Array(0));

/** The hash of an entry as a leaf. The tag keeps leaves and nodes apart (RFC 6962 section 2.1). */
export function leafHash(entry: Uint8Array): Hash {
  return sha256.create().update(leafTag).update(entry).digest();
}

/** The hash of two neighbours. */
export function nodeHash(left: Hash, right: Hash): Hash {
  return sha256.create().update(nodeTag).update(left).update(right).digest();
}

/** True if the bytes are the same. For public values: it does not take constant time. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The root of a full binary tree over hashes whose number is a power of two. */
export function perfectRoot(hashes: readonly Hash[]): Hash {
  let row = hashes;
  while (row.length > 1) {
    const next: Hash[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) next.push(nodeHash(row[i] as Hash, row[i + 1] as Hash));
    row = next;
  }
  return row[0] ?? emptyRoot;
}
