import { limits } from '../limits.ts';
import { part, spend } from './budget.ts';
import type { Budget } from './budget.ts';
import { bareView, plainView } from './encodings.ts';
import { unescapeEntities } from './escapes.ts';
import { tagAt } from './tags.ts';
import type { Tag } from './tags.ts';
import { asciiTableOf, runEnds, tableOf } from './units.ts';
import { opaque, plainUrl } from './url.ts';

/*
 * Where a text leads, whatever renders it: Markdown, HTML, Slack's escapes or a client that makes links of bare text.
 * Where readers disagree, the worse reading counts: two findings for one link are better than none.
 */

/** A URL that a text would carry out. */
export interface Outgoing {
  readonly url: string;
  /** True if looking at the text is enough to fetch it. */
  readonly image: boolean;
}

interface Scan {
  readonly text: string;
  readonly budget: Budget;
  readonly found: Map<string, Outgoing>;
}

function add({ found, budget }: Scan, url: string, image: boolean): void {
  const key = `${image ? 'i' : 'l'}${url}`;
  if (found.has(key) || !part(budget)) return;
  found.set(key, { url, image });
}

/** A destination leads somewhere by itself, or is text that belongs to the same place. */
const leads = /^(?:[a-z][a-z0-9+.-]{0,40}:)?[/\\]{2}|^[a-z][a-z0-9+.-]{1,40}:(?=[^\s])|^[/\\]{2}|^www\./i;

function destination(scan: Scan, raw: string, image: boolean): void {
  if (raw.length >= limits.egressUrlCharsMax) {
    add(scan, raw, image); // it is not judged, so it does not matter what is escaped in it
    return;
  }
  const plain = plainUrl(raw);
  const url = plain.includes('\\')
    ? plain.replaceAll(/\\([!-/:-@[-`{-~])/g, (whole, char: string) => (char === '\\' ? whole : char))
    : plain;
  if (leads.test(url)) add(scan, url, image);
}

const tlds =
  'com|net|org|io|dev|app|co|ai|me|info|biz|xyz|site|online|top|ru|cn|de|uk|fr|nl|eu|us|example|test|cloud|page|link|live|club|shop|space|tech|store|website|gg|to|ly|so|cc|tv|icu|pw|tk|ml|ws|fun|pro|work|zip|mov';
/** A URL in running text. The last kind is what mail and chat clients take for one: a name with a known ending, and a path or a query. */
const bare = new RegExp(
  [
    '(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,40}:[/\\\\]{2,40}[^\\s<>"`|]{1,2000}',
    '(?<![a-z0-9+.-])(?:https?|ftps?|wss?):[/\\\\]{0,40}[^\\s<>"`|/\\\\]{1,2000}',
    '(?<![a-z0-9+.-])(?:mailto|javascript|vbscript|data):[^\\s<>"`|]{1,2000}',
    '(?<![\\w:./\\\\@-])[/\\\\]{2}[^\\s<>"`|/\\\\]{1,253}\\.[^\\s<>"`|]{2,2000}',
    '(?<![\\w./@-])www\\.[^\\s<>"`|]{1,2000}',
    `(?<![\\w./\\\\@:-])(?:[a-z0-9-]{1,63}\\.){1,8}(?:${tlds})(?=[/?#:])[^\\s<>"\`|]{1,2000}`,
  ].join('|'),
  'giu',
);

/** Without the punctuation of the sentence around it, and what a bracket around it ends. */
function trimmed(url: string): string {
  const openEnds = url.includes(']') && !/^[^/]*[/\\]{2}\[/.test(url);
  let [open, end] = [0, url.length];
  for (let at = 0; at < url.length; at++) {
    const code = url.charCodeAt(at);
    if (code === 0x28) open++;
    if ((code === 0x29 && --open < 0) || (code === 0x5d && openEnds) || code === 0x7d) {
      end = at;
      break;
    }
  }
  while (end > 0 && ".,;:!?'*_~".includes(url[end - 1] ?? '')) end--;
  return url.slice(0, end);
}

function bareUrls(scan: Scan): void {
  for (const [found] of scan.text.matchAll(bare)) {
    if (!spend(scan.budget, 4 * found.length)) return;
    const url = trimmed(found);
    if (/^data:/i.test(url) && !/^data:(?:[a-z]{3,20}\/|[;,])/i.test(url)) continue;
    add(scan, url, false);
  }
}

const openers = /!?\[|\]|\n[ \t>]{0,40}(?=\n)/g;
const angled = /<([^<>\n]{0,2000})>/y;
const plainUnit = tableOf(/[^\s<>"`]/);
const blank = asciiTableOf(/[ \t\n]/);
const [blanksMax, plainMax] = [40, 2000];

/**
 * Everything in `](...)` and `]: ...`. An image's opener counts until its own bracket closes, or its paragraph ends; if one
 * closes without a destination of its own, every definition is one of an image.
 */
function markdown(scan: Scan): void {
  const { text } = scan;
  const stack: boolean[] = [];
  const definitions: string[] = [];
  let [images, referenced] = [0, false];
  const plainEnd = runEnds(text, plainUnit);
  for (const { 0: what, index } of text.matchAll(openers)) {
    if (!spend(scan.budget, 1)) return;
    if (what.startsWith('\n')) {
      images = stack.length = 0;
    } else if (what !== ']') {
      stack.push(what === '![');
      if (what === '![') images++;
    } else {
      const next = text[index + 1];
      const image = images > 0;
      if (stack.pop() === true) images--;
      if (next !== '(') referenced ||= image;
      const url = next === '(' || next === ':' ? written(scan, index + 2, plainEnd) : null;
      if (url !== null && next === '(') destination(scan, url, image);
      else if (url !== null) definitions.push(url);
    }
  }
  for (const url of definitions) destination(scan, url, referenced);
}

/** The destination that is written at a place. One without brackets goes on to a blank, so it may hold many places where another could begin. */
function written({ text, budget }: Scan, at: number, plainEnd: (at: number) => number): string | null {
  let from = at;
  while (from - at < blanksMax && blank[text.charCodeAt(from)] === 1) from++;
  if (text[from] === '<') {
    angled.lastIndex = from;
    const found = angled.exec(text);
    return found === null || !spend(budget, 16 * (angled.lastIndex - at)) ? null : (found[1] ?? '');
  }
  const end = Math.min(plainEnd(from), from + plainMax);
  return end === from || !spend(budget, 16 * (end - at)) ? null : closed(text.slice(from, end));
}

/** Up to the bracket that ends a destination. */
function closed(run: string): string {
  let depth = 0;
  if (!run.includes(')')) return run;
  for (let at = 0; at < run.length; at++) {
    const code = run.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x28) depth++;
    else if (code === 0x29 && --depth < 0) return run.slice(0, at);
  }
  return run;
}

const followed = /^(?:action|formaction|cite|ping)$/;

function attributes(scan: Scan, { name, attributes }: Tag): void {
  for (const [key, value] of attributes) {
    const image = key === 'href' ? name !== 'a' && name !== 'area' : !followed.test(key);
    if (key === 'style') for (const [, url = ''] of value.matchAll(/url\(\s{0,40}["']?([^"')]{1,2000})/gi)) destination(scan, url, true);
    else if (key === 'srcset' || key === 'imagesrcset') for (const url of value.split(/[\s,]+/)) destination(scan, url, true);
    else if (key !== 'alt' && key !== 'title') destination(scan, value, image);
  }
}

function html(scan: Scan): void {
  const { text, budget } = scan;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    const tag = tagAt(text, at);
    if (!spend(budget, (tag?.end ?? at) - at + 1)) return;
    if (tag !== null && tag.name !== null && !tag.closing) attributes(scan, tag);
    else if (tag !== null && tag.name === null) unended(scan, text.slice(at, Math.min(tag.end + 300, text.length)));
  }
}

/** A tag without an end is one to a lenient reader. */
function unended(scan: Scan, rest: string): void {
  if (!spend(scan.budget, rest.length)) return;
  for (const [, url = ''] of rest.matchAll(/\s(?:src|srcset|poster|background|data)\s{0,40}=\s{0,40}["']?([^\s"'<>]{1,2000})/gi))
    destination(scan, url, true);
}

function css(scan: Scan): void {
  for (const [found, url = ''] of scan.text.matchAll(/\burl\(\s{0,40}["']?([^\s"')]{1,2000})/gi))
    if (spend(scan.budget, found.length)) destination(scan, url, true);
}

/** A field that holds nothing but the address of a picture, by its name (`image_url`, `icon`, `src`). */
const pictures = /(?:image|img|icon|thumb|avatar|poster|logo|photo|picture|banner|background|src)/i;

/** Every URL in a text; `under` is the name of the field that it stands in. */
export function outgoing(text: string, under: string, budget: Budget): readonly Outgoing[] {
  const found = new Map<string, Outgoing>();
  const seen = bareView(plainView(text)).text;
  for (const reading of new Set([text, seen, unescapeEntities(seen), unescapeEntities(seen).replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')])) {
    const scan: Scan = { text: reading, budget, found };
    if (!spend(budget, 8 * reading.length)) break;
    bareUrls(scan);
    markdown(scan);
    html(scan);
    css(scan);
    if (pictures.test(under) && (leads.test(reading) || opaque.test(reading))) add(scan, plainUrl(reading), true);
  }
  return [...found.values()];
}
