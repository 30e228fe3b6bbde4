import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { attemptId } from '../action/ids.ts';
import { parseJson } from '../action/parse-json.ts';
import { accountStatements } from '../action/statement-accounts.ts';
import { timeMs } from '../action/vocabulary.ts';
import { limits } from '../limits.ts';
import { replaceWhole } from './credential-file.ts';

/*
 * The tokens of a hand that are not in their place, on disk: what an issuer gave and nobody has confirmed yet, and what is to be
 * revoked. One file each, in the hand's own folder, as every token lies: readable by this user only. Their one writer is the hand.
 */

/** What a file holds. */
const keptShape = z.strictObject({
  v: z.literal(1),
  /** `held`: given for an attempt that goes on. `not-linked`: that attempt is over. `replaced`: of a link, and a later one is in its place. */
  stage: z.enum(['held', 'not-linked', 'replaced']),
  about: accountStatements['account-begun'].omit({ state: true, expiresAtMs: true }),
  /** To whom the issuer gave it: no other client can take it back. */
  clientId: z.string(),
  tokens: z.strictObject({ access: z.string(), refresh: z.string().nullable() }),
  /** When the token ends by itself. Null: nobody knows. */
  endsAtMs: timeMs.nullable(),
});

/** Tokens of one attempt that are not in their place. Secret. */
export type Kept = z.infer<typeof keptShape>;

/** The tokens of a hand that are not in their place. */
export interface KeptTokens {
  /** @throws if it cannot be brought to disk; then this life knows it, and the next one what was kept of the attempt before. */
  put(kept: Kept): void;
  /** Puts it again, at another stage. Never throws: a disk that takes nothing leaves the earlier stage to the next life. */
  mark(kept: Kept, stage: Kept['stage']): Kept;
  /** Forgets what is kept of an attempt. Never throws: what the disk keeps is found again, and the log tells what became of it. */
  drop(attempt: string): void;
  of(attempt: string): Kept | null;
  all(): readonly Kept[];
  readonly size: () => number;
  /** Names of files that were there at the beginning and are not what a hand writes. */
  readonly unreadable: readonly string[];
}

const nameShape = /^(a_[A-Za-z0-9_-]{22})\.json$/;

function readKept(folder: string, name: string): Kept | null {
  const file = join(folder, name);
  try {
    const { size, uid, mode } = lstatSync(file);
    if (size > limits.accountTokenFileBytesMax || uid !== process.getuid?.() || (mode & 0o077) !== 0) return null;
    const kept = keptShape.safeParse(parseJson(readFileSync(file, 'utf8')));
    return kept.success && nameShape.exec(name)?.[1] === kept.data.about.attempt ? kept.data : null;
  } catch {
    return null;
  }
}

/**
 * Opens the folder of a hand, which is made when it is needed.
 * @throws if it is there and cannot be read.
 */
export function openKeptTokens(folder: string): KeptTokens {
  const kept = new Map<string, Kept>();
  const unreadable: string[] = [];
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    // A draft of an earlier life: what it would have said was never relied on, but the token in it goes.
    if (name.endsWith('.new')) {
      rmSync(join(folder, name), { force: true });
      continue;
    }
    const one = readKept(folder, name);
    if (one === null) unreadable.push(name);
    else kept.set(one.about.attempt, one);
  }
  const fileOf = (attempt: string): string => join(folder, `${attemptId.parse(attempt)}.json`);
  const put = (one: Kept): void => {
    kept.set(one.about.attempt, one);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    replaceWhole(fileOf(one.about.attempt), JSON.stringify(one));
  };
  return {
    put,
    mark: (one, stage) => {
      const marked = { ...one, stage };
      try {
        put(marked);
      } catch {
        // it is marked for this life
      }
      return marked;
    },
    drop: (attempt) => {
      kept.delete(attempt);
      try {
        rmSync(fileOf(attempt), { force: true });
      } catch {
        // the next life finds it
      }
    },
    of: (attempt) => kept.get(attempt) ?? null,
    all: () => [...kept.values()],
    size: () => kept.size,
    unreadable,
  };
}
