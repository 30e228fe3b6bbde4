import { reaches } from '../action/audience.ts';
import { classes } from '../action/class.ts';
import { roles } from '../action/principal.ts';
import { statementShapes } from '../action/statement.ts';
import { egressKinds, grades, levels, scopes } from '../action/vocabulary.ts';
import type { Binding } from '../action/statement.ts';
import type { Outline } from './schema.ts';

/** Every binding. */
export const bindings: readonly Binding[] = statementShapes.decided.shape.binding.options;

/** The words that each attribute of the context can hold, for those whose words are known. */
export function words(catalogues: readonly Outline[]): ReadonlyMap<string, readonly string[]> {
  return new Map<string, readonly string[]>([
    ['class', classes],
    ['binding', bindings],
    ['reach', [...reaches, 'unknown']],
    ['kind', [...reaches, 'unknown']],
    ['scope', scopes],
    ['content', levels],
    ['egress', egressKinds],
    ['bodyIntegrity', grades.shape.bodyIntegrity.options],
    ['freshness', grades.shape.freshness.options],
    ['source', grades.shape.source.options],
    ['trust', grades.shape.trust.options],
    ['countersignatures', roles],
    ['tenant', catalogues.map((catalogue) => catalogue.tenant)],
  ]);
}
