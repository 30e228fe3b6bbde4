import { isObject } from '../../action/json.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import { rebuildSchema } from '../../action/schema.ts';
import { limits } from '../../limits.ts';

/*
 * Arguments that the model never sees. A server's own confirmation is none if the model gives it, so it is taken out of
 * what is served, refused when it is given all the same, and filled in only when an admitted call is sent.
 *
 * A key of `strip` is the name of an argument, or a pointer to one further down, `/options/confirm`, in which a star stands for
 * every item of a list.
 */

type Path = readonly string[];

const words = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())
    .filter((word) => word !== '');

const confirmWord = /^(?:auto)?confirm(?:s|ed|ing|ation|ations)?$/;
// `confirmation_email`, `confirmed_at`: facts about something that was confirmed.
const aboutConfirmation = /^(?:password|email|mail|phone|url|link|id|ids|number|at|by|date|time|status|state|count|message|template|page)$/;
const consenting =
  /^(?:yes|(?:assume|answer|say)yes|(?:auto|user|human|pre)approved?|areyousure|imsure|sure|ack|acknowledged?|acknowledge?ments?|iunderstand|understood|(?:user)?consent(?:ed|given)?|proceed|really|reallydelete|(?:skip|no|without|disable)prompts?|noninteractive|(?:skip|no|without|bypass|disable)confirm\w*)$/;
const forcing =
  /^(?:forced?|force(?:delete|push|remove|update|overwrite|write|merge|apply|all|yes)|override|override(?:checks?|safety|protection|approval|policy|lock)|bypass\w*|(?:skip|ignore|no|disable)(?:safety\w*|checks?|validations?|warnings?|approvals?|protections?|verify|verification)|dangerously\w*|allowdestructive|allowunsafe|unsafe|adminoverride)$/;

/** What an argument's name says it is: a confirmation, something that overrides a safeguard, or neither. */
export function confirmationKind(name: string): 'confirms' | 'forces' | null {
  const parts = words(name);
  const joined = parts.join('');
  if (consenting.test(joined)) return 'confirms';
  if (parts.some((word) => confirmWord.test(word))) return parts.some((word) => aboutConfirmation.test(word)) ? null : 'confirms';
  return forcing.test(joined) ? 'forces' : null;
}

/** A place in a schema: the subschema, and its path there as `rebuildSchema` names it. */
interface Place {
  readonly schema: JsonObject;
  readonly path: string;
}

function at(root: JsonObject, path: string): JsonObject | undefined {
  let here: Json | undefined = root;
  for (const key of path.split('/').slice(1))
    here = Array.isArray(here)
      ? (here as readonly Json[])[Number(key)]
      : isObject(here) && Object.hasOwn(here, key)
        ? here[key]
        : undefined;
  return here !== undefined && isObject(here) ? here : undefined;
}

/** All subschemas that speak about the same value: the alternatives of one, and what it refers to. */
function views(root: JsonObject, place: Place, seen: Set<string> = new Set()): Place[] {
  if (seen.has(place.path)) return [];
  seen.add(place.path);
  const next: Place[] = [];
  const add = (schema: Json | undefined, path: string): void => {
    if (schema !== undefined && isObject(schema)) next.push({ schema, path });
  };
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const branches = place.schema[key];
    if (Array.isArray(branches)) branches.forEach((branch: Json, i) => add(branch, `${place.path}/${key}/${i}`));
  }
  for (const key of ['if', 'then', 'else', 'not']) add(place.schema[key], `${place.path}/${key}`);
  for (const key of ['dependentSchemas', 'dependencies']) {
    const named = place.schema[key];
    if (named !== undefined && isObject(named))
      for (const [name, schema] of Object.entries(named)) add(schema, `${place.path}/${key}/${name}`);
  }
  const ref = place.schema['$ref'];
  if (typeof ref === 'string' && ref.startsWith('#/')) {
    const path = ref
      .slice(1)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .join('/');
    add(at(root, path), path);
  }
  return [place, ...next.flatMap((one) => views(root, one, seen))];
}

/** The subschemas of what stands under a value: by the name of the property, `*` for the items of a list. */
function children(places: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const found = new Map<string, Place[]>();
  const add = (name: string, schema: Json, path: string): void => {
    const list = found.get(name) ?? [];
    found.set(name, [...list, ...(isObject(schema) ? [{ schema, path }] : [])]);
  };
  for (const { schema, path } of places) {
    const { properties, items, prefixItems } = schema;
    if (properties !== undefined && isObject(properties))
      for (const [name, one] of Object.entries(properties)) add(name, one, `${path}/properties/${name}`);
    if (items !== undefined && isObject(items)) add('*', items, `${path}/items`);
    if (Array.isArray(prefixItems)) prefixItems.forEach((one: Json, i) => add('*', one, `${path}/prefixItems/${i}`));
  }
  return found;
}

/** The key of `strip` for a path. */
function keyOf(path: Path): string {
  const [only] = path;
  if (path.length === 1 && only !== undefined && !only.startsWith('/')) return only;
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The path that a key of `strip` means. */
function pathOf(key: string): Path {
  if (!key.startsWith('/')) return [key];
  return key
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function affirmative(schemas: readonly JsonObject[]): Json {
  for (const schema of schemas) {
    const choices = schema['enum'];
    if (schema['const'] !== undefined) return schema['const'];
    if (Array.isArray(choices) && choices.length > 0) {
      const yes = (choices as readonly Json[]).find(
        (one) => one === true || (typeof one === 'string' && /^(?:yes|y|true|ok|confirm\w*)$/i.test(one)),
      );
      return yes ?? (choices as readonly Json[])[0] ?? null;
    }
    const type = schema['type'];
    if (type === 'boolean' || (Array.isArray(type) && type.includes('boolean'))) return true;
  }
  return null;
}

/**
 * The arguments of a schema with which a model could confirm its own call or override a safeguard, at any depth, with the
 * value to be sent once a person has signed. Null: never sent, because it overrides something, or because only its server's documentation says what it takes.
 */
export function confirmations(input: JsonObject): Readonly<Record<string, Json>> {
  const found = new Map<string, Json>();
  let left: number = limits.schemaNodesMax;
  const walk = (places: readonly Place[], path: Path): void => {
    if (path.length > limits.jsonDepthMax) return;
    const here = places.flatMap((place) => views(input, place));
    for (const [name, below] of children(here)) {
      if (--left < 0) return;
      const kind = name === '*' ? null : confirmationKind(name);
      const schemas = below.flatMap((place) => views(input, place)).map((place) => place.schema);
      if (kind !== null) found.set(keyOf([...path, name]), kind === 'forces' ? null : affirmative(schemas));
      else walk(below, [...path, name]);
    }
  };
  walk([{ schema: input, path: '' }], []);
  return Object.fromEntries(found);
}

/** The places in a schema where the thing at the end of a path is named. */
function owners(input: JsonObject, path: Path): { readonly places: readonly Place[]; readonly name: string } {
  let places = views(input, { schema: input, path: '' });
  for (const part of path.slice(0, -1)) places = (children(places).get(part) ?? []).flatMap((place) => views(input, place));
  const name = path.at(-1) ?? '';
  return { places, name };
}

const without = (schema: JsonObject, key: string, gone: ReadonlySet<string>): JsonObject => {
  const named = schema[key];
  if (Array.isArray(named)) return { ...schema, [key]: named.filter((name: Json) => typeof name !== 'string' || !gone.has(name)) };
  if (named === undefined || !isObject(named)) return schema;
  return { ...schema, [key]: Object.fromEntries(Object.entries(named).filter(([name]) => !gone.has(name))) };
};

/** The schema without the arguments that the model never sees. */
export function withoutStripped(input: JsonObject, strip: Readonly<Record<string, Json>>): JsonObject {
  const gone = new Map<string, Set<string>>();
  for (const key of Object.keys(strip)) {
    const { places, name } = owners(input, pathOf(key));
    for (const { path } of places) gone.set(path, (gone.get(path) ?? new Set()).add(name));
  }
  return rebuildSchema(input, (schema, path) => {
    const names = gone.get(path);
    if (names === undefined) return schema;
    return ['properties', 'required', 'dependentRequired', 'dependentSchemas', 'dependencies'].reduce(
      (so, key) => without(so, key, names),
      schema,
    );
  });
}

/** The keys of `strip` that name nothing in a schema. */
export function strippedNowhere(input: JsonObject, strip: Readonly<Record<string, Json>>): readonly string[] {
  return Object.keys(strip).filter((key) => {
    const { places, name } = owners(input, pathOf(key));
    return !children(places).has(name);
  });
}

function drop(value: Json, [name = '', ...rest]: Path): Json {
  if (Array.isArray(value)) return name === '*' ? value.map((item: Json) => drop(item, rest)) : value;
  if (!isObject(value) || !Object.hasOwn(value, name)) return value;
  const { [name]: inner, ...others } = value;
  return rest.length === 0 || inner === undefined ? others : { ...value, [name]: drop(inner, rest) };
}

function has(value: Json | undefined, [name = '', ...rest]: Path): boolean {
  if (Array.isArray(value)) return name === '*' && value.some((item: Json) => has(item, rest));
  if (value === undefined || !isObject(value) || !Object.hasOwn(value, name)) return false;
  return rest.length === 0 || has(value[name], rest);
}

/** What is missing on the way is made, so that what an approver was told to be filled in is: only a list has as many items as it has. */
function fill(value: Json | undefined, [name = '', ...rest]: Path, filled: Json): Json {
  if (name === '*') return Array.isArray(value) ? value.map((item: Json) => fill(item, rest, filled)) : (value ?? []);
  if (value !== undefined && !isObject(value)) return value;
  const own = value ?? {};
  return { ...own, [name]: rest.length === 0 ? filled : fill(Object.hasOwn(own, name) ? own[name] : undefined, rest, filled) };
}

/** The arguments as they are sent: those that were asked for, and those that only the catalogue fills. */
export function withFilled(args: JsonObject, strip: Readonly<Record<string, Json>>): JsonObject {
  const keys = Object.entries(strip).map(([key, value]) => ({ path: pathOf(key), value }));
  const own = keys.reduce<Json>((so, { path }) => drop(so, path), args);
  const sent = keys.reduce<Json>((so, { path, value }) => (value === null ? so : fill(so, path, value)), own);
  return isObject(sent) ? sent : args;
}

/** The names that a schema gives to properties anywhere. */
function declared(input: JsonObject): ReadonlySet<string> {
  const names = new Set<string>();
  rebuildSchema(input, (schema) => {
    if (schema['properties'] !== undefined && isObject(schema['properties']))
      for (const name of Object.keys(schema['properties'])) names.add(name);
    return schema;
  });
  return names;
}

/**
 * Finds out whether arguments carry, at any depth, what only the catalogue may fill, or a confirmation where the schema
 * takes any names. `visible` is the schema that the model was given.
 */
export function confirmsItself(visible: JsonObject, strip: Readonly<Record<string, Json>>): (args: JsonObject) => boolean {
  const names = declared(visible);
  const paths = Object.keys(strip).map(pathOf);
  const loose = (value: Json): boolean => {
    if (Array.isArray(value)) return value.some((item: Json) => loose(item));
    if (!isObject(value)) return false;
    return Object.entries(value).some(([name, item]) => (!names.has(name) && confirmationKind(name) !== null) || loose(item));
  };
  return (args) => loose(args) || paths.some((path) => has(args, path));
}
