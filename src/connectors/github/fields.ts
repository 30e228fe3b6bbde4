import type { JsonObject } from '../../action/json.ts';
import type { CommentReply, IssueReply, PullReply } from './replies.ts';

/*
 * What a model is shown of GitHub's objects: the useful fields, never a raw reply. All texts are a third party's.
 */

/** An issue, for the model. */
export const issueFields = (issue: IssueReply): JsonObject => ({
  number: issue.number,
  title: issue.title,
  body: issue.body ?? '',
  state: issue.state,
  author: issue.user?.login ?? null,
  author_association: issue.author_association ?? null,
  labels: issue.labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
  comments: issue.comments ?? null,
  locked: issue.locked,
  created_at: issue.created_at,
  updated_at: issue.updated_at,
  url: issue.html_url,
});

/** A comment, for the model. */
export const commentFields = (comment: CommentReply): JsonObject => ({
  id: comment.id,
  body: comment.body ?? '',
  author: comment.user?.login ?? null,
  author_association: comment.author_association ?? null,
  created_at: comment.created_at,
  updated_at: comment.updated_at,
  url: comment.html_url,
});

/** A pull request, for the model. */
export const pullFields = (pull: PullReply): JsonObject => ({
  ...issueFields(pull),
  draft: pull.draft,
  merged: pull.merged ?? typeof pull.merged_at === 'string',
  head: {
    branch: pull.head.ref,
    sha: pull.head.sha,
    repository: pull.head.repo === null || pull.head.repo === undefined ? null : `${pull.head.repo.owner.login}/${pull.head.repo.name}`,
  },
  base: { branch: pull.base.ref, sha: pull.base.sha },
});
