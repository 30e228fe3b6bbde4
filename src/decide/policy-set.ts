import { digest, digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import { cedarSchema } from './schema.ts';
import type { Outline } from './schema.ts';

/** Policies as they decide, by id: the `@id` that the policy carries, or the file and its number in it. */
export interface PolicySet {
  readonly digest: Digest;
  readonly policies: ReadonlyMap<string, string>;
}

/**
 * Names a set of policies. The digest covers every id and text and the schema, so that the same text over another
 * catalogue is another policy: what was signed under one is not executed under the other.
 */
export function policySet(policies: ReadonlyMap<string, string>, catalogues: readonly Outline[]): PolicySet {
  const pairs = Array.from(policies, ([id, text]) => ({ id, text })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return { digest: digest('policy', { schema: digestText('policy', cedarSchema(catalogues)), policies: pairs }), policies };
}
