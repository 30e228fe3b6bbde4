import { z } from 'zod';
import type { Class } from '../../action/class.ts';
import { digest } from '../../action/digest.ts';
import type { JsonObject } from '../../action/json.ts';
import type { Catalogue, Derived, Handle, Operation } from '../../action/operation.ts';
import { parseJson } from '../../action/parse-json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { GithubSettings } from '../settings.ts';
import { argumentShapes } from './arguments.ts';
import type { ArgumentsOf, OperationName } from './arguments.ts';
import { comment, commitFiles, createBranch, createIssue, numbered, openPullRequest, readFile, search, whole } from './derive.ts';
import type { Made } from './derive.ts';
import { tenantOf } from './names.ts';

/** Raised when the meaning of an operation changes in code, so that the catalogue's digest changes with it. */
const revision = 2;

interface Row<N extends OperationName> {
  readonly title: string;
  readonly description: string;
  readonly class: Class;
  readonly targetType: 'github.owner' | 'github.repository' | 'github.issue' | 'github.pull_request' | 'github.branch';
  readonly content: readonly string[];
  /** Permissions of a GitHub App, in GitHub's own names. */
  readonly scopes: readonly string[];
  readonly reversible: boolean;
  readonly fourEyes: boolean;
  readonly handle: Handle;
  readonly form?: 'source';
  readonly derive: (args: ArgumentsOf<N>, settings: GithubSettings) => Result<Made>;
}

const reading = { class: 'read', content: [], reversible: true, fourEyes: false, handle: 'none' } as const;
const publishing = { class: 'publish', content: ['title', 'body'], reversible: false, fourEyes: false, handle: 'marker' } as const;

const rows: { readonly [N in OperationName]: Row<N> } = {
  search_issues: {
    ...reading,
    title: 'Search issues',
    description: 'Searches the issues, or the pull requests, of the repositories that can be reached here.',
    targetType: 'github.owner',
    scopes: ['metadata:read', 'issues:read', 'pull_requests:read'],
    derive: search,
  },
  search_code: {
    ...reading,
    title: 'Search code',
    description: 'Searches files on the default branches. Gives paths, not contents.',
    targetType: 'github.owner',
    scopes: ['metadata:read', 'contents:read'],
    derive: search,
  },
  list_repositories: {
    ...reading,
    title: 'List repositories',
    description: 'Lists the repositories that can be reached here, without forks.',
    targetType: 'github.owner',
    scopes: ['metadata:read'],
    derive: (args, settings) => ok({ arguments: args, ref: settings.owner }),
  },
  read_issue: {
    ...reading,
    title: 'Read an issue',
    description: 'Gives title, text, state, labels and author of one issue.',
    targetType: 'github.issue',
    scopes: ['metadata:read', 'issues:read'],
    derive: numbered,
  },
  read_issue_comments: {
    ...reading,
    title: 'Read comments',
    description: 'Gives the comments of one issue or pull request, oldest first.',
    targetType: 'github.issue',
    scopes: ['metadata:read', 'issues:read'],
    derive: numbered,
  },
  list_pull_requests: {
    ...reading,
    title: 'List pull requests',
    description: 'Lists the pull requests of one repository, newest first.',
    targetType: 'github.repository',
    scopes: ['metadata:read', 'pull_requests:read'],
    derive: whole,
  },
  read_pull_request: {
    ...reading,
    title: 'Read a pull request',
    description: 'Gives title, text, state, head commit and base branch of one pull request.',
    targetType: 'github.pull_request',
    scopes: ['metadata:read', 'pull_requests:read'],
    derive: numbered,
  },
  read_pull_request_files: {
    ...reading,
    title: 'Read the changes of a pull request',
    description: 'Gives the changed files of one pull request with their patches.',
    targetType: 'github.pull_request',
    scopes: ['metadata:read', 'pull_requests:read', 'contents:read'],
    form: 'source',
    derive: numbered,
  },
  read_file: {
    ...reading,
    title: 'Read a file',
    description: 'Gives the text of one file, or the names in one folder.',
    targetType: 'github.repository',
    scopes: ['metadata:read', 'contents:read'],
    form: 'source',
    derive: readFile,
  },
  list_branches: {
    ...reading,
    title: 'List branches',
    description: 'Lists the branches of one repository with their newest commits.',
    targetType: 'github.repository',
    scopes: ['metadata:read', 'contents:read'],
    derive: whole,
  },
  create_issue: {
    ...publishing,
    title: 'Create an issue',
    description: 'Opens a new issue. Everybody who can see the repository can read it.',
    targetType: 'github.repository',
    scopes: ['metadata:read', 'issues:write'],
    derive: createIssue,
  },
  comment: {
    ...publishing,
    title: 'Comment',
    description: 'Adds a comment to an issue or a pull request. Everybody who can see the repository can read it.',
    targetType: 'github.issue',
    content: ['body'],
    scopes: ['metadata:read', 'issues:write', 'pull_requests:write'],
    derive: comment,
  },
  create_branch: {
    title: 'Create a branch',
    description: 'Creates a branch at the newest commit of another branch of the same repository.',
    class: 'code-write',
    targetType: 'github.repository',
    content: ['branch'],
    scopes: ['metadata:read', 'contents:write'],
    reversible: true,
    fourEyes: false,
    handle: 'natural',
    derive: createBranch,
  },
  commit_files: {
    title: 'Commit files',
    description: 'Adds one commit that writes or deletes text files to an existing branch. The default branch is refused.',
    class: 'code-write',
    targetType: 'github.branch',
    content: ['message', 'files'],
    scopes: ['metadata:read', 'contents:write', 'workflows:write'],
    reversible: true,
    fourEyes: false,
    handle: 'marker',
    derive: commitFiles,
  },
  open_pull_request: {
    ...publishing,
    title: 'Open a pull request',
    description: 'Proposes to merge one branch into another of the same repository.',
    targetType: 'github.repository',
    scopes: ['metadata:read', 'contents:read', 'pull_requests:write'],
    derive: openPullRequest,
  },
  merge_pull_request: {
    title: 'Merge a pull request',
    description: 'Merges a pull request as it is now: if its head changes before it is done, it is not merged.',
    class: 'code-write',
    targetType: 'github.pull_request',
    content: [],
    scopes: ['metadata:read', 'contents:write', 'pull_requests:write'],
    reversible: false,
    fourEyes: true,
    handle: 'natural',
    derive: numbered,
  },
};

function operationOf<N extends OperationName>(name: N, row: Row<N>, settings: GithubSettings): Operation {
  const { derive, ...rest } = row;
  const shape = argumentShapes[name];
  return {
    ...rest,
    name,
    // zod adds a hidden property of its own, which JSON does not have
    input: parseJson(JSON.stringify(z.toJSONSchema(shape, { io: 'input' }))) as JsonObject,
    label: { readers: 'unknown', integrity: 'untrusted' },
    derive: (args): Result<Derived> => {
      const parsed = shape.safeParse(args);
      if (!parsed.success) return refuse('bad-arguments', 'the arguments do not fit the operation');
      const made = derive(parsed.data as ArgumentsOf<N>, settings);
      if (!made.ok) return made;
      return ok({
        class: made.value.class ?? row.class,
        fourEyes: made.value.fourEyes ?? row.fourEyes,
        reversible: row.reversible,
        arguments: made.value.arguments,
        target: { type: row.targetType, ref: made.value.ref },
      });
    },
  };
}

/**
 * The operations of GitHub for one configured owner.
 * @throws CountersignError `bad-config` if the configured address or owner is not one.
 */
export function githubCatalogue(system: string, settings: GithubSettings): Catalogue {
  const tenant = tenantOf(settings);
  const names = Object.keys(argumentShapes) as OperationName[];
  const operations = names.map((name) => operationOf(name, rows[name] as Row<OperationName>, settings));
  const pinned = operations.map((operation) => Object.fromEntries(Object.entries(operation).filter(([key]) => key !== 'derive')));
  return {
    system,
    connector: 'github',
    tenant,
    digest: digest('catalogue', { system, connector: 'github', revision, tenant, repositories: settings.repositories, operations: pinned }),
    operations: new Map(operations.map((operation) => [operation.name, operation])),
  };
}
