import { limits } from '../../limits.ts';

/*
 * The addresses in a reply of Graph, `@odata.nextLink` and `@odata.deltaLink`. None of them is ever called: they must lead to the
 * very list that was asked, and only the token in them is taken. Their documented forms: `…/delta?$skiptoken=x`,
 * `…/delta?$deltatoken=x`, `…/delta?token=x`, `…/delta(token='x')` and `…/delta?(token='x')` (Microsoft Graph, "Use delta query",
 * driveItem: delta, message: delta). The service also writes `users('id')` for `users/id` and `microsoft.graph.delta` for `delta`.
 */

/** A place in a list: what the parameter is called that goes on from there, and its value. */
export interface Place {
  readonly parameter: '$skiptoken' | '$deltatoken' | 'token';
  readonly value: string;
}

/** Percent-decoded; a plus is a plus. Null if it is no text. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** A path as one spelling: decoded, in lower case, `x('id')` as `x/id`. */
function spelled(path: string): string | null {
  return (
    decoded(path)
      ?.replaceAll(/\('([^'()]*)'\)/g, '/$1')
      .replace(/\(\)$/, '')
      .replace('microsoft.graph.delta', 'delta')
      .toLowerCase() ?? null
  );
}

/** The paths that Graph writes for a list: of a drive, its example leaves `root` out. */
function pathsOf(base: URL, resource: string): readonly (string | null)[] {
  const root = base.pathname.replace(/\/+$/, '');
  const short = resource.endsWith('/root') ? [resource.slice(0, -'/root'.length)] : [];
  return [resource, ...short].map((path) => spelled(`${root}${path}/delta`));
}

const parameters = new Map<string, Place['parameter']>([
  ['$skiptoken', '$skiptoken'],
  ['$deltatoken', '$deltatoken'],
  ['token', 'token'],
]);

/** The token in `(token='x')`, and in the same without quotes. */
function inBrackets(text: string): string | null {
  return /^\(token='?([^'()]+)'?\)$/i.exec(decoded(text) ?? '')?.[1] ?? null;
}

/** The tokens in a query. Null if one of them is no text. */
function placesIn(query: string): readonly Place[] | null {
  const found: Place[] = [];
  for (const pair of query === '' ? [] : query.split('&')) {
    const [name = '', ...rest] = pair.split('=');
    const bracketed = inBrackets(pair);
    const parameter = bracketed === null ? parameters.get(decoded(name)?.toLowerCase() ?? '') : 'token';
    if (parameter === undefined) continue;
    const value = bracketed ?? decoded(rest.join('='));
    if (value === null) return null;
    found.push({ parameter, value });
  }
  return found;
}

const printable = ({ value }: Place): boolean => /^[\x21-\x7e]+$/.test(value) && value !== 'latest';

/**
 * The place in a link; null if it leads anywhere else than to this list, or has not exactly one token. A token in the path wins:
 * behind it, Graph repeats the query that it was asked with (`…/microsoft.graph.delta(token='x')?token=latest`).
 */
export function placeOf(link: string, base: string, resource: string): Place | null {
  const at = new URL(base);
  const url = link.length > limits.changeLinkCharsMax ? null : URL.parse(link);
  if (url === null || url.origin !== at.origin || url.username !== '' || url.password !== '' || url.hash !== '') return null;
  const whole = url.pathname.replaceAll(/%2[789]/g, (code) => decodeURIComponent(code));
  const [, path = whole, bracket = null] = /^(.*\/[a-z.]*delta)(\([^/]+\))$/i.exec(whole) ?? [];
  const here = spelled(path);
  if (here === null || !pathsOf(at, resource).includes(here)) return null;
  if (bracket !== null) {
    const value = inBrackets(bracket);
    const place: Place | null = value === null ? null : { parameter: 'token', value };
    return place !== null && printable(place) ? place : null;
  }
  const [place, ...others] = placesIn(url.search.slice(1)) ?? [];
  return place !== undefined && others.length === 0 && printable(place) ? place : null;
}
