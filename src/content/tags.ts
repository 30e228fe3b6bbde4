import { unescapeEntities } from './escapes.ts';
import { isLetter, isSpace, asciiTableOf } from './units.ts';

/** An HTML tag, as far as we need it. */
export interface Tag {
  readonly name: string; // lower case
  readonly written: string; // as it was spelled
  readonly closing: boolean;
  readonly selfClosing: boolean;
  readonly attributes: ReadonlyMap<string, string>;
  /** True if some attribute has a value: text that a person does not see. */
  readonly hasValues: boolean;
  readonly end: number;
}

/** What began like a tag and did not end. */
export interface Unended {
  readonly name: null;
  readonly end: number;
}

const attribute = /[\s/]*(?:([^\s/>=<]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'<][^\s><]*)))?|=)/y;
const noAttributes: ReadonlyMap<string, string> = new Map();

const [slash, colon, less, more] = [0x2f, 0x3a, 0x3c, 0x3e];
const nameUnit = asciiTableOf(/[A-Za-z0-9_-]/);

/** Where the units of a name end that go on at `at`. */
function unitsEnd(text: string, at: number): number {
  let end = at;
  for (let code = text.charCodeAt(end); nameUnit[code] === 1; code = text.charCodeAt(end)) end++;
  return end;
}

/** Where the name of a tag ends that starts at `at`, with its prefix (`o:p`); -1 if no tag has a name like this. */
function nameEnd(text: string, at: number): number {
  if (!isLetter(text.charCodeAt(at))) return -1;
  let end = unitsEnd(text, at);
  if (text.charCodeAt(end) === colon && isLetter(text.charCodeAt(end + 1))) end = unitsEnd(text, end + 1);
  const next = text.charCodeAt(end);
  return next === slash || next === more || isSpace[next] === 1 ? end : -1;
}

/** Where the blanks and slashes between attributes end. */
function gapEnd(text: string, at: number): number {
  let end = at;
  for (let code = text.charCodeAt(end); code === slash || isSpace[code] === 1; code = text.charCodeAt(end)) end++;
  return end;
}

/**
 * The tag that starts at `at`. Quotes count only behind a `=`, as in HTML. A `<` outside of quotes ends the attempt, and
 * quotes are matched with the next of their kind: what is looked at twice is bounded by the two kinds of quotes.
 */
export function tagAt(text: string, at: number): Tag | Unended | null {
  const closing = text.charCodeAt(at + 1) === slash;
  const start = closing ? at + 2 : at + 1;
  let next = nameEnd(text, start);
  if (next === -1) return null;
  const written = text.slice(start, next);
  let attributes: Map<string, string> | null = null;
  let hasValues = false;
  let gap = gapEnd(text, next);
  for (; text.charCodeAt(gap) !== more; gap = gapEnd(text, next)) {
    attribute.lastIndex = next;
    const one = gap === text.length || text.charCodeAt(gap) === less ? null : attribute.exec(text);
    if (one === null) return { name: null, end: next };
    next = attribute.lastIndex;
    const value = one[2] ?? one[3] ?? one[4];
    const key = (one[1] ?? '').toLowerCase();
    if (value !== undefined) hasValues = true;
    attributes ??= new Map();
    if (key !== '' && !attributes.has(key)) attributes.set(key, unescapeEntities(value ?? ''));
  }
  const selfClosing = text.charCodeAt(gap - 1) === slash;
  return { name: written.toLowerCase(), written, closing, selfClosing, attributes: attributes ?? noAttributes, hasValues, end: gap + 1 };
}

/** Elements that have no content and no end tag (HTML, section 13.1.2). */
export const isVoid: RegExp = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/;

/** Elements whose content a page never shows as text. */
export const unshown: RegExp =
  /^(?:script|style|template|noscript|noembed|noframes|iframe|object|svg|math|title|head|textarea|applet|canvas|audio|video)$/;
