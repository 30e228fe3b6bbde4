import { cut } from '../../action/cut.ts';
import { digest } from '../../action/digest.ts';
import type { Digest } from '../../action/digest.ts';
import { isObject } from '../../action/json.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import { patternCost } from '../../action/pattern.ts';
import { rebuildSchema } from '../../action/schema.ts';
import { limits } from '../../limits.ts';
import { hiddenIn, plainLine, visible } from './texts.ts';

/** A tool as an upstream server lists it at this moment. Every field is the server's and untrusted. */
export interface LiveTool {
  readonly name: string;
  readonly title: string | null;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject | null;
  readonly annotations: JsonObject | null;
}

/** What a catalogue keeps of a tool as it was reviewed, beside its closed input schema. Older files have only the first two. */
export interface Pin {
  readonly hash: Digest;
  readonly description: string;
  readonly title?: string | null | undefined;
  readonly annotations?: Json | undefined;
  readonly output?: Digest | null | undefined;
  readonly hidden?: number | undefined;
}

/** What a difference is shown against: the pin, and the schema as the catalogue keeps it. */
export interface Pinned {
  readonly pin: Pin;
  readonly input: JsonObject;
}

/** The hash of what a person reviews of a tool. Null if it cannot be put into canonical form: such a tool cannot be pinned. */
export function pinOf(tool: LiveTool): Digest | null {
  try {
    const { name, title, description, inputSchema, outputSchema, annotations } = tool;
    return digest('tool', { name, title, description, inputSchema, outputSchema, annotations });
  } catch {
    return null;
  }
}

const outputOf = (tool: LiveTool): Digest | null => (tool.outputSchema === null ? null : digest('tool', tool.outputSchema));

/** What a catalogue keeps of a tool that is reviewed now. Null if it cannot be pinned. */
export function pinRecord(tool: LiveTool): Pin | null {
  const hash = pinOf(tool);
  if (hash === null) return null;
  const { title, description, annotations, inputSchema, outputSchema } = tool;
  const hidden = hiddenIn([title, description, annotations, inputSchema, outputSchema]);
  return { hash, description, title, annotations, output: outputOf(tool), ...(hidden === 0 ? {} : { hidden }) };
}

const wordsMax = 800;

/** The longest common subsequence of words, as a list of kept, removed and added words in order. */
function wordDiff(before: readonly string[], after: readonly string[]): (readonly [' ' | '-' | '+', string])[] {
  const width = after.length + 1;
  const table = new Uint16Array((before.length + 1) * width);
  const at = (i: number, j: number): number => table[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      table[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const steps: (readonly [' ' | '-' | '+', string])[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      steps.push([' ', old]);
      [i, j] = [i + 1, j + 1];
    } else if (fresh === undefined || (old !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      steps.push(['-', old ?? '']);
      i++;
    } else {
      steps.push(['+', fresh]);
      j++;
    }
  }
  return steps;
}

/** What differs between two texts, word by word; `name` begins each line. Other white space than the usual counts as part of a word. */
export function textDiff(name: string, before: string, after: string): string[] {
  const split = (text: string): string[] =>
    text
      .split(/[ \t\r\n]+/)
      .filter((word) => word !== '')
      .slice(0, wordsMax);
  const lines: string[] = [];
  let run: { readonly kind: ' ' | '-' | '+'; readonly words: string[] } | undefined;
  const flush = (): void => {
    if (run !== undefined && run.kind !== ' ') lines.push(`${name} ${run.kind} ${cut(visible(run.words.join(' ')), 300)}`);
  };
  for (const [kind, word] of wordDiff(split(before), split(after))) {
    if (run?.kind === kind) run.words.push(word);
    else {
      flush();
      run = { kind, words: [word] };
    }
  }
  flush();
  return lines.length === 0 && before !== after ? [`${name}: differs in white space, or after its first words`] : lines;
}

function leaves(value: Json, path: string, into: Map<string, string>): Map<string, string> {
  const inner = Array.isArray(value)
    ? value.map((item: Json, i) => [String(i), item] as const)
    : isObject(value)
      ? Object.entries(value)
      : null;
  if (inner === null || inner.length === 0) into.set(path, JSON.stringify(value));
  else for (const [key, item] of inner) leaves(item, `${path}.${key}`, into);
  return into;
}

function jsonDiff(name: string, before: Json, after: Json): string[] {
  const [old, fresh] = [leaves(before, name, new Map()), leaves(after, name, new Map())];
  const show = (text: string): string => cut(visible(text), 200);
  return [...new Set([...old.keys(), ...fresh.keys()])].toSorted().flatMap((path) => {
    const [a, b] = [old.get(path), fresh.get(path)];
    if (a === b) return [];
    return [
      `${show(path)}: ${a === undefined ? 'new' : show(a)} ${b === undefined ? 'is gone' : `${a === undefined ? '' : '→ '}${show(b)}`}`,
    ];
  });
}

/** The differences by field: our name for it, and its lines. */
function differences(pinned: Pinned, live: LiveTool): readonly (readonly [string, readonly string[]])[] {
  const { pin, input } = pinned;
  return [
    ['description', textDiff('description', pin.description, live.description)],
    ['title', pin.title === undefined ? [] : textDiff('title', pin.title ?? '', live.title ?? '')],
    ['input schema', jsonDiff('input', input, closeSchema(live.inputSchema).schema)],
    ['annotations', pin.annotations === undefined ? [] : jsonDiff('annotations', pin.annotations, live.annotations)],
    ['output schema', pin.output === undefined || pin.output === outputOf(live) ? [] : ['the output schema differs']],
  ];
}

/**
 * What differs between the tool that was reviewed and the one that the server offers now, in lines for a person. The
 * schemas are compared closed, as the catalogue keeps them. The text is the server's, with hidden characters made visible.
 */
export function toolDiff(pinned: Pinned, live: LiveTool): string[] {
  const lines = pinOf(live) === null ? ['it cannot be put into canonical form'] : differences(pinned, live).flatMap(([, of]) => of);
  if (lines.length === 0) return ['something differs that is not kept: in the schema, or in what an older catalogue did not keep'];
  return lines.length <= limits.mcpDiffLinesMax
    ? lines
    : [...lines.slice(0, limits.mcpDiffLinesMax), `and ${lines.length - limits.mcpDiffLinesMax} more`];
}

/**
 * Which fields of a tool differ from those that were reviewed, by our names for them and with nothing of their content.
 * `live` is one that `pinOf` takes.
 */
export function changedFields(pinned: Pinned, live: LiveTool): readonly string[] {
  const known = differences(pinned, live).flatMap(([field, lines]) => (lines.length === 0 ? [] : [field]));
  return known.length > 0 ? known : ['something that the catalogue does not keep'];
}

function withoutUnsafePatterns(schema: JsonObject, path: string, notes: string[]): JsonObject {
  const { pattern, patternProperties, ...rest } = schema;
  const safe = (source: string): boolean => {
    const cost = patternCost(source);
    if ('problem' in cost) notes.push(`${path || '/'}: a pattern was left out, because ${cost.problem}`);
    return !('problem' in cost);
  };
  const named = isObject(patternProperties) ? Object.entries(patternProperties).filter(([source]) => safe(source)) : [];
  return {
    ...rest,
    ...(typeof pattern === 'string' && safe(pattern) ? { pattern } : {}),
    ...(named.length > 0 ? { patternProperties: Object.fromEntries(named) } : {}),
  };
}

// What a schema may say to us or to the model. Any other word only carries text that no check and no reader of ours needs.
const words: ReadonlySet<string> = new Set(
  `$ref $defs definitions $schema $id $anchor $dynamicRef $dynamicAnchor $recursiveRef $recursiveAnchor type enum const title description default
  examples format deprecated readOnly writeOnly nullable contentEncoding contentMediaType multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength
  minLength pattern maxItems minItems uniqueItems maxContains minContains maxProperties minProperties required dependentRequired items
  additionalItems prefixItems contains properties patternProperties additionalProperties propertyNames unevaluatedItems
  unevaluatedProperties dependentSchemas dependencies allOf anyOf oneOf not if then else`.split(/\s+/),
);

/** The texts of a schema as lines that can be seen, of bounded length; what is no word of JSON Schema is left out. */
function withPlainTexts(schema: JsonObject, path: string, notes: string[]): JsonObject {
  const plain: Record<string, Json> = Object.fromEntries(Object.entries(schema).filter(([key]) => words.has(key)));
  const left = Object.keys(schema).filter((key) => !words.has(key)).length;
  if (left > 0) notes.push(`${path || '/'}: ${left} of its words are none of JSON Schema and were left out`);
  for (const key of ['title', 'description']) {
    const text = plain[key];
    if (text === undefined) continue;
    if (typeof text !== 'string') {
      delete plain[key];
      continue;
    }
    if (hiddenIn(text) > 0) notes.push(`${path || '/'}: hidden characters were taken out of its ${key}`);
    const line = plainLine(text);
    if (line.length > limits.mcpDescriptionCharsMax)
      notes.push(`${path || '/'}: its ${key} has ${line.length} characters: only the first ${limits.mcpDescriptionCharsMax} were kept`);
    plain[key] = cut(line, limits.mcpDescriptionCharsMax);
  }
  return plain;
}

/** Draft 07 wrote a tuple as `items: [...]`; 2020-12 writes `prefixItems`. */
function withTuples(schema: JsonObject): JsonObject {
  const { items, additionalItems, ...rest } = schema;
  if (!Array.isArray(items)) return schema;
  return { ...rest, prefixItems: items as readonly Json[], ...(additionalItems === undefined ? {} : { items: additionalItems }) };
}

function closed(schema: JsonObject, path: string, notes: string[]): JsonObject {
  const isMap = isObject(schema['properties']) || schema['type'] === 'object';
  if (!isMap || path === '') return schema;
  const composed = /\/(?:allOf|if|then|else|not|dependentSchemas)(?:\/|$)/.test(path) || /^\/(?:anyOf|oneOf)\//.test(path);
  const open = schema['additionalProperties'];
  if (open === false || composed) return schema;
  if (open === undefined && isObject(schema['properties']) && schema['patternProperties'] === undefined)
    return { ...schema, additionalProperties: false };
  notes.push(`${path}: takes any names, so it cannot be closed: look at what may be hidden there`);
  return schema;
}

/** The names of arguments that only stand in alternatives of the root. */
function alternatives(root: JsonObject): string[] {
  const branches = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => (Array.isArray(root[key]) ? (root[key] as readonly Json[]) : []));
  return branches.flatMap((branch) => (isObject(branch) && isObject(branch['properties']) ? Object.keys(branch['properties']) : []));
}

/**
 * A server's schema as we enforce it: no argument beyond those that it names, no pattern that is costly to run, no hidden
 * characters in its texts. The notes say what a reviewer should look at.
 */
export function closeSchema(schema: JsonObject): { readonly schema: JsonObject; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const rebuilt = rebuildSchema(schema, (at, path) =>
    closed(withTuples(withoutUnsafePatterns(withPlainTexts(at, path, notes), path, notes)), path, notes),
  );
  const { $schema: _dialect, $id: _id, ...root } = rebuilt;
  const own = isObject(root['properties']) ? root['properties'] : {};
  const more = alternatives(root).filter((name) => !Object.hasOwn(own, name));
  const open = root['additionalProperties'];
  if (open !== undefined && open !== false) notes.push('/: the server takes any argument; only those that it names are let through');
  const properties = { ...own, ...Object.fromEntries(more.map((name) => [name, true])) };
  return { schema: { ...root, type: 'object', properties, additionalProperties: false }, notes };
}
