import { z } from 'zod';
import { reaches } from '../../action/audience.ts';
import type { Audience } from '../../action/audience.ts';
import { cut } from '../../action/cut.ts';
import { ok } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { collaboratorReply, forkReply } from './replies.ts';
import type { PullReply, VisibleReply } from './replies.ts';
import { same, spaceOf, visibilityOf } from './repository.ts';
import type { Hand, Repo, Visibility } from './repository.ts';

/*
 * Who will see what is written into a repository, as it is now. What the credential may not know is not known (`null`);
 * what cannot be asked at the moment is a refusal, so that a busy hour is not mistaken for a wider audience.
 */

/** Null instead of a refusal that says that the credential may not know. */
function known<T>(result: Result<T>): Result<T | null> {
  return !result.ok && (result.code === 'forbidden' || result.code === 'not-found') ? ok(null) : result;
}

const outsideOf = (repo: Repo): string => (repo.personal ? 'all' : 'outside');

/** How many people have access in a way, by asking for pages of one. */
async function countOf(hand: Hand, repo: Repo, affiliation: string): Promise<Result<number | null>> {
  const query = { ...repo.place, affiliation, per_page: 1 };
  const reply = await hand.client.get('/repos/{owner}/{repo}/collaborators', query, z.array(collaboratorReply));
  return known(reply.ok ? ok(reply.value.lastPage ?? reply.value.data.length) : reply);
}

type Outside = Pick<Audience, 'externals' | 'outsiders'>;

/** Those who have access and are not of the owner: outside collaborators of an organisation, everybody else of a person. */
async function outside(hand: Hand, repo: Repo): Promise<Result<Outside>> {
  const query = { ...repo.place, affiliation: outsideOf(repo), per_page: 100 };
  const asked = known(await hand.client.get('/repos/{owner}/{repo}/collaborators', query, z.array(collaboratorReply)));
  if (!asked.ok) return asked;
  if (asked.value === null) return ok({ externals: null });
  if (asked.value.more) {
    const count = await countOf(hand, repo, outsideOf(repo));
    if (!count.ok || count.value === null) return count.ok ? ok({ externals: null }) : count;
    return ok({ externals: count.value - (repo.personal ? 1 : 0) });
  }
  const logins = asked.value.data.map(({ login }) => login.toLowerCase()).filter((login) => !same(login, repo.place.owner));
  const all = logins.length <= limits.outsidersMax;
  return ok({ externals: logins.length, ...(all ? { outsiders: logins.sort().map((login) => `github:user:${login}`) } : {}) });
}

/** What can be known of forks. A fork has people of its own, and whoever has a fork can read commits of the whole network. */
async function forksOf(hand: Hand, repo: Repo): Promise<Result<{ readonly words: string; readonly elsewhere: boolean }>> {
  if (repo.forks === 0) return ok({ words: '', elsewhere: false });
  const asked = known(await hand.client.get('/repos/{owner}/{repo}/forks', { ...repo.place, per_page: 100 }, z.array(forkReply)));
  if (!asked.ok) return asked;
  if (asked.value === null) return ok({ words: `, ${repo.forks} fork(s) that cannot be listed`, elsewhere: true });
  const others = asked.value.data.filter((fork) => !same(fork.owner.login, repo.place.owner)).length;
  const hidden = asked.value.more || asked.value.data.length < repo.forks;
  const words = `, ${repo.forks} fork(s), ${hidden ? 'not all of which can be seen' : `${others} of them of other owners`}`;
  return ok({ words, elsewhere: hidden || others > 0 });
}

const outsideWords = ({ externals }: Outside): string =>
  externals === null ? ', how many of them from outside is not known' : externals === 0 ? '' : `, ${externals} of them from outside`;

async function closedAudience(hand: Hand, repo: Repo, kind: 'org' | 'team'): Promise<Result<Audience>> {
  const people = kind === 'team' ? await countOf(hand, repo, 'all') : ok(null);
  if (!people.ok) return people;
  const others = await outside(hand, repo);
  if (!others.ok) return others;
  const forks = await forksOf(hand, repo);
  if (!forks.ok) return forks;
  const { words, elsewhere } = forks.value;
  // GitHub counts an organisation's owners among the collaborators. Nobody at all cannot be: then it is not known.
  const count = people.value === 0 ? null : people.value;
  const who =
    count === null ? 'the people with access (their number is not known)' : `${count} ${count === 1 ? 'person' : 'people'} with access`;
  const summary =
    kind === 'team' ? `private repository ${repo.name}: ${who}` : `internal repository ${repo.name}: everybody in the enterprise`;
  return ok({
    kind,
    summary: `${summary}${outsideWords(others.value)}${words}`,
    count,
    ...(elsewhere ? { externals: null } : others.value),
    joinable: false,
    ...(kind === 'team' ? { space: spaceOf(repo) } : {}),
  });
}

const kinds: { readonly [V in Visibility]: Audience['kind'] } = {
  public: 'internet',
  internal: 'org',
  private: 'team',
  unknown: 'unknown',
};

async function own(hand: Hand, repo: Repo): Promise<Result<Audience>> {
  const open = { count: null, externals: null, joinable: repo.visibility === 'public' };
  switch (repo.visibility) {
    case 'public':
      return ok({ kind: 'internet', summary: `public repository ${repo.name}: anybody on the internet`, ...open });
    case 'unknown':
      return ok({ kind: 'unknown', summary: `repository ${repo.name}: GitHub does not say who can see it`, ...open });
    case 'internal':
      return closedAudience(hand, repo, 'org');
    case 'private':
      return closedAudience(hand, repo, 'team');
  }
}

const rank = (kind: Audience['kind']): number => (kind === 'unknown' ? reaches.length : reaches.indexOf(kind));

/** A repository that has to do with the target, where people can see things as well. */
export interface Beside {
  /** `made of`, `with the branch of`: for the card. */
  readonly how: string;
  readonly repo: VisibleReply | null;
}

/** The wider of an audience and that of a repository beside it. Two closed groups are no group. */
function wider(hand: Hand, audience: Audience, { how, repo }: Beside): Audience {
  const theirs = repo !== null && !same(repo.owner.login, hand.settings.owner);
  const visibility = repo === null ? 'unknown' : visibilityOf(repo);
  // What another owner keeps closed is seen by people of another owner.
  const kind = theirs && (visibility === 'private' || visibility === 'internal') ? 'partner' : kinds[visibility];
  const name = repo === null ? 'a repository that GitHub does not show' : `${visibility} repository ${repo.owner.login}/${repo.name}`;
  const wide = rank(kind) > rank(audience.kind);
  return {
    kind: wide ? kind : audience.kind,
    summary: cut(`${audience.summary}; ${how} ${name}`, limits.lineCharsMax),
    count: wide ? null : audience.count,
    externals: null,
    joinable: audience.joinable || visibility === 'public',
    // A private fork is open to the people of what it was made of: they are in its group already.
    ...(!wide && how === madeOf ? { space: audience.space } : {}),
  };
}

const madeOf = 'a fork of';

/** What a pull request brings beside its repository: the one that its branch lies in, unless that is the same or is gone. */
export function besideOf(repo: Repo, pull: PullReply): readonly Beside[] {
  const { repo: head } = pull.head;
  return head === undefined || head === null || head.id === repo.id ? [] : [{ how: 'with a branch of', repo: head }];
}

/** Who will see what is written into a repository, and into what is `beside` it. */
export async function audienceOf(hand: Hand, repo: Repo, beside: readonly Beside[] = []): Promise<Result<Audience>> {
  const audience = await own(hand, repo);
  if (!audience.ok) return audience;
  const forked = repo.parent === undefined ? [] : [{ how: madeOf, repo: repo.parent }];
  return ok([...forked, ...beside].reduce((found, each) => wider(hand, found, each), audience.value));
}
