import { spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { decodedBlocks, percentDecoded } from './decode.ts';
import { unescapeEntities } from './escapes.ts';
import { raise, levelOfScore, tell, told } from './findings.ts';
import type { Gathered } from './findings.ts';
import { fold, reversed } from './fold.ts';
import { hitsIn, scoreOf, templateIds, turnedHitsIn } from './injection.ts';
import type { Hit } from './injection.ts';
import type { InjectionRule } from './injection-rule.ts';
import type { View } from './inspected.ts';
import { quotations, within } from './quoted.ts';
import type { Ranges } from './quoted.ts';
import { skeleton, skeletonOf } from './skeleton.ts';

/*
 * The readings of one item in which phrases are looked for. Texts of one item stand apart by a line break in one string,
 * which no rule crosses, so that one pass of the automaton reads them all.
 */

/** A reading: its text in plain form, and what is quoted in it. */
interface Reading {
  readonly plain: string;
  readonly quoted: Ranges;
}

function readingOf(parts: readonly string[]): Reading {
  const quoted: (readonly [number, number])[] = [];
  let at = 0;
  for (const part of parts) {
    for (const [from, end] of quotations(part)) quoted.push([from + at, end + at]);
    at += part.length + 1;
  }
  return { plain: parts.join('\n'), quoted };
}

interface Counted {
  rule: InjectionRule;
  count: number;
}

/** How often each rule was met, in the order in which they were met first: there may be very many hits. */
function countedByRule(hits: readonly Hit[]): Iterable<Counted> {
  const counts = new Map<string, Counted>();
  for (const { rule } of hits) {
    const counted = counts.get(rule.id);
    if (counted === undefined) counts.set(rule.id, { rule, count: 1 });
    else {
      counted.rule = rule;
      counted.count++;
    }
  }
  return counts.values();
}

/** Tells the hits of a reading and raises the level by their score. A rule that an earlier reading has met is not told again. */
function tellHits(gathered: Gathered, hits: readonly Hit[], view: View, quoted: Ranges): void {
  for (const { rule, count } of countedByRule(hits))
    if (!told(gathered, 'injection', rule.id)) tell(gathered, { kind: 'injection', rule: rule.id, what: rule.what, view }, count);
  raise(gathered, levelOfScore(scoreOf(hits, quoted)));
  // A mark for a tokeniser that is not quoted has no reader but a model.
  if (hits.some((hit) => templateIds.has(hit.rule.id) && !within(quoted, hit.from))) raise(gathered, 'hostile');
}

function read(gathered: Gathered, reading: Reading, view: View, budget: Budget): void {
  tellHits(gathered, hitsIn(reading.plain, budget), view, reading.quoted);
}

/** What the item says as it is shown, then with its disguises undone. Returns the plain form of its texts. */
export function readVisible(gathered: Gathered, texts: readonly string[], budget: Budget): readonly string[] {
  const plain = texts.map((text) => fold(text));
  const visible = readingOf(plain);
  read(gathered, visible, 'visible', budget);
  if (!spend(budget, 4 * visible.plain.length)) return plain;
  const bones = texts.map((text, i) => skeletonOf(text, plain[i] ?? ''));
  if (bones.some((text, i) => text !== plain[i])) read(gathered, readingOf(bones), 'skeleton', budget);
  return plain;
}

/** What the item says in an encoding: blocks that were decoded, URLs and text with `%41`, letters moved, and backwards if it is told to be shown so. */
export function readDecoded(
  gathered: Gathered,
  { plain, blocks, urls }: { readonly plain: readonly string[]; readonly blocks: readonly string[]; readonly urls: readonly string[] },
  backwards: boolean,
  budget: Budget,
): void {
  const texts = plain.join('\n');
  const written = texts.includes('%') ? texts.split(' ').filter((word) => word.includes('%')) : [];
  const percent = [...urls, ...written].flatMap((text) => {
    const said = percentDecoded(text);
    return said === text ? [] : [said.replaceAll(/(?<=\S)[+_](?=\S)/g, ' ')];
  });
  if (texts.includes('&#')) percent.push(unescapeEntities(texts));
  const folded = [...blocks, ...percent].map((text) => fold(text));
  const asIs = folded.join('\n');
  const said = folded.map(skeleton).join('\n');
  if (!spend(budget, 4 * said.length + 2 * texts.length)) return;
  read(gathered, { plain: asIs, quoted: [] }, 'decoded', budget);
  if (said !== asIs) read(gathered, { plain: said, quoted: [] }, 'decoded', budget);
  tellHits(gathered, turnedHitsIn(texts, budget), 'decoded', []);
  if (backwards) read(gathered, { plain: reversed(texts), quoted: [] }, 'decoded', budget);
}

/**
 * What people do not see. An instruction there is worth twice what it is worth elsewhere: one that would only be noted is
 * suspicious, and a clear one makes the item hostile.
 */
export function readHidden(gathered: Gathered, hidden: readonly string[], budget: Budget): void {
  // There may be very many of them, and very short: they are read as one text of many paragraphs.
  const texts = hidden.filter((text) => text.length > 3).join('\n\n');
  const bare = texts.replaceAll(/<!--|-->/g, ' ').replaceAll(/<[^<>]{0,300}>/g, ' ');
  const inside = decodedBlocks(bare, budget).found.map((block) => block.text);
  const plain = fold([bare, ...inside].join('\n\n'));
  if (!spend(budget, 4 * plain.length)) return;
  const before = new Set<string>();
  for (const reading of new Set([plain, skeleton(plain)])) {
    const hits = hitsIn(reading, budget);
    if (hits.length === 0) continue;
    for (const { rule, count } of countedByRule(hits)) {
      if (!before.has(rule.id)) tell(gathered, { kind: 'injection', rule: rule.id, what: rule.what, view: 'hidden' }, count);
      before.add(rule.id);
    }
    const score = 2 * scoreOf(hits, []);
    raise(gathered, hits.some((hit) => hit.rule.weight >= 2) || score >= 6 ? 'hostile' : levelOfScore(score));
  }
}

/**
 * Texts of one item read as one, with a blank between and with none: only what stands over a seam is new. The texts are in
 * plain form.
 */
export function readTogether(gathered: Gathered, plain: readonly string[], budget: Budget): void {
  if (plain.length < 2) return;
  for (const seam of [' ', '']) {
    const seams: number[] = [];
    let at = 0;
    for (const text of plain) {
      at += text.length + seam.length;
      seams.push(at);
    }
    const hits = hitsIn(plain.join(seam), budget);
    let next = 0;
    const over = hits.filter(({ from, end }) => {
      while ((seams[next] ?? Infinity) <= from) next++;
      return (seams[next] ?? Infinity) < end;
    });
    if (over.some(({ rule }) => rule.weight >= 2)) tellHits(gathered, hits, 'visible', []);
  }
}
