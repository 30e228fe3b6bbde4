import type { Field, Named } from '../../action/binding.ts';
import { cut } from '../../action/cut.ts';
import { limits } from '../../limits.ts';
import type { Learned } from '../connector.ts';
import type { CommentReply, IssueReply, PullReply } from './replies.ts';
import type { Repo } from './repository.ts';

/*
 * The things that a call or an answer is about, with their ids and names, and the fields that GitHub itself sets. Titles
 * are no names: whoever may open an issue picks its title. A number names an issue only together with its repository.
 */

type Fields = readonly Omit<Field, 'system'>[];

/** A repository, by the names that are unique for the configured owner. */
export function namedRepository(repo: Repo): Named {
  return { type: 'github.repository', id: `repository:${repo.id}`, names: [repo.name, repo.place.repo] };
}

/** An issue or, because to GitHub every pull request is one, the conversation of a pull request. */
export function namedIssue(repo: Repo, number: number, about: { readonly url: string; readonly isPull: boolean }): Named {
  const names = [`${repo.name}#${number}`, `${repo.place.repo}#${number}`, `#${number}`, cut(about.url, limits.shownNameCharsMax)];
  return {
    type: 'github.issue',
    id: `issue:${repo.id}#${number}`,
    names: [...names, ...(about.isPull ? pullWords(number) : [`issue ${number}`])],
  };
}

const pullWords = (number: number): readonly string[] => [`pull request ${number}`, `PR ${number}`];

/** A pull request. */
export function namedPull(repo: Repo, number: number, url: string): Named {
  const { names } = namedIssue(repo, number, { url, isPull: true });
  return { type: 'github.pull_request', id: `pull_request:${repo.id}#${number}`, names };
}

/** A branch, by its name in its repository. */
export function namedBranch(repo: Repo, branch: string): Named {
  return { type: 'github.branch', id: `branch:${repo.id}:${branch}`, names: [branch, `${repo.name}@${branch}`] };
}

const loginOf = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?$/;

interface Account {
  readonly login: string;
}

function people(accounts: readonly (Account | null | undefined)[]): Required<Learned> {
  const logins = [...new Set(accounts.flatMap((account) => (account && loginOf.test(account.login) ? [account.login] : [])))];
  return {
    seen: logins.map((login) => ({ type: 'github.user', id: login.toLowerCase(), names: [`@${login}`, login] })),
    fields: logins.map((login) => ({ type: 'github.user', value: login.toLowerCase() })),
  };
}

/** Several answers as one. */
export function together(parts: readonly Learned[]): Required<Learned> {
  return { seen: parts.flatMap((part) => part.seen ?? []), fields: parts.flatMap((part) => part.fields ?? []) };
}

/** What an issue teaches: itself, and who wrote it and has to do with it. */
export function fromIssue(repo: Repo, issue: IssueReply, isPull: boolean): Required<Learned> {
  const seen = [namedIssue(repo, issue.number, { url: issue.html_url, isPull })];
  if (isPull) seen.push(namedPull(repo, issue.number, issue.html_url));
  return together([{ seen }, people([issue.user, ...issue.assignees])]);
}

/** What a pull request teaches. A branch in a fork is named by whoever has the fork: only branches of this repository count. */
export function fromPull(repo: Repo, pull: PullReply): Required<Learned> {
  const branches = [pull.head, pull.base].filter((end) => end.repo?.id === repo.id).map((end) => namedBranch(repo, end.ref));
  const fields: Fields = branches.map(({ type, id }) => ({ type, value: id }));
  return together([fromIssue(repo, pull, true), people(pull.requested_reviewers), { seen: branches, fields }]);
}

/** What comments teach: who wrote them. */
export function fromComments(comments: readonly CommentReply[]): Required<Learned> {
  return people(comments.map((comment) => comment.user));
}

/** What a hit of a search teaches besides itself: the repository that GitHub says it lies in. */
export function fromRepository(repo: Repo): Required<Learned> {
  const { type, id } = namedRepository(repo);
  return { seen: [namedRepository(repo)], fields: [{ type, value: id }] };
}
