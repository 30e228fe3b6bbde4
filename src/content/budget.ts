import { limits } from '../limits.ts';

/** Why a text was withheld: a bound in `limits.ts` was hit. */
export type Overrun = 'too-long' | 'too-much-work' | 'too-many-parts' | 'too-deep';

/**
 * The bound on one item, counted in steps and not by the clock, so that the same text always ends in the same way.
 * A step is one character looked at. Whoever wrote the text controls how much work it asks for.
 */
export interface Budget {
  steps: number;
  readonly stepsMax: number;
  parts: number;
  overrun: Overrun | null;
}

/** A fresh budget for so many characters: work may grow with the length, and no faster. */
export function budgetFor(chars: number): Budget {
  return { steps: 0, stepsMax: chars * limits.contentStepsPerChar + limits.contentStepsFloor, parts: 0, overrun: null };
}

/** Takes steps from the budget. False: it is spent, and whoever loops stops. */
export function spend(budget: Budget, steps: number): boolean {
  budget.steps += steps;
  if (budget.steps > budget.stepsMax) budget.overrun ??= 'too-much-work';
  return budget.overrun === null;
}

/** Takes one part (a hidden segment, a link, an image) from the budget. False: there are too many. */
export function part(budget: Budget): boolean {
  if (++budget.parts > limits.contentPartsMax) budget.overrun ??= 'too-many-parts';
  return budget.overrun === null;
}
