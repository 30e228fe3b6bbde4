import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';

/** The strings of a value, in its order. */
export interface Texts {
  readonly values: readonly string[];
  readonly keys: readonly string[];
}

/** All strings of a JSON value: what stands in its fields, and the names of the fields. Its depth was bounded before. */
export function textsOf(value: Json): Texts {
  const values: string[] = [];
  const keys: string[] = [];
  const walk = (node: Json): void => {
    if (typeof node === 'string') values.push(node);
    else if (Array.isArray(node)) for (const item of node as readonly Json[]) walk(item);
    else if (isObject(node))
      for (const [key, item] of Object.entries(node)) {
        keys.push(key);
        walk(item);
      }
  };
  walk(value);
  return { values, keys };
}

/** The value with each string rewritten. A name that becomes another one never takes the place of a third: it gets a number. */
export function mapTexts(value: Json, write: (text: string) => string): Json {
  if (typeof value === 'string') return write(value);
  if (Array.isArray(value)) return value.map((item: Json) => mapTexts(item, write));
  if (!isObject(value)) return value;
  const out = new Map<string, Json>();
  for (const [key, item] of Object.entries(value)) {
    const name = write(key);
    let free = name;
    if (name !== key) for (let count = 2; out.has(free) || Object.hasOwn(value, free); count++) free = `${name} (${count})`;
    out.set(free, mapTexts(item, write));
  }
  return Object.fromEntries(out);
}
