import { CountersignError } from '../errors.ts';
import { sameBytes } from '../proof/hash.ts';
import type { NoteKey } from '../proof/note.ts';
import { tileWidth } from '../proof/tiles.ts';
import { openCheckpointFile } from './checkpoint-file.ts';
import type { LogFiles } from './log-files.ts';
import { bundlesOf, checkpointPath, entriesIn, readPlace } from './log-parts.ts';
import { walkLog } from './walk-log.ts';

function bad(what: string): never {
  throw new CountersignError('log-corrupt', `${what}: see \`countersign log verify\``);
}

async function* entriesFrom(
  files: LogFiles,
  size: number,
  from: number,
): AsyncGenerator<{ readonly seq: number; readonly entry: Uint8Array }> {
  for (const { index, width } of bundlesOf(size)) {
    const first = index * tileWidth;
    if (first + width <= from) continue;
    const { path, bytes } = await readPlace(files, { level: 'entries', index }, width);
    if (typeof bytes === 'string') bad(`${path} is ${bytes}`);
    for (const [i, entry] of entriesIn(bytes, width).entries()) if (first + i >= from) yield { seq: first + i, entry };
  }
}

/**
 * The sealed entries of a log, from a place on. The whole tree is checked against the signed checkpoint before the first
 * entry is given out.
 * @throws CountersignError `log-corrupt`
 */
export async function* readEntries(
  files: LogFiles,
  source: { readonly origin: string; readonly keys: readonly NoteKey[] },
  from: number,
): AsyncGenerator<{ readonly seq: number; readonly entry: Uint8Array }> {
  const bytes = await files.read(checkpointPath);
  if (bytes === null) return;
  const head = openCheckpointFile(bytes, source.origin, source.keys);
  if (!head.ok) bad(`the checkpoint is not good: ${head.message}`);
  const { size, root } = head.value;
  const { roots } = await walkLog({
    files,
    size,
    marks: [size],
    problem: ({ at, message }) => bad(`${at}: ${message}`),
    entries: () => {},
  });
  const found = roots.get(size);
  if (found === undefined || !sameBytes(found, root)) bad('the tree is not the one that the checkpoint signs');
  yield* entriesFrom(files, size, from);
}
