import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { parseCheckpoint, parseCount } from './checkpoint.ts';
import { hashBytes, leafHash } from './hash.ts';
import type { Hash } from './hash.ts';
import { openNote } from './note.ts';
import type { NoteKey, VerifySignature } from './note.ts';
import { verifyInclusion } from './verify.ts';

const firstLine = 'c2sp.org/tlog-proof@v1';
const depthMax = 64;

/** A proof that one entry stands in a log, complete in itself (C2SP tlog-proof). */
export interface EntryProof {
  readonly index: number;
  /** The entry itself travels as the `extra` of the format: it is not trusted until its hash has been proved. */
  readonly entry: Uint8Array;
  readonly hashes: readonly Hash[];
  /** The signed note, as the log published it. */
  readonly checkpoint: string;
}

/** The text of a proof. */
export function proofText(proof: EntryProof): string {
  const lines = [firstLine, `extra ${toBase64(proof.entry)}`, `index ${proof.index}`, ...proof.hashes.map(toBase64)];
  return `${lines.join('\n')}\n\n${proof.checkpoint}`;
}

/** Parses the text of a proof. It may come from anybody; nothing of it is proved yet. */
export function parseProof(text: string): Result<EntryProof> {
  const bad = refuse('bad-proof', 'this is not a proof of an entry (c2sp.org/tlog-proof@v1 with the entry as extra)');
  if (text.length > limits.noteCharsMax + 2 * limits.logEntryBytesMax) return bad;
  const end = text.indexOf('\n\n');
  const [first, extra = '', index = '', ...rest] = text.slice(0, end).split('\n');
  if (end < 0 || first !== firstLine || !extra.startsWith('extra ') || !index.startsWith('index ') || rest.length > depthMax) return bad;
  const entry = fromBase64(extra.slice('extra '.length));
  const place = parseCount(index.slice('index '.length));
  const hashes = rest.map(fromBase64).filter((hash) => hash?.length === hashBytes);
  if (entry === null || place === null || hashes.length !== rest.length) return bad;
  return ok({ index: place, entry, hashes: hashes as Hash[], checkpoint: text.slice(end + 2) });
}

/** Parses and verifies a proof: the checkpoint is signed by one of the keys for this origin, and the entry is in its tree. */
export function verifyProof(
  text: string,
  origin: string,
  keys: readonly NoteKey[],
  verify: VerifySignature,
): Result<{ readonly index: number; readonly entry: Uint8Array; readonly size: number }> {
  const parsed = parseProof(text);
  if (!parsed.ok) return parsed;
  const { index, entry, hashes } = parsed.value;
  const note = openNote(parsed.value.checkpoint, keys, verify);
  if (!note.ok) return note;
  const checkpoint = parseCheckpoint(note.value);
  if (checkpoint === null || checkpoint.origin !== origin) return refuse('bad-proof', 'the checkpoint is not one of this log');
  const included = verifyInclusion({ ...checkpoint, index, leaf: leafHash(entry), proof: hashes });
  return included.ok ? ok({ index, entry, size: checkpoint.size }) : included;
}
