import type { Json } from '../action/json.ts';
import { CountersignError } from '../errors.ts';

/** A value without the nonce in any of its strings: third-party content cannot end the block that it stands in. */
function without(value: Json, nonce: string): Json {
  if (typeof value === 'string') {
    let text = value;
    // Taking it out may join what is around it to a new one.
    while (text.includes(nonce)) text = text.replaceAll(nonce, '');
    return text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => without(item, nonce));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [without(key, nonce) as string, without(item, nonce)]));
}

/**
 * Third-party content for a model: one line of JSON between two lines that name it untrusted and carry the nonce, which
 * the caller makes anew for each answer. `oneLine` writes JSON without anything that could be taken for a line break.
 */
export function wrapUntrusted(value: Json, nonce: string, oneLine: (value: Json) => string): string {
  if (!/^[A-Za-z0-9_-]{8,200}$/.test(nonce)) throw new CountersignError('bug', 'a nonce has 8 to 200 letters, digits, - or _');
  return `<<untrusted ${nonce}>>\n${oneLine(without(value, nonce))}\n<<end untrusted ${nonce}>>`;
}

/** Text with a mark in place of every blank, so that a model can tell it from instructions wherever it looks (Hines et al. 2024). */
function datamark(text: string, mark = '^'): string {
  if (mark.trim() === '') throw new CountersignError('bug', 'a mark is something that can be seen');
  return text.replaceAll(mark, ' ').replaceAll(/\s+/g, mark);
}

/** `datamark` for every string of a JSON value but the names of its fields. */
export function datamarkJson(value: Json): Json {
  if (typeof value === 'string') return datamark(value);
  if (Array.isArray(value)) return value.map(datamarkJson);
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, item]: [string, Json]) => [key, datamarkJson(item)]))
    : value;
}
