import { atPath, isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { EventRule, Shape } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import type { Delivery, Endpoint } from './delivery.ts';
import { headerNeeded } from './grammar.ts';
import { nameAt, namesIn } from './places.ts';
import type { Places } from './places.ts';
import { go, stop } from './verdict.ts';
import type { Doubt, Step } from './verdict.ts';

/** Whose delivery it is. */
export interface Tenancy {
  readonly tenant: Readonly<Record<string, string>>;
  readonly proved: boolean;
}

/**
 * Reads every bind of the provider and compares it with what the endpoint expects. A value that only a header says is
 * compared as well, but proves nothing and is not reported.
 */
export function bindTenant(endpoint: Endpoint, from: Places): Step<Tenancy> {
  const tenant: Record<string, string> = {};
  let proved = true;
  for (const [name, bind] of Object.entries(endpoint.provider.binds)) {
    const expected = Object.hasOwn(endpoint.expects, name) ? (endpoint.expects[name] ?? null) : null;
    let seen: string | null = null;
    for (const place of bind.at) {
      const found = namesIn(place, from, 'tenant-mismatch');
      if (!found.ok) return found;
      for (const value of found.value) {
        if (seen !== null && seen !== value) return stop('tenant-mismatch');
        seen = value;
        if (place.in !== 'header') tenant[name] = seen;
      }
    }
    if (expected !== null && seen !== expected) return stop(seen === null ? 'tenant-missing' : 'tenant-mismatch');
    if (bind.needed && seen === null) return stop('tenant-missing');
    if (bind.needed && !Object.hasOwn(tenant, name)) proved = false;
  }
  return go({ tenant, proved });
}

/** The events of a delivery and what is doubtful about them. */
export interface Named {
  readonly events: readonly string[];
  readonly doubts: readonly Doubt[];
  readonly schemaId: string;
}

type ShapeRule = EventRule & { readonly kind: 'shapes' };

const head = (path: string): string => path.split('.', 1)[0] ?? '';

/** What a shape asks of the top-level names of a body. */
interface Names {
  /** The shape's own, needed or allowed. */
  readonly own: ReadonlySet<string>;
  /** Those by which other shapes of the rule are told from it. */
  readonly foreign: ReadonlySet<string>;
  /** True if it needs no name that is not in bodies of all kinds. */
  readonly plain: boolean;
}

function namesOf(rule: ShapeRule): ReadonlyMap<Shape, Names> {
  const shapes = Object.values(rule.shapes);
  const telling = shapes.flatMap((shape) => shape.has.map(head)).filter((name) => !rule.common.includes(name));
  return new Map(
    shapes.map((shape) => {
      const heads = shape.has.map(head);
      const own = new Set([...heads, ...(shape.may ?? [])]);
      const plain = heads.every((name) => name === 'action' || rule.common.includes(name));
      return [shape, { own, foreign: new Set(telling.filter((name) => !own.has(name))), plain }];
    }),
  );
}

/** Worked out once for each rule: rules are constants. */
const known = new WeakMap<ShapeRule, ReadonlyMap<Shape, Names>>();

/**
 * Whether a body has a shape. `unsure`: the shape has no name of its own, only names that stand in bodies of all kinds, and
 * the body has one that nobody knows: it may be of an event that is newer than these shapes.
 */
function fit(content: Json, shape: Shape, rule: ShapeRule): 'yes' | 'unsure' | 'no' {
  let of = known.get(rule);
  if (of === undefined) known.set(rule, (of = namesOf(rule)));
  const asked = of.get(shape);
  if (asked === undefined || shape.has.some((path) => atPath(content, path) === undefined)) return 'no';
  if (shape.lacks?.some((path) => atPath(content, path) !== undefined) === true) return 'no';
  const names = isObject(content) ? Object.keys(content) : [];
  if (names.some((name) => asked.foreign.has(name))) return 'no';
  const action = atPath(content, 'action');
  if (shape.actions !== undefined && (typeof action !== 'string' || !shape.actions.includes(action))) return 'no';
  return asked.plain && names.some((name) => !asked.own.has(name) && !rule.common.includes(name)) ? 'unsure' : 'yes';
}

function byShape(rule: ShapeRule, content: Json, delivery: Delivery, provider: string): Step<Named> {
  let name: string | undefined;
  if (rule.header === null) {
    const fitting = Object.entries(rule.shapes).filter(([, shape]) => fit(content, shape, rule) === 'yes');
    name = fitting.length === 1 ? fitting[0]?.[0] : undefined;
    if (name === undefined) return go({ events: [], doubts: ['event-unknown'], schemaId: `${provider}/envelope/1` });
    return go({ events: [name], doubts: [], schemaId: `${provider}/${name}/1` });
  }
  const claimed = headerNeeded(delivery, rule.header);
  if (!claimed.ok) return claimed;
  name = claimed.value;
  if (!/^[a-z0-9_]{1,64}$/.test(name)) return stop('header-grammar');
  const shape = Object.hasOwn(rule.shapes, name) ? rule.shapes[name] : undefined;
  if (shape === undefined) return go({ events: [name], doubts: ['event-unproved', 'event-unknown'], schemaId: `${provider}/envelope/1` });
  const fitting = fit(content, shape, rule);
  if (fitting === 'no') return stop('event-mismatch');
  if (fitting === 'unsure') return go({ events: [name], doubts: ['event-unproved'], schemaId: `${provider}/envelope/1` });
  return go({ events: [name], doubts: [], schemaId: `${provider}/${name}/1` });
}

function byFields(rule: EventRule & { readonly kind: 'fields' }, content: Json): Step<readonly string[]> {
  for (const paths of rule.paths) {
    const names: string[] = [];
    for (const path of paths) {
      const found = nameAt(content, path, 'event-mismatch');
      if (!found.ok) return found;
      if (found.value !== null) names.push(found.value);
    }
    if (names.length === paths.length) return go([names.join('.')]);
  }
  return go([]);
}

/** Every item is looked at, not the first: one batch can hold what many people caused. */
function byItems(rule: EventRule & { readonly kind: 'items' }, content: Json): Step<readonly string[]> {
  const list = rule.list === '' ? content : atPath(content, rule.list);
  if (!Array.isArray(list) || list.length === 0 || list.length > limits.webhookItemsMax) return stop('event-mismatch');
  const names = new Set<string>();
  const ids = new Set<string>();
  for (const item of list as readonly Json[]) {
    const name = nameAt(item, rule.field, 'event-mismatch');
    if (!name.ok) return name;
    if (name.value === null) return stop('event-mismatch');
    names.add(name.value);
    if (rule.idField === null) continue;
    const id = nameAt(item, rule.idField, 'message-id');
    if (!id.ok) return id;
    if (id.value === null || ids.has(id.value)) return stop('message-id');
    ids.add(id.value);
  }
  return go([...names].toSorted());
}

/** The ids of the items of a delivery, in one order; empty where items have none. Only of what `nameEvents` has looked at. */
export function itemIds(rule: EventRule, content: Json): readonly string[] {
  if (rule.kind !== 'items' || rule.idField === null) return [];
  const list = rule.list === '' ? content : atPath(content, rule.list);
  const ids: string[] = [];
  for (const item of Array.isArray(list) ? (list as readonly Json[]) : []) {
    const id = nameAt(item, rule.idField, 'message-id');
    if (id.ok && id.value !== null) ids.push(id.value);
  }
  return ids.toSorted();
}

/** What an unsigned header may call an event (`orders/create`): consumers are told it, so it is no place for a text. */
const claimedName = /^[A-Za-z0-9_./-]{1,64}$/;

/** Which events a delivery holds, proved from its body where the provider's rule can. */
export function nameEvents(endpoint: Endpoint, content: Json, delivery: Delivery): Step<Named> {
  const { event: rule, id } = endpoint.provider;
  const schemaId = `${id}/envelope/1`;
  switch (rule.kind) {
    case 'shapes':
      return byShape(rule, content, delivery, id);
    case 'fixed':
      return go({ events: [rule.name], doubts: [], schemaId });
    case 'claimed': {
      const claimed = headerNeeded(delivery, rule.header);
      if (!claimed.ok) return claimed;
      if (!claimedName.test(claimed.value)) return stop('header-grammar');
      return go({ events: [claimed.value], doubts: ['event-unproved'], schemaId });
    }
    case 'fields':
    case 'items': {
      const names = rule.kind === 'fields' ? byFields(rule, content) : byItems(rule, content);
      if (!names.ok) return names;
      return go({ events: names.value, doubts: names.value.length === 0 ? ['event-unknown'] : [], schemaId });
    }
  }
}
