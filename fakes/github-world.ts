import { createHash } from 'node:crypto';

/* What pretend GitHub holds: repositories, and git's objects under their hashes. */

/** A comment, an issue or a pull request. */
export interface GithubPost {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly user: string;
  readonly pull: { readonly head: string; readonly base: string; merged: boolean } | null;
  readonly comments: { readonly body: string; readonly user: string }[];
}

interface Branch {
  commit: string;
}

/** A repository. */
export interface GithubRepo {
  readonly id: number;
  readonly name: string;
  readonly private: boolean;
  readonly posts: GithubPost[];
  readonly branches: Map<string, Branch>;
}

/** What a repository begins with. */
export interface GithubSeed {
  readonly name: string;
  readonly private: boolean;
  readonly files: Readonly<Record<string, string>>;
  readonly issues: readonly { readonly title: string; readonly body: string; readonly user: string }[];
}

/** The hash of anything. */
export const sha = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex');
/** Everything. */
export interface World {
  readonly owner: string;
  readonly repos: Map<string, GithubRepo>;
  readonly trees: Map<string, Readonly<Record<string, string>>>;
  readonly commits: Map<string, { readonly tree: string; readonly message: string; readonly parents: readonly string[] }>;
}

/** Keeps a tree. */
export function addTree(world: World, files: Readonly<Record<string, string>>): string {
  const id = sha(['tree', files]);
  world.trees.set(id, files);
  return id;
}

/** Keeps a commit. */
export function addCommit(world: World, commit: { tree: string; message: string; parents: readonly string[] }): string {
  const id = sha(['commit', commit]);
  world.commits.set(id, commit);
  return id;
}

/** Makes the first state of everything. */
export function plant(owner: string, seeds: readonly GithubSeed[]): World {
  const world: World = { owner, repos: new Map(), trees: new Map(), commits: new Map() };
  seeds.forEach((seed, index) => {
    const commit = addCommit(world, { tree: addTree(world, seed.files), message: `first of ${seed.name}`, parents: [] });
    const posts = seed.issues.map((issue, i) => ({ ...issue, number: i + 1, pull: null, comments: [] }));
    const branches = new Map([
      ['main', { commit }],
      ['next', { commit }],
    ]);
    world.repos.set(seed.name, { id: 100 + index, name: seed.name, private: seed.private, posts, branches });
  });
  return world;
}

/** The files of a commit. */
export const filesOf = (world: World, commit: string): Readonly<Record<string, string>> =>
  world.trees.get(world.commits.get(commit)?.tree ?? '') ?? {};
