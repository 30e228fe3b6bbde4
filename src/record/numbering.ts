import type { Statement } from '../action/statement.ts';

/** What the number of a statement says: it is the next of its maker's life, it was there before, or some before it are missing. */
export type Numbered =
  | { readonly is: 'next' }
  | { readonly is: 'repeated' }
  | { readonly is: 'after-gap'; readonly missing: number; readonly from: number };

/**
 * Follows the numbers of statements. Each life of a process counts its statements from 0, so that one that was dropped
 * or moved shows in the next one. What cannot show: the last statements of a life, with none after them.
 */
export interface Numbering {
  /** Looks at the next statement. What is seen counts from now on, until `drop`. */
  see(statement: Pick<Statement, 'by' | 'boot' | 'n'>): Numbered;
  /** What was seen so far is settled. */
  keep(): void;
  /** Forgets what was seen since the last `keep`. */
  drop(): void;
}

/** Begins with nothing seen. */
export function openNumbering(): Numbering {
  const kept = new Map<string, number>();
  const seen = new Map<string, number>();
  return {
    see: ({ by, boot, n }) => {
      const life = `${by} ${boot}`;
      const next = seen.get(life) ?? kept.get(life) ?? 0;
      if (n < next) return { is: 'repeated' };
      seen.set(life, n + 1);
      return n === next ? { is: 'next' } : { is: 'after-gap', missing: n - next, from: next };
    },
    keep: () => {
      for (const [life, next] of seen) kept.set(life, next);
      seen.clear();
    },
    drop: () => seen.clear(),
  };
}
