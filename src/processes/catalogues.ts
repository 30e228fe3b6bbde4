import { resolve } from 'node:path';
import type { Catalogue } from '../action/operation.ts';
import { githubCatalogue } from '../connectors/github/catalog.ts';
import { mcpCatalogue } from '../connectors/mcp/catalog.ts';
import { slackCatalogue } from '../connectors/slack/catalog.ts';
import type { Catalogues } from '../decide/call.ts';
import { loadCatalogueFile } from './catalogue-file.ts';
import type { Config } from './config.ts';

/**
 * The catalogue of each configured system. Every process that decides builds its own, from its own code and files.
 * @throws CountersignError `bad-catalogue`
 */
export function loadCatalogues(config: Config): Catalogues {
  return new Map(
    Object.entries(config.systems).map(([system, settings]): [string, Catalogue] => {
      switch (settings.connector) {
        case 'github':
          return [system, githubCatalogue(system, settings)];
        case 'slack':
          return [system, slackCatalogue(system, settings)];
        case 'mcp':
          return [system, mcpCatalogue(system, settings, loadCatalogueFile(resolve(config.folder, settings.catalogue)))];
      }
    }),
  );
}
