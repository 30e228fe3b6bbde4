import { cutWith } from '../action/cut.ts';
import { visible } from '../action/visible.ts';
import { limits } from '../limits.ts';
import type { Outgoing } from './links-out-scan.ts';

/** What is allowed to stand in a write. */
export interface LinkRules {
  readonly allowed: readonly { readonly host: string; readonly path?: string }[];
  /** Hosts that the user's own words or the configuration name. */
  readonly known: readonly string[];
  /** True: whatever is not on the list is a finding, also on hosts that are known. */
  readonly restrict: boolean;
}

/** What is wrong with a link. */
export interface LinkFinding {
  readonly kind: 'link' | 'image' | 'new-host';
  readonly what: string;
  /** Escaped; whoever wrote the text chose it. */
  readonly host: string;
}

/** A URL in its parts, as a lenient browser would read it; what is unusual in it is said in `odd`. */
interface Parts {
  readonly host: string;
  readonly path: string;
  readonly more: boolean; // a query or a fragment
  readonly scheme: string | undefined;
  readonly odd: string | null;
}

const split = /^(?:([a-z][a-z0-9+.-]{0,40}):)?([/\\]{0,40})([^/\\?#]*)([^?#]*)([?#]?)/i;
const hostForm = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){0,126}[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const number = /^(?:0x[0-9a-f]{0,16}|\d{1,20})$/;

/** Browsers read `0x7f.1` and `2130706433` as addresses too: a host whose last label is a number is one. */
const isAddress = (host: string): boolean => host.startsWith('[') || number.test(host.replace(/\.$/, '').split('.').at(-1) ?? '');

function oddHost(host: string): string | null {
  if (host === '') return 'no host';
  if (isAddress(host)) return 'an address in place of a name';
  if (/%/.test(host)) return 'an encoded host';
  if (/[^\x21-\x7e]/.test(host) || /(?:^|\.)xn--/.test(host)) return 'a host of other letters';
  if (host.endsWith('.')) return 'a host with a dot behind it';
  return hostForm.test(host) ? null : 'an unusual host';
}

function oddPath(path: string): string | null {
  if (path.includes('\\')) return 'a backslash';
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(path) || /%(?:2f|5c|25|00)/i.test(path) || path.includes('//'))
    return 'a path that leads elsewhere';
  return null;
}

/** A name with a port and no scheme before it. */
const nameAndPort = /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,20}:\d/i;

function oddMail(authority: string, more: string): string | null {
  return authority.includes(',') || authority.includes('%') || more !== '' ? 'more than one address' : null;
}

function partsOf(url: string): Parts {
  const [, written, slashes = '', authority = '', path = '', more = ''] = split.exec(nameAndPort.test(url) ? `//${url}` : url) ?? [];
  const scheme = written?.toLowerCase();
  const mail = scheme === 'mailto';
  const at = authority.lastIndexOf('@');
  const [, name = '', port = ''] = /^(.*?)(?::(\d*))?$/s.exec(authority.slice(at + 1)) ?? [];
  const host = name.toLowerCase();
  const usualPort = port === '' || port === (scheme === 'http' ? '80' : '443');
  const usualSlashes = slashes === '//' || (slashes === '' && (mail || scheme === undefined));
  const odd =
    (scheme === undefined || /^(?:https?|mailto)$/.test(scheme) ? null : `the scheme ${scheme}`) ??
    (slashes.includes('\\') ? 'a backslash' : null) ??
    (usualSlashes ? null : 'other than two slashes') ??
    (mail ? oddMail(authority, more) : at === -1 ? null : 'user information before its host') ??
    (usualPort ? null : `the port ${port}`) ??
    oddHost(host) ??
    oddPath(path);
  return { host, path: path === '' ? '/' : path, more: more !== '', scheme, odd };
}

const hostMatches = (host: string, entry: string): boolean => {
  const name = entry.toLowerCase();
  return name.startsWith('*.') ? host.length > name.length - 1 && host.endsWith(name.slice(1)) : host === name;
};

function pathMatches(path: string, prefix: string | undefined): boolean {
  if (prefix === undefined || prefix === '' || prefix === '/') return true;
  const whole = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return path === whole || path.startsWith(`${whole}/`);
}

const shown = (host: string): string => cutWith(visible(host.slice(0, 300)), limits.egressHostCharsMax, '…');

const inert = /^(?:data|javascript|vbscript|blob|about|view-source):/i;

/** What is wrong with one URL, or null. An image is fetched by whoever looks at it, so nothing may ride on its address. */
export function linkFinding({ url, image }: Outgoing, rules: LinkRules): LinkFinding | null {
  const thing = image ? 'an image' : 'a link';
  const kind = image ? 'image' : 'link';
  const { host, odd, path, more, scheme } = partsOf(url);
  const found = (kind: LinkFinding['kind'], what: string): LinkFinding => ({ kind, what, host: shown(host) });
  if (inert.test(url)) return { kind, what: `${thing} that is a program or a document in itself`, host: '' };
  if (url.length >= limits.egressUrlCharsMax) return found(kind, `${thing} that is too long to be judged`);
  if (odd !== null) return found(kind, `${thing} with ${odd}`);
  const named = rules.allowed.filter((entry) => hostMatches(host, entry.host));
  const fetched = scheme === 'https' || (scheme === 'http' && !image);
  const listed = fetched && named.some((entry) => pathMatches(path, entry.path));
  if (image && !listed) return found(kind, 'an image from an address that is not allowed');
  if (image) return more ? found(kind, 'an image whose address carries more than a path') : null;
  if (listed) return null;
  if (rules.restrict) return found(kind, 'a link that is not allowed here');
  if (named.length > 0 || rules.known.some((entry) => hostMatches(host, entry))) return null;
  return found('new-host', 'a link to a host that neither the user nor the configuration names');
}
