import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { sameBytes } from './hash.ts';

/* Signed notes with Ed25519 keys, by C2SP signed-note. Nothing here holds a key or does cryptography: both are passed in. */

/** The signature type byte of Ed25519 in C2SP signed-note. */
const ed25519Type = 0x01;
const idBytes = 4;
const keyBytes = 32;

/** A key that can sign notes, as others know it. */
export interface NoteKey {
  readonly name: string;
  /** Four bytes that, with the name, say which key made a signature. Not a commitment to the key. */
  readonly id: Uint8Array;
  /** The raw Ed25519 public key. */
  readonly key: Uint8Array;
}

/** Verifies one Ed25519 signature. Must not throw for bytes that are no signature. */
export type VerifySignature = (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

const isName = (name: string): boolean => name !== '' && name.isWellFormed() && !/[\s\u0085+\p{Cc}]/u.test(name);

/** A key by its name and raw bytes. @throws CountersignError `bad-key` */
export function noteKey(name: string, key: Uint8Array): NoteKey {
  if (!isName(name) || key.length !== keyBytes)
    throw new CountersignError('bad-key', 'a note key has a name without spaces or plus, and 32 bytes');
  const id = sha256(concatBytes(utf8ToBytes(name), Uint8Array.of(0x0a, ed25519Type), key)).slice(0, idBytes);
  return { name, id, key };
}

/** The text form of a key that verifiers are configured with: `name+id+key`. */
export function vkeyText(key: NoteKey): string {
  return `${key.name}+${bytesToHex(key.id)}+${toBase64(concatBytes(Uint8Array.of(ed25519Type), key.key))}`;
}

/** Reads what `vkeyText` writes. */
export function parseVkey(text: string): Result<NoteKey> {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  const typed = match === null ? null : fromBase64(match[3] ?? '');
  const name = match?.[1] ?? '';
  if (typed === null || !isName(name) || typed.length !== 1 + keyBytes || typed[0] !== ed25519Type)
    return refuse('bad-key', 'a verifier key is written as name+id+key, with an Ed25519 key');
  const key = noteKey(name, typed.slice(1));
  return bytesToHex(key.id) === match?.[2] ? ok(key) : refuse('bad-key', 'the id of the verifier key does not belong to its name and key');
}

/** Signs text, which must end with a newline. @throws CountersignError `bug` if the text cannot be that of a note. */
export function signNote(text: string, key: NoteKey, sign: (message: Uint8Array) => Uint8Array): string {
  if (!isNoteText(text)) throw new CountersignError('bug', 'the text of a note is lines without control characters');
  return `${text}\n— ${key.name} ${toBase64(concatBytes(key.id, sign(utf8ToBytes(text))))}\n`;
}

function isNoteText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- the standard forbids exactly these
  return text.endsWith('\n') && text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/.test(text);
}

interface SignatureLine {
  readonly name: string;
  readonly id: Uint8Array;
  readonly signature: Uint8Array;
}

function parseLine(line: string): SignatureLine | null {
  const match = /^— (\S+) (\S+)$/u.exec(line);
  const bytes = match === null ? null : fromBase64(match[2] ?? '');
  const name = match?.[1] ?? '';
  if (bytes === null || bytes.length <= idBytes || !isName(name)) return null;
  return { name, id: bytes.slice(0, idBytes), signature: bytes.slice(idBytes) };
}

/**
 * Opens a note: returns its text if at least one of `keys` signed it and no signature of one of them is wrong.
 * Signatures of other keys are ignored, as the standard wants. The note may come from anybody.
 */
export function openNote(note: string, keys: readonly NoteKey[], verify: VerifySignature): Result<string> {
  if (note.length > limits.noteCharsMax) return refuse('bad-note', 'the note is too long');
  const end = note.lastIndexOf('\n\n');
  if (end <= 0 || !isNoteText(note)) return refuse('bad-note', 'this is not a signed note');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > limits.noteSignaturesMax) return refuse('bad-note', 'the note has too many signatures');
  let good = 0;
  for (const line of lines) {
    const parsed = parseLine(line);
    if (parsed === null) return refuse('bad-note', 'a signature line of the note is malformed');
    const key = keys.find((known) => known.name === parsed.name && sameBytes(known.id, parsed.id));
    if (key === undefined) continue;
    if (!verify(key.key, utf8ToBytes(text), parsed.signature))
      return refuse('bad-signature', 'a signature on the note does not cover its text');
    good++;
  }
  return good > 0 ? ok(text) : refuse('unknown-key', 'the note is not signed with a key that is trusted here');
}
