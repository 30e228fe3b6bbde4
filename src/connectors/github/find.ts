import { z } from 'zod';
import type { Action } from '../../action/action.ts';
import { CountersignError } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Found } from '../connector.ts';
import { argumentsOf } from './arguments.ts';
import type { Page } from './http.ts';
import { commentReply, commitReply, issueReply, pullReply } from './replies.ts';
import { liesIn, lookUpRepo, repositoryIdIn } from './repository.ts';
import type { Hand, Repo } from './repository.ts';
import { branchReceipt, commentReceipt, commitReceipt, issueReceipt, mergeReceipt, pullReceipt } from './receipts.ts';
import { headOf, isWrite, pullOf } from './resolve.ts';

/*
 * Looking for what an earlier execution may have left behind. Only reads, and only lists: a search index lags behind.
 * Whatever cannot be seen to the end is `cannot-tell`: a person must look, nothing is repeated.
 */

const absent: Found = { found: 'absent' };
const cannotTell: Found = { found: 'cannot-tell' };

/** The invisible end of a text that Countersign has written. The marker is ours; it names one execution. */
export function markOf(marker: string): string {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(marker)) throw new CountersignError('bug', 'a marker is letters, digits, hyphens and underscores');
  return `<!-- countersign:${marker} -->`;
}

/** The last line of the message of a commit that Countersign has made. */
export function trailerOf(marker: string): string {
  return `Countersign-Marker: ${markOf(marker).slice('<!-- countersign:'.length, -' -->'.length)}`;
}

const endsWith = (text: string | null | undefined, mark: string): boolean => (text ?? '').trimEnd().endsWith(mark);

interface Look<T> {
  readonly page: (page: number) => Promise<Result<Page<readonly T[]>>>;
  /** Whether the newest items are on the first page or on the last. */
  readonly newest: 'first' | 'last';
  readonly found: (item: T) => Found | null;
  /** What it means that every item was looked at. */
  readonly exhausted: Found;
}

/** Looks through the newest pages of a list. */
async function look<T>(list: Look<T>): Promise<Found> {
  const first = await list.page(1);
  if (!first.ok) return cannotTell;
  const last = first.value.lastPage ?? 1;
  const count = Math.min(last, limits.githubFindPagesMax);
  for (let i = 0; i < count; i++) {
    const number = list.newest === 'first' ? i + 1 : last - i;
    const page = number === 1 ? first : await list.page(number);
    if (!page.ok) return cannotTell;
    for (const item of page.value.data) {
      const found = list.found(item);
      if (found !== null) return found;
    }
  }
  return count === last ? list.exhausted : cannotTell;
}

function findIssue(hand: Hand, repo: Repo, marker: string): Promise<Found> {
  const mark = markOf(marker);
  const query = { ...repo.place, state: 'all', sort: 'created', direction: 'desc', per_page: 100 };
  return look({
    page: (page) => hand.client.get('/repos/{owner}/{repo}/issues', { ...query, page }, z.array(issueReply)),
    newest: 'first',
    found: (issue) =>
      endsWith(issue.body, mark) && liesIn(repo, issue.url) ? { found: 'done', receipt: issueReceipt(repo, issue) } : null,
    exhausted: absent,
  });
}

function findComment(hand: Hand, repo: Repo, about: { readonly number: number; readonly marker: string }): Promise<Found> {
  const mark = markOf(about.marker);
  const query = { ...repo.place, number: about.number, per_page: 100 };
  return look({
    page: (page) => hand.client.get('/repos/{owner}/{repo}/issues/{number}/comments', { ...query, page }, z.array(commentReply)),
    newest: 'last',
    found: (comment) =>
      endsWith(comment.body, mark) && liesIn(repo, comment.issue_url) ? { found: 'done', receipt: commentReceipt(repo, comment) } : null,
    exhausted: absent,
  });
}

function findPull(hand: Hand, repo: Repo, marker: string): Promise<Found> {
  const mark = markOf(marker);
  const query = { ...repo.place, state: 'all', sort: 'created', direction: 'desc', per_page: 100 };
  return look({
    page: (page) => hand.client.get('/repos/{owner}/{repo}/pulls', { ...query, page }, z.array(pullReply)),
    newest: 'first',
    found: (pull) =>
      endsWith(pull.body, mark) && pull.base.repo?.id === repo.id ? { found: 'done', receipt: pullReceipt(repo, pull) } : null,
    exhausted: absent,
  });
}

/** A branch that has moved on since may have been made by us or by somebody else. */
async function findBranch(hand: Hand, repo: Repo, about: { readonly branch: string; readonly from: unknown }): Promise<Found> {
  const head = await headOf(hand, repo, about.branch);
  if (!head.ok) return head.code === 'not-found' ? absent : cannotTell;
  return head.value === about.from ? { found: 'done', receipt: branchReceipt(repo, about.branch, head.value) } : cannotTell;
}

/**
 * Goes back from the head of the branch to the commit that was its head before: ours lies in between, or nowhere.
 * If the old head is not met, the branch was rewritten, and ours may have been lost with it.
 */
async function findCommit(
  hand: Hand,
  repo: Repo,
  about: { readonly branch: string; readonly head: unknown; readonly marker: string },
): Promise<Found> {
  const trailer = trailerOf(about.marker);
  const head = await headOf(hand, repo, about.branch);
  if (!head.ok) return cannotTell;
  const query = { ...repo.place, sha: head.value, per_page: 100 };
  return look({
    page: (page) => hand.client.get('/repos/{owner}/{repo}/commits', { ...query, page }, z.array(commitReply)),
    newest: 'first',
    found: ({ sha, commit, parents }) => {
      if (sha === about.head) return absent;
      const ours = endsWith(commit.message, trailer) && parents.some((parent) => parent.sha === about.head);
      return ours ? { found: 'done', receipt: commitReceipt(repo, about.branch, sha) } : null;
    },
    exhausted: cannotTell,
  });
}

async function findMerge(hand: Hand, repo: Repo, about: { readonly number: number; readonly head: unknown }): Promise<Found> {
  const pull = await pullOf(hand, repo, about.number);
  if (!pull.ok) return cannotTell;
  const { merged, merge_commit_sha: sha, head } = pull.value;
  if (merged !== true) return absent;
  // It was merged at another head, which our request would not have done.
  if (head.sha !== about.head) return absent;
  return { found: 'done', receipt: mergeReceipt(repo, about.number, sha ?? '') };
}

/** Looks whether an execution with this marker took effect, in the very repository that was approved. */
export async function findEffect(hand: Hand, action: Action, marker: string): Promise<Found> {
  const { operation: name, arguments: args, precondition } = action;
  if (!isWrite(name)) return cannotTell;
  const repo = await lookUpRepo(hand, argumentsOf(name, args).repository);
  // Another repository may bear the name by now; that nothing is found in it would say nothing.
  if (!repo.ok || repo.value.id !== repositoryIdIn(action.target.id)) return cannotTell;
  const there = repo.value;
  switch (name) {
    case 'create_issue':
      return findIssue(hand, there, marker);
    case 'comment':
      return findComment(hand, there, { number: argumentsOf(name, args).number, marker });
    case 'create_branch':
      return findBranch(hand, there, { branch: argumentsOf(name, args).branch, from: precondition['from'] });
    case 'commit_files':
      return findCommit(hand, there, { branch: argumentsOf(name, args).branch, head: precondition['head'], marker });
    case 'open_pull_request':
      return findPull(hand, there, marker);
    case 'merge_pull_request':
      return findMerge(hand, there, { number: argumentsOf(name, args).number, head: precondition['head'] });
  }
}
