import { verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { noteKey, vkeyText } from '../proof/note.ts';
import type { NoteKey, VerifySignature } from '../proof/note.ts';
import { publicKey } from './identity.ts';
import type { Trust } from './identity.ts';

/** The raw bytes of an Ed25519 public key. */
function rawKey(key: KeyObject): Uint8Array {
  return Buffer.from(String(key.export({ format: 'jwk' }).x), 'base64url');
}

/** A ledger's key as verifiers of notes know it. */
export function noteKeyOf(origin: string, key: KeyObject): NoteKey {
  return noteKey(origin, rawKey(key));
}

/** The keys that sign the checkpoints of a log: those of the trusted ledgers, under the log's origin as their name. */
export function ledgerKeys(origin: string, trust: Trust): readonly NoteKey[] {
  return [...trust.values()].filter((known) => known.name === 'ledger').map((known) => noteKeyOf(origin, known.key));
}

/** What outside verifiers of the log are configured with: `name+id+key` for a public key of a ledger as the configuration writes it. */
export function ledgerVkey(origin: string, publicText: string): string {
  return vkeyText(noteKeyOf(origin, publicKey(publicText)));
}

/** Verifies an Ed25519 signature with Node's own implementation. */
export const verifyEd25519: VerifySignature = (key, message, signature) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') };
  try {
    return verify(null, message, { key: jwk, format: 'jwk' }, signature);
  } catch {
    return false; // bytes that are no point of the curve
  }
};
