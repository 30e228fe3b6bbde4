import { unseen } from '../../action/characters.ts';
import { cut } from '../../action/cut.ts';
import { isObject } from '../../action/json.ts';
import type { Json } from '../../action/json.ts';
import { hiddenCount } from '../../action/visible.ts';

const ordinary = /^[\x20-\x7e]*$/;
const everyUnseen = new RegExp(unseen.source, 'gu');

/** Foreign text as one line of which everything can be seen: white space is one space, what has no look is taken out. */
export function plainLine(text: string): string {
  if (ordinary.test(text)) return text.replaceAll(/ {2,}/g, ' ').trim();
  return text
    .replaceAll(/[\t\n\v\f\r\u0085\p{Z}]+/gu, ' ')
    .replaceAll(everyUnseen, (char) => (char === ' ' ? char : ''))
    .normalize('NFC')
    .trim();
}

/** Foreign text with everything that a person could not see made visible: controls, direction marks, zero widths, selectors, tags. */
export function visible(text: string): string {
  return text.replaceAll(everyUnseen, (char) =>
    char === ' ' ? char : `<U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}

/** Every text inside a JSON value, names of properties included, and where it stands. */
export function textsIn(value: Json, path: string): readonly { readonly path: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item: Json, i) => textsIn(item, `${path}/${i}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => [{ path: `${path}/${name}`, text: name }, ...textsIn(item, `${path}/${name}`)]);
}

/** In how many places a JSON value holds what cannot be seen. */
export function hiddenIn(value: Json): number {
  return textsIn(value, '').reduce((sum, { text }) => sum + (ordinary.test(text) ? 0 : hiddenCount(text)), 0);
}

/** A path into foreign JSON, fit for a message. */
export function shownPath(path: string): string {
  return cut(visible(path), 100);
}
