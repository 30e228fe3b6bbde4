import { refuse, ok } from '../errors.ts';
import type { Result } from '../errors.ts';
import { parseCheckpoint } from '../proof/checkpoint.ts';
import type { Checkpoint } from '../proof/checkpoint.ts';
import { openNote } from '../proof/note.ts';
import type { NoteKey } from '../proof/note.ts';
import { textOf } from './leaf.ts';
import { verifyEd25519 } from './note-keys.ts';

/**
 * Opens the text of a checkpoint: signed by one of the keys, well-formed, and of the log with this origin.
 * The text may come from anybody.
 */
export function openCheckpoint(text: string, origin: string, keys: readonly NoteKey[]): Result<Checkpoint> {
  const note = openNote(text, keys, verifyEd25519);
  if (!note.ok) return note;
  const checkpoint = parseCheckpoint(note.value);
  if (checkpoint === null) return refuse('bad-checkpoint', 'the checkpoint is malformed');
  return checkpoint.origin === origin ? ok(checkpoint) : refuse('bad-checkpoint', 'the checkpoint is one of another log');
}

/** The same for the bytes of a file. */
export function openCheckpointFile(
  bytes: Uint8Array,
  origin: string,
  keys: readonly NoteKey[],
): Result<Checkpoint & { readonly text: string }> {
  const text = textOf(bytes);
  if (text === null) return refuse('bad-note', 'this is not a signed note');
  const opened = openCheckpoint(text, origin, keys);
  return opened.ok ? ok({ ...opened.value, text }) : opened;
}
