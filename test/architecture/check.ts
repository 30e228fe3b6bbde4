import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  bans,
  commentBans,
  drawers,
  loadsForeign,
  loadsLater,
  mayImport,
  openModules,
  packageRooms,
  parsedTypes,
  pure,
  roomOf,
  sizes,
  sql,
  sqlRoom,
  zones,
} from './rules.ts';
import { readTree } from './source.ts';
import type { Source } from './source.ts';

/** What a check found, and how much it looked at: a green run that saw nothing is not green. */
export interface Checked {
  readonly problems: readonly string[];
  readonly files: number;
  readonly edges: number;
  /** How often each rule, and each row of a table, applied to something. */
  readonly seen: ReadonlyMap<string, number>;
  /** For each process entry: the files that it reaches. */
  readonly reach: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Findings {
  readonly problems: string[];
  readonly seen: Map<string, number>;
}

const saw = ({ seen }: Findings, rule: string): void => void seen.set(rule, (seen.get(rule) ?? 0) + 1);

function sizesOf(source: Source, found: Findings): void {
  saw(found, 'size');
  if (source.lines > sizes.linesMax) found.problems.push(`${source.path}: ${source.lines} lines, at most ${sizes.linesMax}`);
  if (source.test) return;
  for (const { line, lines } of source.functions) {
    saw(found, 'function size');
    if (lines > sizes.functionLinesMax)
      found.problems.push(`${source.path}:${line}: a function of ${lines} lines, at most ${sizes.functionLinesMax}`);
  }
}

function formOf(source: Source, found: Findings): void {
  const { path, problems } = { path: source.path, problems: found.problems };
  saw(found, 'form');
  if (roomOf(path) === null) problems.push(`${path}: in no known room`);
  if (drawers.test(path.slice('src/'.length))) problems.push(`${path}: named like a drawer; name it after what it holds`);
  const loads = source.later.length > 0 && !loadsLater.test(path);
  if (loads || (source.dynamicImports > 0 && !loadsForeign.test(path))) problems.push(`${path}: dynamic import`);
  if (source.defaultExports > 0) problems.push(`${path}: default export`);
  if (source.barrel) problems.push(`${path}: only re-exports; import from where things are`);
}

function wordsOf(source: Source, found: Findings): void {
  if (source.test) return;
  for (const ban of bans) {
    if (!ban.in.test(source.path)) continue;
    const says = ban.pattern.test(source.code);
    if (ban.only === undefined || (says && ban.only.test(source.path))) saw(found, `ban ${ban.name}`);
    if (says && ban.only?.test(source.path) !== true) found.problems.push(`${source.path}: says \`${ban.name}\`: ${ban.why}`);
  }
  if (source.anyTypes > 0) found.problems.push(`${source.path}: says \`any\`: it switches the compiler off`);
  for (const { pattern, why } of commentBans) {
    const match = pattern.exec(source.comments);
    if (match !== null) found.problems.push(`${source.path}: a comment says \`${match[0]}\`: ${why}`);
  }
  for (const text of source.strings) {
    if (!sql.test(text)) continue;
    saw(found, 'sql');
    if (!sqlRoom.test(source.path)) found.problems.push(`${source.path}: SQL outside of store/`);
  }
  for (const type of source.parsedAs) {
    saw(found, 'parsed');
    if (!parsedTypes.some((row) => row.type.test(type) && row.in.test(source.path)))
      found.problems.push(`${source.path}: parsed as ${type}: it is unknown until it was checked`);
  }
}

function packagesOf(source: Source, found: Findings): void {
  if (source.test) return;
  for (const name of source.packages) {
    const rows = packageRooms.filter((row) => row.name.test(name));
    for (const row of rows) saw(found, `package ${row.name.source}`);
    if (rows.some((row) => !row.in.test(source.path)))
      found.problems.push(`${source.path}: may not import ${name}: it belongs to ${rows[0]?.in.source}`);
    if (rows.length === 0 && !openModules.test(name)) found.problems.push(`${source.path}: no room is named for ${name}`);
  }
}

function edgesOf(source: Source, known: ReadonlyMap<string, Source>, found: Findings): void {
  for (const to of source.files) {
    const target = known.get(to);
    if (!to.startsWith('src/')) {
      if (!source.test) found.problems.push(`${source.path}: imports ${to}, which is outside of src`);
      continue;
    }
    if (target === undefined) {
      found.problems.push(`${source.path}: imports ${to}, which is not there`);
      continue;
    }
    if (source.test) continue;
    if (target.test) found.problems.push(`${source.path}: imports a test (${to})`);
    const [from, into] = [roomOf(source.path), roomOf(to)];
    if (from === null || into === null || into.room === 'errors' || into.room === 'limits') continue;
    const allowed = mayImport[from.room] ?? [];
    if (from.room !== into.room) saw(found, `import ${from.room} > ${into.room}`);
    if (from.room !== into.room && allowed !== 'anything' && !allowed.includes(into.room))
      found.problems.push(`${source.path}: ${from.room} may not import ${into.room} (${to})`);
    if (from.system !== null && into.system !== null && from.system !== into.system)
      found.problems.push(`${source.path}: one connector may not import another (${to})`);
  }
}

function cycles(known: ReadonlyMap<string, Source>, found: Findings): void {
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, way: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.problems.push(`cycle: ${[...way.slice(way.indexOf(path)), path].join(' > ')}`);
      return;
    }
    state.set(path, 'open');
    saw(found, 'cycle');
    for (const to of known.get(path)?.files ?? []) visit(to, [...way, path]);
    state.set(path, 'done');
  };
  for (const path of known.keys()) visit(path, []);
}

/** Every file that an entry reaches, with the way to it. Files named by URL count: a worker shares the process. */
function reachOf(entry: string, known: ReadonlyMap<string, Source>): ReadonlyMap<string, readonly string[]> {
  const ways = new Map<string, readonly string[]>([[entry, [entry]]]);
  for (const [path, way] of ways) {
    const source = known.get(path);
    for (const to of [...(source?.files ?? []), ...(source?.named ?? [])]) {
      if (!ways.has(to) && known.has(to)) ways.set(to, [...way, to]);
    }
  }
  return ways;
}

function purity(known: ReadonlyMap<string, Source>, found: Findings): void {
  for (const source of known.values()) {
    if (source.test || !pure.test(source.path)) continue;
    saw(found, 'pure');
    for (const [path, way] of reachOf(source.path, known)) {
      const node = known.get(path)?.packages.find((name) => name.startsWith('node:'));
      if (node !== undefined) found.problems.push(`${source.path}: pure, but imports ${node} (${way.join(' > ')})`);
    }
  }
}

function reachability(known: ReadonlyMap<string, Source>, found: Findings): Map<string, ReadonlySet<string>> {
  const reach = new Map<string, ReadonlySet<string>>();
  for (const { entry, never } of zones) {
    if (!known.has(entry)) {
      found.problems.push(`${entry}: the entry of a process is missing`);
      continue;
    }
    const ways = reachOf(entry, known);
    reach.set(entry, new Set(ways.keys()));
    for (const { what, why } of never) {
      saw(found, `zone ${entry} ${what.source}`);
      for (const [path, way] of ways) if (what.test(path)) found.problems.push(`${entry} reaches ${path}: ${why} (${way.join(' > ')})`);
    }
  }
  return reach;
}

/** Checks the tree below `root` against every rule of rules.ts. */
export function check(root: string): Checked {
  if (!existsSync(join(root, 'src'))) throw new Error(`${root} has no src`);
  const sources = readTree(root);
  const known = new Map(sources.map((source) => [source.path, source]));
  const found: Findings = { problems: [], seen: new Map() };
  for (const source of sources) {
    sizesOf(source, found);
    formOf(source, found);
    wordsOf(source, found);
    packagesOf(source, found);
    edgesOf(source, known, found);
  }
  cycles(known, found);
  purity(known, found);
  const reach = reachability(known, found);
  return { ...found, files: sources.length, edges: sources.reduce((sum, source) => sum + source.files.length, 0), reach };
}
