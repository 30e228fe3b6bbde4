import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject } from 'ajv/dist/2020.js';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { canonical } from './canonical.ts';
import { isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { patternCost } from './pattern.ts';

/*
 * Arguments against JSON Schema 2020-12. The schemas may come from an upstream server (reviewed, but not written by us) and
 * the arguments from the model, so both the schema and the work that checking takes are bounded before anything is compiled.
 */

/** Checks arguments. The message names the path and the rule, never the value. */
export type Validator = (args: Json) => Result<JsonObject>;

// The keywords below which subschemas stand. A reference may only lead to one of them: what is no schema by its place is never used as one.
const single = new Set(
  'items additionalItems additionalProperties not if then else contains propertyNames unevaluatedItems unevaluatedProperties'.split(' '),
);
const listed = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems']);
const named = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies']);

/** Rebuilds a schema from the leaves up: `edit` gets every subschema with its own subschemas already edited, and where it stands. */
export function rebuildSchema(schema: JsonObject, edit: (schema: JsonObject, path: string) => JsonObject, path = ''): JsonObject {
  const inner = (value: Json, at: string): Json => (isObject(value) ? rebuildSchema(value, edit, at) : value);
  const parts = Object.entries(schema).map(([key, value]): [string, Json] => {
    if (single.has(key)) return [key, inner(value, `${path}/${key}`)];
    if (listed.has(key) && Array.isArray(value)) return [key, value.map((item: Json, i) => inner(item, `${path}/${key}/${i}`))];
    if (named.has(key) && isObject(value))
      return [key, Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inner(item, `${path}/${key}/${name}`)]))];
    return [key, value];
  });
  return edit(Object.fromEntries(parts), path);
}

function subschemas(schema: JsonObject): Json[] {
  return Object.entries(schema).flatMap(([key, value]): Json[] => {
    if (single.has(key)) return [value];
    if (listed.has(key) && Array.isArray(value)) return [...(value as readonly Json[])];
    return named.has(key) && isObject(value) ? Object.values(value) : [];
  });
}

/** The subschema that a local reference names; undefined if it names none. */
function referred(root: JsonObject, ref: string): JsonObject | undefined {
  const parts = ref.split('/').map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'));
  if (parts.shift() !== '#') return undefined;
  let at: Json | undefined = root;
  while (parts.length > 0) {
    const key = parts.shift() ?? '';
    const holder: Json | undefined = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    if (single.has(key)) at = holder;
    else if (listed.has(key) && Array.isArray(holder)) at = (holder as readonly Json[])[Number(parts.shift())];
    else if (named.has(key) && isObject(holder)) {
      const name = parts.shift() ?? '';
      at = Object.hasOwn(holder, name) ? holder[name] : undefined;
    } else return undefined;
  }
  return isObject(at) ? at : undefined;
}

/** How many subschemas there are when every reference is written out: what checking can cost. Infinite if it refers to itself. */
function weigh(root: JsonObject): number {
  const known = new Map<JsonObject, number>();
  const of = (schema: Json): number => {
    if (!isObject(schema)) return 1;
    const before = known.get(schema);
    if (before !== undefined) return before;
    known.set(schema, Infinity); // as long as it is being weighed: meeting it again is recursion
    const ref = schema['$ref'];
    const target = typeof ref === 'string' ? referred(root, ref) : undefined;
    const weight = 1 + subschemas(schema).reduce((sum: number, sub) => sum + of(sub), 0) + (target === undefined ? 0 : of(target));
    known.set(schema, weight);
    return weight;
  };
  return of(root);
}

/** What is wrong with one subschema by itself, or null. */
function oddity(root: JsonObject, schema: JsonObject, path: string): string | null {
  const at = path === '' ? 'the schema' : path.slice(0, 100);
  if (path !== '' && schema['$id'] !== undefined) return `${at} has an id of its own`;
  if (['$dynamicRef', '$recursiveRef', '$anchor', '$dynamicAnchor'].some((key) => schema[key] !== undefined))
    return `${at} uses dynamic references`;
  const ref = schema['$ref'];
  if (ref !== undefined && (typeof ref !== 'string' || referred(root, ref) === undefined))
    return `${at} refers to something outside of the schema`;
  const patterns = isObject(schema['patternProperties']) ? Object.keys(schema['patternProperties']) : [];
  if (typeof schema['pattern'] === 'string') patterns.push(schema['pattern']);
  for (const pattern of patterns) {
    const cost = patternCost(pattern);
    if ('problem' in cost) return `${at} has a pattern that is not safe to run: ${cost.problem}`;
  }
  return null;
}

/** Why a schema cannot be used, in one line that quotes nothing but its paths; null if it can. */
export function schemaProblem(schema: JsonObject): string | null {
  let problem: string | null = null;
  try {
    if (canonical(schema).length > limits.schemaBytesMax) return `it is larger than ${limits.schemaBytesMax} bytes`;
    rebuildSchema(schema, (at, path) => {
      problem ??= oddity(schema, at, path);
      return at;
    });
    if (problem !== null) return problem;
    const weight = weigh(schema);
    if (weight === Infinity) return 'it refers to itself';
    return weight > limits.schemaNodesMax ? `it is larger than ${limits.schemaNodesMax} parts when its references are written out` : null;
  } catch {
    return 'it is not plain JSON';
  }
}

/** Adds the bounds without which a check could take too long: on texts under a costly pattern, and on arrays of unique items. */
function bound(schema: JsonObject): JsonObject {
  const { $schema: _dialect, $id: _id, ...rest } = schema;
  return rebuildSchema(rest, (at) => {
    const cost = typeof at['pattern'] === 'string' ? patternCost(at['pattern']) : { textMax: null };
    const textMax = 'textMax' in cost ? cost.textMax : 0;
    const bounded = { ...at };
    const least = (key: string, max: number): void => {
      const own = at[key];
      bounded[key] = typeof own === 'number' && own < max ? own : max;
    };
    if (textMax !== null) least('maxLength', textMax);
    if (at['uniqueItems'] === true) least('maxItems', limits.uniqueItemsMax);
    return bounded;
  });
}

const shown = (path: string): string => (path === '' ? 'the arguments' : path.slice(1, 101).replaceAll(/[^\w./-]/g, '?'));

function explain(error: ErrorObject | undefined): string {
  if (error === undefined) return 'the arguments do not fit the tool';
  const at = shown(error.instancePath);
  const params = error.params as Readonly<Record<string, unknown>>;
  const name = (key: string): string => shown(`/${String(params[key])}`);
  switch (error.keyword) {
    case 'required':
      return `${at}: ${name('missingProperty')} is missing`;
    case 'additionalProperties':
      return `${at}: there is no argument ${name('additionalProperty')}`;
    case 'unevaluatedProperties':
      return `${at}: there is no argument ${name('unevaluatedProperty')}`;
    case 'type':
      return `${at}: must be ${String(params['type'])}`;
    case 'enum':
    case 'const':
      return `${at}: is not one of the allowed values`;
    default:
      return `${at}: breaks the rule \`${error.keyword}\``;
  }
}

/** Bounds that hold for every value: the depth, and names that are too long or reach into prototypes. */
function plain(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= limits.jsonDepthMax) return false;
  if (Array.isArray(value)) return value.every((item: Json) => plain(item, depth + 1));
  return Object.entries(value).every(
    ([name, item]) => name.length <= limits.argumentNameCharsMax && name !== '__proto__' && plain(item, depth + 1),
  );
}

let compiler: Ajv2020 | undefined;

/**
 * Compiles a schema into a check. Nothing is filled in, changed or coerced; formats are not checked; `$data` and remote
 * references do not exist. Compiling takes milliseconds, so the caller keeps the result.
 *
 * @throws CountersignError `bad-catalogue` if the schema cannot be used.
 */
export function compileSchema(schema: JsonObject): Validator {
  const problem = schemaProblem(schema);
  if (problem !== null) throw new CountersignError('bad-catalogue', `a schema cannot be used: ${problem}`);
  compiler ??= new Ajv2020({ strict: false, validateFormats: false, ownProperties: true, inlineRefs: false, logger: false });
  const bounded = bound(schema);
  let check: ReturnType<Ajv2020['compile']>;
  try {
    check = compiler.compile(bounded);
  } catch {
    throw new CountersignError('bad-catalogue', 'a schema cannot be used: it is not valid JSON Schema 2020-12');
  } finally {
    compiler.removeSchema(bounded);
  }
  return (args) => {
    if (!isObject(args)) return refuse('bad-arguments', 'the arguments must be an object');
    if (!plain(args, 0)) return refuse('bad-arguments', 'the arguments are nested too deep or have a name that is not allowed');
    try {
      return check(args) ? ok(args) : refuse('bad-arguments', explain(check.errors?.[0]));
    } catch {
      return refuse('bad-arguments', 'the arguments could not be checked');
    }
  };
}
