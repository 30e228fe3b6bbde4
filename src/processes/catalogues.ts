import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Catalogue } from '../action/operation.ts';
import { githubCatalogue } from '../connectors/github/catalog.ts';
import { mcpCatalogue } from '../connectors/mcp/catalog.ts';
import type { McpCatalogueFile } from '../connectors/mcp/catalog.ts';
import { slackCatalogue } from '../connectors/slack/catalog.ts';
import type { Catalogues } from '../decide/call.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { loadCatalogueFile } from './catalogue-file.ts';
import type { Config } from './config.ts';
import { houseProblems } from './served.ts';
import type { Served, ServedProblem } from './served.ts';

interface Loaded {
  readonly catalogue: Catalogue;
  readonly file: McpCatalogueFile | null;
}

function load(config: Config, system: string, settings: Config['systems'][string]): Loaded {
  switch (settings.connector) {
    case 'github':
      return { catalogue: githubCatalogue(system, settings), file: null };
    case 'slack':
      return { catalogue: slackCatalogue(system, settings), file: null };
    case 'mcp': {
      const file = loadCatalogueFile(resolve(config.folder, settings.catalogue));
      return { catalogue: mcpCatalogue(system, settings, file), file };
    }
  }
}

const served = ({ catalogue, file }: Loaded): Served => ({
  system: catalogue.system,
  operations: [...catalogue.operations.keys()],
  file,
});

/**
 * The catalogue of each configured system. Every process that decides builds its own, from its own code and files.
 * @throws CountersignError `bad-catalogue`, also if the catalogues do not go together
 */
export function loadCatalogues(config: Config): Catalogues {
  const loaded = Object.entries(config.systems).map(([system, settings]) => load(config, system, settings));
  const problems = houseProblems(loaded.map(served)).slice(0, limits.mcpFlagsMax);
  if (problems.length > 0)
    throw new CountersignError(
      'bad-catalogue',
      `the systems cannot be served together; correct these lines:\n  ${problems.map(({ message }) => message).join('\n  ')}`,
    );
  return new Map(loaded.map(({ catalogue }): [string, Catalogue] => [catalogue.system, catalogue]));
}

/** All that is wrong with the catalogues of the configuration: of each system by itself, or else of all of them together. */
export function catalogueProblems(config: Config): readonly ServedProblem[] {
  const loaded: Loaded[] = [];
  const problems = Object.entries(config.systems).flatMap(([system, settings]): ServedProblem[] => {
    try {
      loaded.push(load(config, system, settings));
      return [];
    } catch (error) {
      if (error instanceof CountersignError) return [{ system, message: error.message }];
      throw error;
    }
  });
  return problems.length > 0 ? problems : houseProblems(loaded.map(served)).slice(0, limits.mcpFlagsMax);
}

/**
 * The systems of the configuration as they would be served, for the review of one of them: those whose catalogue is still to
 * be made have only their name.
 * @throws CountersignError `bad-catalogue` if the catalogue of one of them cannot be used by itself
 */
export function servedSystems(config: Config): readonly Served[] {
  return Object.entries(config.systems).map(([system, settings]) => {
    const missing = settings.connector === 'mcp' && !existsSync(resolve(config.folder, settings.catalogue));
    return missing ? { system, operations: [], file: null } : served(load(config, system, settings));
  });
}
