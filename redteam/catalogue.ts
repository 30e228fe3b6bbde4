import type { McpCatalogueFile, McpEntry } from '../src/connectors/mcp/catalog.ts';
import { closeSchema, pinOf } from '../src/connectors/mcp/pin.ts';
import type { CompanySystem, CompanyTool } from '../fakes/company/tool.ts';
import { limits } from '../src/limits.ts';

/** A tool as its server lists it. */
export function listed(tool: Pick<CompanyTool, 'name' | 'description' | 'inputSchema' | 'annotations'>): Parameters<typeof pinOf>[0] {
  return {
    name: tool.name,
    title: null,
    description: tool.description,
    inputSchema: tool.inputSchema,
    outputSchema: null,
    annotations: tool.annotations,
  };
}

function audienceOf({ kind, summary, people }: NonNullable<CompanyTool['review']['audience']>): McpEntry['audience'] {
  const named =
    people === undefined
      ? {}
      : { people: { arguments: people.arguments.map((one) => ({ ...one })), inside: [...people.inside], self: [] } };
  return { kind, summary, joinable: false, externals: null, ...named };
}

function entryOf(tool: CompanyTool): McpEntry {
  const { review } = tool;
  const hash = pinOf(listed(tool));
  if (hash === null) throw new Error(`${tool.name} cannot be pinned`);
  return {
    enabled: review.enabled ?? true,
    operation: tool.name,
    class: review.class,
    fourEyes: false,
    reversible: review.reversible ?? false,
    title: tool.name.replaceAll('_', ' '),
    description: tool.description.slice(0, limits.mcpDescriptionCharsMax),
    target: review.target,
    content: [...(review.content ?? [])],
    label: { readers: review.readers ?? 'unknown' },
    binds: (review.binds ?? []).map((one) => ({ ...one })),
    records:
      review.tenant === undefined
        ? []
        : [{ at: '.', type: 'row', id: 'id', names: [], fields: [], tenant: { ...review.tenant }, made: false }],
    form: 'prose',
    paths: [],
    scopes: [],
    strip: { ...review.strip },
    ...(review.audience === undefined ? {} : { audience: audienceOf(review.audience) }),
    raise: [],
    handle: 'none',
    errorMeans: 'refused',
    input: closeSchema(tool.inputSchema).schema,
    pin: { hash, description: tool.description },
  };
}

/** The catalogue of a pretend system, as its reviewer left it. */
export function companyCatalogue(system: CompanySystem): McpCatalogueFile {
  return {
    version: 1,
    connector: 'mcp',
    server: { name: `pretend-${system.name}`, version: '1.0.0' },
    types: {},
    tools: Object.fromEntries(system.tools.map((tool) => [tool.name, entryOf(tool)])),
  };
}
