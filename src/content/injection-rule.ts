/*
 * Rules for text that speaks to a model instead of to a person. A rule is anchored at a phrase that the automaton finds,
 * and looks a bounded way behind it. They are made for the plain form (`fold.ts`): lower case, no accents.
 */

/** One way of steering a model. */
export interface InjectionRule {
  readonly id: string;
  /** What a person is told of it. */
  readonly what: string;
  /** 1: only together with others; 2: worth a note; 3: suspicious by itself. */
  readonly weight: 1 | 2 | 3;
  /** How it begins. */
  readonly starts: readonly string[];
  /** A regular expression for what follows. All quantifiers are bounded. */
  readonly tail: string;
  /** What must not stand before it (`never send your password`). */
  readonly unless?: RegExp;
  /** True for scripts that write no blanks, and for signs: it may begin inside of a word. */
  readonly inside?: boolean;
}

/** At most so many words of one sentence, each with its blank. */
export const gap = (most: number): string => `(?:[^ .!?\\n]{1,24} ){0,${most}}`;

/** At most so many characters of one sentence, for scripts without blanks. */
export const near = (most: number): string => `[^.!?\\n]{0,${most}}?`;

/** The end of a word that is inflected. */
export const ending = '[^ .!?,;:\\n]{0,6}';

/** What comes before a phrase that forbids it. */
export const forbidden =
  /(?:never|not|don't|dont|cannot|can't|won't|nobody will|no one will|must not|avoid|refuse to) (?:ask(?:ed)? (?:you )?(?:to|for) |ever |please )?$/;

/** What a rule is called and told, and how much it counts. */
type About = readonly [id: string, what: string, weight: 1 | 2 | 3];

/** Writes a rule down. `starts` are parted by `|`, or a list if they hold one. */
export function rule(
  [id, what, weight]: About,
  starts: string | readonly string[],
  tail: string,
  more: Pick<InjectionRule, 'unless' | 'inside'> = {},
): InjectionRule {
  return { id, what, weight, starts: typeof starts === 'string' ? starts.split('|') : starts, tail, ...more };
}
