import { limits } from '../limits.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { hashBytes } from './hash.ts';
import type { Hash } from './hash.ts';

/** What a log says of itself at one moment: the text under the signature of a checkpoint (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

/** The text of a checkpoint: origin, size and root, each on its line. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** A count in decimal as the log formats write it: no leading zeros, at most `limits.logEntriesMax`. Null otherwise. */
export function parseCount(text: string): number | null {
  const count = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return count <= limits.logEntriesMax ? count : null;
}

/**
 * Parses the text of a checkpoint. Null if it is malformed. Extension lines are allowed and ignored.
 * A malformed text may carry a good signature: whoever holds the log's key can sign anything.
 */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = '', sizeText = '', rootText = '', ...rest] = text.split('\n');
  const size = parseCount(sizeText);
  const root = fromBase64(rootText);
  const end = rest.pop();
  if (origin === '' || size === null || root?.length !== hashBytes || end !== '' || rest.includes('')) return null;
  return { origin, size, root };
}
