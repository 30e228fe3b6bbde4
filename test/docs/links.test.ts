// verifies: house.documents
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/* Whoever has the package has its documents, and every link in one of them leads to a place that is there too. */

const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');

/** What of a tree is in its package: what `files` names, and below it. */
function isShipped(files: readonly string[], path: string): boolean {
  return files.some((one) => path === one || path.startsWith(`${one}/`));
}

/** A heading as GitHub and npm make an anchor of it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The links of a document that lead to no other host, outside of code. */
function linksIn(text: string): readonly string[] {
  const prose = text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** What is wrong with one link of a document, or null. */
function brokenLink(files: readonly string[], from: string, link: string, read: (path: string) => string | null): string | null {
  const [target = '', anchor] = link.split('#');
  const path = target === '' ? from : normalize(join(dirname(from), target));
  const text = read(path);
  if (text === null) return `${from} links to ${link}, which is not there`;
  if (!isShipped(files, path)) return `${from} links to ${link}, which is not in the package`;
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
  return anchor === undefined || headings.includes(anchor) ? null : `${from} links to ${link}, and there is no such heading`;
}

const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
const readFromRoot = (path: string): string | null => {
  const file = join(root, path);
  return existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : null;
};

test('every link in a shipped document leads to a shipped file, and to a heading in it', () => {
  const documents = globSync(['*.md', '*/**/*.md'], { cwd: root, exclude: ['node_modules', 'dist'] }).filter((path) =>
    isShipped(files, path),
  );
  const links = documents.flatMap((from) => linksIn(readFromRoot(from) ?? '').map((link) => ({ from, link })));
  expect(documents.length).toBeGreaterThan(10);
  expect(links.length).toBeGreaterThan(20);
  expect(links.map(({ from, link }) => brokenLink(files, from, link, readFromRoot)).filter((one) => one !== null)).toEqual([]);
});

test.each<[string, string, string | null]>([
  ['a file that is there', 'docs/b.md', null],
  ['a heading', 'docs/b.md#one-two-one', null],
  ['a heading of its own', '#here', null],
  ['a file that is not there', 'docs/c.md', 'is not there'],
  ['a file that is not shipped', 'test/x.md', 'is not in the package'],
  ['a heading that is not there', 'docs/b.md#three', 'there is no such heading'],
])('a link to %s', (_, link, wrong) => {
  const tree: Readonly<Record<string, string>> = { 'README.md': '# Here', 'docs/b.md': '# B\n\n## One two: `one`\n', 'test/x.md': '# X' };
  const said = brokenLink(['README.md', 'docs'], 'README.md', link, (path) => tree[path] ?? null);
  if (wrong === null) expect(said).toBeNull();
  else expect(said).toContain(wrong);
});

test('links in code are none, and those to other hosts are not looked at', () => {
  expect(linksIn('[a](b.md) `[c](d.md)` [e](https://f.test/)\n```\n[g](h.md)\n```\n[i](j.md#k)')).toEqual(['b.md', 'j.md#k']);
});
