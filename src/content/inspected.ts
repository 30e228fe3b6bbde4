import type { Json } from '../action/json.ts';
import type { Level } from '../action/vocabulary.ts';
import type { Overrun } from './budget.ts';
import type { SanitiseOptions } from './sanitise.ts';
import type { Reference } from './sanitised.ts';

/** In which reading of a text something was found: as it is, with its disguises undone, inside of an encoding, or where people do not see it. */
export type View = 'visible' | 'skeleton' | 'decoded' | 'hidden';

/** Something that was found. All of it is ours: it never carries a third party's text, nor a secret. */
export interface ContentFinding {
  readonly kind: 'secret' | 'injection' | 'hidden' | 'personal';
  readonly rule: string;
  /** What a person is told, to follow "it": `tells a model to ignore its instructions`, or a thing: `a GitHub token`. */
  readonly what: string;
  readonly view: View;
  readonly count: number;
}

/** How content is inspected. */
export interface InspectOptions extends SanitiseOptions {
  /** True: personal data is told as well. It never raises the level. */
  readonly personal?: boolean;
  /** The operator's own model: for each sentence, how likely it is an injection, from 0 to 1. It can only raise the level. */
  readonly classifier?: (sentences: readonly string[]) => readonly number[];
  /** The score from which a sentence counts. 0.5 by default. */
  readonly classifierThreshold?: number;
  /** A person has asked to see it although it is hostile. */
  readonly openHostile?: boolean;
}

/** Content as a model may be shown it. */
export interface Shown {
  readonly kind: 'shown';
  readonly value: Json;
  readonly level: Level;
  readonly findings: readonly ContentFinding[];
  /** Links and images by the numbers that stand for them. */
  readonly references: readonly Reference[];
  /** How many UTF-16 units were taken out that a person would not have seen. */
  readonly hiddenChars: number;
  readonly steps: number;
}

/** Content that is not shown: it is hostile, or too much to be checked. `notice` is ours and stands in its place. */
export interface NotShown {
  readonly kind: 'withheld';
  readonly notice: string;
  readonly level: 'hostile';
  readonly reason: Overrun | 'hostile';
  readonly findings: readonly ContentFinding[];
  readonly steps: number;
}

/** What became of an item. */
export type Inspected = Shown | NotShown;
