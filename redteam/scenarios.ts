import type { Scenario } from './scenario.ts';
import { answers } from './scenarios/answers.ts';
import { deeds } from './scenarios/deeds.ts';
import { records } from './scenarios/records.ts';
import { trust } from './scenarios/trust.ts';

/** All of them, by number. */
export const scenarios: readonly Scenario[] = [...answers, ...records, ...deeds, ...trust].toSorted((a, b) => a.id.localeCompare(b.id));
