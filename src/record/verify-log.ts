import { visible } from '../action/visible.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { toBase64 } from '../proof/base64.ts';
import { parseCheckpoint } from '../proof/checkpoint.ts';
import type { Checkpoint } from '../proof/checkpoint.ts';
import { sameBytes } from '../proof/hash.ts';
import type { Hash } from '../proof/hash.ts';
import { parseVkey } from '../proof/note.ts';
import type { NoteKey } from '../proof/note.ts';
import { openCheckpoint, openCheckpointFile } from './checkpoint-file.ts';
import { statementOpener } from './identity.ts';
import type { Trust } from './identity.ts';
import { parseLeaf, textOf } from './leaf.ts';
import { openLogFiles } from './log-files.ts';
import { checkpointPath } from './log-parts.ts';
import { openMeaning } from './meaning.ts';
import { openNumbering } from './numbering.ts';
import { verifyOthers } from './verify-others.ts';
import { openPeople } from './verify-people.ts';
import type { People } from './verify-people.ts';
import { walkLog } from './walk-log.ts';
import type { LogProblem } from './walk-log.ts';

/** What to verify, and by whose keys. */
export interface VerifyLogOptions {
  /** The folder with `checkpoint` and `tile/`. Everything in it may have been written by anybody. */
  readonly folder: string;
  readonly origin: string;
  /** The keys that may sign its checkpoints, as `ledgerVkey` writes them. One of them must have. */
  readonly vkey: string | readonly string[];
  /** The keys of the processes. */
  readonly trust: Trust;
  /** Whose signatures count. Without it the console's word for people is taken, and the report says so. */
  readonly people?: People;
  /** The text of a checkpoint that the verifier kept from earlier: the log must have grown from it. */
  readonly against?: string;
}

/** What was found. */
export interface LogReport {
  readonly ok: boolean;
  /** In the order of finding, at most `limits.verifyProblemsMax`. */
  readonly problems: readonly LogProblem[];
  /** There are more problems than are listed; the rest of the log was not looked at. */
  readonly cut: boolean;
  /** What was taken on somebody's word, because the verifier was not told what it takes to check it. One line each. */
  readonly unchecked: readonly string[];
  /** How many entries the checkpoint covers. */
  readonly entries: number;
  /** The root that the files have, in base64; null if it cannot be computed. */
  readonly root: string | null;
  /**
   * How many entries the files have beyond the checkpoint. Above 0 while the ledger is writing or after it crashed; in a
   * log at rest it is what a checkpoint put back to an earlier one looks like.
   */
  readonly beyond: number;
}

class Enough extends Error {}

interface Findings {
  readonly problems: LogProblem[];
  readonly add: (problem: LogProblem) => void;
}

function findings(): Findings {
  const problems: LogProblem[] = [];
  return {
    problems,
    add: (problem) => {
      if (problems.length >= limits.verifyProblemsMax) throw new Enough();
      problems.push(problem);
    },
  };
}

/** The head to verify against. If its signature is bad, what it claims is still looked into, to find all that is wrong. */
function headOf(bytes: Uint8Array | null, options: VerifyLogOptions, keys: readonly NoteKey[], found: Findings): Checkpoint | null {
  const opened = bytes === null ? null : openCheckpointFile(bytes, options.origin, keys);
  if (opened?.ok === true) return opened.value;
  found.add({ code: 'bad-checkpoint', at: checkpointPath, message: opened === null ? 'the log has no checkpoint' : opened.message });
  const claimed = bytes === null ? null : textOf(bytes)?.split('\n\n')[0];
  return claimed === null || claimed === undefined ? null : parseCheckpoint(`${claimed}\n`);
}

/** Checks one statement after the other: signature and form, numbers, meaning. */
function statementCheck(
  { trust, people }: VerifyLogOptions,
  found: Findings,
  unchecked: Set<string>,
): (first: number, entries: readonly Uint8Array[]) => void {
  const numbering = openNumbering();
  const open = statementOpener(trust);
  if (people === undefined)
    unchecked.add('whether people signed: their signatures are the word of the console, because no administrators were given');
  // The name is what the reader wrote: it may be anything, and there may be any number of them.
  const ownersUnknown = (system: string): void => {
    if (unchecked.size < limits.verifyProblemsMax) unchecked.add(`whether signers own ${visible(system)}: its owners were not given`);
  };
  const meaning = openMeaning(people === undefined ? null : openPeople(people, ownersUnknown));
  const one = (entry: Uint8Array, at: string): void => {
    const signed = parseLeaf(entry);
    if (signed === null) return found.add({ code: 'bad-entry', at, message: 'the entry is not a statement in canonical form' });
    const opened = open(signed);
    if (!opened.ok) return found.add({ code: opened.code, at, message: opened.message });
    const numbered = numbering.see(opened.value);
    const life = `life ${opened.value.boot} of the ${opened.value.by}`;
    if (numbered.is === 'repeated')
      found.add({ code: 'numbering', at, message: `number ${opened.value.n} in ${life} comes again, or too late` });
    if (numbered.is === 'after-gap')
      found.add({
        code: 'numbering',
        at,
        message: `${numbered.missing} statements are missing before it, from number ${numbered.from} in ${life}`,
      });
    for (const message of meaning(opened.value)) found.add({ code: 'meaning', at, message });
  };
  return (first, entries) => entries.forEach((entry, i) => one(entry, `entry ${first + i}`));
}

/** The root at an earlier size must be the one that the older checkpoint signs: then the log has only grown since. */
function checkGrowth(older: Checkpoint | null, entries: number, roots: ReadonlyMap<number, Hash>, found: Findings): void {
  if (older === null) return;
  if (older.size > entries)
    return found.add({
      code: 'rolled-back',
      at: checkpointPath,
      message: `the log had ${older.size} entries before and has ${entries} now`,
    });
  const root = roots.get(older.size);
  if (root !== undefined && !sameBytes(root, older.root))
    found.add({
      code: 'rewritten',
      at: checkpointPath,
      message: `the first ${older.size} entries are not those that the older checkpoint signs`,
    });
}

function olderOf({ against, origin }: VerifyLogOptions, keys: readonly NoteKey[], found: Findings): Checkpoint | null {
  if (against === undefined) return null;
  const opened = openCheckpoint(against, origin, keys);
  if (opened.ok) return opened.value;
  found.add({ code: 'bad-checkpoint', at: 'the older checkpoint', message: opened.message });
  return null;
}

function keysOf({ vkey, origin }: VerifyLogOptions): readonly NoteKey[] {
  return (typeof vkey === 'string' ? [vkey] : vkey).map((text) => {
    const key = parseVkey(text);
    if (!key.ok) throw new CountersignError('bad-key', key.message);
    if (key.value.name !== origin) throw new CountersignError('bad-key', 'the verifier key is one of another log');
    return key.value;
  });
}

/**
 * Verifies a log offline, from its files and public keys alone: the checkpoint's signature, every entry against the
 * tiles, every tile against the root, every statement's signature and canonical form, the numbering of each process's
 * statements, the growth from an older checkpoint, and what the order of statements must show about every execution.
 * Finds all problems, not only the first.
 *
 * With `people`, nobody's word is taken for a person: every signature and refusal is verified with the key of its
 * approver, who is a pinned administrator or was enrolled before, in the log, under an administrator's signature; and the
 * signers of every execution must have signed that very action of that proposal, each signature still good at that time,
 * and must fill the roles that it claims, each by another person. A console whose key is stolen can then invent nobody.
 * Without `people` the console's word is taken for who signed, and the report says so in `unchecked`; likewise for who
 * owns a system whose owners are not given.
 *
 * `people` is the configuration as the verifier has it: what an administrator vouched for or an owner signed who has since
 * been taken out of it does not hold any more. Such a log is verified with the configuration of its own time.
 *
 * What it cannot see: that the last statements of a life of a process are missing, if none of that life follows; that a
 * whole log was put back to an earlier state, unless an older checkpoint from after that is given; that somebody with
 * the ledger's key and all the processes' keys has written another history, likewise, though the keys of people are not
 * among those; that a withdrawal was never recorded; that the card which a person was shown is the one whose digest they
 * signed, because the arguments are not in the log; and whether the times that the processes wrote are true.
 *
 * @throws CountersignError `bad-key` if `vkey` is not a key of this origin
 */
export async function verifyLog(options: VerifyLogOptions): Promise<LogReport> {
  const keys = keysOf(options);
  const files = openLogFiles(options.folder);
  const found = findings();
  const unchecked = new Set<string>();
  const report = { entries: 0, root: null as string | null, beyond: 0 };
  const result = (cut: boolean): LogReport => {
    const { problems } = found;
    return { ...report, ok: problems.length === 0, problems, cut, unchecked: [...unchecked] };
  };
  try {
    const head = headOf(await files.read(checkpointPath), options, keys, found);
    const older = olderOf(options, keys, found);
    if (head === null) return result(false);
    report.entries = head.size;
    const marks = [head.size, ...(older === null ? [] : [older.size])];
    const entries = statementCheck(options, found, unchecked);
    const { roots } = await walkLog({ files, size: head.size, marks, problem: found.add, entries });
    const root = roots.get(head.size);
    report.root = root === undefined ? null : toBase64(root);
    if (root !== undefined && !sameBytes(root, head.root))
      found.add({ code: 'root-differs', at: checkpointPath, message: 'the tree of the files is not the one that the checkpoint signs' });
    checkGrowth(older, head.size, roots, found);
    report.beyond = await verifyOthers(files, head.size, found.add);
    return result(false);
  } catch (error) {
    if (error instanceof Enough) return result(true);
    throw error;
  }
}
