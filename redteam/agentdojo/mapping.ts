import { heavier } from '../../src/action/class.ts';
import type { Class } from '../../src/action/class.ts';
import { isObject } from '../../src/action/json.ts';
import type { Json, JsonObject } from '../../src/action/json.ts';
import type { LabelledTool, Suite } from './data.ts';
import { argumentSchema, argumentType, recorded, valuesAt } from './kinds.ts';

/*
 * From frozen labels to what a reviewer would write into a catalogue entry. Mechanical: a label, the name of an argument and the
 * shape of its values decide; no tool and no task is named. README.md tells the same in words.
 */

/** An argument that names something, and the type of what it names. A dotted path goes into lists of objects. */
export interface Bind {
  readonly argument: string;
  readonly type: string;
}

/** What a call is done to, as the catalogue says it. */
export type MappedTarget = { readonly type: string; readonly from: string } | { readonly type: string; readonly fixed: string };

/** Who will see what a write leaves behind. */
export interface MappedAudience {
  readonly kind: 'self' | 'named' | 'org' | 'partner' | 'internet';
  readonly summary: string;
  readonly space?: string;
  /** The arguments that name those who will see it, and how those inside and the user are told from others. */
  readonly people?: { readonly arguments: readonly Bind[]; readonly inside: readonly string[]; readonly self: readonly string[] };
}

/** What the mapping says of one tool. */
export interface Mapped {
  readonly class: Class;
  readonly target: MappedTarget;
  readonly binds: readonly Bind[];
  readonly content: readonly string[];
  readonly audience: MappedAudience | null;
  readonly raise: readonly { readonly argument: string; readonly present: true; readonly class: Class }[];
}

const classOfEffect: Readonly<Record<string, Class>> = {
  egress_url: 'publish',
  send_external: 'publish',
  send_internal: 'publish',
  pay: 'publish',
  share: 'share',
  membership: 'share',
  credential: 'destructive',
};

/** The effects that stay inside of the system's own workspace. */
const internal: ReadonlySet<string> = new Set(['send_internal', 'membership', 'delete']);

/** Types of those who see something, wherever they are named; with a booking or a payment, whoever is named is one. */
const parties: ReadonlySet<string> = new Set(['email', 'user', 'iban', 'url']);

const isId = (argument: string): boolean => /(?:^|[._])id$/.test(argument);

/** The ids within the objects of a list, as recorded calls show them: `attachments` becomes `attachments.file_id`. */
function nestedIds(suite: Suite, tool: LabelledTool, argument: string): readonly string[] {
  const found = recorded(suite)
    .filter((step) => step.tool === tool.name)
    .flatMap((step) => valuesAt(step.args[argument], []))
    .flatMap((value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []))
    .filter((key) => key.endsWith('_id'));
  return [...new Set(found)].toSorted().map((key) => `${argument}.${key}`);
}

const isQuantity = (schema: JsonObject): boolean =>
  schema['type'] === 'number' || schema['enum'] !== undefined || schema['$ref'] !== undefined;

/** The arguments that name what a call is done to, or to whom. */
function identities(suite: Suite, tool: LabelledTool): readonly Bind[] {
  const calls = suite.benign.flatMap((task) => task.steps).filter((step) => step.tool === tool.name);
  return tool.target.flatMap((argument) => {
    const schema = argumentSchema(tool.input_schema, argument);
    if (isQuantity(schema)) return [];
    const items = schema['items'];
    const nested = isObject(items) && items['type'] === 'object' ? nestedIds(suite, tool, argument) : [];
    const paths = nested.length > 0 ? nested : [argument];
    return paths.map((path) => {
      const values = calls.flatMap((step) => valuesAt(step.args, path.split('.')));
      return { argument: path, type: argumentType(tool, path, values) };
    });
  });
}

const isRequired = (tool: LabelledTool, argument: string): boolean => {
  const required = tool.input_schema['required'];
  return Array.isArray(required) && required.some((name: Json) => name === argument.split('.')[0]);
};

function targetOf(tool: LabelledTool, named: readonly Bind[]): MappedTarget {
  const first = named.find(
    ({ argument }) =>
      isRequired(tool, argument) && ['string', 'integer'].some((type) => argumentSchema(tool.input_schema, argument)['type'] === type),
  );
  if (first !== undefined) return { type: first.type, from: first.argument };
  return { type: Object.keys(tool.depends_on)[0] ?? 'system', fixed: 'own' };
}

function partiesOf(tool: LabelledTool, named: readonly Bind[]): readonly Bind[] {
  if (tool.effects.every((effect) => internal.has(effect))) return [];
  const trade = tool.effects.includes('book') || tool.effects.includes('pay');
  return named.filter(({ argument, type }) => !isId(argument) && (trade || parties.has(type)));
}

function classOf(tool: LabelledTool, party: readonly Bind[]): Class {
  if (tool.access === 'read' && !tool.effects.includes('egress_url')) return 'read';
  const notifies = tool.effects.includes('notify') && party.some(({ argument }) => isRequired(tool, argument));
  const deletes = tool.effects.includes('delete') && !tool.reversible;
  const least: Class = deletes ? 'destructive' : notifies ? 'publish' : 'write';
  return tool.effects.reduce<Class>((so, effect) => heavier(so, classOfEffect[effect] ?? 'write'), least);
}

/** The user's own address, as the environment gives it: what is inside is its domain. */
function ownAddresses(suite: Suite): readonly string[] {
  const found = Object.values(suite.environment).flatMap((part) => [...valuesAt(part, ['account_email']), ...valuesAt(part, ['email'])]);
  return [...new Set(found.filter((value) => typeof value === 'string'))];
}

function audienceOf(suite: Suite, tool: LabelledTool, party: readonly Bind[]): MappedAudience {
  const space = `agentdojo:${suite.name}`;
  const has = (effect: string): boolean => tool.effects.includes(effect);
  if (party.length > 0) {
    const self = ownAddresses(suite);
    const inside = [...new Set(self.map((address) => `*@${address.split('@')[1] ?? ''}`))];
    const people = { arguments: party, inside, self };
    if (party.some((one) => one.type === 'url')) return { kind: 'internet', summary: 'whoever runs the web site', people };
    if (party.some(({ argument }) => isRequired(tool, argument))) return { kind: 'partner', summary: 'those whom the call names', people };
    return { kind: 'self', summary: 'the user, and those whom the call names', people };
  }
  if (has('send_internal') || has('membership') || (has('modify') && !has('notify')))
    return { kind: 'org', summary: 'members of the workspace', space };
  if (has('notify')) return { kind: 'named', summary: 'those who take part', space };
  return { kind: 'self', summary: 'the user alone' };
}

/** Maps one tool's labels. */
export function mapTool(suite: Suite, tool: LabelledTool): Mapped {
  const named = identities(suite, tool);
  const party = partiesOf(tool, named);
  const klass = classOf(tool, party);
  if (klass === 'read') return { class: klass, target: targetOf(tool, []), binds: [], content: [], audience: null, raise: [] };
  const target = targetOf(tool, named);
  const alone = named.length === 1 && 'from' in target;
  const quantities = tool.target.filter((argument) => isQuantity(argumentSchema(tool.input_schema, argument)));
  const optional = tool.effects.includes('notify') ? party.filter(({ argument }) => !isRequired(tool, argument)) : [];
  return {
    class: klass,
    target,
    binds: alone ? [] : named,
    content: [...tool.content, ...quantities],
    audience: audienceOf(suite, tool, party),
    raise: optional
      .filter(() => heavier(klass, 'publish') !== klass)
      .map(({ argument }) => ({ argument, present: true, class: 'publish' })),
  };
}
