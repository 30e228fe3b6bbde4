import { z } from 'zod';
import type { Target } from '../../action/action.ts';
import { authors, reaches } from '../../action/audience.ts';
import type { Label } from '../../action/audience.ts';
import { classes, heavier } from '../../action/class.ts';
import type { Class } from '../../action/class.ts';
import { canonical } from '../../action/canonical.ts';
import { cutWith } from '../../action/cut.ts';
import { digest } from '../../action/digest.ts';
import type { Digest } from '../../action/digest.ts';
import { isObject } from '../../action/json.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import type { Catalogue, Derived, Operation } from '../../action/operation.ts';
import { patternCost } from '../../action/pattern.ts';
import { runsCode } from '../../action/runs-code.ts';
import { schemaProblem } from '../../action/schema.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { McpSettings } from '../settings.ts';
import { servedProblems, unaccepted } from './flags.ts';
import { lookAlikes } from './names.ts';
import { audienceShape, bindShape, idsAt, place } from './named.ts';
import { recordShape } from './records.ts';
import { confirmsItself, withFilled, withoutStripped } from './strip.ts';
import { placeholders, targetRef } from './target.ts';

/*
 * The reviewed catalogue of one upstream MCP server. `countersign catalog add` writes it, a person reviews it, and from then
 * on it alone says what a tool is: a server's words at run time only ever disable a tool, they never describe one.
 */

const json = z.custom<Json>((value) => value !== undefined);
const hash = z.custom<Digest>((value) => typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value), 'a digest');
const argument = z.string().min(1).max(limits.argumentNameCharsMax);
const reach = z.enum([...reaches, 'unknown']);
const space = z.string().min(1).max(limits.nameCharsMax).optional();
const slug = z.string().regex(/^[a-z][a-z0-9_]{0,59}$/, 'lower-case letters, digits and underscores, beginning with a letter');
const pattern = z.string().refine((source) => 'textMax' in patternCost(source), 'the pattern is not one that is safe to run');

const raise = z
  .strictObject({
    argument,
    equals: json.optional(),
    pattern: pattern.optional(),
    present: z.literal(true).optional(),
    class: z.enum(classes),
    fourEyes: z.boolean().default(false),
  })
  .refine(
    (rule) => [rule.equals, rule.pattern, rule.present].filter((part) => part !== undefined).length === 1,
    'give one of `equals`, `pattern` and `present`',
  );

const entryShape = z.strictObject({
  enabled: z.boolean(),
  operation: slug,
  class: z.enum(classes),
  fourEyes: z.boolean().default(false),
  reversible: z.boolean().default(false),
  title: z.string().min(1).max(limits.nameCharsMax),
  /** Shown to the model: ours once reviewed. */
  description: z.string().min(1).max(limits.mcpDescriptionCharsMax),
  /** What a call is done to: `from` is an argument's name or a template like `{owner}/{repo}`, `fixed` is the same for every call. */
  target: z.union([
    z.strictObject({ type: slug, from: argument }),
    z.strictObject({ type: slug, fixed: z.string().min(1).max(limits.targetRefCharsMax) }),
  ]),
  /** Arguments with text that others will see. */
  content: z.array(argument).max(50).default([]),
  /** Who may read, in the third party, what this tool returns. */
  label: z.strictObject({ readers: reach, space, author: z.enum(authors).optional(), restricted: z.boolean().optional() }),
  /** Arguments that name things, if the target alone does not say it: recipients, an address that is fetched. */
  binds: z.array(bindShape).max(50).default([]),
  /** What its answers hold. */
  records: z.array(recordShape).max(50).default([]),
  /** `source`: it returns files, in which a person sees all markup. */
  form: z.enum(['prose', 'source']).default('prose'),
  scopes: z.array(z.string().max(200)).max(50).default([]),
  /** Arguments that the model never sees and that are filled when the call is sent (`confirm: true`, `/options/confirm: true`); null: never sent. */
  strip: z.record(argument, json).default({}),
  /** Who will see what a write leaves behind; left out, it is unknown. */
  audience: audienceShape.optional(),
  /** Arguments that make a call heavier than the tool's own class. */
  raise: z.array(raise).max(50).default([]),
  /** Arguments with paths of files: a file that something runs by itself makes the call an execution for two people. */
  paths: z.array(place).max(20).default([]),
  handle: z.enum(['none', 'marker', 'natural']).default('none'),
  /** What an error answer proves of a write: `refused` only where a person has checked that this server never reports an error after an effect. */
  errorMeans: z.enum(['unknown', 'refused']).default('unknown'),
  /** JSON Schema 2020-12 of the arguments as the server has it, closed by us. */
  input: z.custom<JsonObject>((value) => isObject(value as Json), 'a JSON Schema'),
  /** Why the tool may be used although its texts are flagged, in the words of its reviewer. */
  accepted: z.string().min(1).max(limits.mcpDescriptionCharsMax).optional(),
  /** The tool that was reviewed: the hash of all that `pinOf` takes, and what a later difference is shown against. */
  pin: z.strictObject({
    hash,
    description: z.string(),
    title: z.string().nullable().optional(),
    annotations: json.optional(),
    output: hash.nullable().optional(),
    /** In how many places the texts of the server held what cannot be seen. */
    hidden: z.int().min(0).optional(),
  }),
});

/** The entry of one tool. */
export type McpEntry = z.infer<typeof entryShape>;

const fileShape = z.strictObject({
  version: z.literal(1),
  connector: z.literal('mcp'),
  server: z.strictObject({ name: z.string().max(limits.mcpServerNameCharsMax), version: z.string().max(limits.mcpServerVersionCharsMax) }),
  /** The digest of the server's instructions, if it gave any; `any`: they differ from connection to connection. They are never shown to the model. */
  instructions: z.union([hash, z.literal('any')]).optional(),
  /** The instructions themselves, for a later difference. */
  instructionsText: z.string().optional(),
  /** Other words that people use for a type of thing: `file: [document]`. */
  types: z.record(slug, z.array(z.string().min(1).max(60)).max(20)).default({}),
  tools: z.record(z.string().min(1).max(limits.nameCharsMax), entryShape),
});

/** A reviewed catalogue file. */
export type McpCatalogueFile = z.infer<typeof fileShape>;

/** The arguments that a schema names. */
export function argumentNames(input: JsonObject): readonly string[] {
  return isObject(input['properties']) ? Object.keys(input['properties']) : [];
}

function entryProblems(tool: string, entry: McpEntry): string[] {
  const problems: string[] = [...servedProblems(tool, entry), ...unaccepted(entry)];
  const visible = argumentNames(entry.input).filter((name) => !Object.hasOwn(entry.strip, name));
  const known = (what: string, name: string): void => {
    if (!visible.includes(name)) problems.push(`${what} names ${JSON.stringify(name)}, which is no argument of the tool`);
  };
  const schema = schemaProblem(entry.input);
  if (schema !== null) problems.push(`input: ${schema}`);
  if (entry.input['type'] !== 'object' || entry.input['additionalProperties'] !== false)
    problems.push('input: must be of type object with additionalProperties: false');
  if (entry.class === 'tunnel') problems.push('class: a tunnel cannot be enabled, because what goes through it cannot be judged');
  if ('from' in entry.target) for (const name of placeholders(entry.target.from)) known('target.from', name);
  for (const name of entry.content) known('content', name);
  for (const rule of entry.raise) known('raise', rule.argument);
  // What is filled in is shown to whoever signs, whole: one line goes to the call itself.
  const filled = filledLines(entry);
  if (filled.length >= limits.effectLinesMax) problems.push(`strip: fills in more than ${limits.effectLinesMax - 1} arguments`);
  for (const line of filled)
    if (line.length > limits.effectLineCharsMax) problems.push('strip: fills in a value that is too long to be shown to an approver');
  return problems;
}

/** Parses a catalogue file from its JSON. The refusal says all that is wrong, with the paths. Tools that are not enabled need only the shape. */
export function parseCatalogueFile(value: unknown): Result<McpCatalogueFile> {
  const parsed = fileShape.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.slice(0, 20).map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return refuse('bad-catalogue', problems.join('\n'));
  }
  const problems: string[] = [];
  const operations = new Map<string, string>();
  for (const [tool, entry] of Object.entries(parsed.data.tools)) {
    if (!entry.enabled) continue;
    problems.push(...entryProblems(tool, entry).map((problem) => `tools.${tool}.${problem}`));
    const other = operations.get(entry.operation);
    if (other !== undefined) problems.push(`tools.${tool}.operation: ${entry.operation} is also the operation of ${other}`);
    operations.set(entry.operation, tool);
  }
  const enabled = Object.entries(parsed.data.tools).filter(([, entry]) => entry.enabled);
  for (const names of [enabled.map(([tool]) => tool), [...operations.keys()]])
    for (const [one, other] of lookAlikes(names))
      problems.push(`tools: ${one} and ${other} look alike: enable one of them, or rename its operation`);
  return problems.length === 0 ? ok(parsed.data) : refuse('bad-catalogue', problems.join('\n'));
}

/** The enabled tool behind an operation. */
export function toolOf(file: McpCatalogueFile, operation: string): { readonly tool: string; readonly entry: McpEntry } | undefined {
  const found = Object.entries(file.tools).find(([, entry]) => entry.enabled && entry.operation === operation);
  return found === undefined ? undefined : { tool: found[0], entry: found[1] };
}

function matches(rule: McpEntry['raise'][number], args: JsonObject): boolean {
  const value = Object.hasOwn(args, rule.argument) ? args[rule.argument] : undefined;
  if (value === undefined) return false;
  if (rule.present === true) return value !== null && !(Array.isArray(value) && value.length === 0);
  if (rule.equals !== undefined) {
    // A server may read "DELETE " as "delete": a rule that makes heavier is generous about spelling.
    const plain = (one: Json): string => (typeof one === 'string' ? one.trim().toLowerCase() : canonical(one));
    return plain(value) === plain(rule.equals);
  }
  const text = typeof value === 'string' ? value : canonical(value);
  const cost = patternCost(rule.pattern ?? '');
  if (!('textMax' in cost) || (cost.textMax !== null && text.length > cost.textMax)) return true;
  return new RegExp(rule.pattern ?? '', 'iu').test(text);
}

/** The class that a call really has: the tool's own, raised by what its arguments say. */
export function realClass(
  entry: McpEntry,
  args: JsonObject,
): { readonly class: Class; readonly fourEyes: boolean; readonly raised: boolean } {
  const rules = entry.raise.filter((rule) => matches(rule, args));
  const runs = entry.paths.some((at) => idsAt(args, at).some((path) => runsCode(path) !== null));
  return {
    class: rules.reduce<Class>((so, rule) => heavier(so, rule.class), runs ? heavier(entry.class, 'execute') : entry.class),
    fourEyes: entry.fourEyes || runs || rules.some((rule) => rule.fourEyes),
    raised: runs || rules.length > 0,
  };
}

/** The arguments as they are sent: those that were asked for, and those that only the catalogue fills. */
export function sentArguments(entry: McpEntry, args: JsonObject): JsonObject {
  return withFilled(args, entry.strip);
}

/** The target of a call: its id is as immutable as the name is, because upstream MCP servers have nothing better to offer. */
export function resolvedTarget(system: string, derived: Derived): Target {
  const { type, ref } = derived.target;
  return { type, id: `${system}:${type}:${ref}`, name: ref };
}

function filledLines(entry: McpEntry): readonly string[] {
  const filled = Object.entries(entry.strip).filter(([, value]) => value !== null);
  return filled.map(([name, value]) => `the catalogue fills in ${name}: ${JSON.stringify(value)}`.toWellFormed());
}

/** What a call will do, for its approver. Each argument that the catalogue fills in has its line, whole: see `parseCatalogueFile`. */
export function effectLines(system: string, found: { readonly tool: string; readonly entry: McpEntry }, target: Target): readonly string[] {
  const call = `calls the tool ${found.tool} of ${system} on ${target.type} ${target.name}`;
  return [cutWith(call, limits.effectLineCharsMax), ...filledLines(found.entry)];
}

function operationOf(entry: McpEntry): Operation {
  const input = withoutStripped(entry.input, entry.strip);
  const known = new Set(argumentNames(input));
  const confirms = confirmsItself(input, entry.strip);
  const { space: group } = entry.label;
  const { readers, author, restricted } = entry.label;
  const label: Label = {
    readers,
    integrity: 'untrusted',
    ...(group === undefined ? {} : { space: group }),
    ...(author === undefined ? {} : { author }),
    ...(restricted === undefined ? {} : { restricted }),
  };
  const derive = (args: JsonObject): Result<Derived> => {
    const unknown = Object.keys(args).some((name) => !known.has(name));
    if (unknown) return refuse('bad-arguments', 'there is an argument that the tool does not have');
    if (confirms(args)) return refuse('bad-arguments', 'an argument confirms or forces the call: only the catalogue fills in such a thing');
    const ref = targetRef(entry.target, args);
    if (!ref.ok) return ref;
    const real = realClass(entry, args);
    return ok({
      class: real.class,
      fourEyes: real.fourEyes,
      reversible: entry.reversible && !real.raised,
      arguments: args,
      target: { type: entry.target.type, ref: ref.value },
    });
  };
  return {
    name: entry.operation,
    title: entry.title,
    description: entry.description,
    class: entry.class,
    input,
    targetType: entry.target.type,
    content: entry.content,
    form: entry.form,
    scopes: entry.scopes,
    reversible: entry.reversible,
    fourEyes: entry.fourEyes,
    label,
    handle: entry.handle,
    derive,
  };
}

/** The operations of an upstream MCP server: the enabled tools of its reviewed catalogue. `file` comes from `parseCatalogueFile`. */
export function mcpCatalogue(system: string, settings: McpSettings, file: McpCatalogueFile): Catalogue {
  const entries = Object.values(file.tools).filter((entry) => entry.enabled);
  return {
    system,
    connector: 'mcp',
    tenant: settings.tenant,
    digest: digest('catalogue', { connector: 'mcp', revision: 2, system, tenant: settings.tenant, file }),
    operations: new Map(entries.map((entry) => [entry.operation, operationOf(entry)])),
    typeWords: new Map(Object.entries(file.types)),
  };
}
