import { z } from 'zod';
import type { Json, JsonObject } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { ReadHand, ReadResult } from '../connector.ts';
import type { GithubSettings } from '../settings.ts';
import { argumentsOf, isOperation } from './arguments.ts';
import type { ArgumentsOf, OperationName } from './arguments.ts';
import { issueFields, pullFields } from './fields.ts';
import { inPath, openClient } from './http.ts';
import {
  branchReply,
  codeReply,
  commentReply,
  contentsReply,
  issueReply,
  pullFileReply,
  pullReply,
  repoReply,
  searchReply,
} from './replies.ts';
import { labelOf, labelOfAll, liesIn, lookUpRepo, provedRepo, repositoryIn } from './repository.ts';
import type { Hand, Repo } from './repository.ts';
import { issueOf, pullOf, resolveWrite } from './resolve.ts';

/*
 * The reading hand. What comes back is cut down to the fields that are of use, and every object must prove that it belongs
 * to the configured owner; one that does not is left out and counted (`withheld`). All texts are a third party's.
 */

const perPage = limits.githubItemsPerPage;

/** What is read of one repository: everybody who can see it can read it. */
function fromRepo(repo: Repo, target: string, content: Json): Result<ReadResult> {
  return ok({ content, label: labelOf(repo), target: target.slice(0, 300) });
}

/** The repositories that items name, looked up once each. What is not the owner's, or is hidden, is missing from the map. */
async function provedRepos(hand: Hand, names: Iterable<string>): Promise<ReadonlyMap<string, Repo>> {
  const distinct = [...new Set([...names].map((name) => name.toLowerCase()))];
  const found = await Promise.all(distinct.map(async (name) => [name, await lookUpRepo(hand, name)] as const));
  return new Map(found.flatMap(([name, repo]) => (repo.ok ? [[name, repo.value] as const] : [])));
}

/** An item of a search, with the repository that it says it is from. Null: it does not say so in a form that we know. */
interface Hit {
  readonly repository: string | null;
  readonly content: JsonObject;
}

async function hits(
  hand: Hand,
  args: { readonly repository?: string | undefined },
  found: { readonly items: readonly Hit[]; readonly more: boolean; readonly incomplete: boolean },
): Promise<Result<ReadResult>> {
  const scope = args.repository === undefined ? null : await lookUpRepo(hand, args.repository);
  if (scope !== null && !scope.ok) return scope;
  const repos = await provedRepos(
    hand,
    found.items.flatMap((item) => item.repository ?? []),
  );
  const items: JsonObject[] = [];
  const shown = new Map<number, Repo>();
  for (const item of found.items) {
    const repo = item.repository === null ? undefined : repos.get(item.repository.toLowerCase());
    if (repo === undefined || (scope !== null && repo.id !== scope.value.id)) continue;
    items.push({ repository: repo.name, ...item.content });
    shown.set(repo.id, repo);
  }
  const label = scope === null ? labelOfAll([...shown.values()]) : labelOf(scope.value);
  const content = { items, withheld: found.items.length - items.length, more: found.more, incomplete: found.incomplete };
  return ok({ content, label, target: `search in ${args.repository ?? `all repositories of ${hand.settings.owner}`}` });
}

const scopeOf = (hand: Hand, args: { readonly repository?: string | undefined }): string =>
  args.repository === undefined ? `user:${hand.settings.owner}` : `repo:${args.repository}`;

async function searchIssues(hand: Hand, args: ArgumentsOf<'search_issues'>): Promise<Result<ReadResult>> {
  const q = `${args.query} ${scopeOf(hand, args)} ${args.kind === 'issue' ? 'is:issue' : 'is:pr'}`;
  const reply = await hand.client.get('/search/issues', { q, per_page: perPage, page: args.page }, searchReply);
  if (!reply.ok) return reply;
  const items = reply.value.data.items.map((item): Hit => {
    const issue = issueReply.safeParse(item);
    if (!issue.success) return { repository: null, content: {} };
    const repository = repositoryIn(issue.data.url);
    const agrees = issue.data.repository_url === undefined || repositoryIn(issue.data.repository_url) === repository;
    return { repository: agrees ? repository : null, content: issueFields(issue.data) };
  });
  return hits(hand, args, { items, more: reply.value.more, incomplete: reply.value.data.incomplete_results });
}

async function searchCode(hand: Hand, args: ArgumentsOf<'search_code'>): Promise<Result<ReadResult>> {
  const q = `${args.query} ${scopeOf(hand, args)}`;
  const reply = await hand.client.get('/search/code', { q, per_page: perPage, page: args.page }, searchReply);
  if (!reply.ok) return reply;
  const items = reply.value.data.items.map((item): Hit => {
    const file = codeReply.safeParse(item);
    if (!file.success) return { repository: null, content: {} };
    const { path, sha, html_url: url, repository } = file.data;
    return { repository: `${repository.owner.login}/${repository.name}`, content: { path, sha, url } };
  });
  return hits(hand, args, { items, more: reply.value.more, incomplete: reply.value.data.incomplete_results });
}

async function listRepositories(hand: Hand, args: ArgumentsOf<'list_repositories'>): Promise<Result<ReadResult>> {
  const query = { q: `user:${hand.settings.owner}`, per_page: perPage, page: args.page };
  const reply = await hand.client.get('/search/repositories', query, searchReply);
  if (!reply.ok) return reply;
  const proved = reply.value.data.items.flatMap((item) => {
    const parsed = repoReply.safeParse(item);
    const repo = parsed.success ? provedRepo(hand.settings, parsed.data) : null;
    return parsed.success && repo !== null && repo.ok
      ? [{ repo: repo.value, description: parsed.data.description ?? '', url: parsed.data.html_url }]
      : [];
  });
  const items = proved.map(({ repo, description, url }) => ({
    repository: repo.name,
    visibility: repo.visibility,
    default_branch: repo.defaultBranch,
    archived: repo.archived,
    description,
    url,
  }));
  const content = { items, withheld: reply.value.data.items.length - items.length, more: reply.value.more };
  return ok({ content, label: labelOfAll(proved.map(({ repo }) => repo)), target: `repositories of ${hand.settings.owner}` });
}

async function readIssue(hand: Hand, args: ArgumentsOf<'read_issue'>, repo: Repo): Promise<Result<ReadResult>> {
  const issue = await issueOf(hand, repo, args.number);
  if (!issue.ok) return issue;
  return fromRepo(repo, `${repo.name}#${args.number}`, { ...issueFields(issue.value), pull_request: issue.value.isPull });
}

async function readComments(hand: Hand, args: ArgumentsOf<'read_issue_comments'>, repo: Repo): Promise<Result<ReadResult>> {
  const { number, page } = args;
  const reply = await hand.client.get(
    '/repos/{owner}/{repo}/issues/{number}/comments',
    { ...repo.place, number, page, per_page: perPage },
    z.array(commentReply),
  );
  if (!reply.ok) return reply;
  const { data, more } = reply.value;
  const items = data
    .filter((comment) => liesIn(repo, comment.issue_url) && comment.issue_url.endsWith(`/${number}`))
    .map((comment) => ({
      id: comment.id,
      body: comment.body ?? '',
      author: comment.user?.login ?? null,
      author_association: comment.author_association ?? null,
      created_at: comment.created_at,
      updated_at: comment.updated_at,
      url: comment.html_url,
    }));
  return fromRepo(repo, `comments of ${repo.name}#${number}`, { items, withheld: data.length - items.length, more });
}

async function listPulls(hand: Hand, args: ArgumentsOf<'list_pull_requests'>, repo: Repo): Promise<Result<ReadResult>> {
  const { state, page } = args;
  const reply = await hand.client.get('/repos/{owner}/{repo}/pulls', { ...repo.place, state, page, per_page: perPage }, z.array(pullReply));
  if (!reply.ok) return reply;
  const { data, more } = reply.value;
  const items = data.filter((pull) => pull.base.repo?.id === repo.id).map(pullFields);
  return fromRepo(repo, `pull requests of ${repo.name}`, { items, withheld: data.length - items.length, more });
}

async function readPull(hand: Hand, args: ArgumentsOf<'read_pull_request'>, repo: Repo): Promise<Result<ReadResult>> {
  const pull = await pullOf(hand, repo, args.number);
  return pull.ok ? fromRepo(repo, `${repo.name}#${args.number}`, pullFields(pull.value)) : pull;
}

async function readPullFiles(hand: Hand, args: ArgumentsOf<'read_pull_request_files'>, repo: Repo): Promise<Result<ReadResult>> {
  const { number, page } = args;
  const pull = await pullOf(hand, repo, number);
  if (!pull.ok) return pull;
  const reply = await hand.client.get(
    '/repos/{owner}/{repo}/pulls/{number}/files',
    { ...repo.place, number, page, per_page: perPage },
    z.array(pullFileReply),
  );
  if (!reply.ok) return reply;
  const items = reply.value.data.map(({ filename, status, additions, deletions, patch = '' }) => ({
    path: filename,
    status,
    additions,
    deletions,
    ...(patch.length <= limits.githubPatchCharsMax ? { patch } : { patch: null, patch_left_out_chars: patch.length }),
  }));
  return fromRepo(repo, `changes of ${repo.name}#${number}`, { head: pull.value.head.sha, items, more: reply.value.more });
}

function textOf(base64: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    return null;
  }
}

async function readFile(hand: Hand, args: ArgumentsOf<'read_file'>, repo: Repo): Promise<Result<ReadResult>> {
  const { path = '', ref = repo.defaultBranch } = args;
  const reply = await hand.client.get('/repos/{owner}/{repo}/contents/{+path}', { ...repo.place, path: inPath(path), ref }, contentsReply);
  if (!reply.ok) return reply;
  const { data } = reply.value;
  const target = `${repo.name}:${path}`;
  if (Array.isArray(data)) {
    const entries = data.map(({ name, type, size = 0 }) => ({ name, type, size }));
    return fromRepo(repo, target, { path, ref, entries });
  }
  if (data.type !== 'file') return refuse('not-supported', 'this is neither a file nor a folder');
  if (data.encoding !== 'base64' || data.content === undefined) return refuse('too-large', 'the file is too large to be read this way');
  const text = textOf(data.content);
  if (text === null) return refuse('not-supported', 'the file is not text in UTF-8');
  return fromRepo(repo, target, { path: data.path, ref, sha: data.sha, size: data.size, text });
}

async function listBranches(hand: Hand, args: ArgumentsOf<'list_branches'>, repo: Repo): Promise<Result<ReadResult>> {
  const reply = await hand.client.get(
    '/repos/{owner}/{repo}/branches',
    { ...repo.place, page: args.page, per_page: perPage },
    z.array(branchReply),
  );
  if (!reply.ok) return reply;
  const { data, more } = reply.value;
  const items = data
    .filter((branch) => liesIn(repo, branch.commit.url))
    .map((branch) => ({
      name: branch.name,
      sha: branch.commit.sha,
      protected: branch.protected,
      default: branch.name === repo.defaultBranch,
    }));
  return fromRepo(repo, `branches of ${repo.name}`, { items, withheld: data.length - items.length, more });
}

/** Looks the repository up first: its visibility is the label, and its owner the proof. */
function inRepo<A extends { readonly repository: string }>(
  read: (hand: Hand, args: A, repo: Repo) => Promise<Result<ReadResult>>,
): (hand: Hand, args: A) => Promise<Result<ReadResult>> {
  return async (hand, args) => {
    const repo = await lookUpRepo(hand, args.repository);
    return repo.ok ? read(hand, args, repo.value) : repo;
  };
}

const reads: { readonly [N in OperationName]?: (hand: Hand, args: ArgumentsOf<N>) => Promise<Result<ReadResult>> } = {
  search_issues: searchIssues,
  search_code: searchCode,
  list_repositories: listRepositories,
  read_issue: inRepo(readIssue),
  read_issue_comments: inRepo(readComments),
  list_pull_requests: inRepo(listPulls),
  read_pull_request: inRepo(readPull),
  read_pull_request_files: inRepo(readPullFiles),
  read_file: inRepo(readFile),
  list_branches: inRepo(listBranches),
};

/** Halves of surrogate pairs, which JSON can hold and canonical JSON cannot, become the replacement character. */
function wellFormed(value: Json): Json {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, wellFormed(each)]));
}

async function readWith(hand: Hand, name: OperationName, args: JsonObject): Promise<Result<ReadResult>> {
  const read = reads[name] as ((hand: Hand, args: ArgumentsOf<OperationName>) => Promise<Result<ReadResult>>) | undefined;
  if (read === undefined) return refuse('not-supported', 'this operation is not a read');
  const result = await read(hand, argumentsOf<OperationName>(name, args));
  return result.ok ? ok({ ...result.value, content: wellFormed(result.value.content) }) : result;
}

/**
 * Opens the reading hand of one GitHub system. Its client can send nothing but GET.
 * @throws CountersignError `bad-credential`, `bad-config`
 */
export function openGithubReader(_system: string, settings: GithubSettings, credential: string): ReadHand {
  const hand: Hand = { client: openClient(settings, credential, { methods: ['GET'] }), settings };
  return {
    resolve: (operation, derived) => resolveWrite(hand, operation.name, derived.arguments),
    read: async (operation, derived) =>
      isOperation(operation.name)
        ? readWith(hand, operation.name, derived.arguments)
        : refuse('not-supported', 'there is no such operation'),
    close: async () => {},
  };
}
