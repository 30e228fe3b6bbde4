import { z } from 'zod';
import type { Audience, Label } from '../../action/audience.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { GithubSettings } from '../settings.ts';
import type { GithubClient } from './http.ts';
import { fullName, isListed, placeOf } from './names.ts';
import type { Place } from './names.ts';
import { repoReply } from './replies.ts';

/** A repository that has been looked up and proved to be the configured owner's. */
export interface Repo {
  /** GitHub's id: it survives renames, and a new repository of the same name has another. */
  readonly id: number;
  readonly place: Place;
  readonly name: string;
  readonly defaultBranch: string;
  readonly archived: boolean;
  readonly visibility: 'public' | 'internal' | 'private' | 'unknown';
}

/** What the hands of one system share: no credential, only a client that was opened with one. */
export interface Hand {
  readonly client: GithubClient;
  readonly settings: GithubSettings;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** The visibility by both of GitHub's fields. If they disagree, or one is new to us, it is unknown: that is never narrow enough. */
function visibilityOf(reply: z.infer<typeof repoReply>): Repo['visibility'] {
  const { visibility } = reply;
  if (visibility === undefined) return reply.private ? 'unknown' : 'public';
  if (visibility === 'public') return reply.private ? 'unknown' : 'public';
  return (visibility === 'private' || visibility === 'internal') && reply.private ? visibility : 'unknown';
}

/** Proves that a reply is about a repository of the configured owner that the configuration lists. */
export function provedRepo(settings: GithubSettings, reply: z.infer<typeof repoReply>): Result<Repo> {
  if (!same(reply.owner.login, settings.owner)) return refuse('wrong-tenant', 'what GitHub answered belongs to another owner: withheld');
  if (!isListed(settings, reply.name)) return refuse('forbidden', 'the configuration does not list this repository');
  const place = { owner: settings.owner, repo: reply.name };
  return ok({
    id: reply.id,
    place,
    name: fullName(place),
    defaultBranch: reply.default_branch,
    archived: reply.archived,
    visibility: visibilityOf(reply),
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

/** `owner/name` out of the API address of a repository, or of something in it. Null if it is not one. */
export function repositoryIn(url: string): string | null {
  return /^https?:\/\/[^/]+(?:\/api\/v3)?\/repos\/([^/]+\/[^/]+)(?:\/|$)/.exec(url)?.[1] ?? null;
}

/** The id of the repository in a target id (`issue:42#7` is in repository 42). Null if it is not one of ours. */
export function repositoryIdIn(target: string): number | null {
  const id = /^(?:repository|issue|pull_request|branch):(\d{1,15})(?:$|[#:])/.exec(target)?.[1];
  return id === undefined ? null : Number(id);
}

/** True if an API address lies in the repository. */
export function liesIn(repo: Repo, url: string): boolean {
  const name = repositoryIn(url);
  return name !== null && same(name, repo.name);
}

/** The immutable id of the closed group that can see a private repository. */
const spaceOf = (repo: Repo): string => `github:repository:${repo.id}`;

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

/** How many people have access, by asking for pages of one. Null if the credential may not know. */
async function peopleIn(hand: Hand, repo: Repo): Promise<number | null> {
  const reply = await hand.client.get(
    '/repos/{owner}/{repo}/collaborators',
    { ...repo.place, per_page: 1 },
    z.array(z.object({ login: z.string() })),
  );
  return reply.ok ? (reply.value.lastPage ?? reply.value.data.length) : null;
}

/** Who will see what is written into a repository. */
export async function audienceOf(hand: Hand, repo: Repo): Promise<Audience> {
  switch (repo.visibility) {
    case 'public':
      return { kind: 'internet', summary: `public repository ${repo.name}: anybody on the internet`, count: null, externals: null, joinable: true };
    case 'internal':
      return { kind: 'org', summary: `internal repository ${repo.name}: everybody in the enterprise`, count: null, externals: null, joinable: false };
    case 'unknown':
      return { kind: 'unknown', summary: `repository ${repo.name}: GitHub does not say who can see it`, count: null, externals: null, joinable: false };
    case 'private': {
      // GitHub counts an organisation's owners among the collaborators. Nobody at all cannot be: then it is not known.
      const people = (await peopleIn(hand, repo)) || null;
      const who =
        people === null
          ? 'the people with access (their number is not known)'
          : `${people} ${people === 1 ? 'person' : 'people'} with access`;
      return { kind: 'team', summary: `private repository ${repo.name}: ${who}`, count: people, externals: null, joinable: false, space: spaceOf(repo) };
    }
  }
}
