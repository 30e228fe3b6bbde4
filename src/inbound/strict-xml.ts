import { limits } from '../limits.ts';
import { go, stop } from './verdict.ts';
import type { RefusalReason, Step } from './verdict.ts';

/*
 * XML 1.0 and namespaces, as far as one message of a known grammar needs them. What makes XML dangerous is not in here at
 * all: no document type, so no entity can be declared, fetched or multiplied; no processing instruction, comment or CDATA
 * section, so a text is one run of characters and two readers cannot see two of them.
 */

/** A name with the namespace that its prefix stands for. No prefix on an attribute: none. */
export interface XmlName {
  readonly namespace: string;
  readonly local: string;
}

/** An element: it holds elements or text, never both. */
export interface XmlElement extends XmlName {
  readonly attributes: readonly (XmlName & { readonly value: string })[];
  readonly children: readonly XmlElement[];
  /** Empty if there are children. Line ends are `\n`. */
  readonly text: string;
  /** What each prefix stands for here; `''` is the default. For values that are names with a prefix. */
  readonly prefixes: ReadonlyMap<string, string>;
}

const name = String.raw`[A-Za-z_][A-Za-z0-9_.-]{0,127}(?::[A-Za-z_][A-Za-z0-9_.-]{0,127})?`;
const value = String.raw`"[^"<]*"|'[^'<]*'`;
const declaration = /^<\?xml version=(?:"1\.0"|'1\.0')(?: encoding=(?:"[Uu][Tt][Ff]-8"|'[Uu][Tt][Ff]-8'))? ?\?>/;
const opening = new RegExp(String.raw`<(${name})((?:[ \t\r\n]+${name}=(?:${value}))*)[ \t\r\n]*(/?)>`, 'y');
const attribute = new RegExp(String.raw`(${name})=(${value})`, 'g');
const closing = new RegExp(String.raw`</(${name})[ \t\r\n]*>`, 'y');
const characters = /[^<]+/y;
/** Characters that XML 1.0 has no place for. Half surrogates cannot come: the text was UTF-8. */
// oxlint-disable-next-line no-control-regex -- these are the characters that are looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const blank = /^[ \t\r\n]*$/;

const five: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The character of a number; null: XML has no such character. */
function characterOf(code: number): string | null {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return null;
  const char = String.fromCodePoint(code);
  return forbidden.test(char) ? null : char;
}

/** Text without its references: the five names and numbers of characters. Null: there is another, or a bare `&`. */
function decoded(text: string): string | null {
  const plain = text.replaceAll(/\r\n?/g, '\n');
  if (!plain.includes('&')) return plain;
  let out = '';
  const [first = '', ...rest] = plain.split('&');
  out += first;
  for (const part of rest) {
    const match = /^(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/.exec(part);
    if (match === null) return null;
    const [whole, named, decimal, hex] = match;
    const char = named === undefined ? characterOf(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)) : five[named];
    if (char === null || char === undefined) return null;
    out += char + part.slice(whole.length);
  }
  return out;
}

/** The namespace and local part of a name; null: nobody has said what its prefix stands for. */
export function nameOf(text: string, prefixes: ReadonlyMap<string, string>, attributes: boolean): XmlName | null {
  const colon = text.indexOf(':');
  if (colon < 0) return { namespace: attributes ? '' : (prefixes.get('') ?? ''), local: text };
  const namespace = prefixes.get(text.slice(0, colon));
  return namespace === undefined ? null : { namespace, local: text.slice(colon + 1) };
}

interface Open {
  readonly tag: string;
  readonly name: XmlName;
  readonly attributes: XmlElement['attributes'];
  readonly prefixes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** Opens an element: first what its prefixes stand for, then its own name and those of its attributes. */
function opened(tag: string, text: string, outer: ReadonlyMap<string, string>): Open | RefusalReason {
  // Most elements declare nothing and share what stands around them, so that many of them cost no copies.
  let prefixes = outer;
  const plain: [string, string][] = [];
  const seen = new Set<string>();
  for (const [, key = '', quoted = ''] of text === '' ? [] : text.matchAll(attribute)) {
    const said = /[\t\r\n]/.test(quoted) ? null : decoded(quoted.slice(1, -1));
    if (said === null) return 'body-syntax';
    if (seen.has(key)) return 'body-duplicate-name';
    seen.add(key);
    if (seen.size > limits.webhookXmlAttributesMax) return 'body-names';
    const declared = key === 'xmlns' ? '' : key.startsWith('xmlns:') ? key.slice('xmlns:'.length) : null;
    if (declared === null) plain.push([key, said]);
    else if (/^xml/i.test(declared) || (declared !== '' && said === '')) return 'body-syntax';
    else prefixes = new Map([...prefixes, [declared, said]]);
  }
  const own = nameOf(tag, prefixes, false);
  if (own === null) return 'body-syntax';
  const attributes: (XmlName & { value: string })[] = [];
  for (const [key, said] of plain) {
    const found = nameOf(key, prefixes, true);
    if (found === null) return 'body-syntax';
    if (attributes.some((other) => other.local === found.local && other.namespace === found.namespace)) return 'body-duplicate-name';
    attributes.push({ ...found, value: said });
  }
  return { tag, name: own, attributes, prefixes, children: [], text: '' };
}

function closed({ name: own, attributes, prefixes, children, text }: Open): XmlElement | null {
  if (children.length > 0 && !blank.test(text)) return null;
  return { ...own, attributes, prefixes, children, text: children.length > 0 ? '' : text };
}

/** What the expression matches at this place, which is moved behind it. */
function taken(expression: RegExp, text: string, at: { place: number }): RegExpExecArray | null {
  expression.lastIndex = at.place;
  const match = expression.exec(text);
  if (match !== null) at.place += match[0].length;
  return match;
}

/** Parses a document of one element. Every pass takes one tag or one run of text, so the work is linear in the text. */
export function parseStrictXml(text: string): Step<XmlElement> {
  if (forbidden.test(text)) return stop('body-syntax');
  const at = { place: declaration.exec(text)?.[0].length ?? 0 };
  const open: Open[] = [];
  let names = 0;
  for (;;) {
    const top = open.at(-1);
    const run = taken(characters, text, at);
    if (run !== null) {
      const said = run[0].includes(']]>') ? null : decoded(run[0]);
      if (said === null || (top === undefined && !blank.test(said))) return stop('body-syntax');
      if (top !== undefined) top.text += said;
    }
    const start = taken(opening, text, at);
    const end = start === null ? taken(closing, text, at) : null;
    if (start === null && (end === null || top === undefined || end[1] !== top.tag)) return stop('body-syntax');
    let whole: Open | undefined = top;
    if (start !== null) {
      if (++names > limits.webhookXmlElementsMax) return stop('body-names');
      if (open.length >= limits.webhookXmlDepthMax) return stop('body-depth');
      const begun = opened(start[1] ?? '', start[2] ?? '', top?.prefixes ?? new Map());
      if (typeof begun === 'string') return stop(begun);
      if (start[3] === '') {
        open.push(begun);
        continue;
      }
      whole = begun;
    } else open.pop();
    const element = whole === undefined ? null : closed(whole);
    if (element === null) return stop('body-syntax');
    const parent = open.at(-1);
    if (parent === undefined) return blank.test(text.slice(at.place)) ? go(element) : stop('body-syntax');
    parent.children.push(element);
  }
}
