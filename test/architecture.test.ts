// verifies: house.zones, house.zones-go-red, house.pure-folders, house.documents
import { expect, test } from 'vitest';
import { check } from './architecture/check.ts';
import { checkDocs, pathsIn } from './architecture/docs.ts';
import { beside, faults, long } from './architecture/faults.ts';
import { planted, sound } from './architecture/plant.ts';
import { bans, packageRooms, zones } from './architecture/rules.ts';

const root = new URL('..', import.meta.url).pathname;
const tree = check(root);

/** The files below a prefix that a process reaches. */
function reached(entry: string, what: RegExp): number {
  return [...(tree.reach.get(`src/processes/${entry}.ts`) ?? [])].filter((path) => what.test(path)).length;
}

test('the source tree has its shape', () => {
  expect(tree.problems).toEqual([]);
});

test('the check saw the tree', () => {
  expect(tree.files).toBeGreaterThan(100);
  expect(tree.edges).toBeGreaterThan(500);
  for (const rule of ['size', 'function size', 'form', 'cycle', 'pure', 'sql', 'parsed'])
    expect([rule, tree.seen.get(rule) ?? 0]).not.toEqual([rule, 0]);
  expect([...tree.seen.keys()].filter((rule) => rule.startsWith('import ')).length).toBeGreaterThan(30);
});

test('no row of a table is stale', () => {
  const rows = [
    ...packageRooms.map((row) => `package ${row.name.source}`),
    ...bans.map((ban) => `ban ${ban.name}`),
    ...zones.flatMap((zone) => zone.never.map((never) => `zone ${zone.entry} ${never.what.source}`)),
  ];
  expect(rows.filter((row) => !tree.seen.has(row))).toEqual([]);
});

test('every process reaches what it is there for, so that the zones say something', () => {
  expect(reached('gateway', /^src\/propose\//)).toBeGreaterThan(5);
  expect(reached('reader', /^src\/connectors\/[^/]+\/read\.ts$/)).toBe(3);
  expect(reached('executor', /^src\/connectors\/[^/]+\/write\.ts$/)).toBe(3);
  expect(reached('reader', /^src\/read\//)).toBeGreaterThan(0);
  expect(reached('executor', /^src\/execute\//)).toBeGreaterThan(3);
  expect(reached('console', /^src\/approve\//)).toBeGreaterThan(0);
  expect(reached('hooks', /^src\/inbound\//)).toBeGreaterThan(0);
  expect(reached('ledger', /^src\/record\//)).toBeGreaterThan(1);
});

test('the documents are there, name only what exists and speak of the product', () => {
  const docs = checkDocs(root);
  expect(docs.problems).toEqual([]);
  expect(docs.paths).toBeGreaterThan(5);
});

test('a sound tree has no problems', () => {
  planted(sound, (folder) => {
    expect(check(folder).problems).toEqual([]);
    expect(checkDocs(folder)).toEqual({ problems: [], paths: 1 });
  });
});

test('what stands beside the faults is sound', () => {
  planted({ ...sound, ...beside }, (folder) => expect(check(folder).problems).toEqual([]));
});

test.each(faults)('goes red on a planted fault: %s', (_, path, text, says) => {
  planted({ ...sound, ...beside, [path]: text }, (folder) => {
    const { problems } = check(folder);
    expect(problems.filter((problem) => says.test(problem))).not.toEqual([]);
  });
});

test('what only looks like a fault is none', () => {
  const text = [
    '// Math.random, console.log and process.env are only spoken of here; so is any: any',
    "export const many: Company = { company: 'any', anyOf: ['select the date from a list'] };",
    'interface Company { readonly company: string; readonly anyOf: readonly string[] }',
    "import { parseJson } from '../action/parse-json.ts';",
    "export const r = parseJson('{}') as unknown;",
    'export const copy = parseJson(JSON.stringify(many)) as Company;',
    '// oxlint-disable-next-line max-params -- the vendor asks for five',
    long(68),
  ].join('\n');
  planted({ ...sound, ...beside, 'src/record/r.ts': text }, (folder) => expect(check(folder).problems).toEqual([]));
});

test.each([
  ['a missing document', 'SECURITY.md', null, 'SECURITY.md is missing'],
  ['an empty document', 'LICENSE', 'x', 'LICENSE says nothing'],
  ['a path that is not there', 'README.md', 'See `src/gone/away.ts`.', 'README.md names src/gone/away.ts, which is not there'],
  ['a number of a tracker', 'CHANGELOG.md', 'Fixes #12.', 'CHANGELOG.md says `#12`: a number of a tracker says nothing to a reader'],
  ['a forbidden word', 'CONTRIBUTING.md', 'Use the helper.', 'CONTRIBUTING.md says `helper`: name what it does'],
])('the documents go red on %s', (_, path, text, says) => {
  const filled = text === null || text === 'x' ? text : `${text} ${sound['SECURITY.md']}`;
  planted({ ...sound, [path]: filled }, (folder) => expect(checkDocs(folder).problems).toEqual([says]));
});

test('a pattern or a placeholder is no path, and a sentence ends outside of it', () => {
  expect(pathsIn('Look into src/action/action.ts. Also src/connectors/*/read.ts, src/<room>/x.ts and (test/pins/).')).toEqual([
    'src/action/action.ts',
    'test/pins/',
  ]);
});
