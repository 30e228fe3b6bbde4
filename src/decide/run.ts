import type { Source } from '../action/audience.ts';
import type { Field, Made, Seen } from '../action/binding.ts';
import type { Facts } from '../action/facts.ts';
import { worse } from '../action/vocabulary.ts';
import type { Level, Origin, Scope } from '../action/vocabulary.ts';
import type { UserText } from './mentions.ts';

/** One thing that a run has read: what the hand signed about it. */
export interface Reading {
  readonly source: Source | null;
  readonly content: Level;
  readonly facts: Facts;
}

/** A link that stands as a number in what the model was shown. */
export interface Reference {
  readonly number: number;
  readonly label: string;
  readonly url: string;
}

/** What a run is known to be, from what hands have signed, and from what the user said through the host application. */
export interface RunFacts {
  readonly sources: readonly Source[];
  readonly texts: readonly UserText[];
  /** Patterns of the operations that the task needs (`jira.*`, `slack.post_message`); null if none were declared. */
  readonly scope: readonly string[] | null;
  readonly seen: readonly Seen[];
  readonly fields: readonly Field[];
  readonly made: readonly Made[];
  readonly references: readonly Reference[];
  /** Fingerprints of what was read, with where it is from. */
  readonly prints: readonly { readonly source: Source; readonly prints: readonly number[] }[];
  readonly content: Level;
  /** The event that the run was opened for; null if it was none. */
  readonly origin: Origin | null;
}

/** What one reading taught, with the system that it is of. */
type Learnt = Pick<RunFacts, 'seen' | 'fields' | 'made'>;

/**
 * By reading: a long run has thousands, which are all gone over for every call, and what each taught never changes.
 * Nothing is kept of a reading that is forgotten.
 */
const learnt = new WeakMap<Reading, Learnt>();

function learntFrom(reading: Reading, system: string): Learnt {
  const known = learnt.get(reading);
  if (known !== undefined) return known;
  const { seen, fields, made } = reading.facts;
  const all: Learnt = {
    seen: seen.map((one) => ({ ...one, system })),
    fields: fields.map((one) => ({ ...one, system })),
    made: made.map((one) => ({ ...one, system })),
  };
  learnt.set(reading, all);
  return all;
}

function addAll<T>(to: T[], more: readonly T[]): void {
  for (const one of more) to.push(one);
}

/** Puts together what is on record of a run. */
export function runFacts(record: {
  readonly readings: readonly Reading[];
  readonly words: readonly UserText[];
  readonly scope: readonly string[] | null;
  readonly origin: Origin | null;
}): RunFacts {
  const sources: Source[] = [];
  const [seen, fields, made]: [Seen[], Field[], Made[]] = [[], [], []];
  const references: Reference[] = [];
  const prints: { source: Source; prints: readonly number[] }[] = [];
  let content: Level = 'none';
  for (const reading of record.readings) {
    content = worse(content, reading.content);
    const { source, facts } = reading;
    if (source === null) continue;
    const taught = learntFrom(reading, source.system);
    sources.push(source);
    addAll(seen, taught.seen);
    addAll(fields, taught.fields);
    addAll(made, taught.made);
    addAll(references, facts.references);
    if (facts.prints.length > 0) prints.push({ source, prints: facts.prints });
  }
  return { sources, texts: record.words, scope: record.scope, seen, fields, made, references, prints, origin: record.origin, content };
}

/** A run of which nothing is known. */
export const newRun: RunFacts = runFacts({ readings: [], words: [], scope: null, origin: null });

/** Whether a declared task needs an operation. */
export function scopeOf(scope: readonly string[] | null, system: string, operation: string): Scope {
  if (scope === null) return 'undeclared';
  return scope.some((one) => one === `${system}.${operation}` || one === `${system}.*`) ? 'inside' : 'outside';
}
