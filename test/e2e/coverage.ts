import type { Requirement } from './requirements.ts';

/** A test file. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** What is wrong between the requirements and the tests. */
export interface Coverage {
  /** Requirements that no test cites. */
  readonly uncited: readonly string[];
  /** `path: id` of citations that name no requirement. */
  readonly unknown: readonly string[];
  /** Ids that two rows have. */
  readonly repeated: readonly string[];
}

// `verifies('a', …`, `verifies(['a', 'b'], …` and `// verifies: a, b`
const calls = /\bverifies\(\s*(\[[^\]]*\]|'[^']*')/g;
const comments = /^\/\/ verifies: (.*)$/gm;

/** The requirements that a test file cites. A file without a test cites nothing. */
export function citedIn(text: string): readonly string[] {
  if (!/\b(?:test|verifies)(?:\.each\b[^\n]*)?\(/.test(text)) return [];
  const called = [...text.matchAll(calls)].flatMap(([, list = '']) => [...list.matchAll(/'([^']*)'/g)].map(([, id = '']) => id));
  const commented = [...text.matchAll(comments)].flatMap(([, list = '']) => list.split(',').map((id) => id.trim()));
  return [...called, ...commented];
}

/** Compares the requirements with what the tests cite. */
export function coverageOf(requirements: readonly Requirement[], sources: readonly Source[]): Coverage {
  const known = new Set(requirements.map((row) => row.id));
  const citations = sources.flatMap(({ path, text }) => citedIn(text).map((id) => ({ path, id })));
  const cited = new Set(citations.map(({ id }) => id));
  return {
    uncited: [...known].filter((id) => !cited.has(id)),
    unknown: citations.filter(({ id }) => !known.has(id)).map(({ path, id }) => `${path}: ${id}`),
    repeated: requirements.map((row) => row.id).filter((id, i, all) => all.indexOf(id) !== i),
  };
}
