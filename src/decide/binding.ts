import type { Field, Made, Named, Seen } from '../action/binding.ts';
import type { Binding } from '../action/statement.ts';
import { isAddress, sameAddress } from './address.ts';
import { mentionsId, mentionsName, typeWords } from './named.ts';
import { wordsOf } from './mentions.ts';
import type { Mentions } from './mentions.ts';

/** What binding is computed from: the user's words, and what hands have signed about the run. */
export interface BindingFacts {
  readonly mentions: Mentions;
  readonly seen: readonly Seen[];
  readonly fields: readonly Field[];
  readonly made: readonly Made[];
  /** True if the configuration names it. */
  readonly configured: (thing: Named) => boolean;
  /** Other words that people use for a type, from the catalogue. */
  readonly wordsFor: (type: string) => readonly string[];
}

/** Types whose ids mean the same in every system. All others belong to the system in which they were seen. */
const everywhere = new Set(['email', 'url', 'date', 'phone', 'iban', 'domain']);

const same = (a: string, b: string): boolean =>
  a.includes('://') || b.includes('://')
    ? sameAddress(a, b)
    : a.normalize('NFKC').trim().toLowerCase() === b.normalize('NFKC').trim().toLowerCase();

/** Weakest last: a call is bound as its least bound part is. */
const strength: readonly Binding[] = ['request', 'run', 'configured', 'record', 'none'];

/** The least bound of several. Nothing at all is bound by nothing. */
export function weakest(bindings: readonly Binding[]): Binding {
  return strength[Math.max(...bindings.map((one) => strength.indexOf(one)))] ?? 'none';
}

/**
 * The names by which a thing can be bound: those that the system keeps unique, and those that it has in what was read, if
 * nothing else of its type has the same one there. Whoever plants a second thing of that name only makes the name useless.
 */
function boundNames(system: string, thing: Named, seen: readonly Seen[]): readonly string[] {
  const peers = seen.filter((one) => one.type === thing.type && (one.system === system || everywhere.has(one.type)));
  const own = peers.filter((one) => same(one.id, thing.id)).flatMap((one) => one.names);
  const key = (name: string): string => wordsOf(name).join(' ');
  return [
    ...thing.names,
    ...own.filter((name) => !peers.some((other) => !same(other.id, thing.id) && other.names.some((its) => key(its) === key(name)))),
  ];
}

/** Where one thing that a call names comes from. An id binds only through the object that it resolves to, or by itself if it can mean nothing else. */
export function bindingOf(system: string, thing: Named, facts: BindingFacts): Binding {
  const types = typeWords(thing.type, facts.wordsFor(thing.type));
  const named = boundNames(system, thing, facts.seen).some((name) => mentionsName(facts.mentions, name, types));
  if (
    named ||
    mentionsId(facts.mentions, thing.id, types) ||
    (!isAddress(thing.id, types) && idIsName(thing, facts.seen) && mentionsName(facts.mentions, thing.id, types))
  )
    return 'request';
  const here = (one: { readonly system: string; readonly type: string }): boolean =>
    one.type === thing.type && (one.system === system || everywhere.has(one.type));
  if (facts.made.some((one) => here(one) && same(one.id, thing.id))) return 'run';
  if (facts.configured(thing)) return 'configured';
  return facts.fields.some((one) => here(one) && same(one.value, thing.id)) ? 'record' : 'none';
}

/** Where a system calls things by their names alone (`channel general`), the id is the name. A bare number is never one. */
function idIsName(thing: Named, seen: readonly Seen[]): boolean {
  const known = seen.find((one) => one.type === thing.type && same(one.id, thing.id));
  return /\p{L}/u.test(thing.id) && (known === undefined || known.names.length === 0 || known.names.some((name) => same(name, thing.id)));
}
