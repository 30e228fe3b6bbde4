import { z } from 'zod';
import { limits } from '../limits.ts';
import { parseCanonical } from './canonical.ts';
import type { Json } from './json.ts';

/*
 * What a hand has learned from an answer, besides the answer: the body that the `facts` digest of its signed statement
 * names. It is what binding and egress checks are computed from, so it comes from hands only; of what the hooks door hands
 * over only references and prints count.
 */

const word = z.string().min(1).max(limits.idCharsMax);

const shape = z.strictObject({
  /** Things that were seen, with what they are called there. */
  seen: z
    .array(z.strictObject({ type: word, id: word, names: z.array(z.string().max(limits.shownNameCharsMax)).max(limits.namesOfOneMax) }))
    .max(limits.seenObjectsMax),
  /** Fields that the system itself sets. */
  fields: z.array(z.strictObject({ type: word, value: word })).max(limits.seenFieldsMax),
  /** Things that the call made. */
  made: z.array(z.strictObject({ type: word, id: word })).max(limits.madeMax),
  /** The links and images that stand as numbered references in what the model was shown. */
  references: z
    .array(
      z.strictObject({ number: z.int().min(1), label: z.string().max(limits.shownNameCharsMax), url: z.string().max(limits.urlCharsMax) }),
    )
    .max(limits.referencesMax),
  /** Fingerprints of the text, to find copies of it (see `content/overlap.ts`). */
  prints: z.array(z.int().min(-0x8000_0000).max(0x7fff_ffff)).max(limits.fingerprintsMax),
});

/** What was learned. */
export type Facts = z.infer<typeof shape>;

/** Nothing was learned. */
export const noFacts: Facts = { seen: [], fields: [], made: [], references: [], prints: [] };

/** True if there is nothing to keep. */
export function isEmpty(facts: Facts): boolean {
  return Object.values(facts).every((list) => list.length === 0);
}

/** Parses a body of facts. Its digest has been compared already; null if it is none. */
export function parseFacts(text: string): Facts | null {
  let value: Json;
  try {
    value = parseCanonical(text);
  } catch {
    return null;
  }
  const parsed = shape.safeParse(value);
  return parsed.success ? parsed.data : null;
}
