import { atPath } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { Place } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Delivery } from './delivery.ts';
import { headerOf } from './grammar.ts';
import { go, stop } from './verdict.ts';
import type { RefusalReason, Step } from './verdict.ts';

const visible = /^[\x21-\x7e]+$/;

/** A name or id as text: visible ASCII or a whole number. Null: there is none. Anything else is refused. */
export function nameAt(content: Json, path: string, reason: RefusalReason): Step<string | null> {
  const value = atPath(content, path);
  if (value === undefined || value === null) return go(null);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return go(String(value));
  return typeof value === 'string' && visible.test(value) && value.length <= limits.webhookValueCharsMax ? go(value) : stop(reason);
}

/** What places are looked for in. */
export interface Places {
  readonly content: Json;
  readonly delivery: Delivery;
  /** Of the token that proved the delivery; null if none did. */
  readonly claims: Json;
}

/** The value of every item of a list; none if no item has one. Some with and some without: refused. */
function itemNames(content: Json, place: Place & { readonly in: 'items' }, reason: RefusalReason): Step<readonly string[]> {
  const list = atPath(content, place.list);
  if (!Array.isArray(list)) return go([]);
  if (list.length > limits.webhookItemsMax) return stop(reason);
  const names: string[] = [];
  for (const item of list as readonly Json[]) {
    const name = nameAt(item, place.field, reason);
    if (!name.ok) return name;
    if (name.value !== null) names.push(name.value);
  }
  return names.length === 0 || names.length === list.length ? go(names) : stop(reason);
}

/** The names or ids at a place: none, one, or that of every item of a list. A header is the word of whoever sent it. */
export function namesIn(place: Place, from: Places, reason: RefusalReason): Step<readonly string[]> {
  if (place.in === 'items') return itemNames(from.content, place, reason);
  let found: Step<string | null>;
  if (place.in === 'header') {
    found = headerOf(from.delivery, place.name);
    const value = found.ok ? found.value : null;
    if (value !== null && (!visible.test(value) || value.length > limits.webhookValueCharsMax)) return stop(reason);
  } else found = place.in === 'body' ? nameAt(from.content, place.path, reason) : nameAt(from.claims, place.name, reason);
  if (!found.ok) return found;
  return go(found.value === null ? [] : [found.value]);
}
