import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { limits } from '../limits.ts';
import type { Overrun } from './budget.ts';
import { asideOf, beginWork, sanitiseString, withheld } from './sanitise.ts';
import type { SanitiseOptions, Work } from './sanitise.ts';
import type { SanitisedJson } from './sanitised.ts';

/** The characters of all strings together, or why the value is refused before any of them is read. */
function measure(value: Json): number | Overrun {
  let [chars, nodes] = [0, 0];
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.jsonDepthMax) return 'too-deep';
    const next: Json[] = [];
    for (const node of level) {
      if (++nodes > limits.contentNodesMax) return 'too-deep';
      if (typeof node === 'string') chars += node.length;
      if (chars > limits.contentJsonCharsMax) return 'too-long';
      if (typeof node !== 'object' || node === null) continue;
      for (const [key, item] of Object.entries(node)) {
        if (isObject(node)) chars += key.length;
        next.push(item);
      }
    }
    level = next;
  }
  return chars;
}

/**
 * The names of an object's fields. One that changes may not take the place of another: it gets a number behind it, and
 * a name that stays as it was goes first.
 */
function names(value: JsonObject, work: Work): ReadonlyMap<string, string> {
  const clean = Object.keys(value).map((key) => [key, sanitiseString(key, work)] as const);
  const taken = new Set(clean.filter(([key, name]) => key === name).map(([key]) => key));
  const named = new Map<string, string>();
  const tries = new Map<string, number>();
  for (const [key, name] of clean) {
    let free = name;
    let count = tries.get(name) ?? 1;
    if (key !== name) for (; taken.has(free); free = `${name} (${++count})`);
    tries.set(name, count);
    taken.add(free);
    named.set(free, key);
  }
  return named;
}

function walk(value: Json, work: Work): Json {
  if (typeof value === 'string') return sanitiseString(value, work);
  if (Array.isArray(value)) return value.map((item: Json) => walk(item, work));
  if (!isObject(value)) return value;
  const named = names(value, work);
  // Keys that are whole numbers come first in any object: the values are read in the order in which they will stand.
  const order = Object.keys(Object.fromEntries([...named.keys()].map((name) => [name, null])));
  return Object.fromEntries(order.map((name) => [name, walk(value[named.get(name) ?? ''] ?? null, work)]));
}

/** `sanitise` for every string of a JSON value, keys included, on one budget and with one numbering. If it is too much, all of it is withheld. */
export function sanitiseJson(value: Json, options: SanitiseOptions = {}): SanitisedJson {
  const measured = measure(value);
  if (typeof measured !== 'number') return withheld(measured, 0);
  const work = beginWork(measured, options);
  const out = walk(value, work);
  if (work.budget.overrun !== null) return withheld(work.budget.overrun, work.budget.steps);
  return { kind: 'json', value: out, ...asideOf(work) };
}
