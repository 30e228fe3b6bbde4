import { digestText } from '../../src/action/digest.ts';
import type { Draft } from '../../src/action/statement.ts';
import { limits } from '../../src/limits.ts';
import type { Write } from '../../src/store/store.ts';

/** A draft that a proposal's statements are found by. */
export const draftOf = (proposal: string, code = 'x'): Draft => ({ kind: 'cancelled', body: { proposal, code, message: '' } });

/** A write of what is given. */
export const write = (parts: Partial<Write>): Write => ({ statements: [], changes: [], bodies: [], ...parts });

/** A text that is too large to lie in the store itself, with its digest. */
export function largeBody(name: string): Write['bodies'][number] {
  const text = `${name} é 🙂 `.repeat(limits.storeLargeTextChars / 4);
  return { digest: digestText('body', text), text };
}
