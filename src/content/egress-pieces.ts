import { cutWith } from '../action/cut.ts';
import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import { visible } from '../action/visible.ts';
import { limits } from '../limits.ts';

/** Where a value stands. Paths are only written out for findings. */
interface Place {
  readonly parent: Place | null;
  readonly step: string | number;
}

/** A string of an action: a value, or the name of one. */
export interface Piece {
  readonly text: string;
  readonly place: Place | null;
  readonly isName: boolean;
  /** True below an argument that carries text for others. */
  readonly content: boolean;
  /** The nearest name around it. */
  readonly under: string;
}

/** How a path is shown: `text`, `blocks[0].url`, names that hold anything unusual in quotes. */
export function whereOf({ place, isName }: Pick<Piece, 'place' | 'isName'>): string {
  const steps: (string | number)[] = [];
  for (let at = place; at !== null; at = at.parent) steps.unshift(at.step);
  let path = '';
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`;
    else path += `${path === '' ? '' : '.'}${/^\w{1,64}$/.test(step) ? step : `"${cutWith(visible(step), 40, '…')}"`}`;
  }
  return cutWith(isName ? `the name ${path}` : path, limits.egressWhereCharsMax, '…');
}

interface Walk {
  readonly pieces: Piece[];
  readonly content: ReadonlySet<string>;
  chars: number;
  complete: boolean;
}

interface Here {
  readonly place: Place | null;
  readonly content: boolean;
  readonly under: string;
  readonly depth: number;
}

function take(walk: Walk, text: string, isName: boolean, { place, content, under }: Here): void {
  walk.chars += text.length;
  if (walk.pieces.length >= limits.egressPiecesMax || walk.chars > limits.egressCharsMax) walk.complete = false;
  else walk.pieces.push({ text, place, isName, content, under });
}

function descend(walk: Walk, value: Json, here: Here): void {
  if (!walk.complete) return;
  if (here.depth > limits.jsonDepthMax) {
    walk.complete = false;
    return;
  }
  // A number can hold digits of a secret; it carries no link.
  if (typeof value === 'number') return take(walk, String(value), false, { ...here, content: false });
  if (typeof value === 'string') return take(walk, value, false, here);
  const depth = here.depth + 1;
  if (Array.isArray(value))
    for (const [step, item] of (value as readonly Json[]).entries())
      descend(walk, item, { ...here, place: { parent: here.place, step }, depth });
  else if (isObject(value))
    for (const [step, item] of Object.entries(value)) {
      const place = { parent: here.place, step };
      const content = here.content || (walk.content.has(step) && here.depth === 0);
      take(walk, step, true, { ...here, place, content, under: step });
      descend(walk, item, { place, content, under: step, depth });
    }
}

/** Every string of the arguments in order, names before their values. `complete` is false if a bound was hit. */
export function piecesOf(value: Json, content: readonly string[]): { readonly pieces: readonly Piece[]; readonly complete: boolean } {
  const walk: Walk = { pieces: [], content: new Set(content), chars: 0, complete: true };
  descend(walk, value, { place: null, content: content.length === 0, under: '', depth: 0 });
  return walk;
}
