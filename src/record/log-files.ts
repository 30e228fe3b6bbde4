import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';

/** The files of a log, by their path below its folder, with `/` between the parts. */
export interface LogFiles {
  /**
   * The bytes of a file. Null if it is not there, is not a plain file, or is larger than any file of a log may be.
   * What is read may have been written by anybody.
   */
  read(path: string): Promise<Uint8Array | null>;
  /**
   * Puts a file in its place, whole: it is on disk under its name when the promise resolves. A crash before that leaves
   * the old file or the new one, and perhaps a temporary file that `sweep` removes.
   */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file or a folder with all that is in it. Not there is not an error. */
  remove(path: string): Promise<void>;
  /** Every path but those of locks and temporary files, in no order. */
  list(): Promise<readonly string[]>;
  /** Removes what writes left behind that were cut short. For the owner of the log only. */
  sweep(): Promise<void>;
}

const temporary = '.tmp';
/** The lock of the ledger. Not part of the log. */
export const lockName = '.lock';
const lockFiles: readonly string[] = [lockName, `${lockName}.pid`, `${lockName}-journal`];

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDurably(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const target = join(folder, path);
  const draft = join(folder, temporary, randomBytes(12).toString('hex'));
  await mkdir(dirname(draft), { recursive: true, mode: 0o700 });
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    // Before the rename: a name that points to bytes which are not on disk yet could be all that survives a power cut.
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, target);
  // The name itself, and the names of the folders that may be new.
  for (let at = dirname(target); ; at = dirname(at)) {
    await syncFolder(at);
    if (at === folder || at === dirname(at)) break;
  }
}

async function readBounded(file: string): Promise<Uint8Array | null> {
  try {
    const found = await lstat(file);
    return found.isFile() && found.size <= limits.logFileBytesMax ? await readFile(file) : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw new CountersignError('log-corrupt', 'a file of the log cannot be read: look at the disk and at the rights of the folder', {
      cause: error,
    });
  }
}

async function listAll(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith(`${temporary}/`) && !lockFiles.includes(path));
}

/** The files in a folder of a file system. */
export function openLogFiles(folder: string): LogFiles {
  return {
    read: (path) => readBounded(join(folder, path)),
    write: (path, bytes) => writeDurably(folder, path, bytes),
    remove: (path) => rm(join(folder, path), { recursive: true, force: true }),
    list: () => listAll(folder),
    sweep: () => rm(join(folder, temporary), { recursive: true, force: true }),
  };
}
