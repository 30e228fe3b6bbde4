import { unescapeEntities } from './escapes.ts';

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

const opening = /<(\/?)([A-Za-z][A-Za-z0-9_-]*(?::[A-Za-z][A-Za-z0-9_-]*)?)(?=[\s/>])/y;
const attribute = /[\s/]*(?:([^\s/>=<]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'<][^\s><]*)))?|=)/y;
const closed = /[\s/]*>/y;

/**
 * The tag that starts at `at`. Quotes count only behind a `=`, as in HTML. A `<` outside of quotes ends the attempt, and
 * quotes are matched with the next of their kind: what is looked at twice is bounded by the two kinds of quotes.
 */
export function tagAt(text: string, at: number): Tag | Unended | null {
  opening.lastIndex = at;
  const found = opening.exec(text);
  if (found === null) return null;
  const [whole, slash = '', written = ''] = found;
  const attributes = new Map<string, string>();
  let hasValues = false;
  let next = at + whole.length;
  for (;;) {
    closed.lastIndex = next;
    if (closed.test(text)) break;
    attribute.lastIndex = next;
    const one = attribute.exec(text);
    if (one === null) return { name: null, end: next };
    next = attribute.lastIndex;
    const value = one[2] ?? one[3] ?? one[4];
    const key = (one[1] ?? '').toLowerCase();
    if (value !== undefined) hasValues = true;
    if (key !== '' && !attributes.has(key)) attributes.set(key, unescapeEntities(value ?? ''));
  }
  const end = closed.lastIndex;
  return { name: written.toLowerCase(), written, closing: slash !== '', selfClosing: text[end - 2] === '/', attributes, hasValues, end };
}

/** Elements that have no content and no end tag (HTML, section 13.1.2). */
export const isVoid: RegExp = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/;

/** Elements whose content a page never shows as text. */
export const unshown: RegExp =
  /^(?:script|style|template|noscript|noembed|noframes|iframe|object|svg|math|title|head|textarea|applet|canvas|audio|video)$/;
