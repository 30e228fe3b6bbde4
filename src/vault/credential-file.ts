import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Tokens } from './issuer.ts';

/** Writes a new file that only this user can read, down to the disk. What an earlier life left under its name is removed first. */
function writeNew(file: string, text: string): void {
  rmSync(file, { force: true });
  const fd = openSync(file, 'wx', 0o600); // fails on anything that is there, a link included
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes renames durable. Where this process may not read the folder, a power cut can bring the old files back, and nothing else. */
function syncFolder(folder: string): void {
  let fd: number;
  try {
    fd = openSync(folder, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
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
