import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import type { Reference } from './run.ts';

/*
 * The way back from `[link 3: host]`. A model sees links of third parties as numbers only; where it writes one of them into
 * a call, the hands put the address back that the number stands for, before anybody decides or signs: the card shows the
 * address. What is no reference of this run stays the text that it is.
 */

const pattern = /\[(?:link|image) (\d{1,9}): ([a-z0-9.:_ -]{1,263})\]/g;

/** Puts the addresses back into the arguments of a call. Refuses a number that stands for two of them. */
export function expandReferences(args: JsonObject, references: readonly Reference[]): Result<JsonObject> {
  if (references.length === 0) return ok(args);
  const urls = new Map<string, Set<string>>();
  for (const { number, label, url } of references) {
    const key = `${number} ${label}`;
    urls.set(key, (urls.get(key) ?? new Set()).add(url));
  }
  let ambiguous = false;
  const text = (value: string): string =>
    value.replaceAll(pattern, (whole, number: string, label: string) => {
      const found = [...(urls.get(`${Number(number)} ${label}`) ?? [])];
      if (found.length > 1) ambiguous = true;
      return found[0] ?? whole;
    });
  const walk = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(walk);
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item)])) : value;
  };
  const expanded = walk(args);
  if (ambiguous || !isObject(expanded))
    return refuse(
      'ambiguous-link',
      'two answers gave the same number to different links: read the one that is meant again, and use its number',
    );
  return ok(expanded);
}
