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

/** Puts together what is on record of a run. */
export function runFacts(record: {
  readonly readings: readonly Reading[];
  readonly words: readonly UserText[];
  readonly scope: readonly string[] | null;
  readonly origin: Origin | null;
}): RunFacts {
  const readings = record.readings.flatMap(({ source, facts }) => (source === null ? [] : [{ source, facts }]));
  const of = <T>(pick: (facts: Facts) => readonly T[]): (T & { readonly system: string })[] =>
    readings.flatMap(({ source, facts }) => pick(facts).map((one) => ({ ...one, system: source.system })));
  return {
    sources: readings.map(({ source }) => source),
    texts: record.words,
    scope: record.scope,
    seen: of((facts) => facts.seen),
    fields: of((facts) => facts.fields),
    made: of((facts) => facts.made),
    references: readings.flatMap(({ facts }) => facts.references),
    prints: readings.flatMap(({ source, facts }) => (facts.prints.length === 0 ? [] : [{ source, prints: facts.prints }])),
    origin: record.origin,
    content: record.readings.reduce<Level>((so, one) => worse(so, one.content), 'none'),
  };
}

/** A run of which nothing is known. */
export const newRun: RunFacts = runFacts({ readings: [], words: [], scope: null, origin: null });

/** Whether a declared task needs an operation. */
export function scopeOf(scope: readonly string[] | null, system: string, operation: string): Scope {
  if (scope === null) return 'undeclared';
  return scope.some((one) => one === `${system}.${operation}` || one === `${system}.*`) ? 'inside' : 'outside';
}
