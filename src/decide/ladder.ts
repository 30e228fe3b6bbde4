import { roles } from '../action/principal.ts';
import type { Role } from '../action/principal.ts';

/** Every set of signatures, smallest first, then in the order of `roles`. The first rung is no signature at all. */
export const rungs: readonly (readonly Role[])[] = subsets().toSorted(
  (a, b) =>
    a.length - b.length ||
    compare(
      a.map((role) => roles.indexOf(role)),
      b.map((role) => roles.indexOf(role)),
    ),
);

function subsets(): Role[][] {
  return Array.from({ length: 2 ** roles.length }, (_, bits) => roles.filter((_, i) => (bits >> i) % 2 === 1));
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** The lowest of the first `count` rungs that is allowed, or null. */
export function lowestRung(isAllowed: (signed: readonly Role[]) => boolean, count: number = rungs.length): number | null {
  const found = rungs.slice(0, count).findIndex(isAllowed);
  return found === -1 ? null : found;
}
