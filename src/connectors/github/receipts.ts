import type { Made } from '../../action/binding.ts';
import type { JsonObject } from '../../action/json.ts';
import type { Repo } from './repository.ts';

/*
 * What is kept of a write: GitHub's own ids of what was made. `type` and `id` have the form of a target, so that what a run
 * has made can be recognised when it is written to later.
 */

interface Numbered {
  readonly number: number;
  readonly html_url: string;
}

/** A new issue. */
export function issueReceipt(repo: Repo, issue: Numbered): JsonObject {
  return { type: 'github.issue', id: `issue:${repo.id}#${issue.number}`, number: issue.number, url: issue.html_url };
}

/** A new pull request. `issue` is its id where comments go. */
export function pullReceipt(repo: Repo, pull: Numbered): JsonObject {
  return {
    type: 'github.pull_request',
    id: `pull_request:${repo.id}#${pull.number}`,
    issue: `issue:${repo.id}#${pull.number}`,
    number: pull.number,
    url: pull.html_url,
  };
}

/** A new comment. */
export function commentReceipt(repo: Repo, comment: { readonly id: number; readonly html_url: string }): JsonObject {
  return { type: 'github.comment', id: `comment:${repo.id}/${comment.id}`, number: comment.id, url: comment.html_url };
}

/** A new branch. */
export function branchReceipt(repo: Repo, branch: string, sha: string): JsonObject {
  return { type: 'github.branch', id: `branch:${repo.id}:${branch}`, branch, sha };
}

/** A new commit on a branch. */
export function commitReceipt(repo: Repo, branch: string, sha: string): JsonObject {
  return { type: 'github.branch', id: `branch:${repo.id}:${branch}`, branch, sha };
}

/** A merged pull request; `sha` is the commit that it was merged as. */
export function mergeReceipt(repo: Repo, number: number, sha: string): JsonObject {
  return { type: 'github.pull_request', id: `pull_request:${repo.id}#${number}`, number, sha };
}

/** What a receipt says was made: it belongs to the run. A commit and a merge make a commit, not the branch that they are on. */
export function madeBy(repo: Repo, receipt: JsonObject, commit: boolean): readonly Omit<Made, 'system'>[] {
  if (commit) return typeof receipt['sha'] === 'string' ? [{ type: 'github.commit', id: `commit:${repo.id}:${receipt['sha']}` }] : [];
  const { type, id, issue } = receipt;
  return [
    ...(typeof type === 'string' && typeof id === 'string' ? [{ type, id }] : []),
    ...(typeof issue === 'string' ? [{ type: 'github.issue', id: issue }] : []),
  ];
}
