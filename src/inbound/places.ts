import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { Place } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Delivery } from './delivery.ts';
import { headerOf } from './grammar.ts';
import { go, stop } from './verdict.ts';
import type { RefusalReason, Step } from './verdict.ts';

/** What stands at a dotted path of a body; undefined if nothing does. Only own names count. */
export function at(content: Json, path: string): Json | undefined {
  let value: Json | undefined = content;
  for (const name of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

const visible = /^[\x21-\x7e]+$/;

/** A name or id as text: visible ASCII or a whole number. Null: there is none. Anything else is refused. */
export function nameAt(content: Json, path: string, reason: RefusalReason): Step<string | null> {
  const value = at(content, path);
  if (value === undefined || value === null) return go(null);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return go(String(value));
  return typeof value === 'string' && visible.test(value) && value.length <= limits.webhookValueCharsMax ? go(value) : stop(reason);
}

/** A name or id at a place. A header is the word of whoever sent it. */
export function nameIn(place: Place, content: Json, delivery: Delivery, reason: RefusalReason): Step<string | null> {
  if (place.in === 'body') return nameAt(content, place.path, reason);
  const found = headerOf(delivery, place.name);
  if (!found.ok || found.value === null) return found;
  return visible.test(found.value) && found.value.length <= limits.webhookValueCharsMax ? found : stop(reason);
}
