import type { Class } from '../../action/class.ts';
import type { JsonObject } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { GithubSettings } from '../settings.ts';
import type { ArgumentsOf } from './arguments.ts';
import { branchOf, fullName, pathOf, placeOf, queryOf, refOf, sideBranchOf } from './names.ts';
import { runsCode } from '../../action/runs-code.ts';

/*
 * What the arguments of one call make of an operation. The arguments come from the model; everything here is pure, and
 * the gateway, the reader and the executor each compute it.
 */

/** What a call is, beyond what the catalogue's table says of its operation. */
export interface Made {
  readonly arguments: JsonObject;
  readonly ref: string;
  readonly class?: Class;
  readonly fourEyes?: boolean;
}

/** Leaves out what is undefined: JSON has no such value. */
function given(args: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** Names the repository in full, and the target by `suffix`. */
function within(
  settings: GithubSettings,
  args: Readonly<Record<string, unknown>> & { readonly repository: string },
  suffix = '',
): Result<Made> {
  const place = placeOf(settings, args.repository);
  if (!place.ok) return place;
  return ok({ arguments: given({ ...args, repository: fullName(place.value) }), ref: `${fullName(place.value)}${suffix}` });
}

/** Text that already holds a mark of ours would mislead the look for an earlier execution. */
const mark = /<!--\s*countersign:|countersign-marker:/i;

/** Refuses text that is not well-formed or holds a mark of ours, and a title that is not one line. */
function publishable(texts: { readonly title?: string; readonly text: string }, made: Result<Made>): Result<Made> {
  const { title = '', text } = texts;
  if (!title.isWellFormed() || !text.isWellFormed()) return refuse('bad-arguments', 'a text holds half of a surrogate pair');
  if (/\p{Cc}/u.test(title)) return refuse('bad-arguments', 'a title is one line without control characters');
  if (title.trim() === '' && texts.title !== undefined) return refuse('bad-arguments', 'a title is not only white space');
  if (mark.test(title) || mark.test(text)) return refuse('bad-arguments', 'a text holds a mark of Countersign: leave it out');
  return made;
}

/** A repository as a whole. */
export function whole(args: { readonly repository: string }, settings: GithubSettings): Result<Made> {
  return within(settings, args);
}

/** An issue or pull request by its number. */
export function numbered(args: { readonly repository: string; readonly number: number }, settings: GithubSettings): Result<Made> {
  return within(settings, args, `#${args.number}`);
}

/** A search: its scope is taken out of the query and put beside it. */
export function search(args: { readonly query: string; readonly repository?: string | undefined }, settings: GithubSettings): Result<Made> {
  const query = queryOf(settings, args.query, args.repository);
  if (!query.ok) return query;
  const { words, repository } = query.value;
  if (words === '') return refuse('bad-arguments', 'the query has no words besides its scope');
  const scope = repository === null ? undefined : fullName(repository);
  return ok({ arguments: given({ ...args, query: words, repository: scope }), ref: scope ?? settings.owner });
}

/** A file or folder. */
export function readFile(args: ArgumentsOf<'read_file'>, settings: GithubSettings): Result<Made> {
  const path = args.path === undefined ? ok(undefined) : pathOf(args.path);
  if (!path.ok) return path;
  const ref = args.ref === undefined ? ok(undefined) : refOf(args.ref);
  if (!ref.ok) return ref;
  return within(settings, { ...args, path: path.value, ref: ref.value }, `:${path.value ?? ''}`);
}

/** A new issue. */
export function createIssue(args: ArgumentsOf<'create_issue'>, settings: GithubSettings): Result<Made> {
  return publishable({ title: args.title, text: args.body }, whole(args, settings));
}

/** A new comment. */
export function comment(args: ArgumentsOf<'comment'>, settings: GithubSettings): Result<Made> {
  return publishable({ text: args.body }, numbered(args, settings));
}

/**
 * A new branch, from a branch of the same repository. A commit is not taken as the start: GitHub finds the commits of
 * every fork under the repository's own name, and a stranger's workflows would then run with its secrets.
 */
export function createBranch(args: ArgumentsOf<'create_branch'>, settings: GithubSettings): Result<Made> {
  const branch = sideBranchOf(args.branch);
  if (!branch.ok) return branch;
  const from = args.from === undefined ? ok(undefined) : branchOf(args.from);
  if (!from.ok) return from;
  return within(settings, { ...args, branch: branch.value, from: from.value });
}

/** A commit. Raised to `execute`, with two people, if it touches what runs on its own. */
export function commitFiles(args: ArgumentsOf<'commit_files'>, settings: GithubSettings): Result<Made> {
  const branch = sideBranchOf(args.branch);
  if (!branch.ok) return branch;
  const paths = new Set<string>();
  for (const file of args.files) {
    const path = pathOf(file.path);
    if (!path.ok) return path;
    if (paths.has(path.value)) return refuse('bad-arguments', 'a path is named twice');
    if ('content' in file && !file.content.isWellFormed()) return refuse('bad-arguments', 'a file holds half of a surrogate pair');
    paths.add(path.value);
  }
  const list = [...paths];
  if (list.some((path) => list.some((other) => other.startsWith(`${path}/`))))
    return refuse('bad-arguments', 'a path is both a file and a folder');
  const made = publishable({ text: args.message }, within(settings, { ...args, branch: branch.value }, `@${branch.value}`));
  return made.ok && list.some((path) => runsCode(path) !== null) ? ok({ ...made.value, class: 'execute', fourEyes: true }) : made;
}

/** A new pull request between two branches of one repository. */
export function openPullRequest(args: ArgumentsOf<'open_pull_request'>, settings: GithubSettings): Result<Made> {
  const head = branchOf(args.head);
  if (!head.ok) return head;
  const base = args.base === undefined ? ok(undefined) : branchOf(args.base);
  if (!base.ok) return base;
  if (base.value === head.value) return refuse('bad-arguments', 'head and base are the same branch');
  const named = within(settings, { ...args, head: head.value, base: base.value });
  return publishable({ title: args.title, text: args.body }, named);
}
