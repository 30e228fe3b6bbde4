import { z } from 'zod';
import type { Target } from '../../action/action.ts';
import type { Named } from '../../action/binding.ts';
import { cutWith } from '../../action/cut.ts';
import type { JsonObject } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Refusal, Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Resolution } from '../connector.ts';
import { argumentsOf } from './arguments.ts';
import type { ArgumentsOf, OperationName } from './arguments.ts';
import { audienceOf, besideOf } from './audience.ts';
import type { Beside } from './audience.ts';
import { changesOf } from './changes.ts';
import { inPath } from './http.ts';
import { namedBranch, namedIssue, namedPull, namedRepository } from './learned.ts';
import { defaultBranchRefusal, quoted } from './names.ts';
import { issueReply, pullFileReply, pullReply, refReply } from './replies.ts';
import type { IssueReply, PullReply } from './replies.ts';
import { liesIn, lookUpRepo } from './repository.ts';
import type { Hand, Repo } from './repository.ts';
import { runsCode } from '../../action/runs-code.ts';

/*
 * What a write is really about: immutable ids, the state that it depends on, and who will see it. Only reads. The reader
 * asks with its credential when a write is proposed; the executor asks again with its own before it is carried out.
 *
 * Target ids: `repository:<id>`, `issue:<repository id>#<number>`, `pull_request:<repository id>#<number>`,
 * `branch:<repository id>:<name>`. A comment's target is always an issue, because to GitHub every pull request is one.
 */

/** What one operation finds out, besides the audience, which is that of the repository and of what is beside it. */
interface Facts {
  readonly target: Target;
  /** The things that the call names, the target first. The repository is named by every call. */
  readonly binds: readonly Named[];
  readonly precondition: JsonObject;
  readonly effect: readonly string[];
  readonly beside?: readonly Beside[];
}

/** The operations that write. */
export type WriteName = Extract<
  OperationName,
  'create_issue' | 'comment' | 'create_branch' | 'commit_files' | 'open_pull_request' | 'merge_pull_request'
>;

/** The target and the binds of a call that names these things, the target first. */
function naming(name: string, target: Named, ...more: readonly Named[]): Pick<Facts, 'target' | 'binds'> {
  return { target: { type: target.type, id: target.id, name }, binds: [target, ...more] };
}

/** People and teams that GitHub will notify. The names are of a narrow alphabet, so they cannot pretend to be something else. */
function mentions(...texts: readonly string[]): readonly string[] {
  const names = new Set(texts.flatMap((text) => text.match(/(?<![\w/])@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:\/[A-Za-z0-9_-]{1,100})?/g) ?? []));
  if (names.size === 0) return [];
  const shown = [...names].slice(0, 10);
  return [
    `mentions, and so notifies: ${shown.join(', ').slice(0, 400)}${names.size > shown.length ? ` and ${names.size - shown.length} more` : ''}`,
  ];
}

/** The newest commit of a branch. */
export async function headOf(hand: Hand, repo: Repo, branch: string): Promise<Result<string>> {
  const reply = await hand.client.get('/repos/{owner}/{repo}/git/ref/heads/{+branch}', { ...repo.place, branch: inPath(branch) }, refReply);
  if (!reply.ok)
    return reply.code === 'not-found' ? refuse('not-found', 'there is no such branch: list the branches to see what there is') : reply;
  const { ref, object } = reply.value.data;
  return ref === `refs/heads/${branch}` && object.type === 'commit'
    ? ok(object.sha)
    : refuse('broken-reply', 'GitHub answered about another branch');
}

/** A pull request, proved to be one of this repository. */
export async function pullOf(hand: Hand, repo: Repo, number: number): Promise<Result<PullReply>> {
  const reply = await hand.client.get('/repos/{owner}/{repo}/pulls/{number}', { ...repo.place, number }, pullReply);
  if (!reply.ok) return reply;
  const { data } = reply.value;
  return data.base.repo?.id === repo.id && data.number === number && liesIn(repo, data.url)
    ? ok(data)
    : refuse('wrong-tenant', 'what GitHub answered belongs elsewhere: withheld');
}

/** An issue or, where a server keeps them apart, a pull request, proved to be one of this repository. */
export async function issueOf(hand: Hand, repo: Repo, number: number): Promise<Result<IssueReply & { readonly isPull: boolean }>> {
  const reply = await hand.client.get('/repos/{owner}/{repo}/issues/{number}', { ...repo.place, number }, issueReply);
  if (!reply.ok) {
    const pull = reply.code === 'not-found' ? await pullOf(hand, repo, number) : reply;
    return pull.ok ? ok({ ...pull.value, isPull: true }) : pull;
  }
  const { data } = reply.value;
  if (data.number !== number || !liesIn(repo, data.url) || !liesIn(repo, data.repository_url ?? data.url))
    return refuse('wrong-tenant', 'what GitHub answered belongs elsewhere: withheld');
  return ok({ ...data, isPull: data.pull_request !== undefined && data.pull_request !== null });
}

async function aboutIssue(_: Hand, repo: Repo, args: ArgumentsOf<'create_issue'>): Promise<Result<Facts>> {
  return ok({
    ...naming(repo.name, namedRepository(repo)),
    precondition: {},
    effect: [`create a new issue in ${repo.name}`, ...mentions(args.title, args.body)],
  });
}

async function aboutComment(hand: Hand, repo: Repo, args: ArgumentsOf<'comment'>): Promise<Result<Facts>> {
  const issue = await issueOf(hand, repo, args.number);
  if (!issue.ok) return issue;
  const { isPull, title, state, locked, html_url: url } = issue.value;
  const pull = isPull ? await pullOf(hand, repo, args.number) : null;
  if (pull !== null && !pull.ok) return pull;
  return ok({
    ...naming(`${repo.name}#${args.number}`, namedIssue(repo, args.number, { url, isPull }), namedRepository(repo)),
    ...(pull === null ? {} : { beside: besideOf(repo, pull.value) }),
    precondition: {},
    effect: [
      `comment on ${isPull ? 'pull request' : 'issue'} ${repo.name}#${args.number} ${quoted(title)}, which is ${state === 'open' ? 'open' : 'closed'}`,
      ...(locked ? ['the conversation is locked: GitHub takes comments only from people with write access'] : []),
      ...mentions(args.body),
    ],
  });
}

async function aboutBranch(hand: Hand, repo: Repo, args: ArgumentsOf<'create_branch'>): Promise<Result<Facts>> {
  if (args.branch === repo.defaultBranch) return defaultBranchRefusal;
  const existing = await headOf(hand, repo, args.branch);
  if (existing.ok) return refuse('precondition-changed', 'there is a branch of this name already');
  if (existing.code !== 'not-found') return existing;
  const from = args.from ?? repo.defaultBranch;
  const sha = await headOf(hand, repo, from);
  if (!sha.ok) return sha;
  const named = from === repo.defaultBranch ? [] : [namedBranch(repo, from)];
  return ok({
    ...naming(repo.name, namedRepository(repo), ...named),
    precondition: { from: sha.value },
    effect: [`create branch ${args.branch} in ${repo.name}, at commit ${sha.value} of branch ${quoted(from)}`],
  });
}

async function aboutCommit(hand: Hand, repo: Repo, args: ArgumentsOf<'commit_files'>): Promise<Result<Facts>> {
  if (args.branch.toLowerCase() === repo.defaultBranch.toLowerCase()) return defaultBranchRefusal;
  const head = await headOf(hand, repo, args.branch);
  if (!head.ok) return head;
  const changes = await changesOf(hand, repo, { head: head.value, files: args.files });
  if (!changes.ok) return changes;
  return ok({
    ...naming(`${repo.name}@${args.branch}`, namedBranch(repo, args.branch), namedRepository(repo)),
    precondition: { head: head.value },
    effect: [
      `add one commit with ${args.files.length} file(s) to branch ${args.branch} of ${repo.name}, on top of commit ${head.value}`,
      ...changes.value,
    ],
  });
}

async function aboutPull(hand: Hand, repo: Repo, args: ArgumentsOf<'open_pull_request'>): Promise<Result<Facts>> {
  const base = args.base ?? repo.defaultBranch;
  if (base === args.head) return refuse('bad-arguments', 'head and base are the same branch');
  const there = await headOf(hand, repo, base);
  if (!there.ok) return there;
  const head = await headOf(hand, repo, args.head);
  if (!head.ok) return head;
  const named = [args.head, base].filter((branch) => branch !== repo.defaultBranch).map((branch) => namedBranch(repo, branch));
  return ok({
    ...naming(repo.name, namedRepository(repo), ...named),
    precondition: { head: head.value, base },
    effect: [
      `open a ${args.draft ? 'draft ' : ''}pull request in ${repo.name}: branch ${args.head} at commit ${head.value}, into ${quoted(base)}`,
      ...mentions(args.title, args.body),
    ],
  });
}

/** How much a merge changes, and what of it runs on its own. */
async function mergedFiles(hand: Hand, repo: Repo, number: number): Promise<readonly string[]> {
  const files = await hand.client.get(
    '/repos/{owner}/{repo}/pulls/{number}/files',
    { ...repo.place, number, per_page: 100 },
    z.array(pullFileReply),
  );
  if (!files.ok) return ['what it changes could not be looked up'];
  const running = files.value.data.map((file) => file.filename).filter((path) => runsCode(path) !== null);
  return [
    `changes ${files.value.more ? 'more than ' : ''}${files.value.data.length} file(s)`,
    ...running.slice(0, 10).map((name) => `changes ${quoted(name)}, which runs on its own`),
    ...(running.length > 10 ? [`changes ${running.length - 10} more files that run on their own`] : []),
  ];
}

async function aboutMerge(hand: Hand, repo: Repo, args: ArgumentsOf<'merge_pull_request'>): Promise<Result<Facts>> {
  const found = await pullOf(hand, repo, args.number);
  if (!found.ok) return found;
  const pull = found.value;
  if (pull.state !== 'open') return refuse('precondition-changed', 'state: the pull request is not open');
  if (pull.draft) return refuse('precondition-changed', 'state: the pull request is a draft');
  const foreign = pull.head.repo?.id !== repo.id;
  return ok({
    ...naming(`${repo.name}#${args.number}`, namedPull(repo, args.number, pull.html_url), namedRepository(repo)),
    beside: besideOf(repo, pull),
    precondition: { head: pull.head.sha, base: pull.base.ref, state: 'open' },
    effect: [
      `${args.method} pull request ${repo.name}#${args.number} ${quoted(pull.title)} into branch ${quoted(pull.base.ref)}`,
      `its head is commit ${pull.head.sha}${foreign ? ' of another repository (a fork, or one that was deleted)' : ''}`,
      ...(await mergedFiles(hand, repo, args.number)),
    ],
  });
}

const about: { readonly [N in WriteName]: (hand: Hand, repo: Repo, args: ArgumentsOf<N>) => Promise<Result<Facts>> } = {
  create_issue: aboutIssue,
  comment: aboutComment,
  create_branch: aboutBranch,
  commit_files: aboutCommit,
  open_pull_request: aboutPull,
  merge_pull_request: aboutMerge,
};

/** True for the operations that can be resolved and performed. */
export function isWrite(name: string): name is WriteName {
  return Object.hasOwn(about, name);
}

const archivedRefusal: Refusal = refuse('forbidden', 'the repository is archived: nothing can be written to it');

/** Finds out what a write is really about. `args` are the arguments that `derive` made. */
export async function resolveWrite(hand: Hand, name: string, args: JsonObject): Promise<Result<Resolution>> {
  if (!isWrite(name)) return refuse('not-supported', 'this operation writes nothing');
  const parsed = argumentsOf<WriteName>(name, args);
  const repo = await lookUpRepo(hand, parsed.repository);
  if (!repo.ok) return repo;
  if (repo.value.archived) return archivedRefusal;
  const find = about[name] as (hand: Hand, repo: Repo, args: ArgumentsOf<WriteName>) => Promise<Result<Facts>>;
  const facts = await find(hand, repo.value, parsed);
  if (!facts.ok) return facts;
  const { beside = [], ...rest } = facts.value;
  const audience = await audienceOf(hand, repo.value, beside);
  if (!audience.ok) return audience;
  const effect = facts.value.effect.slice(0, limits.effectLinesMax).map((line) => cutWith(line, limits.effectLineCharsMax)); // the card shows every argument in full besides
  return ok({ ...rest, effect, audience: audience.value });
}
