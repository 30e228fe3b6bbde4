import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Json } from './json.ts';
import { parseJson } from './parse-json.ts';

/** A key as it may stand in a message: whoever made the value chose it. */
const step = (key: string): string => (/^[A-Za-z_][A-Za-z0-9_-]{0,40}$/.test(key) ? `.${key}` : '.?');

const bad = (path: string, what: string): never => {
  throw new CountersignError('not-canonical', `${path === '' ? 'the value' : path} ${what}`);
};

function plain(value: object, path: string): void {
  const proto: unknown = Object.getPrototypeOf(value);
  if (proto !== Object.prototype && proto !== null) bad(path, 'is not a plain object');
  if (Object.getOwnPropertySymbols(value).length > 0) bad(path, 'has a symbol key');
}

function text(value: string, path: string): string {
  if (!value.isWellFormed()) bad(path, 'holds half of a surrogate pair');
  return JSON.stringify(value);
}

function list(value: readonly unknown[], path: string, depth: number): string {
  if (Object.getPrototypeOf(value) !== Array.prototype) bad(path, 'is not a plain array');
  const parts: string[] = [];
  for (let i = 0; i < value.length; i++) {
    const descriptor = Object.getOwnPropertyDescriptor(value, i);
    if (descriptor === undefined) bad(`${path}[${i}]`, 'is a hole in an array');
    if (descriptor !== undefined && !('value' in descriptor)) bad(`${path}[${i}]`, 'is not a plain property');
    parts.push(write(descriptor?.value, `${path}[${i}]`, depth + 1));
  }
  // `length` is a property of every array, and the only one besides its items.
  if (Reflect.ownKeys(value).length !== value.length + 1) bad(path, 'is an array with named properties');
  return `[${parts.join(',')}]`;
}

function record(value: object, path: string, depth: number): string {
  plain(value, path);
  const parts: string[] = [];
  // RFC 8785 section 3.2.3: keys are sorted by UTF-16 code units, which is what `sort` does.
  for (const key of Object.getOwnPropertyNames(value).toSorted()) {
    const descriptor = Object.getOwnPropertyDescriptor(value, key);
    if (descriptor === undefined || !('value' in descriptor) || !descriptor.enumerable) bad(path + step(key), 'is not a plain property');
    if (key === '__proto__' || key === 'toJSON') bad(path + step(key), 'is a forbidden name');
    parts.push(`${text(key, path)}:${write(descriptor?.value, path + step(key), depth + 1)}`);
  }
  return `{${parts.join(',')}}`;
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > limits.jsonDepthMax) return bad(path, `is nested more than ${limits.jsonDepthMax} deep`);
  switch (typeof value) {
    case 'string':
      return text(value, path);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) return bad(path, 'is not a finite number');
      if (Number.isInteger(value) && !Number.isSafeInteger(value)) return bad(path, 'is an integer beyond 2^53');
      return JSON.stringify(value); // ECMAScript number formatting is what RFC 8785 prescribes; -0 becomes 0
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? list(value, path, depth) : record(value, path, depth);
    default:
      return bad(path, `is of type ${typeof value}`);
  }
}

/**
 * Canonical JSON by RFC 8785 (JCS), strict: only plain objects and dense arrays, well-formed strings, safe integers
 * and finite floats, at most `limits.jsonDepthMax` levels, no `toJSON`, no `__proto__`, no accessors.
 *
 * @throws CountersignError `not-canonical`, naming the path that is wrong, never the value.
 */
export function canonical(value: unknown): string {
  return write(value, '', 0);
}

/**
 * Parses text that must already be canonical, and refuses it otherwise: duplicate keys, other spellings of a
 * number and white space all fail, so that two readers of the same bytes cannot see two values.
 *
 * @throws CountersignError `not-canonical`
 */
export function parseCanonical(bytes: string): Json {
  let value: Json;
  try {
    value = parseJson(bytes);
  } catch {
    return bad('', 'is not JSON');
  }
  if (canonical(value) !== bytes) return bad('', 'is not in canonical form');
  return value;
}
