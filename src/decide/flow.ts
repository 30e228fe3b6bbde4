import { leaksTo } from '../action/audience.ts';
import type { Audience, Label, Source } from '../action/audience.ts';
import type { Named } from '../action/binding.ts';
import { canonical } from '../action/canonical.ts';
import { cutWith } from '../action/cut.ts';
import type { Binding } from '../action/statement.ts';

/** The different things among what a run has read, in order. */
export function distinctSources(sources: readonly Source[]): readonly Source[] {
  const seen = new Map<string, Source>();
  for (const source of sources) {
    const key = canonical(source);
    if (!seen.has(key)) seen.set(key, source);
  }
  return [...seen.values()];
}

/** What happens to the data of a run if a call goes ahead. */
export interface Flow {
  readonly leaks: boolean;
  /** The first source and the outsider that make it a leak, in our words; null if nothing leaks. */
  readonly leak: string | null;
  /** Everybody who would see what they may not read is named by the user's own words. */
  readonly outsidersNamed: boolean;
  /** A source that leaks is marked as restricted. */
  readonly restricted: boolean;
}

/** Those in the audience who may not read a source, by typed id; null if they cannot be told apart. */
function beyond(label: Label, audience: Audience): readonly string[] | null {
  const { outsiders, people, externals, count } = audience;
  if (label.readers === 'org' && audience.kind !== 'unknown')
    return outsiders !== undefined && outsiders.length === externals ? outsiders : null;
  return people !== undefined && people.length === count ? people : null;
}

/** `slack.user:U1` and `slack:user:U1` are one id: a type's parts may be joined either way. */
function sameAs(id: string): string {
  const [type = '', ...rest] = id.toLowerCase().split(':');
  return [type.replaceAll('.', ':'), ...rest].join(':');
}

/** What breaks it, as the approver reads it. */
function told({ system, target }: Source, label: Label, audience: Audience): string {
  const who = beyond(label, audience);
  const outsider =
    who === null || who.length === 0
      ? audience.summary
      : `${who.slice(0, 3).join(', ')}${who.length > 3 ? ` and ${who.length - 3} more` : ''}`;
  const readers = label.readers === 'unknown' ? 'the user who asked' : label.readers;
  return `${cutWith(`${system}: ${target}`, 250, ' …')}, which only ${readers}${label.space === undefined ? '' : ` (${cutWith(label.space, 80, ' …')})`} may read, would reach ${cutWith(outsider, 250, ' …')}`;
}

/**
 * Data may go to an audience only if everybody there may read every source of the run. `binds` are the things that the
 * call names, with where each comes from: an outsider counts as named if it is one of them and the user's own words name it.
 */
export function flowOf(
  sources: readonly Source[],
  audience: Audience,
  binds: readonly { readonly thing: Named; readonly binding: Binding }[],
): Flow {
  const leaking = sources.filter((source) => leaksTo(source.label, audience));
  const [first] = leaking;
  if (first === undefined) return { leaks: false, leak: null, outsidersNamed: false, restricted: false };
  const named = new Set(binds.flatMap(({ thing, binding }) => (binding === 'request' ? [sameAs(`${thing.type}:${thing.id}`)] : [])));
  const known = (one: string): boolean => named.has(sameAs(one));
  return {
    leaks: true,
    leak: told(first, first.label, audience),
    outsidersNamed: leaking.every((source) => {
      const who = beyond(source.label, audience);
      return who !== null && who.length > 0 && who.every(known);
    }),
    restricted: leaking.some((source) => source.label.restricted === true),
  };
}
