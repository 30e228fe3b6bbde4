import type { z } from 'zod';
import type { Label } from '../../action/audience.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { GithubSettings } from '../settings.ts';
import type { GithubClient } from './http.ts';
import { fullName, isListed, placeOf } from './names.ts';
import type { Place } from './names.ts';
import { repoReply } from './replies.ts';
import type { VisibleReply } from './replies.ts';

/** How far a repository can be seen. `unknown` is never narrow enough and never wide enough. */
export type Visibility = 'public' | 'internal' | 'private' | 'unknown';

/** A repository that has been looked up and proved to be the configured owner's. */
export interface Repo {
  /** GitHub's id: it survives renames, and a new repository of the same name has another. */
  readonly id: number;
  readonly place: Place;
  readonly name: string;
  /** Its address in the configured API, in lower case: what does not begin with it does not lie in it. */
  readonly api: string;
  readonly defaultBranch: string;
  readonly archived: boolean;
  readonly visibility: Visibility;
  /** True if it belongs to a person: then everybody else is from outside. */
  readonly personal: boolean;
  readonly forks: number;
  /** Of a fork: what it was made of, or null if GitHub does not say. */
  readonly parent?: VisibleReply | null;
}

/** What the hands of one system share: no credential, only a client that was opened with one. */
export interface Hand {
  readonly client: GithubClient;
  readonly settings: GithubSettings;
}

/** True for two spellings of one login or name. */
export const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const apiOf = (settings: GithubSettings): string => `${new URL(settings.url).href.replace(/\/+$/, '')}/repos/`.toLowerCase();

/** The visibility by both of GitHub's fields. If they disagree, or one is new to us or left out, it is unknown. */
export function visibilityOf(reply: Pick<VisibleReply, 'private' | 'visibility'>): Visibility {
  const { visibility, private: closed } = reply;
  if (closed === undefined) return 'unknown';
  if (visibility === undefined || visibility === 'public') return closed ? 'unknown' : 'public';
  return (visibility === 'private' || visibility === 'internal') && closed ? visibility : 'unknown';
}

/** Proves that a reply is about a repository of the configured owner, at the configured host, that the configuration lists. */
export function provedRepo(settings: GithubSettings, reply: z.infer<typeof repoReply>): Result<Repo> {
  const said = `${reply.owner.login}/${reply.name}`;
  const agree = same(reply.full_name ?? said, said) && (reply.url === undefined || same(repositoryIn(settings, reply.url) ?? '', said));
  if (!same(reply.owner.login, settings.owner) || !agree)
    return refuse('wrong-tenant', 'what GitHub answered belongs to another owner: withheld');
  if (!isListed(settings, reply.name)) return refuse('forbidden', 'the configuration does not list this repository');
  const place = { owner: settings.owner, repo: reply.name };
  return ok({
    id: reply.id,
    place,
    name: fullName(place),
    api: `${apiOf(settings)}${fullName(place).toLowerCase()}`,
    defaultBranch: reply.default_branch,
    archived: reply.archived,
    visibility: visibilityOf(reply),
    personal: reply.owner.type === 'User',
    forks: reply.forks_count,
    ...(reply.fork ? { parent: reply.parent ?? null } : {}),
  });
}

/** Looks a repository up. `name` is `owner/name`, as in the arguments of an action. */
export async function lookUpRepo(hand: Hand, name: string): Promise<Result<Repo>> {
  const place = placeOf(hand.settings, name);
  if (!place.ok) return place;
  const reply = await hand.client.get('/repos/{owner}/{repo}', { ...place.value }, repoReply);
  if (!reply.ok) return reply;
  if (!same(reply.value.data.name, place.value.repo)) return refuse('target-changed', 'the repository has moved: call it by its new name');
  return provedRepo(hand.settings, reply.value.data);
}

/** `owner/name` out of the API address of a repository, or of something in it. Null if it is not one of the configured host. */
export function repositoryIn(settings: GithubSettings, url: string): string | null {
  const api = apiOf(settings);
  if (!url.toLowerCase().startsWith(api)) return null;
  return /^([A-Za-z0-9_-]{1,100}\/[A-Za-z0-9._-]{1,100})(?:[/?]|$)/.exec(url.slice(api.length))?.[1] ?? null;
}

/** The id of the repository in a target id (`issue:42#7` is in repository 42). Null if it is not one of ours. */
export function repositoryIdIn(target: string): number | null {
  const id = /^(?:repository|issue|pull_request|branch):(\d{1,15})(?:$|[#:])/.exec(target)?.[1];
  return id === undefined ? null : Number(id);
}

/** True if an API address lies in the repository. One that was left out proves nothing. */
export function liesIn(repo: Repo, url: string | undefined): boolean {
  const address = (url ?? '').toLowerCase();
  return address.startsWith(repo.api) && /^(?:$|[/?])/.test(address.slice(repo.api.length));
}

/** The immutable id of the repository, which is also that of the closed group that can see it if it is private. */
export const spaceOf = (repo: Repo): string => `github:repository:${repo.id}`;

/** Who may read what a repository holds. Whoever can open an issue can write in it: it is never to be trusted. */
export function labelOf(repo: Repo): Label {
  switch (repo.visibility) {
    case 'public':
      return { readers: 'internet', integrity: 'untrusted' };
    case 'internal':
      return { readers: 'org', integrity: 'untrusted' };
    case 'private':
      return { readers: 'team', integrity: 'untrusted', space: spaceOf(repo) };
    case 'unknown':
      return { readers: 'unknown', integrity: 'untrusted' };
  }
}

/**
 * The label of what came from several repositories: no wider than each. Two private ones have no common group.
 * Nothing at all, asked of every repository, still tells what is not in the private ones.
 */
export function labelOfAll(repos: readonly Repo[]): Label {
  const closed = new Map(repos.filter((repo) => repo.visibility !== 'public').map((repo) => [repo.id, repo]));
  if (repos.length === 0 || [...closed.values()].some((repo) => repo.visibility === 'unknown'))
    return { readers: 'unknown', integrity: 'untrusted' };
  const narrow = [...closed.values()].filter((repo) => repo.visibility === 'private');
  const [first] = narrow.length > 0 ? narrow : repos.filter((repo) => closed.size === 0 || closed.has(repo.id));
  if (narrow.length > 1 || first === undefined) return { readers: 'team', integrity: 'untrusted' };
  return labelOf(first);
}
