import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Listener } from '../wire/messages.ts';

/*
 * Node can keep what it compiled (https://nodejs.org/api/module.html#module-compile-cache), so that a process starts sooner.
 * What lies in such a folder is run as it is: whoever can write there decides what the process does.
 */

const othersMayWrite = 0o022;

/** Makes a folder, in one that is there, that nobody else can write to. False: it is somebody else's, a link, no folder, or cannot be made. */
export function ownFolder(folder: string): boolean {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & othersMayWrite) === 0;
  } catch {
    return false;
  }
}

/**
 * Where one process of the house may keep compiled code: a folder of its own in the one that the operator named with
 * NODE_COMPILE_CACHE, so that no process can leave code for another. Null: nowhere, because none was named or others could write there.
 */
export function compileCacheOf(name: Listener, from: NodeJS.ProcessEnv): string | null {
  const base = from['NODE_COMPILE_CACHE'];
  if (base === undefined || base === '') return null;
  const own = resolve(base, name);
  return ownFolder(resolve(base)) && ownFolder(own) ? own : null;
}
