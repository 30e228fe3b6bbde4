import { unescapeEntities } from './escapes.ts';

/*
 * Just enough of URLs to say where one leads. The pure rooms have no `URL`; what we show is a warning to a reader, and
 * the hand that follows a link parses it again, properly.
 */

/** Schemes without `//` that make a link. */
export const opaque: RegExp = /^(?:mailto|tel|sms|data|javascript|vbscript|blob|about|file|view-source):/i;
const inert = /^(?:data|javascript|vbscript|blob|about|view-source):/i;
const authority = /^(?:[a-z][a-z0-9+.-]{0,62}:)?[/\\]{2}([^/\\?#]*)/i;
const plainHost = /^[a-z0-9.-]{1,253}(?::\d{1,5})?$|^\[[0-9a-f:.]{2,45}\](?::\d{1,5})?$/;

/** What makes more of a URL than a name in the same place. */
const leading = /[:/\\]|^www\./i;

/** What a person, or a model, should know of a URL: its host, without user information. Only ASCII that cannot be taken for anything else. */
export function labelOf(url: string): string {
  if (!leading.test(url)) return 'relative';
  const found = authority.exec(url);
  if (found !== null) return hostLabel(found[1] ?? '');
  const scheme = opaque.exec(url)?.[0].slice(0, -1).toLowerCase();
  if (scheme === 'mailto') return hostLabel(/@([^?]*)/.exec(url)?.[1] ?? '');
  if (scheme !== undefined) return scheme;
  if (/^www\./i.test(url)) return hostLabel(/^[^/\\?#]*/.exec(url)?.[0] ?? '');
  return 'relative';
}

function hostLabel(authority: string): string {
  const host = authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
  // A bracket would end the reference that the label stands in.
  if (plainHost.test(host)) return host.replaceAll(/[[\]]/g, '');
  return host === '' ? 'no host' : 'unusual host';
}

/** The URL to keep in the table: character references written out. Null if following it makes no sense or runs code. */
export function keptUrl(url: string): string | null {
  return url.includes(':') && inert.test(url) ? null : url;
}

/** What a browser would read otherwise, or leave out. */
const writtenOtherwise = /[&\t\n\r]|^\s|\s$/;

/** A destination as a browser would read it. */
export function plainUrl(raw: string): string {
  if (!writtenOtherwise.test(raw)) return raw;
  return unescapeEntities(raw)
    .replaceAll(/[\t\n\r]/g, '')
    .trim();
}

const absolute = /^(?:[a-z][a-z0-9+.-]{0,62}:)?[/\\]{2}|^www\./i;

/** True if a destination can lead somewhere by itself. What is relative (`docs/setup.md`, or a call in code) is only text. */
export function leads(destination: string): boolean {
  return absolute.test(destination) || opaque.test(destination) || destination.includes('\\') || /&#?\w{1,16};?/.test(destination);
}

/** 1 for every unit below 0x80 that ends a URL in running text. */
const ends = new Uint8Array(128);
for (const char of '<>"`[]|\\^') ends[char.charCodeAt(0)] = 1;
for (let code = 0; code <= 0x20; code++) ends[code] = 1;

/** East Asian punctuation, our own brackets, and the placeholder that the pass before left: no URL goes on over them. */
const endsWide = (code: number): boolean =>
  code === 0x27e6 ||
  code === 0x27e7 ||
  (code >= 0x3000 && code <= 0x303f) ||
  (code >= 0xff01 && code <= 0xff0f) ||
  (code >= 0xff1a && code <= 0xff1f) ||
  (code >= 0xe000 && code <= 0xf8ff);

/** Where the run of URL characters that starts at `from` ends. */
export function runEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code < 128 ? ends[code] === 1 : endsWide(code)) break;
    at++;
  }
  return at;
}

/** `end` without the punctuation of the sentence around the URL. A closing bracket that was opened inside belongs to it. */
export function trimmed(text: string, from: number, end: number): number {
  let open = 0;
  for (let at = from; at < end; at++) open += text[at] === '(' ? 1 : text[at] === ')' ? -1 : 0;
  let at = end;
  for (; at > from; at--) {
    const char = text[at - 1] ?? '';
    if (char === ')' && open < 0) open++;
    else if (!".,;:!?'*_~".includes(char)) break;
  }
  return at;
}
