import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';

/*
 * What this user can tell of a file that the configuration names, without reading it. The process that needs it may run as another
 * user: what this one may not see or read is no error, and what is seen is never content.
 */

/** Something that is there. */
export interface Seen {
  readonly state: 'there';
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  /** The bits of who may read and write it. */
  readonly mode: number;
  /** Whose it is: this user's, the system's own (root), or somebody else's. */
  readonly owner: 'us' | 'root' | 'other';
  /** Whether this user may read it. */
  readonly readable: boolean;
}

/** What this user can tell: it is there, it is not, or a folder above it is closed. */
export type FileLook = Seen | { readonly state: 'missing' } | { readonly state: 'closed' };

/**
 * Who may have access to a file, as the processes themselves hold it. `own`: written by us, this user's alone, and a refusal
 * otherwise. `guarded`: whoever can write it passes for somebody else, and so nobody else may; a refusal otherwise. `secret`: the
 * processes read it however it is; others on this machine should not.
 */
export type Privacy = 'own' | 'guarded' | 'secret' | 'open';

/** A file that a process needs. */
export interface NeededFile {
  /** Where the configuration names it, or what makes it needed. */
  readonly where: readonly string[];
  /** Its path, absolute. */
  readonly file: string;
  readonly kind: 'file' | 'folder';
  readonly privacy: Privacy;
  /** Who reads it: `the reader`. */
  readonly reader: string;
  /** What it means that it is not there, and what to do. `fine`: it is made when it is needed. */
  readonly missing: { readonly level: 'error' | 'warning'; readonly next: string } | 'fine';
}

/** Something about a file that a process refuses, or that a person should look at. One line, without anything of what is in it. */
export interface FileFinding {
  readonly level: 'error' | 'warning';
  readonly message: string;
}

const kindOf = (stats: Stats): Seen['kind'] =>
  stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other';

function ownerOf({ uid }: Stats): Seen['owner'] {
  if (uid === process.getuid?.()) return 'us';
  return uid === 0 ? 'root' : 'other';
}

function readable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Looks at a file, and where `follow` is false not at what a link leads to. Nothing is opened: opening a pipe would wait for its writer. */
export function lookAt(file: string, follow: boolean): FileLook {
  let stats: Stats;
  try {
    stats = follow ? statSync(file) : lstatSync(file);
  } catch (error) {
    const closed = ['EACCES', 'EPERM'].includes(String((error as { code?: unknown }).code));
    return { state: closed ? 'closed' : 'missing' };
  }
  const { size, mode } = stats;
  return { state: 'there', kind: kindOf(stats), size, mode: mode & 0o777, owner: ownerOf(stats), readable: readable(file) };
}

const modes: Readonly<Record<Privacy, { readonly closed: number; readonly level: FileFinding['level']; readonly say: string } | null>> = {
  own: { closed: 0o077, level: 'error', say: 'others can read or write it, and so it is not taken: give it the mode 0600' },
  guarded: { closed: 0o022, level: 'error', say: 'others can write it, and so it is not taken: give it the mode 0644 or 0600' },
  secret: { closed: 0o007, level: 'warning', say: 'every user of this machine has access to it: take that away (chmod o=)' },
  open: null,
};

/** Whose a file is that is taken from one user only. */
function ownerFinding({ file, privacy, reader }: NeededFile, { owner }: Seen): FileFinding | null {
  const ours = owner === 'us' || (privacy === 'guarded' && owner === 'root');
  if (ours || (privacy !== 'own' && privacy !== 'guarded')) return null;
  return { level: 'warning', message: `${file} belongs to another user: ${reader} takes it only if it runs as that user` };
}

/** What is to be said of a needed file as it was found; null: nothing. */
export function fileFinding(needed: NeededFile, look: FileLook): FileFinding | null {
  const { file, kind, privacy, reader, missing } = needed;
  const cannot = `make sure that ${reader} can`;
  if (look.state === 'missing')
    return missing === 'fine' ? null : { level: missing.level, message: `${file} is not there: ${missing.next}` };
  if (look.state === 'closed')
    return { level: 'warning', message: `${file} is in a folder that is closed to this user: ${cannot} read it` };
  if (look.kind !== kind) return { level: 'error', message: `${file} is not a ${kind}: put one there, or name another path` };
  const rule = kind === 'file' && (look.mode & (modes[privacy]?.closed ?? 0)) !== 0 ? modes[privacy] : null;
  const open: FileFinding | null = rule === null ? null : { level: rule.level, message: `${file}: ${rule.say}` };
  if (open?.level === 'error') return open;
  if ((privacy === 'own' || privacy === 'secret') && look.size === 0 && missing !== 'fine')
    return { level: 'error', message: `${file} is empty: ${missing.next}` };
  if (open !== null) return open;
  if (!look.readable) return { level: 'warning', message: `${file} may not be read by this user: ${cannot}` };
  return ownerFinding(needed, look);
}
