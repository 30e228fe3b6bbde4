import { limits } from '../limits.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/*
 * The part of XML 1.0 with namespaces that a SOAP message is written in, and nothing that makes XML dangerous: no document
 * type, so no entity but the five and numbered characters; no instruction but the declaration; no comment, no CDATA; text or
 * elements, never both. One walk without recursion reads it, under the caps of `src/limits.ts`.
 */

/** A name in its namespace; an empty one if there is none. */
export interface XmlName {
  readonly namespace: string;
  readonly name: string;
}

/** An element. */
export interface XmlElement extends XmlName {
  /** What `xsi:type` says; null if it is not there. */
  readonly type: XmlName | null;
  /** `xsi:nil="true"`: nothing is in it. */
  readonly nil: boolean;
  readonly children: readonly XmlElement[];
  /** Of an element without children. */
  readonly text: string;
}

interface Open extends XmlElement {
  readonly children: XmlElement[];
  text: string;
  readonly written: string;
  readonly prefixes: ReadonlyMap<string, string>;
}

const instance = 'http://www.w3.org/2001/XMLSchema-instance';
const ncName = '[A-Za-z_][A-Za-z0-9_.-]{0,99}';
const declaration = /^<\?xml version="1\.0"(?: encoding="utf-8")?(?: standalone="(?:yes|no)")? ?\?>/i;
const opening = new RegExp(`<((?:${ncName}:)?${ncName})`, 'y');
const attribute = new RegExp(`[ \\t\\r\\n]{1,200}((?:${ncName}:)?${ncName})=(?:"([^"<&]{0,300})"|'([^'<&]{0,300})')`, 'y');
const ending = /[ \t\r\n]{0,200}(\/?)>/y;
const closing = new RegExp(`</((?:${ncName}:)?${ncName})[ \\t\\r\\n]{0,200}>`, 'y');
const typeName = new RegExp(`^(?:${ncName}:)?${ncName}$`);
const foreign = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u; // what is no character of XML
const numbered = /^#(?:\d{1,7}|x[0-9A-Fa-f]{1,6})$/;
const blank = /^[ \t\r\n]*$/;
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => ((pattern.lastIndex = at), pattern.exec(text));

/** What a reference stands for, given without `&` and `;`. Null: it is none of ours, or is no character of XML. */
function standsFor(name: string): string | null {
  if (Object.hasOwn(entities, name)) return entities[name] ?? null;
  const code = numbered.test(name) ? Number(name.replace('#x', '0x').replace('#', '')) : Number.NaN;
  const text = code <= 0x10ffff ? String.fromCodePoint(code) : null;
  return text === null || foreign.test(text) ? null : text;
}

/** Text with its references put in. What they stand for is never read again. Null: one that stands for nothing. */
function decoded(raw: string): string | null {
  if (raw.includes(']]>')) return null;
  const [first = '', ...pieces] = (raw.includes('\r') ? raw.replaceAll(/\r\n?/g, '\n') : raw).split('&');
  let text = first;
  for (const piece of pieces) {
    const end = piece.indexOf(';');
    const stands = end < 0 || end > 9 ? null : standsFor(piece.slice(0, end));
    if (stands === null) return null;
    text += stands + piece.slice(end + 1);
  }
  return text;
}

/** A written name in its namespace. Null: nobody has said what its prefix stands for. */
function named(written: string, prefixes: ReadonlyMap<string, string>): XmlName | null {
  const [name = '', prefix = ''] = written.split(':').toReversed();
  const namespace = prefixes.get(prefix) ?? (prefix === '' ? '' : null);
  return namespace === null ? null : { namespace, name };
}

/** The attributes of an opening tag, as they are written; null if one is there twice or there are too many. */
function attributesAt(text: string, start: number): { readonly found: ReadonlyMap<string, string>; readonly at: number } | null {
  const found = new Map<string, string>();
  let at = start;
  for (let one = match(attribute, text, at); one !== null; one = match(attribute, text, at)) {
    const [all, name = '', double, single = ''] = one;
    if (found.has(name) || found.size >= limits.webhookXmlAttributesMax) return null;
    found.set(name, double ?? single);
    at += all.length;
  }
  return { found, at };
}

/** An element from its opening tag: only namespaces, `xsi:type`, `xsi:nil` and `id` may stand in it. */
function openElement(written: string, found: ReadonlyMap<string, string>, outer: ReadonlyMap<string, string>): Open | null {
  const declared = [...found].filter(([name]) => /^xmlns(?::|$)/.test(name));
  if (declared.some(([name, value]) => /^xmlns:xml/i.test(name) || !/^[\x21-\x7e]+$/.test(value))) return null;
  const prefixes = found.size === 0 ? outer : new Map([...outer, ...declared.map(([name, value]) => [name.slice(6), value] as const)]);
  let type: XmlName | null = null;
  let nil = false;
  for (const [name, value] of found) {
    if (name === 'id' || name === 'xmlns' || name.startsWith('xmlns:')) continue;
    const known = name.includes(':') ? named(name, prefixes) : null;
    if (known?.namespace !== instance) return null;
    if (known.name === 'nil' && value === 'true' && !nil) nil = true;
    else if (known.name !== 'type' || type !== null || !typeName.test(value) || (type = named(value, prefixes)) === null) return null;
  }
  const self = named(written, prefixes);
  return self === null ? null : { ...self, type, nil, children: [], text: '', written, prefixes };
}

/** Reads a document. What is not in this part of XML is refused, and so is what is too deep or too much. */
export function readXml(text: string): Step<XmlElement> {
  if (foreign.test(text)) return stop('body-syntax');
  const stack: Open[] = [];
  let root: Open | null = null;
  let elements = 0;
  let at = declaration.exec(text)?.[0].length ?? 0;
  while (at < text.length) {
    const next = text.indexOf('<', at);
    const raw = text.slice(at, next < 0 ? text.length : next);
    const inner = stack.at(-1);
    const ends = text.startsWith('</', next);
    if (!blank.test(raw) || (inner !== undefined && inner.children.length === 0 && ends)) {
      const value = decoded(raw);
      if (inner === undefined || value === null || !ends || (inner.nil && raw !== '') || inner.children.length > 0)
        return stop('body-syntax');
      inner.text = value;
    }
    if (next < 0) break;
    const end = match(closing, text, next);
    if (end !== null) {
      if (stack.pop()?.written !== end[1]) return stop('body-syntax');
      at = next + end[0].length;
      continue;
    }
    const start = match(opening, text, next);
    const attributes = start === null ? null : attributesAt(text, next + start[0].length);
    const last = attributes === null ? null : match(ending, text, attributes.at);
    if (start === null || attributes === null || last === null || (inner === undefined && root !== null)) return stop('body-syntax');
    const element = openElement(start[1] ?? '', attributes.found, inner?.prefixes ?? new Map());
    if (element === null || inner?.nil === true) return stop('body-syntax');
    if (++elements > limits.webhookXmlElementsMax) return stop('body-names');
    if (stack.length >= limits.webhookXmlDepthMax) return stop('body-depth');
    inner?.children.push(element);
    root ??= element;
    if (last[1] !== '/') stack.push(element);
    at = attributes.at + last[0].length;
  }
  return root !== null && stack.length === 0 ? go(root) : stop('body-syntax');
}
