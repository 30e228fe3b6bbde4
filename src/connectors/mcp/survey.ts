import { digestText } from '../../action/digest.ts';
import { CountersignError } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { CredentialRef, Upstream } from '../settings.ts';
import type { McpCatalogueFile } from './catalog.ts';
import { ConnectFailed, addressOf, openLink } from './link.ts';
import type { Link, ServerIdentity } from './link.ts';
import { pinOf, toolDiff, visible } from './pin.ts';
import type { LiveTool } from './pin.ts';

/** What a server says of itself and its tools at this moment. */
export interface Survey {
  readonly server: ServerIdentity;
  readonly tools: readonly LiveTool[];
}

/**
 * Connects once, asks for everything that a catalogue is about, and leaves.
 * @throws CountersignError `not-reachable` with the server's last words on standard error, for the person at the terminal
 */
export async function surveyServer(upstream: Upstream, folder: string, credential: (ref: CredentialRef) => string): Promise<Survey> {
  const address = addressOf(upstream, folder, credential);
  let link: Link;
  try {
    link = await openLink(address, { onListChanged: () => undefined, onClose: () => undefined });
  } catch (error) {
    const said =
      error instanceof ConnectFailed && error.complaints !== ''
        ? `; it said:\n${error.complaints.split('\n').slice(-10).map(visible).join('\n')}`
        : '';
    throw new CountersignError('not-reachable', `the server could not be started or reached${said}`);
  }
  try {
    const tools: Result<readonly LiveTool[]> = await link.list();
    if (!tools.ok) throw new CountersignError('not-reachable', `the tools could not be listed: ${tools.message}`);
    return { server: link.server, tools: tools.value };
  } finally {
    await link.close();
  }
}

/** What differs between a catalogue and a server. */
export interface Differences {
  readonly added: readonly string[];
  readonly gone: readonly string[];
  /** Names that the server gives to more than one tool. */
  readonly shadowed: readonly string[];
  readonly changed: readonly { readonly tool: string; readonly diff: readonly string[] }[];
  readonly server: readonly string[];
}

/** The digest of a server's instructions, as catalogues keep it. */
export function instructionsDigest(server: ServerIdentity): McpCatalogueFile['instructions'] {
  return server.instructions === null ? undefined : digestText('tool', server.instructions);
}

function serverDifferences(file: McpCatalogueFile, server: ServerIdentity): string[] {
  const show = (text: string): string => JSON.stringify(visible(text).slice(0, 100).toWellFormed());
  const lines = (['name', 'version'] as const).flatMap((field) =>
    file.server[field] === server[field] ? [] : [`${field}: ${show(file.server[field])} → ${show(server[field])}`],
  );
  return file.instructions === instructionsDigest(server) ? lines : [...lines, 'its instructions differ'];
}

/** Compares a catalogue with what its server offers now, enabled or not. */
export function differencesOf(file: McpCatalogueFile, survey: Survey): Differences {
  const live = new Map(survey.tools.map((tool) => [tool.name, tool]));
  const count = (name: string): number => survey.tools.filter((tool) => tool.name === name).length;
  const known = Object.entries(file.tools);
  return {
    added: [...live.keys()].filter((name) => !Object.hasOwn(file.tools, name)),
    gone: known.flatMap(([name]) => (live.has(name) ? [] : [name])),
    shadowed: [...live.keys()].filter((name) => count(name) > 1),
    changed: known.flatMap(([tool, entry]) => {
      const now = live.get(tool);
      if (now === undefined || pinOf(now) === entry.pin.hash) return [];
      return [{ tool, diff: toolDiff({ description: entry.pin.description, input: entry.input }, now) }];
    }),
    server: serverDifferences(file, survey.server),
  };
}

/** True if anything differs. */
export function differs(found: Differences): boolean {
  return [found.added, found.gone, found.shadowed, found.changed, found.server].some((list) => list.length > 0);
}
