import { authorOfAll } from '../../action/audience.ts';
import type { Author } from '../../action/audience.ts';
import type { JsonObject } from '../../action/json.ts';
import { ok } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Learned, ReadResult } from '../connector.ts';
import type { ArgumentsOf } from './arguments.ts';
import { authorOf } from './authors.ts';
import { issueFields } from './fields.ts';
import { fromIssue, fromRepository, namedRepository, together } from './learned.ts';
import { placeOf, tenantOf } from './names.ts';
import { codeReply, issueReply, repoReply, searchReply } from './replies.ts';
import { labelOf, labelOfAll, lookUpRepo, provedRepo, repositoryIn, spaceOf } from './repository.ts';
import type { Hand, Repo } from './repository.ts';

/*
 * What is read across repositories. GitHub answers with whatever the credential can reach, in any tenant: each hit must say
 * which repository it lies in, and that repository, looked up, must be the configured owner's. What does not prove that is
 * left out and counted as foreign; what is the owner's but not asked for, or not listed, is only left out.
 */

const perPage = limits.githubItemsPerPage;

/** An item of a search, with the repository that it says it is from. Null: it does not say so in a form that we know. */
interface Hit {
  readonly repository: string | null;
  /** The id of that repository, where the item says it as well. */
  readonly repositoryId?: number;
  readonly content: JsonObject;
  readonly author?: Author | undefined;
  readonly learned: (repo: Repo) => Learned;
}

const nothing: Hit = { repository: null, content: {}, learned: () => ({}) };

/** What is known of the repositories that hits name: proved, not to be shown, or no proof (missing). */
type Proofs = ReadonlyMap<string, Repo | 'unlisted'>;

/** Looks each repository up once. An answer that does not come at all is a refusal of the whole search. */
async function proofsOf(hand: Hand, names: readonly string[]): Promise<Result<Proofs>> {
  const proofs = new Map<string, Repo | 'unlisted'>();
  const places = [...new Set(names)].map((name) => [name, placeOf(hand.settings, name)] as const);
  for (const [name, place] of places) if (!place.ok && place.code === 'forbidden') proofs.set(name, 'unlisted');
  const asked = places.filter(([, place]) => place.ok).map(async ([name]) => [name, await lookUpRepo(hand, name)] as const);
  for (const [name, repo] of await Promise.all(asked)) {
    if (repo.ok) proofs.set(name, repo.value);
    else if (!['not-found', 'forbidden', 'wrong-tenant', 'target-changed'].includes(repo.code)) return repo;
  }
  return ok(proofs);
}

async function hits(
  hand: Hand,
  args: { readonly repository?: string | undefined },
  found: { readonly items: readonly Hit[]; readonly more: boolean; readonly incomplete: boolean },
): Promise<Result<ReadResult>> {
  const scope = args.repository === undefined ? null : await lookUpRepo(hand, args.repository);
  if (scope !== null && !scope.ok) return scope;
  const proofs = await proofsOf(
    hand,
    found.items.flatMap((item) => item.repository?.toLowerCase() ?? []),
  );
  if (!proofs.ok) return proofs;
  const shown: { readonly repo: Repo; readonly item: Hit }[] = [];
  let foreign = 0;
  for (const item of found.items) {
    const repo = item.repository === null ? undefined : proofs.value.get(item.repository.toLowerCase());
    if (repo === 'unlisted') continue;
    if (repo === undefined || (item.repositoryId ?? repo.id) !== repo.id) foreign++;
    else if (scope === null || repo.id === scope.value.id) shown.push({ repo, item });
  }
  const repos = scope === null ? shown.map(({ repo }) => repo) : [scope.value];
  const author = authorOfAll(shown.map(({ item }) => item.author));
  const items = shown.map(({ repo, item }) => ({ repository: repo.name, ...item.content }));
  return ok({
    content: { items, withheld: found.items.length - items.length, more: found.more, incomplete: found.incomplete },
    label: { ...(scope === null ? labelOfAll(repos) : labelOf(scope.value)), ...(author === undefined ? {} : { author }) },
    target: `search in ${args.repository ?? `all repositories of ${hand.settings.owner}`}`,
    id: idOf(hand, repos),
    foreign,
    ...together(shown.flatMap(({ repo, item }) => [fromRepository(repo), item.learned(repo)])),
  });
}

/** The id of the one repository, or of everything of the owner. */
function idOf(hand: Hand, repos: readonly Repo[]): string {
  const [first] = repos;
  return first !== undefined && repos.every((repo) => repo.id === first.id) ? spaceOf(first) : `github:${tenantOf(hand.settings)}`;
}

const scopeOf = (hand: Hand, args: { readonly repository?: string | undefined }): string =>
  args.repository === undefined ? `user:${hand.settings.owner}` : `repo:${args.repository}`;

/** Searches issues or pull requests. */
export async function searchIssues(hand: Hand, args: ArgumentsOf<'search_issues'>): Promise<Result<ReadResult>> {
  const isPull = args.kind === 'pull_request';
  const q = `${args.query} ${scopeOf(hand, args)} ${isPull ? 'is:pr' : 'is:issue'}`;
  const reply = await hand.client.get('/search/issues', { q, per_page: perPage, page: args.page }, searchReply);
  if (!reply.ok) return reply;
  const items = reply.value.data.items.map((item): Hit => {
    const issue = issueReply.safeParse(item);
    if (!issue.success) return nothing;
    const { data } = issue;
    const repository = repositoryIn(hand.settings, data.url);
    const agrees = data.repository_url === undefined || repositoryIn(hand.settings, data.repository_url) === repository;
    return {
      repository: agrees ? repository : null,
      content: issueFields(data),
      author: authorOf(data),
      learned: (repo) => fromIssue(repo, data, isPull),
    };
  });
  return hits(hand, args, { items, more: reply.value.more, incomplete: reply.value.data.incomplete_results });
}

/** Searches code. Gives paths, not contents. */
export async function searchCode(hand: Hand, args: ArgumentsOf<'search_code'>): Promise<Result<ReadResult>> {
  const q = `${args.query} ${scopeOf(hand, args)}`;
  const reply = await hand.client.get('/search/code', { q, per_page: perPage, page: args.page }, searchReply);
  if (!reply.ok) return reply;
  const items = reply.value.data.items.map((item): Hit => {
    const file = codeReply.safeParse(item);
    if (!file.success) return nothing;
    const { path, sha, html_url: link, url, repository } = file.data;
    const name = `${repository.owner.login}/${repository.name}`;
    const agrees = url === undefined || repositoryIn(hand.settings, url)?.toLowerCase() === name.toLowerCase();
    return { repository: agrees ? name : null, repositoryId: repository.id, content: { path, sha, url: link }, learned: () => ({}) };
  });
  return hits(hand, args, { items, more: reply.value.more, incomplete: reply.value.data.incomplete_results });
}

/** Lists the repositories of the owner. */
export async function listRepositories(hand: Hand, args: ArgumentsOf<'list_repositories'>): Promise<Result<ReadResult>> {
  const query = { q: `user:${hand.settings.owner}`, per_page: perPage, page: args.page };
  const reply = await hand.client.get('/search/repositories', query, searchReply);
  if (!reply.ok) return reply;
  const { items: all } = reply.value.data;
  const parsed = all.map((item) => {
    const found = repoReply.safeParse(item);
    const repo = found.success ? provedRepo(hand.settings, found.data) : null;
    return { found, repo };
  });
  const shown = parsed.flatMap(({ found, repo }) => (found.success && repo?.ok === true ? [{ reply: found.data, repo: repo.value }] : []));
  const items = shown.map(({ repo, reply: { description, html_url: url } }) => ({
    repository: repo.name,
    visibility: repo.visibility,
    default_branch: repo.defaultBranch,
    archived: repo.archived,
    description: description ?? '',
    url,
  }));
  return ok({
    content: { items, withheld: all.length - items.length, more: reply.value.more },
    label: labelOfAll(shown.map(({ repo }) => repo)),
    target: `repositories of ${hand.settings.owner}`,
    id: `github:${tenantOf(hand.settings)}`,
    foreign: parsed.filter(({ repo }) => repo === null || (!repo.ok && repo.code === 'wrong-tenant')).length,
    seen: shown.map(({ repo }) => namedRepository(repo)),
  });
}
