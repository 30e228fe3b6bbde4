import { z } from 'zod';
import type { JsonObject } from '../../action/json.ts';
import { CountersignError } from '../../errors.ts';
import { limits } from '../../limits.ts';

/*
 * The arguments of every operation, as the model is told of them and as the hands parse them: one source for both.
 * What `derive` returns is again of the same shape, with names and defaults made explicit.
 */

const repository = z.string().min(1).max(201).describe('`name` or `owner/name`');
const number = z.int().min(1).max(2_000_000_000);
const issue = number.describe('the number of the issue');
const pull = number.describe('the number of the pull request');
const page = z.int().min(1).max(limits.githubPageMax).default(1).describe('which page of results');
const branch = z.string().min(1).max(limits.githubBranchCharsMax);
const path = z.string().min(1).max(limits.githubPathCharsMax);
const title = z.string().min(1).max(limits.githubTitleCharsMax).describe('the title, one line of plain text');
const body = (what: string): z.ZodString => z.string().min(1).max(limits.githubBodyCharsMax).describe(what);
const query = z.string().min(1).max(limits.githubQueryCharsMax);
const content = z.string().max(limits.argumentsBytesMax).describe('the whole new text of the file');

/** The shape of the arguments of each operation. */
export const argumentShapes = {
  search_issues: z.strictObject({
    query: query.describe('words and qualifiers such as `is:open`, `label:bug`, `author:name`'),
    kind: z.enum(['issue', 'pull_request']).default('issue').describe('what to search'),
    repository: repository.optional(),
    page,
  }),
  search_code: z.strictObject({
    query: query.describe('words and qualifiers such as `path:src`, `language:go`'),
    repository: repository.optional(),
    page,
  }),
  list_repositories: z.strictObject({ page }),
  read_issue: z.strictObject({ repository, number: issue }),
  read_issue_comments: z.strictObject({ repository, number: number.describe('the number of the issue or pull request'), page }),
  list_pull_requests: z.strictObject({ repository, state: z.enum(['open', 'closed', 'all']).default('open'), page }),
  read_pull_request: z.strictObject({ repository, number: pull }),
  read_pull_request_files: z.strictObject({ repository, number: pull, page }),
  read_file: z.strictObject({
    repository,
    path: path.optional().describe('the path of a file or folder; left out: the top folder'),
    ref: branch.optional().describe('a branch, tag or commit; left out: the default branch'),
  }),
  list_branches: z.strictObject({ repository, page }),
  create_issue: z.strictObject({ repository, title, body: body('the text, in Markdown') }),
  comment: z.strictObject({
    repository,
    number: number.describe('the number of the issue or pull request'),
    body: body('the comment, in Markdown'),
  }),
  create_branch: z.strictObject({
    repository,
    branch: branch.describe('the name of the new branch'),
    from: branch.optional().describe('the branch to start from; left out: the default branch'),
  }),
  commit_files: z.strictObject({
    repository,
    branch: branch.describe('an existing branch, never the default one'),
    message: z.string().min(1).max(limits.githubBodyCharsMax).describe('the commit message'),
    files: z
      .array(z.union([z.strictObject({ path, content }), z.strictObject({ path, delete: z.literal(true) })]))
      .min(1)
      .max(limits.githubFilesPerCommitMax)
      .describe('the files to write or delete; text only'),
  }),
  open_pull_request: z.strictObject({
    repository,
    title,
    body: body('the description, in Markdown'),
    head: branch.describe('the branch with the changes, in the same repository'),
    base: branch.optional().describe('the branch to merge into; left out: the default branch'),
    draft: z.boolean().default(false),
  }),
  merge_pull_request: z.strictObject({ repository, number: pull, method: z.enum(['merge', 'squash', 'rebase']).default('merge') }),
} as const;

/** The name of an operation. */
export type OperationName = keyof typeof argumentShapes;
/** The arguments of an operation, parsed. */
export type ArgumentsOf<N extends OperationName> = z.output<(typeof argumentShapes)[N]>;

/** True for the name of an operation of this connector. */
export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(argumentShapes, name);
}

/**
 * Parses the arguments of an action, which `derive` has made.
 * @throws CountersignError `bug` if they are not of the operation's shape.
 */
export function argumentsOf<N extends OperationName>(name: N, args: JsonObject): ArgumentsOf<N> {
  const parsed = argumentShapes[name].safeParse(args);
  if (!parsed.success) throw new CountersignError('bug', `the arguments do not fit the operation ${name}`);
  return parsed.data as ArgumentsOf<N>;
}
