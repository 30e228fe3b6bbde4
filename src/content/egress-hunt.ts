import { limits } from '../limits.ts';
import { spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { base64Views, codesView, escapesView, hexViews } from './encodings-decoded.ts';
import { bareView, reversedView, spacedView, squeezedView } from './encodings.ts';
import type { View } from './encodings.ts';
import { guardedIn } from './egress-guarded.ts';
import type { Guard } from './egress-guarded.ts';
import { looseSecrets } from './egress-secrets.ts';
import { scanSecrets } from './secrets.ts';

/** What was seen in some view of a text, led back to the text: `from` and `end` are places in it. */
export interface Sight {
  readonly kind: 'secret' | 'guarded';
  readonly what: string;
  readonly how: readonly string[];
  readonly from: number;
  readonly end: number;
}

/** What to look for, and the bound on the work. */
export interface Hunt {
  readonly guard: Guard;
  readonly budget: Budget;
  /** True for a place where two strings were put together: what crosses one does not stand there by chance. */
  readonly crosses: (from: number, end: number) => boolean;
}

interface Hunting extends Hunt {
  readonly sights: Sight[];
  /** Decoded texts that were looked at already: alignments of one text often agree. */
  readonly seen: Set<string>;
}

function sighted(hunt: Hunting, view: View, kind: Sight['kind'], seen: { what: string; how: string; from: number; end: number }): void {
  const [one, other] = [view.origin(seen.from), view.origin(Math.max(seen.from, seen.end - 1))];
  const how = seen.how === '' || view.how.includes(seen.how) ? view.how : [...view.how, seen.how];
  hunt.sights.push({ kind, what: seen.what, how, from: Math.min(one, other), end: Math.max(one, other) + 1 });
}

function strict(hunt: Hunting, view: View): void {
  if (!spend(hunt.budget, view.text.length)) return;
  const { findings, steps } = scanSecrets(view.text);
  spend(hunt.budget, steps - view.text.length);
  for (const { what, from, end } of findings) sighted(hunt, view, 'secret', { what, how: '', from, end });
}

function loose(hunt: Hunting, view: View, deep: boolean): void {
  if (!spend(hunt.budget, view.text.length)) return;
  for (const { what, weak, from, end } of looseSecrets(view.text, hunt.budget)) {
    const [one, other] = [view.origin(from), view.origin(end - 1)];
    if (weak && !deep && !hunt.crosses(Math.min(one, other), Math.max(one, other) + 1)) continue;
    sighted(hunt, view, 'secret', { what, how: '', from, end });
  }
}

function guards(hunt: Hunting, view: View): void {
  if (!spend(hunt.budget, view.text.length)) return;
  for (const { name, how, from, end } of guardedIn(view.text, hunt.guard)) sighted(hunt, view, 'guarded', { what: name, how, from, end });
}

/** A text, the same from its end to its beginning, and both without what is no part of a credential. */
interface Readings {
  readonly view: View;
  readonly turned: View;
  readonly squeezed: View;
  readonly back: View;
}

/** What a text says once it is decoded in one way or another. */
function decoded({ view, turned, squeezed, back }: Readings): readonly View[] {
  const escapes = escapesView(view);
  const codes = codesView(view);
  return [
    ...(escapes === null ? [] : [escapes]),
    ...base64Views(squeezed, false),
    ...(/[-+/_]/.test(squeezed.text) ? base64Views(squeezed, true) : []),
    ...base64Views(back, false),
    ...hexViews(view),
    ...hexViews(turned),
    ...(codes === null ? [] : [codes]),
  ];
}

/** Base64 and hexadecimal are read in so many passes. */
const decodingPasses = 18;

function look(hunt: Hunting, view: View, depth: number): void {
  if (!spend(hunt.budget, view.text.length)) return;
  strict(hunt, view);
  const bare = bareView(view);
  if (bare !== view) strict(hunt, bare);
  const spaced = spacedView(bare);
  if (spaced !== null)
    for (const one of [spaced, reversedView(spaced)]) {
      strict(hunt, one);
      loose(hunt, one, true); // a word of one letter before it is part of it now
    }
  const turned = reversedView(bare);
  strict(hunt, turned);
  const squeezed = squeezedView(bare);
  const back = reversedView(squeezed);
  loose(hunt, squeezed, depth > 0);
  loose(hunt, back, depth > 0);
  guards(hunt, bare);
  if (depth >= limits.egressDecodedDepthMax || !spend(hunt.budget, decodingPasses * squeezed.text.length)) return;
  for (const next of decoded({ view: bare, turned, squeezed, back })) {
    if (hunt.seen.has(next.text)) continue;
    hunt.seen.add(next.text);
    look(hunt, next, depth + 1);
  }
}

/** Every credential and guarded value in a text, however it is written down. The caller looks at the budget: once it is spent, nothing is known. */
export function hunted(view: View, hunt: Hunt): readonly Sight[] {
  const hunting: Hunting = { ...hunt, sights: [], seen: new Set() };
  look(hunting, view, 0);
  return hunting.sights;
}
