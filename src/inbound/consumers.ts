import type { Grades } from '../action/vocabulary.ts';
import type { Accepted } from './verdict.ts';

/** Somebody who is told of events, as the configuration names it. */
export interface Consumer {
  readonly name: string;
  /** Where events are posted; null: they are taken through the gateway. */
  readonly post: { readonly url: string; readonly key: Uint8Array } | null;
  /** The events that it wants, by name; null: all. */
  readonly events: readonly string[] | null;
  /** The grades that an event must have; what is not named may be anything. */
  readonly require: { readonly [K in keyof Grades]?: readonly string[] | undefined };
  /** For whom a run is opened with every event; null: none is. */
  readonly run: { readonly user: string; readonly agent: string; readonly profile: string | null } | null;
  /** What the run reads first; null: nothing. */
  readonly refetch: Refetch | null;
}

/** A read with our own credential that an event starts. A value is constant, or stands at a dotted path of the event. */
export interface Refetch {
  readonly system: string;
  readonly operation: string;
  readonly arguments: Readonly<Record<string, { readonly from: string } | { readonly value: string | number | boolean }>>;
}

/** The grades of what was accepted. */
export function gradesOf({ bodyIntegrity, freshness, source, trust }: Accepted): Grades {
  return { bodyIntegrity, freshness, source, trust };
}

/**
 * Whether an accepted delivery is queued for a consumer. What nobody knows goes to nobody by itself: a person can hand it
 * over with `countersign hooks replay`.
 */
export function wants(consumer: Pick<Consumer, 'events' | 'require'>, accepted: Accepted): boolean {
  return wantsGrades(consumer, accepted.events, gradesOf(accepted));
}

/** The same of events by their names and grades. */
export function wantsGrades(consumer: Pick<Consumer, 'events' | 'require'>, names: readonly string[], grades: Grades): boolean {
  if (grades.trust === 'quarantine') return false;
  if (consumer.events !== null && !names.some((name) => consumer.events?.includes(name) === true)) return false;
  return (Object.keys(grades) as (keyof Grades)[]).every((scale) => consumer.require[scale]?.includes(grades[scale]) ?? true);
}
