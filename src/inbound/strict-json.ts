import type { Json } from '../action/json.ts';
import { limits } from '../limits.ts';
import { go, stop } from './verdict.ts';
import type { RefusalReason, Step } from './verdict.ts';

/** Names by which a copy of the object in careless code would change more than the object. */
const prototypeNames = new Set(['__proto__', 'constructor', 'prototype']);

/** The index of the quote that ends the string which begins at `start`, in a text that is valid JSON. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  for (;;) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0 || at < 0) return at < 0 ? text.length : at;
    at = text.indexOf('"', at + 1);
  }
}

function isName(text: string, after: number): boolean {
  let at = after;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) return true;
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
    at++;
  }
}

const inNumber = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2b || code === 0x2d || code === 0x45 || code === 0x65;

/** True if a double holds what was written: no infinity, and no integer that was rounded. */
function faithful(token: string): boolean {
  if (token.length < 16 && !/e/i.test(token)) return true;
  const value = Number(token);
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

interface Scan {
  readonly open: (Set<string> | null)[];
  names: number;
}

function nameProblem(text: string, start: number, end: number, scan: Scan): RefusalReason | null {
  const within = scan.open.at(-1);
  if (within === undefined || within === null || !isName(text, end + 1)) return null;
  const spelled = text.slice(start + 1, end);
  const name = spelled.includes('\\') ? String(JSON.parse(text.slice(start, end + 1)) as unknown) : spelled;
  if (within.has(name)) return 'body-duplicate-name';
  if (prototypeNames.has(name)) return 'body-prototype-name';
  within.add(name);
  return ++scan.names > limits.webhookNamesMax ? 'body-names' : null;
}

/** What JSON.parse hides of a text that is valid JSON, or null. */
function hidden(text: string): RefusalReason | null {
  const scan: Scan = { open: [], names: 0 };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      const end = endOfString(text, at);
      const problem = nameProblem(text, at, end, scan);
      if (problem !== null) return problem;
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      scan.open.push(code === 0x7b ? new Set() : null);
      if (scan.open.length > limits.jsonDepthMax) return 'body-depth';
    } else if (code === 0x7d || code === 0x5d) {
      scan.open.pop();
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const start = at;
      while (inNumber(text.charCodeAt(at + 1))) at++;
      if (!faithful(text.slice(start, at + 1))) return 'body-number';
    }
  }
  return null;
}

function wellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(wellFormed);
  return Object.entries(value).every(([name, item]) => name.isWellFormed() && wellFormed(item));
}

/**
 * Parses JSON so that two readers of the same bytes cannot see two values: no name twice in an object (RFC 8259 section 4
 * leaves it open; `\u0061` and `a` are one name), no half of a surrogate pair, no number that a double cannot hold, at most
 * `limits.jsonDepthMax` levels, no name of a prototype. A byte order mark is no JSON.
 */
export function parseStrictJson(text: string): Step<Json> {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return stop('body-syntax');
  }
  const problem = hidden(text);
  if (problem !== null) return stop(problem);
  return /\\u[dD][89a-fA-F]/.test(text) && !wellFormed(value) ? stop('body-surrogate') : go(value);
}
