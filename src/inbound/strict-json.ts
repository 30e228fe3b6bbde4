import type { Json, JsonObject } from '../action/json.ts';
import { endOfString, parseJson } from '../action/parse-json.ts';
import { limits } from '../limits.ts';
import { go, stop } from './verdict.ts';
import type { RefusalReason, Step } from './verdict.ts';

/** How many names are written in a text that is valid JSON: one before each colon outside of strings. */
function namesWritten(text: string): number {
  let names = 0;
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    for (; at < end; at++) if (text.charCodeAt(at) === 0x3a) names++;
    at = quote < 0 ? end : endOfString(text, quote) + 1;
  }
  return names;
}

interface Walk {
  names: number;
  /** False if no escape in the text can stand for half of a surrogate pair. */
  readonly surrogates: boolean;
}

/** Names by which a copy of the object in careless code would change more than the object. */
const ofPrototypes = (name: string): boolean => name === '__proto__' || name === 'constructor' || name === 'prototype';

/** What is wrong with a value that holds no others, or null. */
function leafProblem(value: Json, walk: Walk): RefusalReason | null {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)) ? null : 'body-number';
  return walk.surrogates && typeof value === 'string' && !value.isWellFormed() ? 'body-surrogate' : null;
}

/** What is wrong with a parsed value, or null; counts the names that it has. */
function problemOf(value: Json, depth: number, walk: Walk): RefusalReason | null {
  if (typeof value !== 'object' || value === null) return leafProblem(value, walk);
  if (depth >= limits.jsonDepthMax) return 'body-depth';
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      const problem = problemOf(item, depth + 1, walk);
      if (problem !== null) return problem;
    }
    return null;
  }
  // An object that JSON.parse made has its own names and no others: to walk them costs less than to list them first. Names
  // that somebody gave to all objects would be counted as well, and then nothing is taken.
  const object = value as JsonObject;
  for (const name in object) {
    walk.names++;
    if (ofPrototypes(name)) return 'body-prototype-name';
    if (walk.surrogates && !name.isWellFormed()) return 'body-surrogate';
    const problem = problemOf(object[name] ?? null, depth + 1, walk);
    if (problem !== null) return problem;
  }
  return null;
}

/**
 * Parses JSON so that two readers of the same bytes cannot see two values: no name twice in an object (RFC 8259 section 4
 * leaves it open; `\u0061` and `a` are one name), no half of a surrogate pair, no number that a double cannot hold, at most
 * `limits.jsonDepthMax` levels, no name of a prototype. A byte order mark is no JSON.
 *
 * JSON.parse keeps one of two equal names, so a name was given twice exactly if more names are written than there are.
 */
export function parseStrictJson(text: string): Step<Json> {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return stop('body-syntax');
  }
  const written = namesWritten(text);
  if (written > limits.webhookNamesMax) return stop('body-names');
  const walk: Walk = { names: 0, surrogates: text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text) };
  const problem = problemOf(value, 0, walk);
  if (problem !== null) return stop(problem);
  return written === walk.names ? go(value) : stop('body-duplicate-name');
}
