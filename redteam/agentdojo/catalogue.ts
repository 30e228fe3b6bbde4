import type { Digest } from '../../src/action/digest.ts';
import type { JsonObject } from '../../src/action/json.ts';
import { mcpCatalogue, parseCatalogueFile } from '../../src/connectors/mcp/catalog.ts';
import type { McpCatalogueFile } from '../../src/connectors/mcp/catalog.ts';
import { closeSchema, pinOf } from '../../src/connectors/mcp/pin.ts';
import type { LiveTool } from '../../src/connectors/mcp/pin.ts';
import type { McpSettings } from '../../src/connectors/settings.ts';
import type { LabelledTool, Suite } from './data.ts';
import { mapTool } from './mapping.ts';
import type { Mapped, MappedAudience } from './mapping.ts';
import { product } from './product.ts';
import { recordsOf } from './records.ts';
import type { RecordRule } from './records.ts';

/** Who the pretend upstream server says it is. */
export const serverIdentity = { name: 'agentdojo', version: 'v1.2.2' } as const;

/** Other words that people use for a type of thing. General English, listed once for every suite. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  file: ['document', 'doc'],
  event: ['meeting', 'appointment'],
  message: ['email', 'mail'],
  iban: ['account'],
  url: ['link', 'website', 'webpage', 'page'],
  transaction: ['payment', 'transfer'],
};

/** A tool as the pretend server lists it. */
export function listedTool(tool: LabelledTool): LiveTool {
  return {
    name: tool.name,
    title: null,
    description: tool.description,
    inputSchema: tool.input_schema,
    outputSchema: null,
    annotations: null,
  };
}

function audience(mapped: MappedAudience): JsonObject {
  const { kind, summary, space, people } = mapped;
  const place = space === undefined ? {} : { space };
  if (!product.bindings) return { reach: kind, summary, ...place };
  return {
    kind,
    summary,
    ...place,
    ...(people === undefined ? {} : { people: { ...people, arguments: people.arguments.map((one) => ({ ...one })) } }),
  };
}

function entry(suite: Suite, tool: LabelledTool, mapped: Mapped, records: readonly RecordRule[]): JsonObject {
  const pin = pinOf(listedTool(tool));
  if (pin === null) throw new Error(`${tool.name} cannot be pinned`);
  const extended = {
    ...(mapped.binds.length === 0 ? {} : { binds: mapped.binds.map((bind) => ({ ...bind })) }),
    ...(records.length === 0 ? {} : { records: records.map((rule) => ({ ...rule, fields: rule.fields.map((field) => ({ ...field })) })) }),
  };
  return {
    enabled: true,
    operation: tool.name,
    class: mapped.class,
    fourEyes: false,
    reversible: tool.access === 'write' && tool.reversible,
    title: tool.name.replaceAll('_', ' '),
    description: tool.description,
    target: { ...mapped.target },
    content: mapped.content,
    label: { readers: 'org', space: `agentdojo:${suite.name}` },
    ...(mapped.audience === null ? {} : { audience: audience(mapped.audience) }),
    raise: mapped.raise.map((rule) => ({ ...rule })),
    // The benchmark's tools check before they change anything: every recorded error left the state as it was.
    errorMeans: 'refused',
    input: closeSchema(tool.input_schema).schema,
    pin: { hash: pin, description: tool.description },
    ...(product.bindings ? extended : {}),
  };
}

function typesOf(all: readonly { readonly mapped: Mapped; readonly records: readonly RecordRule[] }[]): JsonObject {
  const used = new Set(
    all.flatMap(({ mapped, records }) => [
      mapped.target.type,
      ...mapped.binds.map((bind) => bind.type),
      ...records.map((rule) => rule.type),
    ]),
  );
  return Object.fromEntries(Object.entries(synonyms).filter(([type]) => used.has(type)));
}

/** The catalogue of a suite, as JSON: what stands in the file. */
function catalogueJson(suite: Suite): JsonObject {
  const all = suite.tools.map((tool) => ({ tool, mapped: mapTool(suite, tool), records: recordsOf(suite, tool) }));
  return {
    version: 1,
    connector: 'mcp',
    server: { ...serverIdentity },
    ...(product.bindings ? { types: typesOf(all) } : {}),
    tools: Object.fromEntries(all.map(({ tool, mapped, records }) => [tool.name, entry(suite, tool, mapped, records)])),
  };
}

/** The same, parsed by the product. */
export function catalogueFile(suite: Suite): McpCatalogueFile {
  const parsed = parseCatalogueFile(catalogueJson(suite));
  if (!parsed.ok) throw new Error(`the catalogue of ${suite.name} is not one that the product takes:\n${parsed.message}`);
  return parsed.value;
}

/**
 * The targets that stand in the configuration: what is the user's own and named by no argument (their calendar, their drive).
 * A tool with arguments that name something never falls back to one, unless all of them may be left out.
 */
export function configuredTargets(suite: Suite): readonly string[] {
  const ids = suite.tools.flatMap((tool) => {
    const { target, binds, class: klass } = mapTool(suite, tool);
    const required = Array.isArray(tool.input_schema['required']) ? tool.input_schema['required'] : [];
    const falls = product.bindings ? !binds.some((bind) => required.includes(bind.argument.split('.')[0] ?? '')) : binds.length === 0;
    return 'fixed' in target && klass !== 'read' && falls ? [`${suite.name}:${target.type}:${target.fixed}`] : [];
  });
  return [...new Set(ids)];
}

/** The digest of a suite's catalogue, as every process of a house computes it. */
export function catalogueDigest(suite: Suite, settings: McpSettings): Digest {
  return mcpCatalogue(suite.name, settings, catalogueFile(suite)).digest;
}
