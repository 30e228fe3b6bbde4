import { limits } from '../limits.ts';
import { automaton } from './automaton.ts';
import { spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { placeholder, secretRules } from './secret-rules.ts';
import type { SecretRule } from './secret-rule.ts';
import { runEnds, asciiTableOf, varied } from './units.ts';

/*
 * Credentials in a text whose words have no ends any more: characters were taken out, or it was decoded from the middle.
 * The rules of `secret-rules.ts` without what they ask of the characters around, and for beginnings that only a credential
 * has, without its full length: cutting some characters off must not hide it.
 */

/** A credential in a view. */
export interface Loose {
  readonly what: string;
  readonly from: number;
  readonly end: number;
  /** True if ordinary text can hold something like it by chance, once its spaces are gone. */
  readonly weak: boolean;
}

interface Anchor {
  readonly what: string;
  readonly start: string;
  readonly anyCase: boolean;
  readonly tail: RegExp;
  readonly reach: number;
  readonly head: { readonly pattern: RegExp; readonly reach: number } | null;
  readonly verify: ((match: string) => boolean) | null;
  readonly weak: boolean;
  /** True if nothing but this credential begins so. */
  readonly own: boolean;
}

const tokenUnits = asciiTableOf(/[\w.+/=%~:@-]/);

const common = /^(?:key-|sig=|access-|:\/\/)/;

function anchorsOf(rule: SecretRule): readonly Anchor[] {
  const tail = new RegExp(rule.tail.replaceAll(/\(\?![^)]*\)/g, ''), 'y');
  const head =
    rule.head === undefined
      ? null
      : { pattern: new RegExp(rule.head.pattern.source.replace(/^\(\?:\^\|\[\^[^\]]*\]\)/, '')), reach: rule.head.reach };
  const { what, reach, anyCase = false, verify = null } = rule;
  return rule.starts
    .filter((start) => !start.includes(' '))
    .map((start) => ({
      what,
      start,
      anyCase,
      tail,
      reach,
      head,
      verify,
      weak: common.test(start) || (start.length < 4 && verify === null),
      own: !anyCase && head === null && start.length >= 4 && /[_.-]/.test(start) && !common.test(start),
    }));
}

/** What has spaces in its format, as it is without them. */
const squeezed: readonly SecretRule[] = [
  { id: 'private-key', what: 'a private key', starts: ['PRIVATEKEY-----', 'PRIVATEKEYBLOCK-----'], tail: '[A-Za-z0-9+/=]{40}', reach: 40 },
  { id: 'okta', what: 'an Okta token', starts: ['SSWS00'], tail: '[A-Za-z0-9_-]{40}', reach: 40 },
];

const anchors: readonly Anchor[] = [...secretRules, ...squeezed].flatMap(anchorsOf);
const keywords = automaton(anchors.map(({ start }) => start.toLowerCase()));
const part = new RegExp(`[A-Za-z0-9_-]{${limits.egressPartCharsMin},80}`, 'y');

/** Keys repeat little, and change between digits and letters, or between small and capital ones, all the time: words do not. */
function jumbled(text: string): boolean {
  if (!varied(text, 6) || placeholder.test(text)) return false;
  let [digits, lower, changes, before] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = code >= 48 && code <= 57 ? 1 : code >= 97 && code <= 122 ? 2 : code >= 65 && code <= 90 ? 3 : before;
    if (kind === 1) digits++;
    if (kind === 2) lower++;
    if (kind !== before && before !== 0) changes++;
    before = kind;
  }
  return lower === 0 || (digits > 0 && changes >= 3) || changes >= text.length / 4;
}

function at(anchor: Anchor, text: string, end: number): Loose | null {
  let from = end - anchor.start.length;
  if (anchor.head !== null) {
    const head = anchor.head.pattern.exec(text.slice(Math.max(0, from - anchor.head.reach), from))?.[1];
    if (head === undefined) return null;
    from -= head.length;
  }
  anchor.tail.lastIndex = end;
  const found = anchor.tail.exec(text);
  if (found !== null) {
    const stop = anchor.tail.lastIndex;
    const secret = found[1] ?? text.slice(anchor.head === null ? end : from, stop);
    const whole = text.slice(from, stop);
    if ((anchor.head === null ? jumbled(secret) : jumbled(whole)) && anchor.verify?.(whole) !== false)
      return { what: anchor.what, from, end: stop, weak: anchor.weak };
  }
  if (!anchor.own) return null;
  part.lastIndex = end;
  const rest = part.exec(text)?.[0];
  return rest !== undefined && jumbled(rest) ? { what: `${anchor.what}, or most of it`, from, end: end + rest.length, weak: false } : null;
}

/**
 * Every credential in a text that may begin and end inside of words. An attempt that failed is paid for with what it can
 * have looked at, the run of token characters that it stands in; the caller looks at the budget.
 */
export function looseSecrets(text: string, budget: Budget): readonly Loose[] {
  const found: Loose[] = [];
  const covered = new Map<string, number>();
  const runEnd = runEnds(text, tokenUnits);
  keywords.scan(text, (keyword, end) => {
    const anchor = anchors[keyword];
    if (anchor === undefined || budget.overrun !== null || end <= (covered.get(anchor.what) ?? 0)) return;
    if (!anchor.anyCase && !text.startsWith(anchor.start, end - anchor.start.length)) return;
    const loose = at(anchor, text, end);
    spend(budget, loose === null ? Math.min(runEnd(end) - end, Math.max(anchor.reach, 80)) + 1 : loose.end - loose.from);
    if (loose === null) return;
    covered.set(anchor.what, loose.end);
    found.push(loose);
  });
  return found;
}
