import { spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { decodedBlocks, percentDecoded } from './decode.ts';
import { unescapeEntities } from './escapes.ts';
import { raise, levelOfScore, tell, told } from './findings.ts';
import type { Gathered } from './findings.ts';
import { fold, fromUnits } from './fold.ts';
import { hitsIn, scoreOf, templateIds } from './injection.ts';
import type { Hit } from './injection.ts';
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

/** Tells the hits of a reading and raises the level by their score. A rule that an earlier reading has met is not told again. */
function tellHits(gathered: Gathered, hits: readonly Hit[], view: View, quoted: Ranges): void {
  const fresh = new Set<string>();
  for (const { rule } of hits) if (fresh.has(rule.id) || !told(gathered, 'injection', rule.id)) fresh.add(rule.id);
  for (const { rule } of hits) if (fresh.has(rule.id)) tell(gathered, { kind: 'injection', rule: rule.id, what: rule.what, view });
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
  const bones = readingOf(texts.map((text, i) => skeletonOf(text, plain[i] ?? '')));
  if (bones.plain !== visible.plain) read(gathered, bones, 'skeleton', budget);
  return plain;
}

const shift = (code: number): number => (code >= 97 && code <= 122 ? ((code - 84) % 26) + 97 : code);

/** Letters moved by 13 places. */
function rot13(plain: string): string {
  const out = new Uint16Array(plain.length);
  // Other scripts do not move: what they say was read before.
  for (let at = 0; at < plain.length; at++) out[at] = plain.charCodeAt(at) < 128 ? shift(plain.charCodeAt(at)) : 32;
  return fromUnits(out, plain.length);
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
  const said = readingOf([...blocks, ...percent].map((text) => skeleton(fold(text))));
  const asIs = readingOf([...blocks, ...percent].map((text) => fold(text)));
  if (!spend(budget, 4 * said.plain.length + 2 * texts.length)) return;
  read(gathered, { plain: asIs.plain, quoted: [] }, 'decoded', budget);
  read(gathered, { plain: said.plain, quoted: [] }, 'decoded', budget);
  read(gathered, { plain: rot13(texts), quoted: [] }, 'decoded', budget);
  if (backwards) read(gathered, { plain: Array.from(texts).toReversed().join(''), quoted: [] }, 'decoded', budget);
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
  for (const reading of [plain, skeleton(plain)]) {
    const hits = hitsIn(reading, budget);
    if (hits.length === 0) continue;
    for (const { rule } of hits.filter(({ rule }) => !before.has(rule.id)))
      tell(gathered, { kind: 'injection', rule: rule.id, what: rule.what, view: 'hidden' });
    for (const { rule } of hits) before.add(rule.id);
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
