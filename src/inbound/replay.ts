import type { ReplayKeys } from './verdict.ts';

/** What the store knows of a delivery to the same endpoint: the row of the same signed bytes, and the row of the same message id. */
export interface ReplaySeen {
  readonly bySignedDigest: boolean;
  /** The digest of the body that came first under this message id; null if the id was never seen. */
  readonly bodyDigestOfMessageId: string | null;
}

/**
 * Whether a verified delivery is the first, a repeat, or another body under an id that was used before. A conflict is an
 * alarm: the sender broke its own rule, or its secret is in other hands.
 */
export function gradeReplay(keys: ReplayKeys, seen: ReplaySeen): 'first' | 'duplicate' | 'conflict' {
  if (keys.messageId !== null && seen.bodyDigestOfMessageId !== null && seen.bodyDigestOfMessageId !== keys.bodyDigest) return 'conflict';
  return seen.bySignedDigest || (keys.messageId !== null && seen.bodyDigestOfMessageId !== null) ? 'duplicate' : 'first';
}
