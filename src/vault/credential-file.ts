import { closeSync, constants, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Tokens } from './issuer.ts';

/**
 * A new file, whose writes return once they are on the disk. Node's permission model, under which hands run, switches `fsync` off
 * and leaves O_SYNC. Fails on anything that is there, a link included.
 */
const newAndSynchronous = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_SYNC;

/** A text on the disk beside its place. */
interface Draft {
  /** Puts it in its place, in one step; the step is on the disk when this returns. */
  place(): void;
  close(): void;
}

/** Makes renames durable, where this process may. */
function syncFolder(folder: string): void {
  let fd: number | null = null;
  try {
    fd = openSync(folder, 'r');
    fsyncSync(fd);
  } catch {
    // the permission model: the folder is closed to this process, and fsync is off
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** Writes a text that is not empty beside its place, into a new file that only this user can read. What an earlier life left there is removed first. */
function draftOf(file: string, text: string): Draft {
  rmSync(`${file}.new`, { force: true });
  const fd = openSync(`${file}.new`, newAndSynchronous, 0o600);
  const bytes = Buffer.from(text);
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return {
    place: () => {
      renameSync(`${file}.new`, file);
      // The last byte once more, in its new place: a file that is brought to disk after its renaming takes the renaming with it
      // (ext4, XFS, Btrfs), also where the folder cannot be synchronised.
      writeSync(fd, bytes, bytes.length - 1, 1, bytes.length - 1);
      syncFolder(dirname(file));
    },
    close: () => closeSync(fd),
  };
}

/**
 * Replaces a file whole or not at all, readable by this user only; it is on the disk when this returns.
 * @throws if its folder cannot be written to; then the old one is there.
 */
export function replaceWhole(file: string, text: string): void {
  const draft = draftOf(file, text);
  try {
    draft.place();
  } finally {
    draft.close();
  }
}

/**
 * Puts tokens in place: the access token alone into `file`, as every credential file holds it, and the refresh token into
 * `<file>.refresh` for a rotation to come. Each file is replaced whole or not at all: a crash leaves the old one. The refresh
 * token of an earlier link is removed, because it belongs to another grant.
 * @throws if the folder cannot be written to; then the credential is the old one.
 */
export function putInPlace(file: string, tokens: Tokens): void {
  const access = draftOf(file, tokens.access);
  try {
    if (tokens.refresh === null) rmSync(`${file}.refresh`, { force: true });
    else replaceWhole(`${file}.refresh`, tokens.refresh);
    access.place();
  } finally {
    access.close();
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * What stands in place: of a link, or of an operator's own hand. Null: nothing.
 * @throws if a file is there and cannot be read.
 */
export function tokensInPlace(file: string): Tokens | null {
  const access = textOf(file);
  return access === null ? null : { access, refresh: textOf(`${file}.refresh`) };
}
