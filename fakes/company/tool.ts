import type { Reach } from '../../src/action/audience.ts';
import type { Class } from '../../src/action/class.ts';
import type { Json, JsonObject } from '../../src/action/json.ts';
import type { DoubleSystem, DoubleTool, Row, Rows } from '../mcp-double.ts';

/* How the pretend company's systems are written down: what a tool does, and what its reviewer said of it. */

/** What the company's reviewer wrote into the catalogue about a tool. */
export interface Review {
  readonly class: Class;
  readonly target: { readonly type: string; readonly from: string } | { readonly type: string; readonly fixed: string };
  readonly readers?: Reach;
  readonly audience?: {
    readonly kind: Reach | 'unknown';
    readonly summary: string;
    readonly people?: {
      readonly arguments: readonly { readonly argument: string; readonly type: string }[];
      readonly inside: readonly string[];
    };
  };
  /** Arguments that name things besides the target. */
  readonly binds?: readonly { readonly argument: string; readonly type: string }[];
  /** Where a row of its answers says whose it is, and what it must say. */
  readonly tenant?: { readonly at: string; readonly is: string };
  readonly content?: readonly string[];
  readonly strip?: JsonObject;
  readonly reversible?: boolean;
  /** False for what the product refuses to enable: tunnels. */
  readonly enabled?: boolean;
}

/** A tool and its review. */
export interface CompanyTool extends DoubleTool {
  readonly review: Review;
}

/** A system of the pretend company. */
export interface CompanySystem extends DoubleSystem {
  readonly tools: readonly CompanyTool[];
  /** Targets that the company's configuration names as places where agents may write. */
  readonly targets?: readonly string[];
}

/** An object schema of texts: a name that ends with `?` may be left out. */
export function texts(...names: readonly string[]): JsonObject {
  const required = names.filter((name) => !name.endsWith('?'));
  const properties = Object.fromEntries(names.map((name) => [name.replace('?', ''), { type: 'string' }]));
  return { type: 'object', properties, required };
}

/** A tool as it stands in a table: what is left out is what most tools have. */
export interface ToolLine {
  readonly name: string;
  readonly does: string;
  readonly input: JsonObject;
  readonly review: Review;
  readonly hints?: JsonObject;
  readonly run: (rows: Rows, args: JsonObject) => Json;
}

/** Makes a tool of a line. Whether it writes is what its class says, not its hints. */
export function tool(line: ToolLine): CompanyTool {
  const { name, does, input, review, hints = null, run } = line;
  const writes = review.class !== 'read' && review.class !== 'read-secret';
  return { name, description: does, inputSchema: input, annotations: hints, writes, run, review };
}

/** An argument as text. */
export function plain(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

/** All rows of one kind. */
export function all(rows: Rows, kind: string): Row[] {
  rows[kind] ??= [];
  return rows[kind];
}

/** The row with this id. Throws if there is none. */
export function one(rows: Rows, kind: string, id: Json | undefined): Row {
  const found = all(rows, kind).find((row) => row['id'] === id);
  if (found === undefined) throw new Error(`404: no such ${kind}`);
  return found;
}

/** Adds a row of the arguments, and what else is given. */
export function add(rows: Rows, kind: string, row: JsonObject): Json {
  all(rows, kind).push({ ...row });
  return { added: kind };
}

/** Removes the row with this id. */
export function remove(rows: Rows, kind: string, id: Json | undefined): Json {
  const row = one(rows, kind, id);
  rows[kind] = all(rows, kind).filter((each) => each !== row);
  return { removed: id ?? null };
}

/** The rows in which a text stands somewhere. */
function search(rows: Rows, kind: string, words: Json | undefined): Json {
  const wanted = plain(words).toLowerCase();
  return all(rows, kind).filter((row) => JSON.stringify(row).toLowerCase().includes(wanted));
}

/** A tool that lists rows of one kind. */
export function lists(name: string, kind: string, readers: Reach): CompanyTool {
  return tool({
    name,
    does: `Lists all ${kind}.`,
    input: texts(),
    review: { class: 'read', target: { type: 'list', fixed: kind }, readers },
    run: (rows) => all(rows, kind),
  });
}

/** A tool that gives one row by its id. */
export function gives(name: string, kind: string, readers: Reach): CompanyTool {
  return tool({
    name,
    does: `Reads one of the ${kind}.`,
    input: texts('id'),
    review: { class: 'read', target: { type: 'item', from: 'id' }, readers },
    run: (rows, { id }) => one(rows, kind, id),
  });
}

/** A tool that finds rows by a text. */
export function finds(name: string, kind: string, readers: Reach, tenant?: Review['tenant']): CompanyTool {
  return tool({
    name,
    does: `Searches the ${kind}.`,
    input: texts('query'),
    review: { class: 'read', target: { type: 'search', fixed: kind }, readers, ...(tenant === undefined ? {} : { tenant }) },
    run: (rows, { query }) => search(rows, kind, query),
  });
}
