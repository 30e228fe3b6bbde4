import { z } from 'zod';
import { proposalId } from '../action/ids.ts';
import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Call, Tool } from './answer.ts';
import { visibleJson, visibleLine } from './visible.ts';

/** The one tool that is ours. A system cannot have this name's tools. */
export const statusTool = 'countersign_status';

const statusShape = z.strictObject({
  proposal: proposalId.describe('the id of the proposal, as the tool answered it'),
  wait_seconds: z
    .int()
    .min(0)
    .max(limits.statusWaitMs / 1000)
    .default(0)
    .describe('how long to wait for something to change'),
});

/** The name of a repeated call: makes it the same call. Chosen by the model. */
export const callId: z.ZodString = z
  .string()
  .min(1)
  .max(limits.callIdCharsMax)
  .regex(/^\P{C}+$/u, 'no control or invisible characters');

/** A tool as MCP lists it. */
export interface ListedTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: { readonly type: 'object'; readonly [key: string]: Json };
  readonly annotations: {
    readonly title: string;
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
}

/** What an MCP call asks of the mediator. */
export type Asked =
  | { readonly ask: 'call'; readonly call: Call }
  | { readonly ask: 'status'; readonly proposal: string; readonly waitMs: number };

/** The property that carries the call id: one that is not an argument of the tool itself. Null if both names are taken. */
function callIdName(tool: Tool): string | null {
  if (tool.readOnly) return null;
  const properties = tool.input['properties'];
  const own = isObject(properties) ? properties : {};
  return ['call_id', 'countersign_call_id'].find((name) => !Object.hasOwn(own, name)) ?? null;
}

function inputOf(tool: Tool): ListedTool['inputSchema'] {
  const name = callIdName(tool);
  if (name === null) return { ...tool.input, type: 'object' };
  const properties = tool.input['properties'];
  const property: JsonObject = {
    type: 'string',
    minLength: 1,
    maxLength: limits.callIdCharsMax,
    description: 'Optional. Give a new one to ask for the same thing again on purpose; repeat one to get its outcome.',
  };
  return { ...tool.input, type: 'object', properties: { ...(isObject(properties) ? properties : {}), [name]: property } };
}

function listed(tool: Tool): ListedTool {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: inputOf(tool),
    annotations: {
      title: tool.title,
      readOnlyHint: tool.readOnly,
      destructiveHint: tool.destructive,
      idempotentHint: false,
      openWorldHint: true,
    },
  };
}

const title = 'Wait for a proposal';
const listedStatus: ListedTool = {
  name: statusTool,
  title,
  description:
    'Says what became of a proposal of this run: whether it still waits for a signature, and its outcome once it was carried out.',
  inputSchema: { ...(z.toJSONSchema(statusShape, { io: 'input' }) as JsonObject), type: 'object' },
  annotations: { title, readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true },
};

const byName = (a: ListedTool, b: ListedTool): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The tools as MCP lists them: sorted, with true annotations, and with ours among them. */
export function listTools(tools: readonly Tool[]): readonly ListedTool[] {
  return [listedStatus, ...tools.filter((tool) => tool.name !== statusTool).map(listed)].toSorted(byName);
}

function askedStatus(args: JsonObject): Result<Asked> {
  const parsed = statusShape.safeParse(args);
  if (!parsed.success) {
    const { proposal } = args;
    const what = typeof proposal === 'string' ? ` ${visibleJson(visibleLine(proposal, limits.nameCharsMax))}` : '';
    return refuse(
      'bad-arguments',
      `${statusTool} takes the id of a proposal and perhaps wait_seconds from 0 to 25; got${what || ' no id'}`,
    );
  }
  return ok({ ask: 'status', proposal: parsed.data.proposal, waitMs: parsed.data.wait_seconds * 1000 });
}

/** The refusal of a tool that the principal does not have. The name is the model's: shown escaped and cut. */
function unknownTool(name: string): Refusal {
  return refuse('unknown-tool', `there is no tool ${visibleJson(visibleLine(name, limits.nameCharsMax))} here: list the tools again`);
}

/** Finds out what a tool call asks for. The arguments themselves are the mediator's to judge. */
export function askedBy(tools: readonly Tool[], name: string, args: JsonObject): Result<Asked> {
  if (name === statusTool) return askedStatus(args);
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool === undefined) return unknownTool(name);
  const call = { system: tool.system, operation: tool.operation };
  const property = callIdName(tool);
  if (property === null || !Object.hasOwn(args, property)) return ok({ ask: 'call', call: { ...call, arguments: args } });
  const { [property]: given, ...rest } = args;
  const id = callId.safeParse(given);
  if (!id.success)
    return refuse('bad-arguments', `${property} is a text of 1 to ${limits.callIdCharsMax} characters without invisible ones`);
  return ok({ ask: 'call', call: { ...call, arguments: rest, callId: id.data } });
}
