import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { EventRule, FormRule, Place, Shape, WebhookProvider } from '../connectors/webhook.ts';
import type { Endpoint, WebhookSecret } from './delivery.ts';
import type { Unsigned } from './sign.ts';

/*
 * A delivery that a sender could have made, for trying an endpoint out. Without the name of an event it is one that nobody
 * knows, wherever the sender's rule allows that: then it waits in quarantine and starts nothing.
 */

/** What a sample is made of. */
export interface SampleWish {
  /** The event, by its name; null: one that nobody knows. */
  readonly event: string | null;
  readonly atMs: number;
  /** Unique, so that each sample is the first of its kind. */
  readonly id: string;
}

const unknown = 'countersign_test';

function put(root: Record<string, Json>, path: string, value: Json): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let at = root;
  for (const name of names) {
    const next = at[name];
    at = isObject(next) ? next : (at[name] = {});
  }
  if (!isObject(at[last])) at[last] = value;
}

/** The smallest body of a shape. */
function shapeBody(shape: Shape, body: Record<string, Json>): void {
  for (const path of shape.has) put(body, path, path === 'action' ? (shape.actions?.[0] ?? 'test') : path.includes('.') ? 1 : {});
}

function nameFields(rule: EventRule & { readonly kind: 'fields' }, event: string, body: Record<string, Json>): void {
  const words = event.split('.');
  const paths = rule.paths.find((one) => one.length > 1 && one.length === words.length) ?? rule.paths.find((one) => one.length === 1);
  const names = paths?.length === 1 ? [event] : words;
  for (const [at, path] of (paths ?? []).entries()) put(body, path, names[at] ?? event);
}

/** Puts the name of the event where the sender's rule looks for it. */
function nameEvent(
  provider: WebhookProvider,
  event: string | null,
  into: { body: Record<string, Json>; headers: Record<string, string> },
): void {
  const rule = provider.event;
  switch (rule.kind) {
    case 'fields':
      if (event !== null) nameFields(rule, event, into.body);
      return;
    case 'shapes': {
      const shape = event !== null && Object.hasOwn(rule.shapes, event) ? rule.shapes[event] : undefined;
      if (rule.header !== null) into.headers[rule.header] = event ?? unknown;
      if (shape !== undefined) shapeBody(shape, into.body);
      return;
    }
    case 'claimed':
      into.headers[rule.header] = event ?? unknown;
      return;
    case 'items':
    case 'fixed':
      return;
  }
}

/** Values that names of a form can have: the first that fits the sender's grammar of a name is taken. */
const formValues = [
  '+15005550006',
  ...['AC', 'CA', 'SM', 'MG'].map((head) => head + '0'.repeat(32)),
  'received',
  'completed',
  'inbound',
  '0',
  '',
];

function formBody(rule: FormRule & { readonly names: Readonly<Record<string, RegExp>> }, names: readonly string[]): string {
  const pairs = [...new Set([...rule.needed, ...names])].map((name) => {
    const value = formValues.find((one) => rule.names[name]?.test(one) === true) ?? 'test';
    return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
  });
  return pairs.join('&');
}

/** Puts a value where a sender says it. A claim is in a token, and whoever makes the token puts it there. */
function putAt(place: Place, value: string, into: { body: Record<string, Json>; headers: Record<string, string> }): void {
  if (place.in === 'body') put(into.body, place.path, value);
  else if (place.in === 'items') into.body[place.list] = [{ ...itemOf(into.body, place.list), [place.field]: value }];
  else if (place.in === 'header') into.headers[place.name] ??= value;
}

/** The one item of a list of a sample, as far as it was made. */
function itemOf(body: Readonly<Record<string, Json>>, list: string): JsonObject {
  const made = body[list];
  const first: Json | undefined = Array.isArray(made) ? (made as readonly Json[])[0] : undefined;
  return isObject(first) ? first : {};
}

/** Whose delivery it is: what the endpoint expects, or something where the sender always says it. */
function bind({ provider, expects }: Endpoint, into: { body: Record<string, Json>; headers: Record<string, string> }): void {
  for (const [name, { at, needed }] of Object.entries(provider.binds)) {
    const expected = Object.hasOwn(expects, name) ? expects[name] : needed ? 'countersign-test' : undefined;
    const place = at.find((one) => one.in !== 'claim');
    if (expected === undefined || place === undefined) continue;
    putAt(place, expected, into);
  }
}

/** Makes a sample for an endpoint. `secret` is the token where the sender puts one into the body. */
export function sampleFor(endpoint: Endpoint, secret: WebhookSecret, { event, atMs, id }: SampleWish): Unsigned {
  const { provider } = endpoint;
  const { proof, form, freshness, messageIds } = provider;
  const into = { body: {} as Record<string, Json>, headers: {} as Record<string, string> };
  nameEvent(provider, event, into);
  if (form !== null && typeof form.names === 'object') {
    const rule = { ...form, names: form.names };
    return { kind: 'form', body: Buffer.from(formBody(rule, Object.keys(into.body))), headers: into.headers, atMs, id };
  }
  if (proof.kind === 'token' && !proof.accepts.includes('json')) bind(endpoint, into);
  else {
    put(into.body, 'countersign', { test: id });
    bind(endpoint, into);
  }
  for (const place of messageIds) {
    putAt(place, id, into);
  }
  if ('path' in freshness && freshness.path !== undefined) put(into.body, freshness.path, atMs);
  if (proof.kind === 'token' && !proof.accepts.includes('json'))
    return { kind: 'empty', body: new Uint8Array(0), headers: into.headers, atMs, id };
  let content: Json = into.body;
  if (provider.event.kind === 'items') {
    const { list, field, idField } = provider.event;
    const token = proof.kind === 'item-token' ? { [proof.field]: Buffer.from(secret.key).toString('latin1') } : {};
    const item: Json = { ...itemOf(into.body, list), [field]: event ?? unknown, ...(idField === null ? {} : { [idField]: id }), ...token };
    content = list === '' ? [item] : { ...into.body, [list]: [item] };
  }
  return { kind: 'json', body: Buffer.from(JSON.stringify(content)), headers: into.headers, atMs, id };
}
