import { z } from 'zod';
import type { Named } from '../../action/binding.ts';
import { isObject } from '../../action/json.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import { parseJson } from '../../action/parse-json.ts';
import { limits } from '../../limits.ts';
import { idsAt, place, valuesAt } from './named.ts';

/*
 * What the answers of an upstream tool hold, as the reviewed catalogue describes it: which records, what they are called,
 * which of their fields the system itself sets, and how each proves whose it is. The server's own schema says nothing here.
 */

const slug = z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, 'lower-case letters, digits and underscores, beginning with a letter');

/** One kind of record in an answer. */
export const recordShape = z.strictObject({
  /** Where the records are; `.` is the whole answer. */
  at: place,
  type: slug,
  /** Where in the record its id is; `.` is the record itself. */
  id: place,
  /** Where it says what it is called. Anybody may have chosen that: two things with one name are none. */
  names: z.array(place).max(limits.namesOfOneMax).default([]),
  /** Fields that the system itself sets, whole: a later call may take its target from them. */
  fields: z
    .array(z.strictObject({ at: place, type: slug }))
    .max(50)
    .default([]),
  /** Where a record says whose it is, and what it must say there: any other record is left out. */
  tenant: z.strictObject({ at: place, is: z.string().min(1).max(300) }).optional(),
  /** Of a write: the record is what the call made. */
  made: z.boolean().default(false),
});

/** One kind of record in an answer. */
export type McpRecord = z.infer<typeof recordShape>;

/** What an answer teaches, and what of it may be passed on. */
export interface Told {
  readonly content: JsonObject;
  readonly seen: readonly Named[];
  readonly fields: readonly { readonly type: string; readonly value: string }[];
  readonly made: readonly { readonly type: string; readonly id: string }[];
  /** How many records did not prove that they are of the tenant. */
  readonly foreign: number;
}

/** The part of an answer that is data: structured if the server gave it so, otherwise its text if that is JSON. */
function dataOf(content: JsonObject): { readonly field: 'structured' | 'text'; readonly data: Json } | null {
  const { structured, text } = content;
  if (structured !== undefined) return { field: 'structured', data: structured };
  if (typeof text !== 'string' || !/^\s*[[{]/.test(text)) return null;
  try {
    return { field: 'text', data: parseJson(text) };
  } catch {
    return null;
  }
}

/** An answer without the records that are not proved to be of the tenant. Lists lose them; a single one takes everything with it. */
function own(data: Json, rule: McpRecord): { readonly data: Json; readonly foreign: number } {
  const { tenant } = rule;
  if (tenant === undefined) return { data, foreign: 0 };
  let foreign = 0;
  const proved = (record: Json): boolean => {
    const said = idsAt(record, tenant.at);
    const good = said.length > 0 && said.every((one) => one === tenant.is);
    if (!good) foreign++;
    return good;
  };
  const walk = (value: Json, names: readonly string[]): Json => {
    if (Array.isArray(value)) {
      const items = (value as readonly Json[]).map((item) => (names.length === 0 ? item : walk(item, names)));
      return names.length === 0 ? items.filter(proved) : items;
    }
    const [name, ...rest] = names;
    if (name === undefined) return proved(value) ? value : null;
    if (!isObject(value) || !Object.hasOwn(value, name)) return value;
    return { ...value, [name]: walk(value[name] ?? null, rest) };
  };
  return { data: walk(data, rule.at === '.' ? [] : rule.at.split('.')), foreign };
}

function seenIn(data: Json, rule: McpRecord): readonly Named[] {
  return valuesAt(data, rule.at).flatMap((record) => {
    const [id] = idsAt(record, rule.id);
    return id === undefined
      ? []
      : [{ type: rule.type, id, names: rule.names.flatMap((at) => idsAt(record, at)).slice(0, limits.namesOfOneMax) }];
  });
}

/** Reads an answer by the rules of its catalogue entry. */
export function toldBy(rules: readonly McpRecord[], content: JsonObject): Told {
  const found = rules.length === 0 ? null : dataOf(content);
  if (found === null) return { content, seen: [], fields: [], made: [], foreign: 0 };
  let { data } = found;
  let foreign = 0;
  for (const rule of rules) {
    const left = own(data, rule);
    data = left.data;
    foreign += left.foreign;
  }
  const kept =
    foreign === 0
      ? content
      : found.field === 'structured'
        ? withoutText({ ...content, structured: data })
        : { ...content, text: JSON.stringify(data) };
  const seen = rules.flatMap((rule) => seenIn(data, rule));
  const fields = rules.flatMap((rule) =>
    valuesAt(data, rule.at).flatMap((record) => rule.fields.flatMap(({ at, type }) => idsAt(record, at).map((value) => ({ type, value })))),
  );
  const made = rules.filter((rule) => rule.made).flatMap((rule) => seenIn(data, rule).map(({ type, id }) => ({ type, id })));
  return { content: kept, seen, fields, made, foreign };
}

/** The text of an answer says the same as its structure, foreign records included: it goes where they go. */
function withoutText(content: JsonObject): JsonObject {
  return { ...content, text: '' };
}
