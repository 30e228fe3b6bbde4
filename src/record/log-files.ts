import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
   * @throws CountersignError `store-failed`
   */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file or a folder with all that is in it. Not there is not an error. */
  remove(path: string): Promise<void>;
  /**
   * Every path but those of locks and temporary files, in no order.
   * @throws CountersignError `log-corrupt` if any folder cannot be listed: what is in it could be anything
   */
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

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null);
const isGone = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';

function unreadable(error: unknown): CountersignError {
  const message = 'a file or folder of the log cannot be read: look at the disk and at the rights of the folder';
  return new CountersignError('log-corrupt', message, { cause: error });
}

async function readBounded(file: string): Promise<Uint8Array | null> {
  try {
    const found = await lstat(file);
    return found.isFile() && found.size <= limits.logFileBytesMax ? await readFile(file) : null;
  } catch (error) {
    if (isGone(error)) return null;
    throw unreadable(error);
  }
}

function unwritable(error: unknown): CountersignError {
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(codeOf(error)));
  const why = full ? 'the disk is full: make room' : 'look at the disk and at the rights of its folder';
  return new CountersignError('store-failed', `the log cannot be written: ${why}. Nothing that was sealed before is touched`, {
    cause: error,
  });
}

/** Every file below a folder. A folder that is gone is empty: the ledger removes some while others read. */
async function listAll(folder: string, path = ''): Promise<readonly string[]> {
  const entries = await readdir(join(folder, path), { withFileTypes: true }).catch((error: unknown) => {
    if (isGone(error)) return [];
    // What cannot be listed could be anything.
    throw unreadable(error);
  });
  const lists = entries.map(async (entry) => {
    const at = path === '' ? entry.name : `${path}/${entry.name}`;
    if (at === temporary || lockFiles.includes(at)) return [];
    return entry.isDirectory() ? listAll(folder, at) : [at];
  });
  return (await Promise.all(lists)).flat();
}

/** The files in a folder of a file system. */
export function openLogFiles(folder: string): LogFiles {
  return {
    read: (path) => readBounded(join(folder, path)),
    write: (path, bytes) =>
      writeDurably(folder, path, bytes).catch((error: unknown) => {
        throw unwritable(error);
      }),
    remove: (path) => rm(join(folder, path), { recursive: true, force: true }),
    list: () => listAll(folder),
    sweep: () => rm(join(folder, temporary), { recursive: true, force: true }),
  };
}
