import { atPath } from '../action/json.ts';

/** The words that a statement is found by: columns beside it, which nobody has signed. */
export interface FoundBy {
  readonly kind: string;
  readonly proposal: string | null;
  readonly run: string | null;
}

/** The words that a statement has to be found by: its kind, and what its body says that it is about. */
export function foundBy({ kind, body }: { readonly kind: string; readonly body: unknown }): FoundBy {
  const about = (name: 'proposal' | 'run'): string | null => {
    const value = atPath(body, name);
    return typeof value === 'string' ? value : null;
  };
  return { kind, proposal: about('proposal'), run: about('run') };
}

/** True if both find the same statements. */
export function sameWords(a: FoundBy, b: FoundBy): boolean {
  return a.kind === b.kind && a.proposal === b.proposal && a.run === b.run;
}
