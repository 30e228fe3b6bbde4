import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { Document, parseDocument } from 'yaml';
import type { McpCatalogueFile, McpEntry } from '../connectors/mcp/catalog.ts';
import { parseCatalogueFile } from '../connectors/mcp/catalog.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';

const bad = (path: string, what: string): CountersignError => new CountersignError('bad-catalogue', `${path}: ${what}`);

function parse(text: string, path: string): Document {
  const document = parseDocument(text, { uniqueKeys: true });
  const error = document.errors[0];
  if (error !== undefined)
    throw bad(path, `is not YAML (${error.message.split('\n')[0] ?? ''}): correct it, or restore it from your version control`);
  return document;
}

function parsed(document: Document, path: string): McpCatalogueFile {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 10 });
  } catch {
    throw bad(path, 'has too many aliases: write them out');
  }
  const file = parseCatalogueFile(value);
  if (!file.ok)
    throw bad(
      path,
      `is not a catalogue that can be used; correct these lines:\n${file.message
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
  return file.value;
}

function read(path: string): string {
  try {
    if (statSync(path).size > limits.catalogueFileBytesMax) throw bad(path, `is larger than ${limits.catalogueFileBytesMax} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    throw bad(path, 'cannot be read: run `countersign catalog add <system>` to make it');
  }
}

/**
 * Loads a reviewed catalogue file.
 * @throws CountersignError `bad-catalogue`, with the path, all that is wrong, and what to do
 */
export function loadCatalogueFile(path: string): McpCatalogueFile {
  return parsed(parse(read(path), path), path);
}

/** Notes for the reviewer, by tool: written as comments above the entry. */
export type ReviewNotes = ReadonlyMap<string, readonly string[]>;

const comment = (notes: readonly string[]): string =>
  notes.map((note) => ` ${note.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').slice(0, 300)}`).join('\n');

function annotate(document: Document, notes: ReviewNotes): void {
  const tools = document.get('tools');
  if (typeof tools !== 'object' || tools === null || !('items' in tools) || !Array.isArray(tools.items)) return;
  for (const pair of tools.items as { key: { value?: unknown; commentBefore?: string | null; spaceBefore?: boolean } }[]) {
    const found = notes.get(String(pair.key.value));
    if (found === undefined) continue;
    const before = pair.key.commentBefore;
    pair.key.commentBefore = before === undefined || before === null ? comment(found) : `${before}\n${comment(found)}`;
    pair.key.spaceBefore = true;
  }
}

const heading = ` The reviewed catalogue of one MCP server, written by \`countersign catalog add\`.
 Review every tool before you enable it:
   class         what it can really do, whatever its annotations say
   target        what a call is done to: an argument, a template, or a fixed name
   label         who may read in the third party what it returns (self, named, team, org, partner, customer, internet, unknown)
   audience      for writes: who will see the result; left out, it is unknown, and whatever the run has read counts as leaking
   content       arguments with text that others will see
   strip         arguments that the model never sees, with the value that is sent (null: never sent); \`/options/confirm\` is one further down
   raise         arguments that make a call heavier: {argument, equals | pattern | present, class, fourEyes}
   errorMeans    \`refused\` only if this server never reports an error after something has happened
   description   what the model reads: the server's own words until you have written yours
   accepted      why a tool may be used although something about it is flagged (FLAG); without it, such a tool cannot be enabled
 The pin is the hash of the tool as it was reviewed. If the server changes it, the tool is disabled. If the server changes its name
 or its instructions, all its tools are; write \`any\` as its instructions if they differ from one connection to the next.`;

/** The text of a new catalogue file, with comments for its reviewer. */
export function renderCatalogue(file: McpCatalogueFile, notes: ReviewNotes): string {
  const document = new Document(file, { aliasDuplicateObjects: false });
  document.commentBefore = heading;
  annotate(document, notes);
  return document.toString({ lineWidth: 120 });
}

/** What an update changes in a catalogue file. Everything else, the reviewer's comments included, stays as it is. */
export interface CatalogueUpdate {
  readonly add: ReadonlyMap<string, McpEntry>;
  /** Reviewed tools as the server has them now. Of the entry, only what `acceptEntry` may change is written. */
  readonly repin: ReadonlyMap<string, McpEntry>;
  readonly server: Pick<McpCatalogueFile, 'server' | 'instructions' | 'instructionsText'> | null;
}

/**
 * Changes a catalogue file, if the result is one that can be used; the old one is replaced at once or not at all.
 * @throws CountersignError `bad-catalogue`
 */
export function updateCatalogue(path: string, update: CatalogueUpdate, notes: ReviewNotes): McpCatalogueFile {
  const document = parse(read(path), path);
  const node = (value: unknown): unknown => document.createNode(value, { aliasDuplicateObjects: false });
  for (const [tool, entry] of update.add) document.setIn(['tools', tool], node(entry));
  for (const [tool, entry] of update.repin) {
    for (const field of ['enabled', 'strip', 'input', 'pin'] as const) document.setIn(['tools', tool, field], node(entry[field]));
    if (entry.accepted === undefined) document.deleteIn(['tools', tool, 'accepted']);
  }
  if (update.server !== null) {
    document.set('server', node(update.server.server));
    const any = document.get('instructions') === 'any';
    for (const field of ['instructions', 'instructionsText'] as const) {
      const value = update.server[field];
      if (value === undefined) document.delete(field);
      else if (field === 'instructionsText' || !any) document.set(field, value);
    }
  }
  annotate(document, new Map([...notes].filter(([tool]) => update.add.has(tool) || update.repin.has(tool))));
  const file = parsed(document, path);
  writeFileSync(`${path}.new`, document.toString({ lineWidth: 120 }));
  renameSync(`${path}.new`, path);
  return file;
}
