import { cut } from '../../action/cut.ts';
import { digestText } from '../../action/digest.ts';
import { limits } from '../../limits.ts';
import type { McpCatalogueFile } from './catalog.ts';
import type { ServerIdentity } from './link.ts';

/** What a catalogue keeps of a server as it was reviewed. */
export type ServerRecord = Pick<McpCatalogueFile, 'server' | 'instructions' | 'instructionsText'>;

/** What a catalogue keeps of a server that is reviewed now: its words for a later difference, the digest of them as the pin. */
export function serverRecord(server: ServerIdentity): ServerRecord {
  const name = cut(server.name, limits.mcpServerNameCharsMax);
  const version = cut(server.version, limits.mcpServerVersionCharsMax);
  const text = server.instructions?.toWellFormed();
  return {
    server: { name, version },
    ...(text === undefined ? {} : { instructions: digestText('tool', text), instructionsText: text }),
  };
}

/** Whether a server gives the instructions that were reviewed. They are never shown to a model, yet a change of them is a sign. */
export function sameInstructions(file: ServerRecord, server: ServerIdentity): boolean {
  return file.instructions === 'any' || file.instructions === serverRecord(server).instructions;
}
