import { part, spend } from './budget.ts';
import type { Budget } from './budget.ts';
import type { Target } from './markup.ts';
import type { Hidden, Reference } from './sanitised.ts';
import { asciiTableOf, tableOf, written } from './units.ts';
import { keptUrl, labelOf, leads, plainUrl, runEnd, trimmed } from './url.ts';

/*
 * The third pass: Markdown links and images, reference definitions, bare URLs, data URIs. Every URL becomes
 * `[link 3: host]`; the table stays with us.
 *
 * Text that already looks like such a reference is one that leads nowhere: it takes a number and no URL. So nobody can
 * forge one, and going over the result again numbers the same things in the same order.
 */

/** The references of one item, or of all strings of one JSON value. */
export interface Numbering {
  next: number;
  readonly references: Reference[];
}

const forged = /\[(link|image) \d{1,9}: ([a-z0-9.:_ -]{1,263})\]/y;
const nearlyForged = /\[(?:link|image)[ _-]?\d/iy;
/** Llama 2, Mistral: turns and tools in square brackets. */
const bracketRole =
  /\[\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|SYS|gMASK|MASK|CLS|SEP|PAD|UNK|BOS|EOS)\]/iy;
const web = /\bwww\.(?=\w)/iy;
/** 1 for the units at which something may begin. */
const points = new Uint8Array(0x1_0000);
for (const char of '![]:wW\ue000') points[char.charCodeAt(0)] = 1;
/** What the patterns above begin with, behind their bracket. */
const forgedFirst = asciiTableOf(/[il]/i);
const roleFirst = asciiTableOf(/[/ISATGMCPUBE]/i);

interface Opener {
  /** Where the `![` of an image stands in `out`, or -1. */
  readonly image: number;
  /** True if it starts a line, as the label of a definition does. */
  readonly starts: boolean;
}

interface Scan {
  readonly text: string;
  readonly targets: readonly Target[];
  readonly numbering: Numbering;
  readonly budget: Budget;
  readonly hidden: Hidden[];
  readonly out: string[];
  /** Brackets that are open. */
  readonly open: Opener[];
  /** Everything before it is in `out`. */
  copied: number;
}

function number(scan: Scan, kind: Reference['kind'], label: string, url: string | null): string {
  part(scan.budget);
  const number = scan.numbering.next++;
  scan.numbering.references.push({ number, kind, label, url });
  return `[${kind} ${number}: ${label}]`;
}

function reference(scan: Scan, kind: Reference['kind'], url: string): string {
  if (url.includes(':') && /^data:/i.test(url) && part(scan.budget)) scan.hidden.push({ kind: 'data-uri', chars: url.length, text: url });
  return number(scan, kind, labelOf(url), keptUrl(url));
}

/** Writes what was passed over up to `at`, then `write`, and goes on at `end`. */
function put(scan: Scan, at: number, end: number, write: string): number {
  if (at > scan.copied) scan.out.push(scan.text.slice(scan.copied, at));
  scan.out.push(write);
  scan.copied = end;
  return end;
}

function stuck(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** A place that the pass before has left. */
function placed(scan: Scan, at: number): number {
  const end = scan.text.indexOf('\ue001', at);
  const target = scan.targets[Number(scan.text.slice(at + 1, end))];
  put(scan, at, end + 1, target === undefined ? '' : reference(scan, target.kind, target.url));
  return behind(scan, at, end + 1);
}

/** True if nothing but blanks and marks of a quotation stands before it on its line: eight of them at most. */
function startsLine(text: string, at: number): boolean {
  let from = at;
  while (from > 0 && at - from < 8 && (text[from - 1] === ' ' || text[from - 1] === '>')) from--;
  return from === 0 || text[from - 1] === '\n';
}

/** A reference ends in a bracket of its own: what stands behind it must not make a link of it. */
function behind(scan: Scan, start: number, end: number): number {
  return destination(scan, end - 1, { image: -1, starts: startsLine(scan.text, start) });
}

/** True if what stands at the bracket at `at` is written by us only, or means something to a model. */
function isOurs(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1);
  if (forgedFirst[next] === 1 && [forged, nearlyForged].some((pattern) => stuck(pattern, text, at) !== null)) return true;
  return roleFirst[next] === 1 && stuck(bracketRole, text, at) !== null;
}

function opened(scan: Scan, at: number): number {
  const { text } = scan;
  const next = text.charCodeAt(at + 1);
  const seen = forgedFirst[next] === 1 ? stuck(forged, text, at) : null;
  if (seen !== null) {
    const [whole, kind = '', label = ''] = seen;
    put(scan, at, at + whole.length, number(scan, kind === 'image' ? 'image' : 'link', label, null));
    return behind(scan, at, at + whole.length);
  }
  // This bracket ends a URL like a square one: what stands before it reads the same the second time.
  if (forgedFirst[next] === 1 && stuck(nearlyForged, text, at) !== null) return put(scan, at, at + 1, '⟦');
  const role = roleFirst[next] === 1 ? stuck(bracketRole, text, at)?.[0] : undefined;
  if (role !== undefined) return put(scan, at, at + role.length, `⟦${role.slice(1, -1)}⟧`);
  scan.open.push({ image: -1, starts: startsLine(text, at) });
  return at + 1;
}

/** Where the run of such blanks ends that starts at `from`. */
function blanksEnd(text: string, from: number, blanks: string): number {
  let end = from;
  while (end < text.length && blanks.includes(text[end] ?? '')) end++;
  return end;
}

const inAngles = /[^<>\n\ue000-\uf8ff]*(?=>)/y;

/** A destination behind `](` or `]:`. It is replaced whether or not the rest of the link is well-formed: whoever renders it may be lenient. */
function destination(scan: Scan, at: number, opener: Opener | undefined): number {
  const { text } = scan;
  const after = text[at + 1];
  if (after !== '(' && !(after === ':' && opener?.starts === true)) return at + 1;
  const from = blanksEnd(text, at + 2, after === '(' ? ' \t\n' : ' \t');
  const image = after === '(' ? (opener?.image ?? -1) : -1;
  if (text[from] === '\ue000') return image === -1 ? at + 1 : imagePlaced(scan, at, image);
  const angled = text[from] === '<' ? 1 : 0;
  const close = angled === 1 ? stuck(inAngles, text, from + 1)?.[0].length : undefined;
  const end = close === undefined ? destinationEnd(text, from + angled) : from + 1 + close;
  const url = plainUrl(text.slice(from + angled, end));
  if (!spend(scan.budget, end - at) || url === '' || (image === -1 && !leads(url))) return at + 1;
  if (image !== -1) scan.out[image] = '[image: ';
  const next = text[end] === '>' && angled === 1 ? end + 1 : end;
  put(scan, from, next, reference(scan, image === -1 ? 'link' : 'image', url));
  return text[next] === '(' ? behind(scan, from, next) : next;
}

function imagePlaced(scan: Scan, at: number, image: number): number {
  scan.out[image] = '[image: ';
  return at + 1;
}

/** Unlike a bare URL, a destination ends at its bracket, and at no sentence's end. */
function destinationEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (endsDestination[code] === 1) break;
    if (code === 0x28) depth++;
    if (code === 0x29 && --depth < 0) break;
  }
  return at;
}

const endsDestination = tableOf(/[\0- [\]<>"`⟦⟧\ue000-\uf8ff]/);

const schemeEnd = /[A-Za-z][A-Za-z0-9+.-]{0,30}$/;
const bareOpaque = /(?:^|[^A-Za-z0-9_])(mailto|javascript|vbscript|data)$/i;

const inBrackets = /\[[0-9A-Fa-f:.]{2,45}\]/y;
const dataType = /(?:[a-z]{3,20}\/|[;,]\S)/iy;

/** True if a scheme may end at `at`: with slashes behind it any, otherwise one of those that are words. */
const maySchemeEnd = (text: string, at: number, slashes: boolean): boolean =>
  slashes ? schemeUnits[text.charCodeAt(at)] === 1 : wordEnds[text.charCodeAt(at)] === 1;
const schemeUnits = asciiTableOf(/[A-Za-z0-9+.-]/);
const wordEnds = asciiTableOf(/[ota]/i);

/** A URL in running text, told by what stands around its colon. */
function coloned(scan: Scan, at: number): number {
  const { text } = scan;
  const slashes = text.startsWith('//', at + 1);
  if (!maySchemeEnd(text, at - 1, slashes)) return at + 1;
  const before = text.slice(Math.max(scan.copied, at - 32), at);
  if (slashes) {
    const scheme = schemeEnd.exec(before)?.[0];
    if (scheme === undefined) return at + 1;
    const host = text[at + 3] === '[' ? (stuck(inBrackets, text, at + 3)?.[0].length ?? 0) : 0;
    return bare(scan, at - scheme.length, at + 3 + host, host);
  }
  const word = bareOpaque.exec(before)?.[1];
  if (word === undefined || (/^data$/i.test(word) && stuck(dataType, text, at + 1) === null)) return at + 1;
  return bare(scan, at - word.length, at + 1, 0);
}

function bare(scan: Scan, start: number, body: number, host: number): number {
  const { text } = scan;
  const run = runEnd(text, body);
  const end = trimmed(text, body, run);
  if (!spend(scan.budget, run - start) || (end === body && host === 0)) return body;
  put(scan, start, end, reference(scan, 'link', plainUrl(text.slice(start, end))));
  return behind(scan, start, end);
}

function visit(scan: Scan, at: number): number {
  switch (scan.text[at]) {
    case '\ue000':
      return placed(scan, at);
    case '!': {
      if (isOurs(scan.text, at + 1)) return at + 1;
      // An image's mark is written apart, so that it can be replaced once its destination is known.
      const end = put(scan, at, at + 2, '![');
      scan.open.push({ image: scan.out.length - 1, starts: false });
      return end;
    }
    case '[':
      return opened(scan, at);
    case ']':
      return destination(scan, at, scan.open.pop());
    case ':':
      return coloned(scan, at);
    default:
      return /[./@\w-]/.test(scan.text[at - 1] ?? '') && at > scan.copied ? at + 4 : bare(scan, at, at + 4, 0);
  }
}

/** True if more than the one unit of a point stands there: an exclamation mark is only half of one. */
function begins(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 0x21) return text.charCodeAt(at + 1) === 0x5b;
  return (code | 0x20) !== 0x77 || stuck(web, text, at) !== null;
}

/** The text with every URL replaced by a numbered reference. New ones are added to the numbering. */
export function refer(
  text: string,
  targets: readonly Target[],
  numbering: Numbering,
  budget: Budget,
): { readonly text: string; readonly hidden: readonly Hidden[] } {
  const scan: Scan = { text, targets, numbering, budget, hidden: [], out: [], open: [], copied: 0 };
  spend(budget, text.length);
  for (let at = 0; at < text.length;) {
    if (points[text.charCodeAt(at)] === 0 || !begins(text, at)) at++;
    else if (spend(budget, 1)) at = visit(scan, at);
    else break;
  }
  scan.out.push(text.slice(scan.copied));
  return { text: written(scan.out), hidden: scan.hidden };
}
