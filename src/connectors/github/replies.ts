import { z } from 'zod';

/*
 * The parts of GitHub's replies that we use (REST API, version 2022-11-28). All of it is a third party's: ids and states
 * are GitHub's own, texts are whoever wrote them. Fields that are not named here are dropped.
 */

const id = z.int().min(0);
/** `type` is `User`, `Organization` or `Bot`. */
const login = z.object({ login: z.string().max(200), type: z.string().optional() });
const author = login.nullish();
const people = z.array(login).default([]).catch([]);
const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
/** What goes into statements must be well-formed and bounded; other texts are made so when they are shown. */
const bounded = (max: number): z.ZodString =>
  z
    .string()
    .max(max)
    .refine((text) => text.isWellFormed());
const link = bounded(2000);

/** What says who can see a repository, wherever GitHub shows one inside of something else. */
const visible = z.object({ id, name: bounded(200), owner: login, private: z.boolean().optional(), visibility: z.string().optional() });

/** GET /repos/{owner}/{repo} */
export const repoReply = visible.extend({
  private: z.boolean(),
  full_name: z.string().optional(),
  url: link.optional(),
  default_branch: bounded(300),
  archived: z.boolean().default(false),
  fork: z.boolean().default(false),
  forks_count: z.int().min(0).default(0),
  /** What a fork was made of; lists leave it out. */
  parent: visible.nullish().catch(null),
  description: z.string().nullish(),
  html_url: link,
});

/** An item of GET /repos/{owner}/{repo}/forks */
export const forkReply = z.object({ id, owner: login });

/** An item of GET /repos/{owner}/{repo}/collaborators */
export const collaboratorReply = login;

/** An issue or, in lists and searches, a pull request. */
export const issueReply = z.object({
  number: id,
  title: z.string(),
  body: z.string().nullish(),
  state: z.string(),
  locked: z.boolean().default(false),
  user: author,
  assignees: people,
  author_association: z.string().optional(),
  labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])).default([]),
  comments: z.int().optional(),
  url: link,
  html_url: link,
  repository_url: link.optional(),
  pull_request: z.unknown().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** A comment. */
export const commentReply = z.object({
  id,
  body: z.string().nullish(),
  user: author,
  author_association: z.string().optional(),
  html_url: link,
  issue_url: link,
  created_at: z.string(),
  updated_at: z.string(),
});

const end = z.object({ ref: bounded(300), sha, repo: visible.nullish() });

/** A pull request. */
export const pullReply = issueReply.extend({
  draft: z.boolean().default(false),
  merged: z.boolean().optional(),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  requested_reviewers: people,
  head: end,
  base: end,
});

/** A changed file of a pull request. */
export const pullFileReply = z.object({
  filename: z.string(),
  status: z.string(),
  additions: z.int(),
  deletions: z.int(),
  patch: z.string().optional(),
  contents_url: link.optional(),
});

/** GET /repos/{owner}/{repo}/contents/{path}: a file, or the names in a folder. */
export const contentsReply = z.union([
  z.array(z.object({ name: z.string(), path: z.string(), type: z.string(), size: z.int().optional(), url: link.optional() })),
  z.object({
    type: z.string(),
    path: z.string(),
    sha,
    size: z.int(),
    url: link.optional(),
    encoding: z.string().optional(),
    content: z.string().optional(),
    html_url: link.nullish(),
  }),
]);

/** A branch in a list. */
export const branchReply = z.object({ name: z.string(), commit: z.object({ sha, url: link }), protected: z.boolean().default(false) });

/** GET /repos/{owner}/{repo}/git/ref/{ref} */
export const refReply = z.object({ ref: z.string(), object: z.object({ type: z.string(), sha }) });

/** GET /repos/{owner}/{repo}/git/trees/{sha} */
export const treeReply = z.object({
  sha,
  truncated: z.boolean().default(false),
  tree: z.array(z.object({ path: z.string(), mode: z.string(), type: z.string() })),
});

/** GET /repos/{owner}/{repo}/git/commits/{sha} */
export const gitCommitReply = z.object({ sha, tree: z.object({ sha }) });

/** A commit in a list. */
export const commitReply = z.object({ sha, commit: z.object({ message: z.string() }), parents: z.array(z.object({ sha })) });

/** What was just made, where only its hash counts. */
export const madeReply = z.object({ sha });

/** PUT /repos/{owner}/{repo}/pulls/{number}/merge */
export const mergedReply = z.object({ sha, merged: z.literal(true) });

/** GET /search/issues. Items are parsed one by one, so that a strange one does not hide the others. */
export const searchReply = z.object({ items: z.array(z.unknown()), incomplete_results: z.boolean().default(false) });

/** An item of GET /search/code. */
export const codeReply = z.object({
  path: z.string(),
  sha,
  html_url: link,
  url: link.optional(),
  repository: z.object({ id, name: z.string(), owner: login }),
});

/** An issue, as parsed. */
export type IssueReply = z.infer<typeof issueReply>;
/** A comment, as parsed. */
export type CommentReply = z.infer<typeof commentReply>;
/** A repository inside of something else, as parsed. */
export type VisibleReply = z.infer<typeof visible>;
/** A pull request, as parsed. */
export type PullReply = z.infer<typeof pullReply>;
