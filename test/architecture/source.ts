import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from 'oxc-parser';

/** What the rules look at in one source file. Paths are relative to the root of the project, with `/`. */
export interface Source {
  readonly path: string;
  readonly test: boolean;
  readonly lines: number;
  /** Files of ours that it imports or re-exports, type-only ones and those that it loads later included. */
  readonly files: readonly string[];
  /** Files of ours that it names with `new URL('./x.ts', import.meta.url)`: workers and child processes. */
  readonly named: readonly string[];
  /** npm packages and Node's own modules, as they are written. */
  readonly packages: readonly string[];
  /** How often the type `any` is written. */
  readonly anyTypes: number;
  /** Files of ours that it loads later, with `import('./x.ts')`: their names are written out. */
  readonly later: readonly string[];
  /** Every other dynamic import, and every import inside of a type. */
  readonly dynamicImports: number;
  readonly defaultExports: number;
  /** Nothing but re-exports. */
  readonly barrel: boolean;
  readonly functions: readonly { readonly line: number; readonly lines: number }[];
  /** The values of all string literals and pieces of templates. */
  readonly strings: readonly string[];
  /** The text with every comment blanked out. */
  readonly code: string;
  readonly comments: string;
  /** The types that results of `parseJson` and `JSON.parse` are said to have. */
  readonly parsedAs: readonly string[];
}

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child);
  }
}

/** Replaces each range by blanks, keeping line ends. */
function blank(text: string, ranges: readonly { readonly start: number; readonly end: number }[]): string {
  let out = text;
  for (const { start, end } of ranges) out = out.slice(0, start) + out.slice(start, end).replace(/[^\n]/g, ' ') + out.slice(end);
  return out;
}

const functions = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];
const reexports = ['ExportAllDeclaration', 'ExportNamedDeclaration', 'ImportDeclaration'];

function urlOf(node: Node): string | null {
  const [first, second] = (node['arguments'] ?? []) as Node[];
  const callee = node['callee'] as { name?: string } | undefined;
  if (node.type !== 'NewExpression' || callee?.name !== 'URL' || second?.type !== 'MemberExpression') return null;
  return typeof first?.['value'] === 'string' ? first['value'] : null;
}

function parsedAs(node: Node, code: string): string | null {
  const inner = node['expression'] as Node | undefined;
  if (node.type !== 'TSAsExpression' || inner?.type !== 'CallExpression') return null;
  const callee = inner['callee'] as Node;
  const type = node['typeAnnotation'] as Node;
  const [argument] = inner['arguments'] as readonly Node[];
  // a copy of our own value, written a moment before
  if (argument !== undefined && code.startsWith('JSON.stringify(', argument.start)) return null;
  return ['JSON.parse', 'parseJson'].includes(code.slice(callee.start, callee.end)) ? code.slice(type.start, type.end) : null;
}

const isDefault = (exported: { readonly kind: string; readonly name: string | null }): boolean =>
  exported.kind === 'Default' || exported.name === 'default';

/** Reads what one file says. Throws if it is not TypeScript. */
function readSource(path: string, text: string): Source {
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const code = blank(text, comments);
  const nodes = [...walk(program as never)];
  const requested = [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap((each) =>
      each.entries.flatMap((entry) => (entry.moduleRequest === null ? [] : [entry.moduleRequest.value])),
    ),
  ];
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => /^'(\..*)'$/.exec(text.slice(start, end))?.[1] ?? null);
  const later = dynamic.filter((name) => name !== null);
  const local = (name: string): string => normalize(join(dirname(path), name));
  const body: readonly { type: string; declaration?: unknown }[] = program.body;
  return {
    path,
    test: path.endsWith('.test.ts'),
    lines: text.replace(/\n$/, '').split('\n').length,
    files: [...requested, ...later].filter((name) => name.startsWith('.')).map(local),
    named: nodes
      .map(urlOf)
      .filter((url): url is string => url !== null && /^\..*\.[jt]s$/.test(url))
      .map((url) => local(url.replace(/\.js$/, '.ts'))),
    packages: requested.filter((name) => !name.startsWith('.')),
    anyTypes: nodes.filter((node) => node.type === 'TSAnyKeyword').length,
    later,
    dynamicImports: dynamic.length - later.length + nodes.filter((node) => node.type === 'TSImportType').length,
    defaultExports: module.staticExports.flatMap((each) => each.entries).filter(({ exportName }) => isDefault(exportName)).length,
    barrel:
      module.staticExports.some((each) => each.entries.some((entry) => entry.moduleRequest !== null)) &&
      body.every((node) => reexports.includes(node.type) && (node.declaration === undefined || node.declaration === null)),
    functions: nodes
      .filter((node) => functions.includes(node.type))
      .map((node) => ({
        line: text.slice(0, node.start).split('\n').length,
        // as the linter counts: neither blank lines nor comments
        lines: code
          .slice(node.start, node.end)
          .split('\n')
          .filter((line) => line.trim() !== '').length,
      })),
    strings: nodes.flatMap((node) => {
      if (node.type === 'Literal' && typeof node['value'] === 'string') return [node['value']];
      return node.type === 'TemplateElement' ? [(node['value'] as { cooked: string | null }).cooked ?? ''] : [];
    }),
    code,
    comments: comments.map((comment) => comment.value).join('\n'),
    parsedAs: nodes.map((node) => parsedAs(node, code)).filter((type) => type !== null),
  };
}

/** Reads every TypeScript file below `src/` of a tree. */
export function readTree(root: string): readonly Source[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .map((path) => readSource(path, readFileSync(join(root, path), 'utf8')));
}
