import { cutWith } from '../action/cut.ts';
import type { Json } from '../action/json.ts';
import { visible } from '../action/visible.ts';
import { limits } from '../limits.ts';
import type { Budget } from './budget.ts';
import { guardFor, guardedIn } from './egress-guarded.ts';
import type { Guard, Guarded } from './egress-guarded.ts';
import { hunted } from './egress-hunt.ts';
import type { Sight } from './egress-hunt.ts';
import { looseSecrets } from './egress-secrets.ts';
import { piecesOf, whereOf } from './egress-pieces.ts';
import type { Piece } from './egress-pieces.ts';
import { plainView } from './encodings.ts';
import { outgoing } from './links-out-scan.ts';
import { linkFinding } from './links-out.ts';
import type { LinkRules } from './links-out.ts';
import { overlap } from './overlap.ts';

/** What a write is checked against. */
export interface EgressInput {
  /** The canonical arguments of the action. Every string counts, keys included. */
  readonly arguments: Json;
  /** Names of arguments that carry text for others; links count only there, secrets everywhere. Empty: all. */
  readonly content: readonly string[];
  /** The strings of the run's last writes to the same system, oldest first (bounded by the caller): for secrets split over several writes. */
  readonly earlier: readonly string[];
  /** Values that must never leave, with our own name for each: `the reading credential of slack`, `canary finance`. */
  readonly guarded: readonly Guarded[];
  readonly links: LinkRules;
  /** Fingerprints of what the run has read from sources whose readers do not include the audience. */
  readonly sources: readonly { readonly name: string; readonly prints: readonly number[] }[];
}

/** What a finding is about. */
export type EgressKind = 'secret' | 'guarded' | 'link' | 'image' | 'new-host' | 'overlap';

/** Something that should not leave. It says what and where, never the thing itself. */
export interface EgressFinding {
  readonly kind: EgressKind;
  readonly what: string;
  readonly where: string;
}

/** Strings put together, and where each begins. `piece` is null for what left before. */
interface Joined {
  readonly text: string;
  readonly starts: readonly number[];
  readonly pieces: readonly (Piece | null)[];
  readonly split: string | null;
}

interface Search {
  readonly findings: Map<string, EgressFinding>;
  readonly guard: Guard;
  readonly budget: Budget;
}

/** True for a host or a name of a field that holds what it is about: the card is read by others. */
function reveals({ guard }: Search, text: string): boolean {
  return looseSecrets(text, budgetOf(text.length)).length > 0 || guardedIn(text, guard).length > 0;
}

function add(search: Search, finding: EgressFinding, base: string): void {
  const where = reveals(search, finding.where) ? 'a name that is left out here, because it holds a secret itself' : finding.where;
  const key = `${finding.kind} ${base} ${where}`;
  if (!search.findings.has(key)) search.findings.set(key, { ...finding, where });
}

type Part = readonly [string, Piece | null];

const budgetOf = (chars: number): Budget => ({
  steps: 0,
  stepsMax: chars * limits.egressStepsPerChar + limits.egressStepsFloor,
  parts: 0,
  overrun: null,
});

function joined(parts: readonly Part[], separator: string, split: string | null): Joined {
  const starts: number[] = [];
  let size = 0;
  for (const [text] of parts) {
    starts.push(size);
    size += text.length + separator.length;
  }
  return { text: parts.map(([text]) => text).join(separator), starts, pieces: parts.map(([, piece]) => piece), split };
}

/** The number of the string that a place is in. */
function indexAt(starts: readonly number[], at: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function describe({ kind, what, how }: Sight, split: string | null): string {
  const ways = [...new Set(how), ...(split === null ? [] : [split])];
  const base = kind === 'secret' ? what : `a part of ${cutWith(visible(what), limits.nameCharsMax, '…')}`;
  return ways.length === 0 ? base : `${base}, ${ways.join(', ')}`;
}

/** Looks into strings put together. In one where they were put together to find what was split, only what crosses from one to the next is new. */
function look(search: Search, { text, starts, pieces, split }: Joined): void {
  const crosses = (from: number, end: number): boolean => indexAt(starts, from) !== indexAt(starts, end - 1);
  for (const sight of hunted(plainView(text), { guard: search.guard, budget: search.budget, crosses })) {
    const last = pieces[indexAt(starts, sight.end - 1)] ?? null;
    if (last === null || (split !== null && !crosses(sight.from, sight.end))) continue; // what left before was looked at then
    add(search, { kind: sight.kind, what: describe(sight, split), where: whereOf(last) }, sight.what);
  }
}

/** The two ends of a long string: a secret that is split reaches over one of them. */
function edges(text: string): string {
  const max = limits.egressEdgeCharsMax;
  return text.length <= 2 * max ? text : `${text.slice(0, max)}\n${text.slice(-max)}`;
}

/** Without what stands in several writes, or in this one beside its content (a channel, a recipient): it stands between the parts of what was cut up. */
function changing(before: readonly Part[], content: readonly Part[], beside: readonly Piece[]): readonly Part[] {
  const counts = new Map<string, number>();
  for (const text of [...before, ...content].map(([one]) => one).concat(beside.map((piece) => piece.text)))
    counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...before, ...content].filter(([text]) => text.length < 4 || counts.get(text) === 1);
}

function splits(pieces: readonly Piece[], earlier: readonly string[]): readonly Joined[] {
  const part = (piece: Piece): Part => [edges(piece.text), piece];
  const values = pieces.filter(({ isName }) => !isName);
  const content = values.filter((piece) => piece.content);
  const before = earlier.map((text): Part => [edges(text), null]);
  const inOne = 'split over several strings';
  const over = 'split over several writes';
  return [
    ...(values.length > 1 ? [joined(values.map(part), '', inOne)] : []),
    ...(content.length > 1 && content.length < values.length ? [joined(content.map(part), '', inOne)] : []),
    ...(before.length > 0
      ? [
          joined([...before, ...values.map(part)], '', over),
          joined(
            changing(
              before,
              content.map(part),
              values.filter((piece) => !piece.content),
            ),
            '',
            over,
          ),
        ]
      : []),
  ];
}

function links(search: Search, pieces: readonly Piece[], rules: LinkRules): void {
  for (const piece of pieces) {
    if (!piece.content) continue;
    for (const url of outgoing(piece.text, piece.under, search.budget)) {
      const finding = linkFinding(url, rules);
      if (finding === null) continue;
      const { kind, what, host } = finding;
      const name = reveals(search, host) ? 'its name holds a secret' : host;
      const said = name === '' ? what : `${what}: ${name}`;
      add(search, { kind, what: said, where: whereOf(piece) }, said);
    }
  }
}

function copies(search: Search, pieces: readonly Piece[], sources: EgressInput['sources']): void {
  const content = pieces.filter((piece) => piece.content && !piece.isName);
  const texts = [
    ...content.map((piece) => [piece.text, whereOf(piece)] as const),
    [content.map(({ text }) => text).join('\n'), 'all of it'] as const,
  ];
  for (const { name, prints } of sources) {
    const known = new Set(prints);
    for (const [text, where] of texts) {
      const { words } = overlap(text, known);
      if (words <= limits.overlapShingleWords) continue; // a single print can be chance
      add(
        search,
        { kind: 'overlap', what: `about ${words} words in a row from ${cutWith(visible(name), limits.nameCharsMax, '…')}`, where },
        name,
      );
      break;
    }
  }
}

const tooMuch = 'more text, or more encodings inside of each other, than is looked through';

/**
 * What must not leave inside of a write: credentials, guarded values and parts of them in whatever way they are written
 * down, links and images that lead where nobody allowed, and copies of what the audience may not read. The author of the
 * write is taken for hostile. A bound that is hit is a finding. No finding is no proof.
 */
export function egressFindings(input: EgressInput): readonly EgressFinding[] {
  const { pieces, complete } = piecesOf(input.arguments, input.content);
  const chars = [...pieces.map(({ text }) => text), ...input.earlier].reduce((sum, text) => sum + text.length + 1, 0);
  const budget = budgetOf(chars);
  const search: Search = { findings: new Map(), guard: guardFor(input.guarded), budget };
  if (!complete || chars > limits.egressCharsMax) budget.overrun = 'too-long';
  look(search, joined(pieces.map((piece): Part => [piece.text, piece]), '\n', null)); // prettier-ignore
  for (const split of splits(pieces, input.earlier)) look(search, split);
  links(search, pieces, input.links);
  copies(search, pieces, input.sources);
  const found = [...search.findings.values()];
  const bounded = found.slice(0, limits.egressFindingsMax - 1);
  if (budget.overrun !== null) return [...bounded, { kind: 'secret', what: tooMuch, where: 'the write' }];
  return found.length > limits.egressFindingsMax
    ? [...bounded, { kind: 'secret', what: 'more findings than are listed', where: 'the write' }]
    : found;
}
