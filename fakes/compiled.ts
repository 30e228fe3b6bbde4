import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownFolder } from '../src/processes/compile-cache.ts';

const folder = join(tmpdir(), `countersign-compiled-${process.getuid?.() ?? 'here'}`);

/**
 * For the environment of processes that are started here, again and again: what Node compiled once it need not compile again,
 * and V8 takes one background thread, not four, of a machine that two of them keep busy already.
 * Compiled code is run, and the folder of temporary files belongs to everybody: nothing is kept if the folder is not ours alone.
 */
export const compiled: Readonly<Record<string, string>> = {
  NODE_OPTIONS: '--v8-pool-size=1',
  ...(ownFolder(folder) ? { NODE_COMPILE_CACHE: folder } : {}),
};
