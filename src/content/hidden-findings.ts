import { raise, tell } from './findings.ts';
import type { Gathered } from './findings.ts';
import type { Level } from '../action/vocabulary.ts';
import type { Hidden, HiddenKind } from './sanitised.ts';

/*
 * What follows from something having been hidden at all. Most hidden things are harmless and common (a comment, a colour
 * of a log); an alphabet that has no look, or a text set so that nobody sees it, has no honest use.
 */

const what: Readonly<Record<HiddenKind, string>> = {
  tags: 'invisible characters that spell a text',
  variation: 'invisible selectors',
  'zero-width': 'characters without width',
  bidi: 'marks of writing direction',
  ansi: 'sequences for a terminal',
  control: 'control characters',
  marks: 'accents piled on letters',
  entity: 'references to invisible characters',
  comment: 'a comment in markup',
  css: 'text that its style hides',
  script: 'markup that is not shown',
  attribute: 'words in attributes of markup',
  'data-uri': 'data inside of a link or image',
};

/** A picture and nothing else: mails carry them, and what leads to them is removed. */
const picture =
  /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon);base64,[A-Za-z0-9+/=\s%]{0,4000000}[)\]}'";,.]{0,4}$/i;
/** Codes of regions behind a black flag that few fonts draw. */
const regions = /^(?:[a-z]{2}[a-z0-9]{1,3}){1,3}$/;
/** Mails begin with a line for the list of mails, and hide it in the mail itself. */
const preheaderCharsMax = 280;

/** Text that says something, not a filler that happened to decode. */
const says = (text: string): boolean => new Set(text).size >= 4;

function ofCss({ text, leads }: Hidden, alone: boolean): Level {
  const words = text
    .replaceAll(/<[^<>]{0,2000}>/g, ' ')
    .replaceAll(/&[#\w]{1,12};/g, ' ')
    .trim();
  return alone && leads === true && words.length <= preheaderCharsMax && !words.includes('://') ? 'noted' : 'hostile';
}

function levelOf(segment: Hidden, { alone, chars }: { readonly alone: boolean; readonly chars: number }): Level {
  const { run = 1, inside = 0, text } = segment;
  switch (segment.kind) {
    case 'tags':
      return regions.test(text) ? 'noted' : 'hostile';
    case 'variation':
      return run >= 3 || says(text) ? 'hostile' : 'none';
    case 'zero-width':
      if (says(text)) return 'hostile';
      return inside >= 6 && inside * 8 > chars ? 'suspicious' : run >= 4 ? 'noted' : 'none';
    case 'css':
      return ofCss(segment, alone);
    case 'data-uri':
      return picture.test(text) ? 'noted' : 'hostile';
    case 'marks':
      return 'noted';
    case 'ansi':
      return /\[(?:\d{1,3};){0,8}(?:8|38;5;(?:15|231|255)|38;2;255;255;255|97)(?:;\d{1,3}){0,8}m/.test(text)
        ? 'suspicious'
        : /\]/.test(text)
          ? 'noted'
          : 'none';
    default:
      return 'none';
  }
}

/** Tells what was hidden in an item of so many characters, and raises the level where hiding has no honest use. */
export function tellHidden(gathered: Gathered, hidden: readonly Hidden[], chars: number): void {
  const counts = new Map<HiddenKind, number>();
  for (const { kind } of hidden) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, count] of counts) tell(gathered, { kind: 'hidden', rule: `hidden-${kind}`, what: what[kind], view: 'hidden' }, count);
  const alone = counts.get('css') === 1;
  for (const segment of hidden) if (gathered.level !== 'hostile') raise(gathered, levelOf(segment, { alone, chars }));
}
