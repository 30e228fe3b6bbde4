import { isObject } from '../../src/action/json.ts';
import type { Json, JsonObject } from '../../src/action/json.ts';
import type { LabelledTool, Suite } from './data.ts';
import { argumentType, recorded, shapeOf, subjectOf, valuesAt } from './kinds.ts';

/*
 * Which things a tool's results are records of, told from the shapes of recorded outputs.
 */

/** Records in a tool's structured result. */
export interface RecordRule {
  readonly at: 'result';
  readonly type: string;
  /** Where in a record its id stands; `.`: the record is its own id. */
  readonly id: string;
  readonly names: readonly string[];
  /** Fields that the system itself sets, with the type of what they name. */
  readonly fields: readonly { readonly at: string; readonly type: string }[];
  /** The call has made what it returns. */
  readonly made?: true;
}

const nameKeys = ['title', 'filename', 'name', 'subject'] as const;
const making: ReadonlySet<string> = new Set(['create', 'send_external', 'send_internal', 'book']);

function argumentsOf(tool: LabelledTool): readonly string[] {
  const all = tool.input_schema['properties'];
  return isObject(all) ? Object.keys(all) : [];
}

/** The type of what a tool returns: what its id argument names, or else what its own name says. */
function returnedType(tool: LabelledTool): string {
  const id = argumentsOf(tool).find((name) => name.endsWith('_id'));
  return id === undefined ? subjectOf(tool.name) : argumentType(tool, id, []);
}

/** The type that every value at a key shows by its shape, or null. */
function shapeAt(items: readonly JsonObject[], key: string): string | null {
  const values = items.flatMap((item) => valuesAt(item[key], []));
  const first = values[0] === undefined ? null : shapeOf(values[0]);
  return values.every((value) => shapeOf(value) === first) ? first : null;
}

/**
 * The fields that the system sets by itself. Only a tool whose output is labelled first-party has any, and what the caller
 * gave as an argument and gets back is not one.
 */
function systemFields(tool: LabelledTool, items: readonly JsonObject[], keys: readonly string[]): RecordRule['fields'] {
  if (tool.output !== 'first_party') return [];
  const given = new Set(argumentsOf(tool));
  return keys.flatMap((key) => {
    const type = given.has(key) ? null : shapeAt(items, key);
    return type === null ? [] : [{ at: key, type }];
  });
}

function ofObjects(tool: LabelledTool, items: readonly JsonObject[]): readonly RecordRule[] {
  const keys = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const names = nameKeys.filter((key) => keys.includes(key));
  const id = keys.find((key) => key === 'id_' || key === 'id');
  if (id !== undefined) {
    const made = tool.effects.some((effect) => making.has(effect)) && !argumentsOf(tool).some((name) => /(?:^|_)id$/.test(name));
    const fields = systemFields(tool, items, keys);
    return [{ at: 'result', type: returnedType(tool), id, names, fields, ...(made ? { made } : {}) }];
  }
  const address = keys.find((key) => shapeAt(items, key) === 'email');
  if (address === undefined || !keys.includes('name')) return [];
  return [{ at: 'result', type: 'email', id: address, names, fields: [] }];
}

/** The records that a tool's recorded outputs hold. */
export function recordsOf(suite: Suite, tool: LabelledTool): readonly RecordRule[] {
  const outputs = recorded(suite).flatMap((step) => (step.tool === tool.name && step.output !== undefined ? [step.output] : []));
  const items = outputs.flatMap((output): readonly Json[] => (Array.isArray(output) ? (output as readonly Json[]) : [output]));
  const lists = outputs.some((output) => Array.isArray(output));
  if (lists && items.length > 0 && items.every((item) => typeof item === 'string'))
    return [{ at: 'result', type: subjectOf(tool.name), id: '.', names: [], fields: [] }];
  const objects = items.filter(isObject);
  return objects.length === 0 || objects.length < items.length ? [] : ofObjects(tool, objects);
}
