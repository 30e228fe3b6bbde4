import { automaton } from './automaton.ts';
import type { Automaton } from './automaton.ts';
import { spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { fromUnits } from './fold.ts';
import type { InjectionRule } from './injection-rule.ts';
import { otherRules } from './injection-rules-languages.ts';
import { englishRules, templateRules } from './injection-rules.ts';
import { within } from './quoted.ts';
import type { Ranges } from './quoted.ts';
import { isWordUnit } from './units.ts';

/** All rules. A match is only a warning: it raises what is asked for, and nothing is decided by there being none. */
export const injectionRules: readonly InjectionRule[] = [...englishRules, ...otherRules];

/** The rules for marks that only a tokeniser has a use for. */
export const templateIds: ReadonlySet<string> = new Set(templateRules.map(({ id }) => id));

/** A rule that was met, and where. */
export interface Hit {
  readonly rule: InjectionRule;
  readonly from: number;
  readonly end: number;
}

interface Anchor {
  readonly rule: InjectionRule;
  /** Its place in the list. */
  readonly number: number;
  readonly tail: RegExp;
}

/** Several rules may begin with the same phrase: it is looked for once. */
const byStart = new Map<string, Anchor[]>();
for (const [number, rule] of injectionRules.entries()) {
  const tail = new RegExp(rule.tail, 'y');
  for (const start of rule.starts) byStart.set(start, [...(byStart.get(start) ?? []), { rule, number, tail }]);
}
const starts = [...byStart.keys()];
const anchors = [...byStart.values()];
const keywords = automaton(starts);
/** The work that an attempt is counted for: what a rule can look at before it gives up is about as much. */
const attemptSteps = 16;
const lookBack = 48;

function met({ rule, tail }: Anchor, plain: string, from: number, end: number): number {
  tail.lastIndex = end;
  if (!tail.test(plain)) return -1;
  const stop = tail.lastIndex;
  return rule.unless?.test(plain.slice(Math.max(0, from - lookBack), from)) === true ? -1 : stop;
}

const rot13 = (unit: number): number => (unit >= 97 && unit <= 122 ? ((unit - 84) % 26) + 97 : unit < 128 ? unit : 32);
const rot13s = Uint16Array.from({ length: 128 }, (_, unit) => rot13(unit));

/** Letters moved by 13 places. Other scripts do not move: what they say is read as it is, and here they are blanks. */
function turned(plain: string): string {
  const out = new Uint16Array(plain.length);
  for (let at = 0; at < plain.length; at++) {
    const unit = plain.charCodeAt(at);
    out[at] = unit < 128 ? (rot13s[unit] ?? 0) : 32;
  }
  return fromUnits(out, plain.length);
}

/** A way to read a text: what finds the keywords in it, and whether a unit of it belongs to a word. */
interface Sight {
  readonly keywords: Automaton;
  readonly inWord: Uint8Array;
}

const asIs: Sight = { keywords, inWord: isWordUnit };
const turnedSight: Sight = { keywords: keywords.through(rot13), inWord: isWordUnit.map((is, unit) => (unit < 128 ? is : 0)) };
const startsWord = Uint8Array.from(starts, (start) => isWordUnit[start.charCodeAt(0)] ?? 0);

/** Every rule that a text in its plain form meets, in the order of the text. When the budget is spent, the rest is not looked at. */
export function hitsIn(plain: string, budget: Budget): readonly Hit[] {
  return hitsOf(asIs, plain, () => plain, budget);
}

/** `hitsIn` for the text with its letters moved by 13 places, which is only written down if a phrase may begin in it. */
export function turnedHitsIn(plain: string, budget: Budget): readonly Hit[] {
  let said: string | null = null;
  return hitsOf(turnedSight, plain, () => (said ??= turned(plain)), budget);
}

function hitsOf({ keywords, inWord }: Sight, text: string, said: () => string, budget: Budget): readonly Hit[] {
  const hits: Hit[] = [];
  const covered = new Uint32Array(injectionRules.length);
  spend(budget, text.length);
  keywords.scan(text, (keyword, end) => {
    if (budget.overrun !== null) return;
    const from = end - (starts[keyword]?.length ?? 0);
    const inside = startsWord[keyword] === 1 && from > 0 && inWord[text.charCodeAt(from - 1)] === 1;
    for (const anchor of anchors[keyword] ?? []) {
      if ((inside && anchor.rule.inside !== true) || from < (covered[anchor.number] ?? 0)) continue;
      spend(budget, attemptSteps);
      const stop = met(anchor, said(), from, end);
      if (stop === -1) continue;
      covered[anchor.number] = stop;
      hits.push({ rule: anchor.rule, from, end: stop });
    }
  });
  return hits;
}

/** How near to each other hits must be to count together, in UTF-16 units. */
const together = 600;
const quotedLess = 2;

/** What rules that say the same more or less strictly count as: one. */
const family = (id: string): string => /^(?:override|conceal)(?=-|$)/.exec(id)?.[0] ?? id.replace(/-(?:mild|[a-z]{2})$/, '');
const families = new Map(injectionRules.map((rule) => [rule, family(rule.id)]));

/** What hits that stand together count: each family once; weak ones alone never more than a note. */
function sum(standing: ReadonlyMap<string, readonly number[]>): number {
  let [total, strongest] = [0, 0];
  for (const counts of standing.values()) {
    const weight = (counts[3] ?? 0) > 0 ? 3 : (counts[2] ?? 0) > 0 ? 2 : (counts[1] ?? 0) > 0 ? 1 : 0;
    total += weight;
    strongest = Math.max(strongest, weight);
  }
  return strongest < 2 ? Math.min(total, 2) : total;
}

interface Weighed {
  readonly from: number;
  readonly family: string;
  readonly weight: number;
}

/** The highest sum of weights that stand together. What is quoted counts two less, and nothing together with what is not. */
export function scoreOf(hits: readonly Hit[], quoted: Ranges): number {
  const [said, cited]: [Weighed[], Weighed[]] = [[], []];
  for (const { rule, from } of hits) {
    const isCited = within(quoted, from);
    const weight = rule.weight - (isCited ? quotedLess : 0);
    if (weight > 0) (isCited ? cited : said).push({ from, family: families.get(rule) ?? rule.id, weight });
  }
  return Math.max(highest(said), highest(cited));
}

function highest(weighed: readonly Weighed[]): number {
  /** How many of each weight of each family stand in the window that ends here. */
  const standing = new Map<string, number[]>();
  let [best, first] = [0, 0];
  const count = ({ family, weight }: Weighed, by: number): number => {
    let counts = standing.get(family);
    if (counts === undefined) standing.set(family, (counts = [0, 0, 0, 0]));
    return (counts[weight] = (counts[weight] ?? 0) + by);
  };
  for (const hit of weighed) {
    for (let gone = weighed[first]; gone !== undefined && hit.from - gone.from > together; gone = weighed[++first]) count(gone, -1);
    // The sum can only have grown if something is there now that was not.
    if (count(hit, 1) === 1) best = Math.max(best, sum(standing));
    if (best >= enough) break;
  }
  return best;
}

/** A score beyond which nothing changes any more. */
const enough = 12;
