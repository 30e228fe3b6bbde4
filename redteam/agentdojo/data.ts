import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Json, JsonObject } from '../../src/action/json.ts';

/*
 * The recorded benchmark as plain data: labelled tools, tasks, and for each trace every call with its output.
 */

const json = z.custom<Json>((value) => value !== undefined);
const object = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const toolShape = z.object({
  name: z.string(),
  description: z.string(),
  input_schema: object,
  depends_on: z.record(z.string(), z.string()),
  access: z.enum(['read', 'write']),
  effects: z.array(z.string()),
  target: z.array(z.string()),
  content: z.array(z.string()),
  reversible: z.boolean(),
  output: z.enum(['first_party', 'mixed', 'third_party']),
});

/** A tool with its frozen labels. */
export type LabelledTool = z.infer<typeof toolShape>;

const stepShape = z.object({
  by: z.enum(['user', 'attacker']),
  tool: z.string(),
  args: object,
  output: json.optional(),
  output_text: z.string().optional(),
  error: z.string().optional(),
});

/** One recorded call. `error` stands in the place of an output. */
export type Step = z.infer<typeof stepShape>;

const suiteShape = z.object({
  suite: z.string(),
  environment: object,
  tools: z.array(toolShape),
  user_tasks: z.array(z.object({ id: z.string(), prompt: z.string(), ground_truth: z.array(z.object({ tool: z.string() })) })),
  injection_tasks: z.array(z.object({ id: z.string(), text_only: z.boolean() })),
});

const benignShape = z.object({ user_task: z.string(), prompt: z.string(), steps: z.array(stepShape) });

/** A user's task as it was recorded, nobody interfering. */
export type Benign = z.infer<typeof benignShape>;

const pairShape = benignShape.extend({ injection_task: z.string() });

/** The same with an attacker's calls among the user's. */
export type Pair = z.infer<typeof pairShape>;

/** One suite of the benchmark. */
export interface Suite {
  readonly name: string;
  readonly environment: JsonObject;
  readonly tools: readonly LabelledTool[];
  /** The operations that each user task needs: what its scope would be. */
  readonly operations: ReadonlyMap<string, readonly string[]>;
  /** Injection tasks that ask for no call at all: no gateway can stop them. */
  readonly textOnly: ReadonlySet<string>;
  readonly benign: readonly Benign[];
  readonly pairs: readonly Pair[];
}

/** The order of the benchmark's own tables. Suites of other names come after. */
const order: readonly string[] = ['workspace', 'slack', 'banking', 'travel'];

function suiteNames(folder: string): readonly string[] {
  const names = readdirSync(folder).flatMap((name) => (name.endsWith('.benign.jsonl') ? [name.slice(0, -'.benign.jsonl'.length)] : []));
  return [...order.filter((name) => names.includes(name)), ...names.filter((name) => !order.includes(name)).toSorted()];
}

function attackText(folder: string, name: string): string {
  const plain = join(folder, `${name}.attack.jsonl`);
  return existsSync(plain) ? readFileSync(plain, 'utf8') : gunzipSync(readFileSync(`${plain}.gz`)).toString('utf8');
}

function lines<S extends z.ZodType>(text: string, shape: S): z.output<S>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => shape.parse(JSON.parse(line)));
}

function loadSuite(folder: string, name: string): Suite {
  const file = suiteShape.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  return {
    name,
    environment: file.environment,
    tools: file.tools,
    operations: new Map(file.user_tasks.map((task) => [task.id, [...new Set(task.ground_truth.map((call) => call.tool))]])),
    textOnly: new Set(file.injection_tasks.filter((task) => task.text_only).map((task) => task.id)),
    benign: lines(readFileSync(join(folder, `${name}.benign.jsonl`), 'utf8'), benignShape),
    pairs: lines(attackText(folder, name), pairShape),
  };
}

/** Loads the suites that a folder has. `only` chooses among them; `limit` keeps the first user tasks of each, and what attacks them. */
export function loadSuites(folder: string, options: { readonly only?: readonly string[]; readonly limit?: number } = {}): readonly Suite[] {
  const { only, limit = Number.POSITIVE_INFINITY } = options;
  const there = suiteNames(folder).filter((name) => only?.includes(name) ?? true);
  if (there.length === 0) throw new Error(`${folder} holds no suite of the benchmark: give the folder with <suite>.json in it`);
  return there.map((name) => {
    const suite = loadSuite(folder, name);
    const kept = new Set(suite.benign.slice(0, limit).map((task) => task.user_task));
    return {
      ...suite,
      benign: suite.benign.filter((task) => kept.has(task.user_task)),
      pairs: suite.pairs.filter((pair) => kept.has(pair.user_task)),
    };
  });
}
