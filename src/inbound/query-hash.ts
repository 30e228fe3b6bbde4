import type { Delivery, WebhookCrypto } from './delivery.ts';
import { pathOf } from './target.ts';

/** Percent-encodes as Atlassian's canonical form asks for: everything but RFC 3986's unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** The canonical query: by name, the values of one name in order and joined with commas, without the token itself. */
function canonicalQuery(query: string): string | null {
  const values = new Map<string, string[]>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const at = pair.indexOf('=');
    const name = decoded(at < 0 ? pair : pair.slice(0, at));
    const value = decoded(at < 0 ? '' : pair.slice(at + 1));
    if (name === null || value === null || name === '') return null;
    if (name === 'jwt') continue;
    values.set(encoded(name), [...(values.get(encoded(name)) ?? []), encoded(value)]);
  }
  return [...values]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, list]) => `${name}=${list.toSorted().join(',')}`)
    .join('&');
}

/**
 * The query string hash of Atlassian Connect (developer.atlassian.com, "Understanding JWT for Connect apps" and "Query string
 * hash"): SHA-256 of `METHOD&path&query` in canonical form. The path is relative to the app's base address, whose own path is
 * `base` (of `basePath`: the endpoint lies below it). Null: the query cannot be put into that form.
 */
export function queryHash(delivery: Delivery, base: string, crypto: Pick<WebhookCrypto, 'sha256'>): string | null {
  const whole = pathOf(delivery.target);
  const query = canonicalQuery(delivery.target.slice(whole.length + 1));
  if (query === null) return null;
  const path = whole.slice(base.length);
  const canonical = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return crypto.sha256([`${delivery.method.toUpperCase()}&${canonical.replaceAll('&', '%26')}&${query}`]);
}
