import { z } from 'zod';
import { authorOfAll } from '../../action/audience.ts';
import type { Author } from '../../action/audience.ts';
import { cut } from '../../action/cut.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Learned, ReadHand, ReadResult } from '../connector.ts';
import type { GithubSettings } from '../settings.ts';
import { argumentsOf, isOperation } from './arguments.ts';
import type { ArgumentsOf, OperationName } from './arguments.ts';
import { authorOf } from './authors.ts';
import { commentFields, issueFields, pullFields } from './fields.ts';
import { inPath, openClient } from './http.ts';
import { fromComments, fromIssue, fromPull, namedBranch, namedRepository, together } from './learned.ts';
import { branchReply, commentReply, contentsReply, pullFileReply, pullReply } from './replies.ts';
import { labelOf, liesIn, lookUpRepo, spaceOf } from './repository.ts';
import type { Hand, Repo } from './repository.ts';
import { issueOf, pullOf, resolveWrite } from './resolve.ts';
import { listRepositories, searchCode, searchIssues } from './search.ts';

/*
 * The reading hand. What comes back is cut down to the fields that are of use, and every object must prove that it belongs
 * to the configured owner; one that does not is left out and counted (`withheld`). All texts are a third party's.
 */

const perPage = limits.githubItemsPerPage;

/** What a read of one repository is about, besides its content. */
interface About extends Learned {
  readonly target: string;
  /** The immutable id within the repository. */
  readonly id?: string;
  readonly author?: Author | undefined;
  readonly foreign?: number;
}

/** What is read of one repository: everybody who can see it can read it. The repository itself is seen with it. */
function fromRepo(repo: Repo, about: About, content: Json): Result<ReadResult> {
  const { target, id, author, foreign = 0, ...learned } = about;
  return ok({
    content,
    label: author === undefined ? labelOf(repo) : { ...labelOf(repo), author },
    target: cut(target, limits.shownNameCharsMax),
    id: id === undefined ? spaceOf(repo) : cut(`${spaceOf(repo)}/${id}`, limits.shownNameCharsMax),
    foreign,
    ...together([{ seen: [namedRepository(repo)] }, learned]),
  });
}

/** Those that prove that they are of the repository, and how many do not. */
function proved<T>(all: readonly T[], proof: (item: T) => boolean): { readonly own: readonly T[]; readonly foreign: number } {
  const own = all.filter(proof);
  return { own, foreign: all.length - own.length };
}

async function readIssue(hand: Hand, args: ArgumentsOf<'read_issue'>, repo: Repo): Promise<Result<ReadResult>> {
  const found = await issueOf(hand, repo, args.number);
  if (!found.ok) return found;
  const { isPull } = found.value;
  const learned = fromIssue(repo, found.value, isPull);
  const about = { target: `${repo.name}#${args.number}`, id: `issue:${args.number}`, author: authorOf(found.value), ...learned };
  return fromRepo(repo, about, { ...issueFields(found.value), pull_request: isPull });
}

async function readComments(hand: Hand, args: ArgumentsOf<'read_issue_comments'>, repo: Repo): Promise<Result<ReadResult>> {
  const { number, page } = args;
  const query = { ...repo.place, number, page, per_page: perPage };
  const reply = await hand.client.get('/repos/{owner}/{repo}/issues/{number}/comments', query, z.array(commentReply));
  if (!reply.ok) return reply;
  const { data, more } = reply.value;
  const { own, foreign } = proved(data, (comment) => liesIn(repo, comment.issue_url) && comment.issue_url.endsWith(`/${number}`));
  const about = {
    target: `comments of ${repo.name}#${number}`,
    id: `issue:${number}`,
    author: authorOfAll(own.map(authorOf)),
    foreign,
    ...fromComments(own),
  };
  return fromRepo(repo, about, { items: own.map(commentFields), withheld: foreign, more });
}

async function listPulls(hand: Hand, args: ArgumentsOf<'list_pull_requests'>, repo: Repo): Promise<Result<ReadResult>> {
  const { state, page } = args;
  const reply = await hand.client.get('/repos/{owner}/{repo}/pulls', { ...repo.place, state, page, per_page: perPage }, z.array(pullReply));
  if (!reply.ok) return reply;
  const { data, more } = reply.value;
  const { own, foreign } = proved(data, (pull) => pull.base.repo?.id === repo.id && liesIn(repo, pull.url));
  const learned = together(own.map((pull) => fromPull(repo, pull)));
  const about = { target: `pull requests of ${repo.name}`, author: authorOfAll(own.map(authorOf)), foreign, ...learned };
  return fromRepo(repo, about, { items: own.map(pullFields), withheld: foreign, more });
}

async function readPull(hand: Hand, args: ArgumentsOf<'read_pull_request'>, repo: Repo): Promise<Result<ReadResult>> {
  const pull = await pullOf(hand, repo, args.number);
  if (!pull.ok) return pull;
  const learned = fromPull(repo, pull.value);
  const about = { target: `${repo.name}#${args.number}`, id: `pull_request:${args.number}`, author: authorOf(pull.value), ...learned };
  return fromRepo(repo, about, pullFields(pull.value));
}

async function readPullFiles(hand: Hand, args: ArgumentsOf<'read_pull_request_files'>, repo: Repo): Promise<Result<ReadResult>> {
  const { number, page } = args;
  const pull = await pullOf(hand, repo, number);
  if (!pull.ok) return pull;
  const query = { ...repo.place, number, page, per_page: perPage };
  const reply = await hand.client.get('/repos/{owner}/{repo}/pulls/{number}/files', query, z.array(pullFileReply));
  if (!reply.ok) return reply;
  const { data, more } = reply.value;
  const { own, foreign } = proved(data, (file) => liesIn(repo, file.contents_url));
  const items = own.map(({ filename, status, additions, deletions, patch = '' }) => ({
    path: filename,
    status,
    additions,
    deletions,
    ...(patch.length <= limits.githubPatchCharsMax ? { patch } : { patch: null, patch_left_out_chars: patch.length }),
  }));
  const id = `pull_request:${number}/commit:${pull.value.head.sha}`;
  const about = { target: `changes of ${repo.name}#${number}`, id, author: authorOf(pull.value), foreign, ...fromPull(repo, pull.value) };
  return fromRepo(repo, about, { head: pull.value.head.sha, items, withheld: foreign, more });
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
    const { own, foreign } = proved(data, (entry) => liesIn(repo, entry.url));
    const entries = own.map(({ name, type, size = 0 }) => ({ name, type, size }));
    return fromRepo(repo, { target, foreign }, { path, ref, entries, withheld: foreign });
  }
  if (!liesIn(repo, data.url)) return refuse('wrong-tenant', 'what GitHub answered belongs elsewhere: withheld');
  if (data.type !== 'file') return refuse('not-supported', 'this is neither a file nor a folder');
  if (data.encoding !== 'base64' || data.content === undefined) return refuse('too-large', 'the file is too large to be read this way');
  const text = textOf(data.content);
  if (text === null) return refuse('not-supported', 'the file is not text in UTF-8');
  return fromRepo(repo, { target, id: `blob:${data.sha}` }, { path: data.path, ref, sha: data.sha, size: data.size, text });
}

async function listBranches(hand: Hand, args: ArgumentsOf<'list_branches'>, repo: Repo): Promise<Result<ReadResult>> {
  const query = { ...repo.place, page: args.page, per_page: perPage };
  const reply = await hand.client.get('/repos/{owner}/{repo}/branches', query, z.array(branchReply));
  if (!reply.ok) return reply;
  const { data, more } = reply.value;
  const { own, foreign } = proved(data, (branch) => liesIn(repo, branch.commit.url));
  const items = own.map((branch) => ({
    name: branch.name,
    sha: branch.commit.sha,
    protected: branch.protected,
    default: branch.name === repo.defaultBranch,
  }));
  const about = { target: `branches of ${repo.name}`, foreign, seen: own.map((branch) => namedBranch(repo, branch.name)) };
  return fromRepo(repo, about, { items, withheld: foreign, more });
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

function onceEach<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
  return [...new Map(all.map((one) => [key(one), one])).values()];
}

async function readWith(hand: Hand, name: OperationName, args: JsonObject): Promise<Result<ReadResult>> {
  const read = reads[name] as ((hand: Hand, args: ArgumentsOf<OperationName>) => Promise<Result<ReadResult>>) | undefined;
  if (read === undefined) return refuse('not-supported', 'this operation is not a read');
  const result = await read(hand, argumentsOf<OperationName>(name, args));
  if (!result.ok) return result;
  const { content, seen = [], fields = [] } = result.value;
  return ok({
    ...result.value,
    content: wellFormed(content),
    seen: onceEach(seen, ({ type, id }) => `${type} ${id}`).slice(0, limits.seenObjectsMax),
    fields: onceEach(fields, ({ type, value }) => `${type} ${value}`).slice(0, limits.seenFieldsMax),
  });
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
