import { CountersignError, ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { GithubSettings } from '../settings.ts';

/*
 * The names that a caller may use, parsed. Every text here comes from the model, or from somebody who speaks through it;
 * only `settings` comes from the operator. Pure.
 */

/** A repository of the configured owner, as the caller names it. */
export interface Place {
  readonly owner: string;
  readonly repo: string;
}

/** Characters that a reader cannot see or that change how others are read: controls, bidi, zero-width, fillers, odd spaces. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;
const everyUnseen = new RegExp(unseen.source, 'gu');

const lower = (text: string): string => text.toLowerCase();

/**
 * The tenant: host of the API and owner, in lower case (`api.github.com/acme`).
 * @throws CountersignError `bad-config` if the configured address or owner is not one.
 */
export function tenantOf(settings: GithubSettings): string {
  const host = /^https?:\/\/([a-z0-9.-]+(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?)(?:\/[a-z0-9._/-]*)?$/i.exec(settings.url)?.[1];
  if (host === undefined)
    throw new CountersignError('bad-config', 'the url of a github system is https://host, without user, query or fragment');
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(settings.owner))
    throw new CountersignError('bad-config', 'the owner of a github system is the login of an organisation or a user');
  return `${lower(host)}/${lower(settings.owner)}`;
}

/** True if the operator's list has this repository, or if there is no list. */
export function isListed(settings: GithubSettings, repo: string): boolean {
  return settings.repositories.length === 0 || settings.repositories.some((name) => lower(name) === lower(repo));
}

/** Parses `name` or `owner/name`. Another owner is another tenant. */
export function placeOf(settings: GithubSettings, text: string): Result<Place> {
  const match = /^(?:([^/]+)\/)?([A-Za-z0-9._-]{1,100})$/.exec(text);
  const [, owner = settings.owner, repo] = match ?? [];
  if (repo === undefined || /^\.{1,2}$/.test(repo) || /\.git$/i.test(repo))
    return refuse('bad-arguments', 'a repository is named as `name` or `owner/name`');
  if (lower(owner) !== lower(settings.owner)) return refuse('wrong-tenant', `only repositories of ${settings.owner} can be reached here`);
  if (!isListed(settings, repo)) return refuse('forbidden', 'the configuration does not list this repository');
  return ok({ owner: settings.owner, repo });
}

/** Parses a branch, tag or commit by the rules of `git check-ref-format`; `refs/heads/` in front is dropped. */
export function refOf(text: string): Result<string> {
  const name = text.startsWith('refs/heads/') ? text.slice('refs/heads/'.length) : text;
  const parts = name.split('/');
  const bad =
    name.length > limits.githubBranchCharsMax ||
    unseen.test(name) ||
    /[ ~^:?*[\\]|\.\.|@\{|\.$|^-|^@$/.test(name) ||
    parts[0] === 'refs' ||
    parts.some((part) => part === '' || part.startsWith('.') || /\.lock$/i.test(part));
  return bad ? refuse('bad-arguments', 'this is not the name of a branch, tag or commit') : ok(name);
}

/** Parses the name of a branch. A commit's hash is not one, nor is `HEAD`. */
export function branchOf(text: string): Result<string> {
  const name = refOf(text);
  if (!name.ok) return name;
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64}|head)$/i.test(name.value) ? refuse('bad-arguments', 'this is not the name of a branch') : name;
}

/** Names that are default branches by convention. The repository's real one is looked up by the hands. */
const conventional = ['main', 'master', 'trunk'];

/** Parses a branch that may be written to: never one that is a default branch by convention. */
export function sideBranchOf(text: string): Result<string> {
  const name = branchOf(text);
  if (name.ok && conventional.includes(lower(name.value))) return defaultBranchRefusal;
  return name;
}

/** The refusal of a write to a default branch. */
export const defaultBranchRefusal = refuse(
  'forbidden',
  'nothing is written to a default branch: commit to another branch and open a pull request',
);

/** Parses a path in a repository: relative, without empty, `.`, `..` or `.git` parts, all of it visible. */
export function pathOf(text: string): Result<string> {
  const parts = text.split('/');
  const bad =
    text.length > limits.githubPathCharsMax ||
    unseen.test(text) ||
    text.includes('\\') ||
    parts.some((part) => part === '' || part === '.' || part === '..' || /^(?:\.git|git~\d+)[ .]*$/i.test(part));
  return bad ? refuse('bad-arguments', 'this is not a path of a file in a repository') : ok(text);
}

/** A search query without its scope: the scope is ours to add. */
export interface Query {
  readonly words: string;
  readonly repository: Place | null;
}

/**
 * Parses a search query. `repo:`, `org:` and `user:` are taken out of it and must name the configured owner; boolean
 * operators are refused, because `a OR b` would step out of the scope that is added. (What comes back is proved anyway.)
 */
export function queryOf(settings: GithubSettings, query: string, repository: string | undefined): Result<Query> {
  if (unseen.test(query) || (query.split('"').length - 1) % 2 === 1)
    return refuse('bad-arguments', 'the query has hidden characters or an open quotation');
  const tokens = query.match(/(?:[^\s"]|"[^"]*")+/g) ?? [];
  const words: string[] = [];
  const named = repository === undefined ? [] : [repository];
  for (const token of tokens) {
    const scope = /^([-+]?)(repo|repository|org|user|owner|enterprise):(.*)$/i.exec(token);
    if (/^(?:AND|OR|NOT)$/.test(token) || /[()]/.test(token.replaceAll(/"[^"]*"/g, '')))
      return refuse('bad-arguments', 'boolean operators and brackets are not supported in a query');
    if (scope === null) {
      words.push(token);
      continue;
    }
    const [, sign, kind = '', value = ''] = scope;
    const name = value.replaceAll('"', '');
    if (sign !== '') return refuse('bad-arguments', 'name the repository to search in the argument `repository`');
    if (lower(kind).startsWith('repo')) named.push(name);
    else if (lower(kind) === 'enterprise' || lower(name) !== lower(settings.owner))
      return refuse('wrong-tenant', `only repositories of ${settings.owner} can be searched here`);
  }
  const places: Place[] = [];
  for (const name of named) {
    const place = placeOf(settings, name);
    if (!place.ok) return place;
    places.push(place.value);
  }
  if (new Set(places.map((place) => lower(place.repo))).size > 1) return refuse('bad-arguments', 'search one repository, or all of them');
  return ok({ words: words.join(' '), repository: places[0] ?? null });
}

/** `owner/name`. */
export function fullName(place: Place): string {
  return `${place.owner}/${place.repo}`;
}

/** Text of a third party for an approver's eyes: in quotes, everything unseen spelled out, cut with a note. */
export function quoted(text: string): string {
  const chars = Array.from(text);
  const shown = chars
    .slice(0, limits.quotedCharsMax)
    .join('')
    .replaceAll(/["\\]/g, (char) => `\\${char}`)
    .replaceAll(everyUnseen, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
  return chars.length <= limits.quotedCharsMax ? `"${shown}"` : `"${shown}" (cut: ${chars.length - limits.quotedCharsMax} more characters)`;
}
