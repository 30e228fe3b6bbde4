import { cut } from '../../action/cut.ts';
import { CountersignError } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { CredentialRef, Upstream } from '../settings.ts';
import type { McpCatalogueFile } from './catalog.ts';
import { ConnectFailed, addressOf, openLink } from './link.ts';
import type { Link, ServerIdentity } from './link.ts';
import { skeleton } from './names.ts';
import { pinOf, textDiff, toolDiff } from './pin.ts';
import type { LiveTool } from './pin.ts';
import { sameInstructions, serverRecord } from './server.ts';
import { visible } from './texts.ts';

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
  /** Names that nobody has reviewed and that look like the name of another tool. */
  readonly lookAlikes: readonly string[];
  readonly changed: readonly { readonly tool: string; readonly diff: readonly string[] }[];
  readonly server: readonly string[];
}

function serverDifferences(file: McpCatalogueFile, server: ServerIdentity): string[] {
  const now = serverRecord(server);
  const show = (text: string): string => JSON.stringify(cut(visible(text), 100));
  const lines = (['name', 'version'] as const).flatMap((field) =>
    file.server[field] === now.server[field] ? [] : [`${field}: ${show(file.server[field])} → ${show(now.server[field])}`],
  );
  if (sameInstructions(file, server)) return lines;
  const words =
    file.instructionsText === undefined && file.instructions !== undefined
      ? ['its instructions differ']
      : textDiff('instructions', file.instructionsText ?? '', server.instructions ?? '').slice(0, limits.mcpDiffLinesMax);
  return [...lines, ...(words.length === 0 ? ['its instructions differ'] : words)];
}

function twins(file: McpCatalogueFile, live: readonly string[]): string[] {
  const bones = live.map(skeleton);
  const reviewed = new Set(Object.keys(file.tools).map(skeleton));
  return live.filter((name, i) => {
    const bone = bones[i] ?? '';
    return !Object.hasOwn(file.tools, name) && (reviewed.has(bone) || bones.indexOf(bone) !== bones.lastIndexOf(bone));
  });
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
    lookAlikes: twins(file, [...live.keys()]),
    changed: known.flatMap(([tool, entry]) => {
      const now = live.get(tool);
      if (now === undefined || pinOf(now) === entry.pin.hash) return [];
      return [{ tool, diff: toolDiff(entry, now) }];
    }),
    server: serverDifferences(file, survey.server),
  };
}

/** True if anything differs. */
export function differs(found: Differences): boolean {
  return [found.added, found.gone, found.shadowed, found.lookAlikes, found.changed, found.server].some((list) => list.length > 0);
}
