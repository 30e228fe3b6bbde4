import type { Draft } from '../../src/action/statement.ts';
import type { Write } from '../../src/store/store.ts';

/** A draft that a proposal's statements are found by. */
export const draftOf = (proposal: string, code = 'x'): Draft => ({ kind: 'cancelled', body: { proposal, code, message: '' } });

/** A write of what is given. */
export const write = (parts: Partial<Write>): Write => ({ statements: [], changes: [], bodies: [], ...parts });
