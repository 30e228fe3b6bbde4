import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { McpCatalogueFile, McpEntry } from '../../connectors/mcp/catalog.ts';
import { acceptEntry, proposeEntry } from '../../connectors/mcp/entry.ts';
import type { Foreign } from '../../connectors/mcp/flags.ts';
import { skeleton } from '../../connectors/mcp/names.ts';
import { serverRecord } from '../../connectors/mcp/server.ts';
import { differencesOf, differs, surveyServer } from '../../connectors/mcp/survey.ts';
import type { Differences, Survey } from '../../connectors/mcp/survey.ts';
import { visible } from '../../connectors/mcp/texts.ts';
import type { CredentialRef, McpSettings } from '../../connectors/settings.ts';
import { servedSystems } from '../catalogues.ts';
import { loadCatalogueFile, renderCatalogue, updateCatalogue } from '../catalogue-file.ts';
import type { ReviewNotes } from '../catalogue-file.ts';
import { openCredentials } from '../credentials.ts';
import type { Config } from '../config.ts';
import { foreignTo } from '../served.ts';
import { Exit, action, common, exits } from './context.ts';
import type { Context } from './context.ts';

interface Options {
  readonly update?: boolean;
  readonly accept?: readonly string[];
  readonly acceptServer?: boolean;
  readonly connection?: string;
}

/** One system of the configuration, that must be an MCP server. */
interface Chosen {
  readonly config: Config;
  readonly system: string;
  readonly settings: McpSettings;
  readonly path: string;
}

function chosen(context: Context, system: string | undefined): Chosen {
  const config = context.config();
  const settings = system === undefined ? undefined : config.systems[system];
  if (system === undefined || settings?.connector !== 'mcp') {
    const names = Object.entries(config.systems).flatMap(([name, one]) => (one.connector === 'mcp' ? [name] : []));
    throw new Exit(
      exits.usage,
      'usage',
      `${String(system)} is not an MCP system of the configuration; there ${names.length === 0 ? 'is none' : `is: ${names.join(', ')}`}`,
    );
  }
  return { config, system, settings, path: resolve(config.folder, settings.catalogue) };
}

/** Asks the server, with the credentials of one zone and out of this command's own environment: nothing of the other zone is looked at. */
function survey(of: Chosen, connection: string): Promise<Survey> {
  if (connection !== 'read' && connection !== 'write') throw new Exit(exits.usage, 'usage', '--connection is read or write');
  const upstream = of.settings[connection];
  if (upstream === undefined) throw new Exit(exits.usage, 'usage', `systems.${of.system} has no ${connection} connection`);
  const credential = (ref: CredentialRef): string => {
    const own = 'env' in ref ? { [ref.env]: process.env[ref.env] } : {};
    return openCredentials(of.config, connection, own).find(of.system, ref);
  };
  return surveyServer(upstream, of.config.folder, credential);
}

interface Proposed {
  readonly entries: Map<string, McpEntry>;
  readonly notes: Map<string, readonly string[]>;
}

/** What is already there, and what the texts of other systems are about. */
interface Around {
  readonly operations: ReadonlySet<string>;
  readonly mayEnable: boolean;
  readonly foreign: Foreign;
}

/** Proposes entries for tools. A name that the server gives to two tools, that looks like another one, or that is not plain text, gets none. */
function propose(tools: Survey['tools'], all: Survey['tools'], around: Around): Proposed {
  const [entries, notes, operations] = [new Map<string, McpEntry>(), new Map<string, readonly string[]>(), new Set(around.operations)];
  const bones = all.map((tool) => skeleton(tool.name));
  for (const tool of tools) {
    if (tool.name === '' || tool.name.length > 128 || visible(tool.name) !== tool.name || tool.name === '__proto__') continue;
    if (bones.filter((other) => other === skeleton(tool.name)).length > 1) continue;
    const proposed = proposeEntry(tool, operations, around.mayEnable, around.foreign);
    if (proposed.entry === null) continue;
    operations.add(proposed.entry.operation);
    entries.set(tool.name, proposed.entry);
    notes.set(tool.name, proposed.notes);
  }
  return { entries, notes };
}

/** The flags among notes, for the terminal: they are the server's doing, so they come before everything else. */
function flagLines(notes: ReadonlyMap<string, readonly string[]>): string[] {
  return [...notes].flatMap(([tool, lines]) =>
    lines.filter((line) => line.startsWith('FLAG')).map((line) => `${visible(tool)}: ${visible(line)}`),
  );
}

const row = (tool: string, entry: McpEntry): string => `${entry.enabled ? 'on ' : 'off'}  ${entry.class.padEnd(12)} ${tool}`;

function addNew(context: Context, of: Chosen, found: Survey): void {
  const foreign = foreignTo(of.system, servedSystems(of.config));
  const { entries, notes } = propose(found.tools, found.tools, { operations: new Set(), mayEnable: true, foreign });
  const file: McpCatalogueFile = {
    version: 1,
    connector: 'mcp',
    ...serverRecord(found.server),
    types: {},
    tools: Object.fromEntries(entries),
  };
  try {
    // `wx`: a file that appeared meanwhile is not overwritten.
    mkdirSync(dirname(of.path), { recursive: true });
    writeFileSync(of.path, renderCatalogue(file, notes), { flag: 'wx' });
  } catch {
    throw new Exit(
      exits.failed,
      'bad-catalogue',
      `${of.path} cannot be written: look at the rights of its folder, or name another file in the configuration`,
    );
  }
  const leftOut = found.tools.length - entries.size;
  const flags = flagLines(notes);
  context.say({ file: of.path, tools: summaries(file), leftOut, flags }, [
    ...flags,
    ...[...entries].map(([tool, entry]) => row(tool, entry)),
    ...(leftOut > 0 ? [`${leftOut} left out: they cannot be pinned, or another one has the same name or one that looks like it`] : []),
    `written to ${of.path}: review every tool, then enable those that agents may use`,
  ]);
}

function summaries(file: McpCatalogueFile): Record<string, unknown>[] {
  return Object.entries(file.tools).map(([tool, entry]) => ({
    tool,
    operation: entry.operation,
    enabled: entry.enabled,
    class: entry.class,
    fourEyes: entry.fourEyes,
    target: entry.target,
  }));
}

function differenceLines(found: Differences): string[] {
  return [
    ...found.server.map((line) => `server  ${line}`),
    ...found.changed.flatMap(({ tool, diff }) => [`changed ${tool}`, ...diff.map((line) => `        ${line}`)]),
    ...found.added.map((tool) => `added   ${visible(tool).slice(0, 128)}`),
    ...found.gone.map((tool) => `gone    ${tool}`),
    ...found.shadowed.map((tool) => `shadow  ${visible(tool).slice(0, 128)} is the name of two tools`),
    ...found.lookAlikes.map((tool) => `shadow  ${visible(tool).slice(0, 128)} looks like the name of another tool`),
  ];
}

function update(context: Context, of: Chosen, found: Survey, options: Options): void {
  const file = loadCatalogueFile(of.path);
  const differences = differencesOf(file, found);
  const accepted = new Set(options.accept);
  const wrong = [...accepted].filter(
    (tool) => !differences.changed.some((change) => change.tool === tool) || differences.shadowed.includes(tool),
  );
  if (wrong.length > 0) throw new Exit(exits.usage, 'usage', `not a changed tool: ${wrong.join(', ')}`);
  const foreign = foreignTo(of.system, servedSystems(of.config));
  const { entries, notes } = propose(
    found.tools.filter((tool) => differences.added.includes(tool.name)),
    found.tools,
    { operations: new Set(Object.values(file.tools).map((entry) => entry.operation)), mayEnable: false, foreign },
  );
  const repin = new Map<string, McpEntry>();
  for (const tool of found.tools) {
    const old = accepted.has(tool.name) ? file.tools[tool.name] : undefined;
    const now = old === undefined ? null : acceptEntry(old, tool, foreign);
    if (now === null || now.entry === null) continue;
    repin.set(tool.name, now.entry);
    if (now.notes.length > 0) notes.set(tool.name, now.notes);
  }
  const server = options.acceptServer === true ? serverRecord(found.server) : null;
  updateCatalogue(of.path, { add: entries, repin, server }, notes satisfies ReviewNotes);
  const flags = flagLines(notes);
  context.say({ file: of.path, added: [...entries.keys()], accepted: [...repin.keys()], differences, flags }, [
    ...differenceLines(differences),
    ...flags,
    `added ${entries.size}, all disabled; accepted ${repin.size} of ${differences.changed.length} changed${differences.changed.length > repin.size ? ' (name them with --accept once you have read what changed)' : ''}`,
  ]);
}

async function add(context: Context, command: Command, args: readonly string[]): Promise<void> {
  const options = command.opts<Options>();
  const of = chosen(context, args[0]);
  const exists = existsSync(of.path);
  if (exists && options.update !== true)
    throw new Exit(exits.failed, 'exists', `${of.path} is there already and is never overwritten: add --update to bring in what is new`);
  if (!exists && options.update === true) throw new Exit(exits.failed, 'not-found', `${of.path} is not there yet: leave out --update`);
  const found = await survey(of, options.connection ?? 'read');
  if (exists) update(context, of, found, options);
  else addNew(context, of, found);
}

async function diff(context: Context, command: Command, args: readonly string[]): Promise<void> {
  const of = chosen(context, args[0]);
  const file = loadCatalogueFile(of.path);
  const differences = differencesOf(file, await survey(of, command.opts<Options>().connection ?? 'read'));
  const differing = differs(differences);
  context.say({ differs: differing, ...differences }, differing ? differenceLines(differences) : ['the server is as it was reviewed']);
  if (differing) process.exitCode = exits.failed;
}

function show(context: Context, _command: Command, args: readonly string[]): void {
  const of = chosen(context, args[0]);
  const file = loadCatalogueFile(of.path);
  context.say({ file: of.path, server: file.server, tools: summaries(file) }, [
    `${visible(file.server.name)} ${visible(file.server.version)}`,
    ...Object.entries(file.tools).map(([tool, entry]) => row(tool, entry)),
  ]);
}

/** Registers `countersign catalog add | show | diff`. */
export function registerCatalog(program: Command): void {
  const catalog = program.command('catalog').description('the reviewed catalogues of upstream MCP servers');
  const connection = [
    '--connection <zone>',
    'ask over the `read` or the `write` connection, with the credential of that zone',
    'read',
  ] as const;
  common(catalog.command('add <system>'))
    .description('ask the server for its tools and write a catalogue for you to review; never overwrites')
    .option('--update', 'keep what is reviewed, add new tools disabled, show what changed')
    .option('--accept <tool...>', 'with --update: pin these changed tools as they are now')
    .option('--accept-server', 'with --update: take over the name, version and instructions of the server')
    .option(...connection)
    .action(action(add));
  common(catalog.command('show <system>')).description('what the reviewed catalogue says of each tool').action(action(show));
  common(catalog.command('diff <system>'))
    .description('compare the catalogue with what the server offers now; exits 1 if anything differs')
    .option(...connection)
    .action(action(diff));
}
