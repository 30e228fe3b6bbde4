import type { Json } from './json.ts';

/** The index of the quote that ends the string which begins at `start`, in a text that is valid JSON. */
export function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at >= 0) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}

/** Whether an object in a value has a name with a backslash. */
function hasBackslash(value: Json): boolean {
  const open: Json[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const names = Array.isArray(next) ? null : Object.keys(next);
    if (names?.some((name) => name.includes('\\')) === true) return true;
    for (const held of Object.values(next)) if (typeof held === 'object') open.push(held);
  }
  return false;
}

const members = 'm';

/** The same text with its objects as lists: `{"a":1}` as `{"m":["a",1]}`. Names have become values. */
function asLists(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    if (char !== '{' && char !== '}' && char !== ':') continue;
    parts.push(text.slice(from, at), char === '{' ? `{"${members}":[` : char === '}' ? ']}' : ',');
    from = at + 1;
  }
  return `${parts.join('')}${text.slice(from)}`;
}

type Listed = null | boolean | number | string | readonly Listed[] | { readonly [members]: readonly Listed[] };

function fromLists(listed: Listed): Json {
  if (typeof listed !== 'object' || listed === null) return listed;
  if (Array.isArray(listed)) return listed.map((item: Listed) => fromLists(item));
  const { [members]: list } = listed as { readonly [members]: readonly Listed[] };
  const pairs: [string, Json][] = [];
  for (let at = 0; at + 1 < list.length; at += 2) pairs.push([list[at] as string, fromLists(list[at + 1] ?? null)]);
  return Object.fromEntries(pairs);
}

/**
 * JSON.parse, for texts that others wrote. V8's own (13.6 in Node 24, 14.6 in Node 26; nodejs/node issue 63785) compares a
 * name with the name that followed in an earlier object as both are spelled, and no further than the decoded one is long:
 * once somebody has sent `{"a":1,"\\":2}`, `{"a":1,"\u0062":2}` is read as `{"a":1,"\\":2}`. Who sends JSON could so decide
 * how later JSON is read. A name that was misread holds the backslash of its escape; wherever one is found, the text is read
 * again with its names as values, which are read as they should be.
 *
 * @throws SyntaxError of JSON.parse; RangeError if objects with such names are nested too deep for the stack
 */
export function parseJson(text: string): Json {
  const value = JSON.parse(text) as Json;
  return text.includes('\\') && hasBackslash(value) ? fromLists(JSON.parse(asLists(text)) as Listed) : value;
}
