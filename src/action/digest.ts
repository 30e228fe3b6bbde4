import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonical } from './canonical.ts';

/** What a digest is of. The tag is hashed first, so that a digest of one kind never equals one of another kind. */
export type DigestTag =
  | 'account'
  | 'action'
  | 'approval'
  | 'arguments'
  | 'body'
  | 'catalogue'
  | 'credential'
  | 'display'
  | 'effect'
  | 'enrolment'
  | 'policy'
  | 'request'
  | 'statement'
  | 'token'
  | 'tool';

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/** What is hashed in front of the bytes: for whoever has a faster SHA-256 than this room may use. */
export function digestDomain(tag: DigestTag): string {
  return `countersign/${tag}/v1\0`;
}

/** SHA-256 over `countersign/<tag>/v1`, a zero byte, and the given bytes. */
export function digestBytes(tag: DigestTag, bytes: Uint8Array): Digest {
  return `sha256:${bytesToHex(sha256(concatBytes(utf8ToBytes(digestDomain(tag)), bytes)))}`;
}

/** The digest of text, as UTF-8. */
export function digestText(tag: DigestTag, text: string): Digest {
  return digestBytes(tag, utf8ToBytes(text));
}

/**
 * The digest of a value in canonical JSON.
 *
 * @throws CountersignError `not-canonical`
 */
export function digest(tag: DigestTag, value: unknown): Digest {
  return digestText(tag, canonical(value));
}
