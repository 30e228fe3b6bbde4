import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { ArgumentsOf } from './arguments.ts';
import { treeReply } from './replies.ts';
import type { Hand, Repo } from './repository.ts';
import { runsCode } from '../../action/runs-code.ts';

type Files = ArgumentsOf<'commit_files'>['files'];

/** Modes of git that are regular files; a symbolic link or a submodule is none. */
const regular = ['100644', '100755'];

interface Known {
  /** Every path of the tree with its mode. Null if GitHub does not list all of it. */
  readonly modes: ReadonlyMap<string, string> | null;
}

async function treeOf(hand: Hand, repo: Repo, head: string): Promise<Result<Known>> {
  const reply = await hand.client.get('/repos/{owner}/{repo}/git/trees/{sha}', { ...repo.place, sha: head, recursive: '1' }, treeReply);
  if (!reply.ok) return reply.code === 'too-large' ? ok({ modes: null }) : reply;
  const { truncated, tree } = reply.value.data;
  return ok({ modes: truncated ? null : new Map(tree.map((entry) => [entry.path, entry.mode])) });
}

/** The folders above a path. */
const above = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, i, parts) => parts.slice(0, i + 1).join('/'));

function changeOf(file: Files[number], { modes }: Known): Result<string> {
  const { path } = file;
  const size = 'content' in file ? `${new TextEncoder().encode(file.content).byteLength} bytes` : '';
  const warning = runsCode(path) !== null ? ', WHICH RUNS ON ITS OWN' : '';
  if (modes === null) return ok('content' in file ? `create or replace ${path}${warning}: ${size}` : `delete ${path}${warning}`);
  const mode = modes.get(path);
  if (above(path).some((folder) => modes.has(folder) && modes.get(folder) !== '040000'))
    return refuse('bad-arguments', 'a path leads through something that is not a folder');
  if (mode === undefined)
    return 'content' in file ? ok(`create ${path}${warning}: ${size}`) : refuse('not-found', 'a file that is to be deleted is not there');
  if (!regular.includes(mode)) return refuse('bad-arguments', 'a path names a folder, a symbolic link or a submodule');
  if (!('content' in file)) return ok(`delete ${path}${warning}`);
  return ok(`replace ${path}${warning}: ${size}${mode === '100755' ? ', no longer executable' : ''}`);
}

/**
 * What a commit does to each file, in lines: first what runs on its own, so that nothing can push it off the card.
 * Refuses what would replace a folder, a symbolic link or a submodule.
 */
export async function changesOf(
  hand: Hand,
  repo: Repo,
  commit: { readonly head: string; readonly files: Files },
): Promise<Result<readonly string[]>> {
  const known = await treeOf(hand, repo, commit.head);
  if (!known.ok) return known;
  const lines: string[] = [];
  for (const file of commit.files.toSorted((a, b) => Number(runsCode(b.path) !== null) - Number(runsCode(a.path) !== null))) {
    const line = changeOf(file, known.value);
    if (!line.ok) return line;
    lines.push(line.value);
  }
  const room = limits.effectLinesMax - 2;
  return ok(lines.length <= room ? lines : [...lines.slice(0, room), `and ${lines.length - room} more, as the arguments say`]);
}
