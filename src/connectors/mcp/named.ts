import { z } from 'zod';
import { reaches } from '../../action/audience.ts';
import type { Audience } from '../../action/audience.ts';
import type { Named } from '../../action/binding.ts';
import { cut } from '../../action/cut.ts';
import type { Derived } from '../../action/operation.ts';
import { isObject } from '../../action/json.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import { limits } from '../../limits.ts';

/*
 * What a call to an upstream tool names, and who will see what it leaves behind: from the reviewed catalogue and the
 * arguments alone, so that every process finds the same.
 */

const slug = z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, 'lower-case letters, digits and underscores, beginning with a letter');
/** A place in JSON: names joined by dots; lists on the way are walked. `.` is the value itself. */
export const place = z.string().min(1).max(200);

/** An argument whose values name things: each must come from the user, the run or the configuration. */
export const bindShape = z.strictObject({ argument: place, type: slug });

const pattern = z.string().min(1).max(300).describe('an id as it is, or with one * at its beginning for all that end so: *@example.com');

/** Who will see what a write leaves behind. */
export const audienceShape = z.strictObject({
  kind: z.enum([...reaches, 'unknown']),
  summary: z.string().min(1).max(200),
  space: z.string().min(1).max(limits.nameCharsMax).optional(),
  joinable: z.boolean().default(false),
  externals: z.int().min(0).nullable().default(null).describe('how many from outside, where the catalogue can say it; null: not known'),
  /** Arguments that name people or hosts who will see it. If a call names any, they are the audience instead. */
  people: z
    .strictObject({
      arguments: z.array(bindShape).min(1).max(20),
      inside: z.array(pattern).max(100).default([]).describe('those of the own organisation'),
      self: z.array(pattern).max(20).default([]).describe('the asking user'),
    })
    .optional(),
  /** A read of the same server that tells who can see the target now. Its answer counts instead of the above. */
  oracle: z
    .strictObject({
      tool: z.string().min(1).max(limits.nameCharsMax),
      arguments: z.record(z.string().min(1), z.string().max(300)).default({}).describe('`{name}` stands for an argument of the call'),
      people: place.describe('where the answer lists the people'),
      inside: z.array(pattern).max(100).default([]),
      type: slug.default('user'),
    })
    .optional(),
});

/** Who will see what a write leaves behind. */
export type McpAudience = z.infer<typeof audienceShape>;

/** Every value at a place. */
export function valuesAt(value: Json | undefined, at: string): readonly Json[] {
  const walk = (found: readonly Json[], name: string): readonly Json[] =>
    found.flatMap((one): readonly Json[] => {
      if (Array.isArray(one)) return walk(one as readonly Json[], name);
      const next = isObject(one) && Object.hasOwn(one, name) ? one[name] : undefined;
      return next === undefined || next === null ? [] : [next];
    });
  const start: readonly Json[] = value === undefined || value === null ? [] : [value];
  const found = at === '.' ? start : at.split('.').reduce(walk, start);
  return found.flatMap((one) => (Array.isArray(one) ? flat(one as readonly Json[]) : [one]));
}

function flat(list: readonly Json[]): readonly Json[] {
  return list.flatMap((one) => (Array.isArray(one) ? flat(one as readonly Json[]) : [one]));
}

/** The texts and numbers at a place, as ids. */
export function idsAt(value: Json | undefined, at: string): readonly string[] {
  return valuesAt(value, at).flatMap((one) =>
    typeof one === 'string' && one !== '' ? [one] : typeof one === 'number' ? [String(one)] : [],
  );
}

/** Everything that the arguments name by these rules, without repetition. */
function namedBy(rules: readonly z.infer<typeof bindShape>[], args: JsonObject): readonly Named[] {
  const found = new Map<string, Named>();
  for (const { argument, type } of rules) for (const id of idsAt(args, argument)) found.set(`${type}:${id}`, { type, id, names: [] });
  return [...found.values()];
}

/** Everything that a call names: by the entry's own rules, or else its target. The raw names, as the arguments give them. */
export function bindsOf(
  entry: { readonly binds: readonly z.infer<typeof bindShape>[]; readonly target: object },
  derived: Derived,
): readonly Named[] {
  const { type, ref } = derived.target;
  const target: Named = { type, id: ref, names: [] };
  const named = namedBy(entry.binds, derived.arguments).filter((one) => one.type !== type || one.id !== ref);
  // A target that is the same for every call is named by the catalogue; what the arguments name besides is what counts.
  return 'fixed' in entry.target && named.length > 0 ? named : [target, ...named];
}

const host = (id: string): string => /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]+)/i.exec(id)?.[1]?.toLowerCase() ?? id.toLowerCase();

/** Whether an id is one that the patterns mean. A `*` stands for the beginning only: the end of an address is what its owner controls. */
function among(patterns: readonly string[], { type, id }: Named): boolean {
  const value = (type === 'url' ? host(id) : id).trim().toLowerCase();
  return patterns.some((one) => {
    const wanted = one.toLowerCase();
    return wanted === '*' || (wanted.startsWith('*') ? value.endsWith(wanted.slice(1)) : value === wanted);
  });
}

/** The audience of certain people: only the user, named colleagues, or outsiders. */
function ofPeople(people: readonly Named[], rules: { readonly inside: readonly string[]; readonly self: readonly string[] }): Audience {
  const others = people.filter((one) => !among(rules.self, one));
  const outside = others.filter((one) => !among(rules.inside, one));
  const typed = (list: readonly Named[]): readonly string[] => list.map(({ type, id }) => cut(`${type}:${id}`, limits.shownNameCharsMax));
  const few = others.length <= limits.outsidersMax;
  const shown = others.slice(0, 5).map(({ id }) => cut(id, 60));
  return {
    kind: others.length === 0 ? 'self' : outside.length === 0 ? 'named' : 'partner',
    summary:
      others.length === 0
        ? 'only the user who asked'
        : `${shown.join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''}`.toWellFormed(),
    count: others.length,
    externals: outside.length,
    joinable: false,
    ...(few ? { outsiders: typed(outside), people: typed(others) } : {}),
  };
}

/** Who will see the result of a write, as the catalogue says it for these arguments. What the oracle says comes later. */
export function audienceBy(entry: { readonly audience?: McpAudience | undefined }, args: JsonObject): Audience {
  const { audience } = entry;
  if (audience === undefined)
    return { kind: 'unknown', summary: 'the catalogue does not say who will see it', count: null, externals: null, joinable: false };
  const people = audience.people === undefined ? [] : namedBy(audience.people.arguments, args);
  if (audience.people !== undefined && people.length > 0) return ofPeople(people, audience.people);
  const { kind, summary, space, joinable, externals } = audience;
  const alone = kind === 'self';
  return {
    kind,
    summary,
    count: alone ? 1 : null,
    externals: alone ? 0 : externals,
    joinable,
    ...(space === undefined ? {} : { space }),
  };
}

/** The arguments with which the oracle is asked, or null if the call does not give them. */
export function oracleArguments(oracle: NonNullable<McpAudience['oracle']>, args: JsonObject): JsonObject | null {
  const filled = Object.entries(oracle.arguments).map(([name, template]): [string, Json] | null => {
    const whole = /^\{([^{}]+)\}$/.exec(template)?.[1];
    if (whole === undefined) return [name, template];
    const value = Object.hasOwn(args, whole) ? args[whole] : undefined;
    return value === undefined ? null : [name, value];
  });
  return filled.some((one) => one === null) ? null : Object.fromEntries(filled.filter((one) => one !== null));
}

/** The audience that an oracle's answer tells of. */
export function audienceTold(oracle: NonNullable<McpAudience['oracle']>, answer: JsonObject, summary: string): Audience {
  const people = idsAt(answer, oracle.people).map((id): Named => ({ type: oracle.type, id, names: [] }));
  const told = ofPeople([...new Map(people.map((one) => [one.id, one])).values()], { inside: oracle.inside, self: [] });
  // Nobody listed is nobody known, not nobody there.
  return people.length === 0
    ? { kind: 'unknown', summary: `${summary}: the server did not say who can see it`, count: null, externals: null, joinable: false }
    : { ...told, summary: cut(`${summary}: ${told.summary}`, limits.lineCharsMax) };
}
