import { isObject } from '../../src/action/json.ts';
import type { Json, JsonObject } from '../../src/action/json.ts';
import type { LabelledTool, Step, Suite } from './data.ts';

/*
 * The types of things, by written rules over names and the shapes of values. Nothing here knows a tool or a task.
 */

const shapes: readonly (readonly [string, RegExp])[] = [
  ['email', /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i],
  ['iban', /^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/],
  ['url', /^(?:https?:\/\/)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?$/i],
];

/** Names of arguments for somebody who is addressed, when their values have no shape of their own. */
const addressed = /^(?:recipients?|participants?|cc|bcc|members?|users?)$/;

/** The type that the shape of a value gives away: an address, an account number, a place in the web. */
export function shapeOf(value: Json): string | null {
  return typeof value === 'string' ? (shapes.find(([, pattern]) => pattern.test(value))?.[0] ?? null) : null;
}

/** A word in the singular: `companies` is `company`, `matches` is `match`, `files` is `file`. */
function singular(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:ch|sh|ss|x)es$/.test(word)) return word.slice(0, -2);
  return /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

/** `email` is the word for an address; a thing with an id of its own that goes by that name is a message. */
const thing = (word: string): string => (singular(word) === 'email' ? 'message' : singular(word));

/** What a tool's name says it is about: its last word before the first preposition. */
export function subjectOf(tool: string): string {
  const words = tool.split('_');
  const end = words.findIndex((word, i) => i > 0 && ['by', 'in', 'for', 'to', 'from', 'of', 'available'].includes(word));
  return thing((end === -1 ? words : words.slice(0, end)).at(-1) ?? tool);
}

function common(types: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  const [first] = [...counts].toSorted(([, a], [, b]) => b - a);
  return first?.[0] ?? null;
}

/** Every value at a dotted path, lists walked. */
export function valuesAt(value: Json | undefined, path: readonly string[]): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: Json) => valuesAt(item, path));
  const [first, ...rest] = path;
  if (first === undefined) return [value];
  return isObject(value) ? valuesAt(value[first], rest) : [];
}

/** Every recorded call of a suite. */
export function recorded(suite: Suite): readonly Step[] {
  return [...suite.benign, ...suite.pairs].flatMap((task) => task.steps);
}

/** What the schema says of an argument in words: beside the alternatives, where there are some. */
function describedAs(tool: LabelledTool, name: string): string {
  const all = tool.input_schema['properties'];
  const own = isObject(all) ? all[name] : undefined;
  return isObject(own) && typeof own['description'] === 'string' ? own['description'] : '';
}

/** The type of an argument that names something. `values` are all that users' tasks gave it. */
export function argumentType(tool: LabelledTool, path: string, values: readonly Json[]): string {
  const name = path.split('.').at(-1) ?? path;
  if (name === 'id') return subjectOf(tool.name);
  if (name.endsWith('_id')) return thing(name.slice(0, -3));
  const shape = common(values.flatMap((value) => shapeOf(value) ?? []));
  if (shape !== null) return shape;
  if (/(?:^|_)email$/.test(name) || /\bemail address/i.test(describedAs(tool, name))) return 'email';
  return addressed.test(name) ? 'user' : thing(name);
}

/** The schema of an argument, without the alternative `null`. */
export function argumentSchema(input: JsonObject, name: string): JsonObject {
  const all = input['properties'];
  const own = isObject(all) ? all[name] : undefined;
  if (!isObject(own)) return {};
  const options = Array.isArray(own['anyOf']) ? (own['anyOf'] as readonly Json[]).filter(isObject) : [];
  return options.find((one) => one['type'] !== 'null') ?? own;
}
