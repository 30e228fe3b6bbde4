import { automaton } from './automaton.ts';
import type { SecretRule } from './secret-rule.ts';
import { placeholder, secretRules } from './secret-rules.ts';
import { runEnds, asciiTableOf, varied } from './units.ts';

/** Something that looks like a credential. It says where, never what: whoever must have it cuts it from the text. */
export interface Finding {
  readonly kind: 'secret';
  readonly rule: string;
  /** What a person is told it is: "a GitHub OAuth token". */
  readonly what: string;
  /** Its place in the text, in UTF-16 units. */
  readonly from: number;
  readonly end: number;
}

/** Findings with the counted work: one step per character, and what each attempt of a rule may have looked at. */
export interface SecretScan {
  readonly findings: readonly Finding[];
  readonly steps: number;
}

interface Anchor {
  readonly rule: SecretRule;
  readonly tail: RegExp;
  readonly start: string;
}

const anchors: readonly Anchor[] = secretRules.flatMap((rule) => {
  const tail = new RegExp(rule.tail, 'y');
  return rule.starts.map((start) => ({ rule, tail, start }));
});
const keywords = automaton(anchors.map(({ start }) => start.toLowerCase()));
const longest = 512;
/** What an attempt that failed can have looked at: at most the token that it stands in. */
const tokenUnit = asciiTableOf(/[A-Za-z0-9_.+/=%~:@-]/);

/** A credential starts where a word starts. Where a long tail could be tried again inside of itself, a hyphen or dot starts none either. */
const startsInside = (rule: SecretRule, before: string): boolean => (rule.reach > longest ? inLong : inShort).test(before);
const [inLong, inShort] = [/[\w.-]/, /[A-Za-z0-9]/];

/** A credential has at least so many characters that differ. */
const differingMin = 6;

/** Placeholders repeat themselves and say what they are; keys do neither. */
function random(secret: string): boolean {
  return varied(secret, differingMin) && !placeholder.test(secret);
}

function match({ rule, tail, start }: Anchor, text: string, end: number): Finding | null {
  let from = end - start.length;
  if (rule.anyCase !== true && !text.startsWith(start, from)) return null;
  if (rule.head !== undefined) {
    const head = rule.head.pattern.exec(text.slice(Math.max(0, from - rule.head.reach), from))?.[1];
    if (head === undefined) return null;
    from -= head.length;
  } else if (rule.anyCase !== true && /^\w/.test(start) && startsInside(rule, text[from - 1] ?? '')) {
    return null;
  }
  tail.lastIndex = end;
  const found = tail.exec(text);
  if (found === null) return null;
  const stop = tail.lastIndex;
  const secret = found[1];
  const begins = secret === undefined ? from : text.indexOf(secret, end);
  const whole = text.slice(from, stop);
  if (!random(secret ?? whole) || rule.verify?.(whole) === false) return null;
  return { kind: 'secret', rule: rule.id, what: rule.what, from: begins, end: secret === undefined ? stop : begins + secret.length };
}

function attempted({ rule, start }: Anchor, text: string, end: number, runEnd: (at: number) => number): number {
  if (startsInside(rule, text[end - 1 - start.length] ?? '')) return 1;
  return Math.min(runEnd(end) - end, rule.reach) + 1;
}

/** `findSecrets`, with its work counted. Beyond `stepsMax` nothing more is tried: whoever sets it refuses a text that costs more. */
export function scanSecrets(text: string, stepsMax = Infinity): SecretScan {
  // There may be very many texts that are this short: what was hidden in one item.
  if (text.length < differingMin) return { findings: [], steps: text.length };
  const findings: Finding[] = [];
  const runEnd = runEnds(text, tokenUnit);
  let covered: Map<string, number> | null = null; // per rule: how far its last finding goes
  let steps = text.length;
  keywords.scan(text, (keyword, end) => {
    const anchor = anchors[keyword];
    if (anchor === undefined || steps > stepsMax || end <= (covered?.get(anchor.rule.id) ?? 0)) return;
    const finding = match(anchor, text, end);
    if (finding === null) {
      steps += attempted(anchor, text, end, runEnd);
      return;
    }
    steps += finding.end - finding.from;
    (covered ??= new Map()).set(anchor.rule.id, finding.end);
    findings.push(finding);
  });
  return { findings, steps };
}

/**
 * Every credential in a text whose format is known, in the order in which they were seen: one pass of an automaton over
 * the text, and a bounded look behind each keyword. No finding is no proof.
 */
export function findSecrets(text: string): readonly Finding[] {
  return scanSecrets(text).findings;
}
