import { createPrivateKey, sign } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkpointText } from '../../src/proof/checkpoint.ts';
import { edgeRoot, emptyEdge, grow, partialTiles } from '../../src/proof/edge.ts';
import { leafHash } from '../../src/proof/hash.ts';
import { parseVkey, signNote } from '../../src/proof/note.ts';
import { bundleBytes, tilePath } from '../../src/proof/tiles.ts';
import type { House } from './house.ts';

/** Writes a whole log over these entries, as somebody can who has the key. */
export function rebuild(folder: string, all: readonly Uint8Array[], checkpoint: (size: number, root: Uint8Array) => string): void {
  rmSync(folder, { recursive: true });
  const { edge, full } = grow(emptyEdge, all.map(leafHash));
  const put = (path: string, bytes: Uint8Array | string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  for (const tile of [...full, ...partialTiles(edge)]) put(tilePath(tile), tile.bytes);
  for (let at = 0; at < all.length; at += 256) {
    const some = all.slice(at, at + 256);
    put(tilePath({ level: 'entries', index: at / 256, width: some.length }), bundleBytes(some));
  }
  put('checkpoint', checkpoint(edge.size, edgeRoot(edge)));
}

/** Signs a checkpoint with the ledger's own key. */
export const insiderOf =
  (house: House) =>
  (size: number, root: Uint8Array): string => {
    const key = parseVkey(house.vkey);
    if (!key.ok) throw new Error(key.message);
    const pem = createPrivateKey(readFileSync(house.keyFile('ledger')));
    return signNote(checkpointText({ origin: house.origin, size, root }), key.value, (text) => sign(null, text, pem));
  };
