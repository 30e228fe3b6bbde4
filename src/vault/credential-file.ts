import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Tokens } from './issuer.ts';

/**
 * A new file, whose writes return once they are on the disk. Node's permission model, under which hands run, switches `fsync` off
 * and leaves O_SYNC. Fails on anything that is there, a link included.
 */
const newAndSynchronous = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_SYNC;

/** Writes a new file that only this user can read. What an earlier life left under its name is removed first. */
function writeNew(file: string, text: string): void {
  rmSync(file, { force: true });
  const fd = openSync(file, newAndSynchronous, 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
  } finally {
    closeSync(fd);
  }
}

/** Makes renames durable, where this process may: elsewhere a power cut can bring the old files back, and nothing else. */
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

/**
 * Puts tokens in place: the access token alone into `file`, as every credential file holds it, and the refresh token into
 * `<file>.refresh` for a rotation to come. Each file is replaced whole or not at all: a crash leaves the old one. The refresh
 * token of an earlier link is removed, because it belongs to another grant.
 * @throws if the folder cannot be written to; then the credential is the old one.
 */
export function putInPlace(file: string, tokens: Tokens): void {
  const refresh = `${file}.refresh`;
  writeNew(`${file}.new`, tokens.access);
  if (tokens.refresh === null) rmSync(refresh, { force: true });
  else {
    writeNew(`${refresh}.new`, tokens.refresh);
    renameSync(`${refresh}.new`, refresh);
  }
  renameSync(`${file}.new`, file);
  syncFolder(dirname(file));
}
