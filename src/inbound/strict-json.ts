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

/** The characters of a text, each escape counted as the one that it stands for. Of a text that is valid JSON. */
function charsSaid(text: string): number {
  let chars = text.length;
  for (let at = text.indexOf('\\'); at >= 0;) {
    const more = text.charCodeAt(at + 1) === 0x75 ? 5 : 1; // \u0061, or \n
    chars -= more;
    at = text.indexOf('\\', at + 1 + more);
  }
  return chars;
}

/**
 * How many characters a number needs at least. An exponent is shorter than digits only where three zeros end them; of such
 * numbers, and of fractions, no more is said than that they need one.
 */
function numberChars(value: number): number {
  if (!Number.isInteger(value) || (value % 1000 === 0 && value !== 0)) return 1;
  const size = Math.abs(value);
  let chars = value < 0 ? 2 : 1;
  for (let next = 10; next <= size; next *= 10) chars++;
  return chars;
}

interface Walk {
  names: number;
  /** Of all lists. */
  items: number;
  /** How many characters a text needs at least that says what was walked over, an escape counted as one. */
  chars: number;
  /** False if no escape in the text can stand for half of a surrogate pair. */
  readonly surrogates: boolean;
}

/** Names by which a copy of the object in careless code would change more than the object. */
const ofPrototypes = (name: string): boolean => name === '__proto__' || name === 'constructor' || name === 'prototype';

/** What is wrong with a value that holds no others, or null. */
function leafProblem(value: null | boolean | number | string, walk: Walk): RefusalReason | null {
  if (typeof value === 'string') {
    walk.chars += value.length + 2;
    return walk.surrogates && !value.isWellFormed() ? 'body-surrogate' : null;
  }
  if (typeof value !== 'number') {
    walk.chars += value === false ? 5 : 4;
    return null;
  }
  walk.chars += numberChars(value);
  return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)) ? null : 'body-number';
}

/** What is wrong with a parsed value, or null; counts the names that it has and the characters that it needs. */
function problemOf(value: Json, depth: number, walk: Walk): RefusalReason | null {
  if (typeof value !== 'object' || value === null) return leafProblem(value, walk);
  if (depth >= limits.jsonDepthMax) return 'body-depth';
  walk.chars += 2;
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    walk.chars += Math.max(0, items.length - 1);
    walk.items += items.length;
    if (walk.items > limits.webhookListedMax) return 'body-names';
    for (const item of items) {
      const problem = problemOf(item, depth + 1, walk);
      if (problem !== null) return problem;
    }
    return null;
  }
  // An object that JSON.parse made has its own names and no others: to walk them costs less than to list them first. Names
  // that somebody gave to all objects would be counted as well, and then nothing is taken.
  const object = value as JsonObject;
  let comma = 0;
  for (const name in object) {
    if (++walk.names > limits.webhookNamesMax) return 'body-names';
    if (ofPrototypes(name)) return 'body-prototype-name';
    if (walk.surrogates && !name.isWellFormed()) return 'body-surrogate';
    walk.chars += comma + name.length + 3;
    comma = 1;
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
 * JSON.parse keeps one of two equal names. A text with no character more than its value needs has said nothing that was
 * dropped; so most senders write. In all others a name was given twice exactly if more names are written than there are.
 */
export function parseStrictJson(text: string): Step<Json> {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return stop('body-syntax');
  }
  const walk: Walk = { names: 0, items: 0, chars: 0, surrogates: text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text) };
  const problem = problemOf(value, 0, walk);
  if (problem !== null) return stop(problem);
  if (charsSaid(text) === walk.chars) return go(value);
  const written = namesWritten(text);
  if (written > limits.webhookNamesMax) return stop('body-names');
  return written === walk.names ? go(value) : stop('body-duplicate-name');
}
