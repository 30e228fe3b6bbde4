import { limits } from '../limits.ts';
import { budgetFor, spend } from './budget.ts';
import type { Budget, Overrun } from './budget.ts';
import { canonicalise } from './canonicalise.ts';
import { decodedBlocks } from './decode.ts';
import { unmark } from './markup.ts';
import { refer } from './references.ts';
import type { Numbering } from './references.ts';
import { quoteTurns } from './roles.ts';
import type { Aside, Decoded, Hidden, Sanitised, Withheld } from './sanitised.ts';

/** How a text is read. */
export interface SanitiseOptions {
  /**
   * `prose` (the default): HTML, Markdown and Slack markup mean something. `source`: a file in which a person sees every
   * character of the markup; it stays, and so do URLs. Invisible characters and the marks of turns go from both.
   */
  readonly form?: 'prose' | 'source';
  /** The number of the first reference, so that numbers do not repeat within a run. 1 by default. */
  readonly firstReference?: number;
}

/** What several strings share: the budget, the numbers and what was found in them. */
export interface Work {
  readonly budget: Budget;
  readonly numbering: Numbering;
  readonly prose: boolean;
  readonly hidden: Hidden[];
  readonly decoded: Decoded[];
  moreDecoded: boolean;
}

/** Begins with so many characters to go. */
export function beginWork(chars: number, { form = 'prose', firstReference = 1 }: SanitiseOptions): Work {
  return {
    budget: budgetFor(chars),
    numbering: { next: firstReference, references: [] },
    prose: form === 'prose',
    hidden: [],
    decoded: [],
    moreDecoded: false,
  };
}

/** One string, on the common budget. When that is spent, what comes out is of no use and the item is withheld. */
export function sanitiseString(text: string, work: Work): string {
  const { budget, numbering, hidden } = work;
  const canonical = canonicalise(text, budget);
  hidden.push(...canonical.hidden);
  const decoded = decodedBlocks(canonical.text, budget);
  const room = limits.contentDecodedBlocksMax - work.decoded.length;
  work.decoded.push(...decoded.found.slice(0, room));
  if (decoded.more || decoded.found.length > room) work.moreDecoded = true;
  let out = canonical.text;
  if (work.prose && budget.overrun === null) {
    const unmarked = unmark(out, budget);
    const referred = refer(unmarked.text, unmarked.targets, numbering, budget);
    for (const segment of unmarked.hidden) hidden.push(segment);
    for (const segment of referred.hidden) hidden.push(segment);
    out = referred.text;
  } else if (!work.prose) {
    out = escapeTemplates(out);
  }
  spend(budget, out.length);
  return budget.overrun === null ? quoteTurns(out) : '';
}

/** Only what a tokeniser might take for its own: the names of tags mean what they mean in the file's language. */
function escapeTemplates(text: string): string {
  return text
    .replaceAll(/<(?=[|｜][^\s<>|｜]{1,40}[|｜]>|<\/?SYS>>|(?:start|end)_of_turn>)/gi, '&lt;')
    .replaceAll(/\[(\/?INST)\]/gi, '⟦$1⟧');
}

/** What came out besides the text. */
export function asideOf({ budget, numbering, hidden, decoded, moreDecoded }: Work): Aside {
  return {
    hidden,
    links: numbering.references.filter((reference) => reference.kind === 'link'),
    images: numbering.references.filter((reference) => reference.kind === 'image'),
    decoded,
    moreDecoded,
    steps: budget.steps,
  };
}

const because: Record<Overrun, string> = {
  'too-long': 'it is longer than can be checked: ask for less at a time',
  'too-much-work': 'checking it would take more work than ordinary text of its length',
  'too-many-parts': 'it holds too many hidden parts, links and images',
  'too-deep': 'it is nested too deep, or has too many values',
};

/** The notice in place of an item. All of it is ours. */
export function withheld(reason: Overrun, steps: number): Withheld {
  return { kind: 'withheld', reason, notice: `[withheld: this content is not shown because ${because[reason]}]`, steps };
}

/**
 * Third-party text as a model may see it: nothing invisible, nothing hidden from people, no markup that acts, no marks of
 * turns, URLs as numbered references. Doing it twice changes nothing. The result has at most `24 + 12 * text.length`
 * UTF-16 units. It takes a number of steps that grows with the length and no faster; a text that is too long, costs too
 * much or holds too many parts is withheld, never cut.
 */
export function sanitise(text: string, options: SanitiseOptions = {}): Sanitised {
  if (text.length > limits.contentCharsMax) return withheld('too-long', 0);
  const work = beginWork(text.length, options);
  const out = sanitiseString(text, work);
  if (work.budget.overrun !== null) return withheld(work.budget.overrun, work.budget.steps);
  return { kind: 'text', text: out, ...asideOf(work) };
}
