import type { McpCatalogueFile } from '../connectors/mcp/catalog.ts';
import { unaccepted } from '../connectors/mcp/flags.ts';
import type { Foreign } from '../connectors/mcp/flags.ts';
import { lookAlikes } from '../connectors/mcp/names.ts';

/*
 * What no catalogue can know alone: the names of the whole house. Tools are served as `<system>_<operation>`, so two systems
 * can come to one name without sharing a word, and the text of one server can speak about the tools of another.
 */

/** A system as agents see it. `file` is what was reviewed of it, if it is an upstream MCP server. */
export interface Served {
  readonly system: string;
  readonly operations: readonly string[];
  readonly file: McpCatalogueFile | null;
}

const servedNames = (one: Served): readonly string[] => one.operations.map((operation) => `${one.system}_${operation}`);
const allNames = (one: Served): readonly string[] => [
  ...servedNames(one),
  ...one.operations,
  ...(one.file === null ? [] : Object.entries(one.file.tools).flatMap(([tool, entry]) => [tool, entry.operation])),
];

/** The names that belong to others, for the texts of one system. */
export function foreignTo(system: string, house: readonly Served[]): Foreign {
  const own = house.filter((one) => one.system === system);
  const others = house.filter((one) => one.system !== system);
  return {
    systems: others.map((one) => one.system),
    tools: others.flatMap(allNames),
    own: [system, ...own.flatMap(allNames)],
  };
}

/** Something that must be corrected before the house may be served: at which system, and in one line what. */
export interface ServedProblem {
  readonly system: string;
  readonly message: string;
}

/** What must be corrected before the house may be served. */
export function houseProblems(house: readonly Served[]): readonly ServedProblem[] {
  const systems = lookAlikes(house.map((one) => one.system)).map(([one, other]) => ({
    system: other,
    message: `systems.${one} and systems.${other} look alike: give one of them another name`,
  }));
  const owners = new Map(house.flatMap((one) => servedNames(one).map((name) => [name, one.system] as const)));
  const tools = lookAlikes(house.flatMap(servedNames)).map(([one, other]) => ({
    system: owners.get(other) ?? '',
    message: `${one} and ${other} would be ${one === other ? 'one name of two tools' : 'two tools that look alike'}: rename a system in the configuration, or an operation in its catalogue`,
  }));
  const texts = house.flatMap(({ system, file }) => {
    const foreign = foreignTo(system, house);
    return Object.entries(file?.tools ?? {}).flatMap(([tool, entry]) =>
      entry.enabled
        ? unaccepted(entry, foreign).map((problem) => ({ system, message: `the catalogue of ${system}: tools.${tool}: ${problem}` }))
        : [],
    );
  });
  return [...systems, ...tools, ...texts];
}
