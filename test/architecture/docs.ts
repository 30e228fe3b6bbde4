import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The documents that the project has. */
const documents = ['README.md', 'ARCHITECTURE.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE'] as const;

const words: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /\bhelpers?\b/i, why: 'name what it does' },
  { pattern: /\bAI[- ](?:generated|written|assisted)\b/i, why: 'a document speaks of the product' },
  { pattern: /\b(?:issue|task|ticket) #?\d+\b|(?<![\w&/])#\d+\b/i, why: 'a number of a tracker says nothing to a reader' },
  { pattern: /\b(?:TODO|FIXME|TBD)\b/, why: 'do it, or leave it out' },
  { pattern: /\/work\/|\.\.\/shared\b|\bshared\/(?:research|DESIGN)/, why: 'readers do not have that folder' },
];

/** Paths of the tree that a document names: `src/...`, `test/...` and so on, without line numbers and without patterns. */
export function pathsIn(text: string): readonly string[] {
  const named = text.matchAll(/(?<![\w./-])((?:src|test|fakes|tools|bench|examples|policies|schema)\/[A-Za-z0-9_./*<>{},-]*)/g);
  return [...named].map(([, path = '']) => path.replace(/[.,]+$/, '')).filter((path) => !/[*<>{},]/.test(path));
}

/** Everything that is wrong with the documents of a tree. */
export function checkDocs(root: string): { readonly problems: readonly string[]; readonly paths: number } {
  const problems: string[] = [];
  let paths = 0;
  for (const name of documents) {
    if (!existsSync(join(root, name))) {
      problems.push(`${name} is missing`);
      continue;
    }
    const text = readFileSync(join(root, name), 'utf8');
    if (text.trim().length < 200) problems.push(`${name} says nothing`);
    if (name === 'LICENSE') continue;
    for (const { pattern, why } of words) {
      const match = pattern.exec(text);
      if (match !== null) problems.push(`${name} says \`${match[0]}\`: ${why}`);
    }
    for (const path of pathsIn(text)) {
      paths++;
      if (!existsSync(join(root, path))) problems.push(`${name} names ${path}, which is not there`);
    }
  }
  return { problems, paths };
}
