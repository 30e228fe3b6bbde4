import { angleAt } from './angle.ts';
import type { Angle, Place } from './angle.ts';
import { part, spend } from './budget.ts';
import type { Budget } from './budget.ts';
import type { Hidden } from './sanitised.ts';

/** Where a reference goes: what stands in its place until all are numbered in the order of the text. */
export interface Target {
  readonly kind: 'link' | 'image';
  readonly url: string;
}

/** The text without hidden markup; the targets are in it as `\ue000<index>\ue001`. */
export interface Unmarked {
  readonly text: string;
  readonly hidden: readonly Hidden[];
  readonly targets: readonly Target[];
}

/** The element whose content is hidden at the moment. */
interface Concealed {
  readonly name: string;
  readonly from: number;
  depth: number;
}

const words = /[\p{L}\p{N}]/u;

/** Follows the tags inside of a hidden element. True: this one ends it. */
function ends(concealed: Concealed, { tag }: Angle): boolean {
  if (tag === undefined || tag.name !== concealed.name) return false;
  if (!tag.closing && !tag.selfClosing) concealed.depth++;
  else if (tag.closing) concealed.depth--;
  return concealed.depth === 0;
}

/**
 * The second pass: everything in angle brackets. HTML that shows nothing is taken out and a note of ours is put in its
 * place, so that what is around it never joins; other tags lose their attributes; links and images become places.
 * Each `<` is read once, and the look ahead of one ends at the next `<` or consumes what it saw.
 */
export function unmark(text: string, budget: Budget): Unmarked {
  const hidden: Hidden[] = [];
  const targets: Target[] = [];
  let out = '';
  let inside: Concealed | null = null;
  let shows = false; // words were seen outside of tags
  let copied = 0; // everything before it is in `out`, or hidden
  const place: Place = (kind, url) => {
    if (inside !== null) return '';
    part(budget);
    return `\ue000${targets.push({ kind, url }) - 1}\ue001`;
  };
  const hide = (kind: Hidden['kind'], raw: string): void => {
    if (!part(budget)) return;
    hidden.push(kind === 'css' ? { kind, chars: raw.length, text: raw, leads: !shows } : { kind, chars: raw.length, text: raw });
  };
  const angles = { text, lastClose: text.lastIndexOf('>'), place };
  spend(budget, text.length);
  let from = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', from)) {
    const angle: Angle = angleAt(angles, at);
    const { end, write } = angle;
    if (!spend(budget, Math.max(end, angle.lookedTo ?? 0) - at)) break;
    if (inside === null) {
      if (!shows && at > from) shows = words.test(text.slice(from, at));
      // What stays as it was is copied together with what stands around it.
      if (write.length !== end - at || !text.startsWith(write, at)) {
        out += text.slice(copied, at) + write;
        copied = end;
      }
      if (angle.hides !== undefined) hide(angle.hides.kind, angle.hides.text);
      if (angle.conceals !== undefined) inside = { name: angle.conceals, from: at, depth: 1 };
    } else if (ends(inside, angle)) {
      hide('css', text.slice(inside.from, end));
      inside = null;
      copied = end;
    }
    from = end;
  }
  if (inside !== null) hide('css', text.slice(inside.from));
  else out += text.slice(copied);
  return { text: out, hidden, targets };
}
