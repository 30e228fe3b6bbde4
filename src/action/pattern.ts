import { limits } from '../limits.ts';

/*
 * Regular expressions from other people's schemas run on text that the model chooses, in the gateway. JavaScript's engine
 * backtracks, so a pattern is used only if the work that it can cause is bounded by a small power of the text's length.
 */

/** How long a text a pattern may be tried on (in UTF-16 units, null: any length), or why it may not be used at all. */
export type PatternCost = { readonly textMax: number | null } | { readonly problem: string };

interface Group {
  /** Holds an alternative or a quantifier of variable length: repeating it could take exponential time. */
  varied: boolean;
  alternatives: number;
}

interface Scan {
  readonly groups: Group[];
  /** The group that was closed last, if a quantifier would apply to it. */
  closed: Group | null;
  unbounded: number;
  choices: number;
  problem: string | null;
}

const quantifier = /^(?:[*+?]|\{(\d{1,6})(?:(,)(\d{0,6}))?\})\??/;

function quantify(scan: Scan, text: string, match: RegExpExecArray): void {
  const optional = text.startsWith('?');
  const min = match[1] === undefined ? (text.startsWith('+') ? 1 : 0) : Number(match[1]);
  const max =
    match[1] === undefined ? (optional ? 1 : Infinity) : match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3]);
  if (max > 1 && scan.closed?.varied === true) scan.problem = 'it repeats a group that can match in several ways';
  if (max - min > 32) scan.unbounded++;
  else scan.choices *= Math.max(1, max - min + 1);
  const around = scan.groups.at(-1);
  if (around !== undefined && max !== min) around.varied = true;
}

/** Reads the group that begins at `rest`, and says how many characters its opening has. */
function open(scan: Scan, rest: string): number {
  const special = /^\((?:\?(:|<[A-Za-z_]\w*>|.{0,2}))?/.exec(rest);
  const kind = special?.[1];
  if (kind !== undefined && kind !== ':' && !kind.endsWith('>')) scan.problem = 'it looks ahead or behind';
  scan.groups.push({ varied: false, alternatives: 1 });
  return special?.[0].length ?? 1;
}

function close(scan: Scan): void {
  const group = scan.groups.pop();
  if (group === undefined || scan.groups.length === 0) {
    scan.problem = 'it is not a regular expression';
    return;
  }
  scan.choices *= group.alternatives;
  scan.closed = group;
  const around = scan.groups.at(-1);
  if (around !== undefined && group.varied) around.varied = true;
}

function step(scan: Scan, source: string, at: number): number {
  const char = source.charAt(at);
  const rest = source.slice(at);
  const match = quantifier.exec(rest);
  if (match !== null) {
    quantify(scan, match[0], match);
    scan.closed = null;
    return match[0].length;
  }
  if (char === '(') return open(scan, rest);
  if (char === ')') {
    close(scan);
    return 1;
  }
  scan.closed = null;
  if (char === '|') {
    const group = scan.groups.at(-1);
    if (group !== undefined) [group.varied, group.alternatives] = [true, group.alternatives + 1];
  }
  if (char === '\\') {
    if (/^\\[1-9k]/.test(rest)) scan.problem = 'it refers back to what it matched';
    return 2;
  }
  if (char === '[') return /^\[(?:\\.|[^\]\\])*\]?/s.exec(rest)?.[0].length ?? 1;
  return 1;
}

function compiles(source: string): boolean {
  try {
    return new RegExp(source, 'u').unicode;
  } catch {
    return false;
  }
}

/** What trying `source` on a text can cost. Stricter than need be: a harmless pattern may be refused, a harmful one is not let through. */
export function patternCost(source: string): PatternCost {
  if (source.length > limits.schemaPatternCharsMax) return { problem: 'it is too long' };
  if (!compiles(source)) return { problem: 'it is not a regular expression' };
  const top: Group = { varied: false, alternatives: 1 };
  const scan: Scan = { groups: [top], closed: null, unbounded: 0, choices: 1, problem: null };
  for (let at = 0; at < source.length && scan.problem === null;) at += step(scan, source, at);
  if (scan.problem !== null) return { problem: scan.problem };
  if (scan.choices * top.alternatives > limits.schemaPatternChoicesMax) return { problem: 'it can match in too many ways' };
  const anchored = source.startsWith('^') && top.alternatives === 1;
  // Each open-ended repetition, and a search for the beginning, can cost one more power of the length.
  const power = scan.unbounded + (anchored ? 0 : 1);
  if (power > 3) return { problem: 'it repeats too much' };
  return { textMax: power <= 1 ? null : power === 2 ? 4096 : 512 };
}
