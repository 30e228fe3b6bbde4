import { appendFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { catalogueDigest } from './catalogue.ts';
import { mcpShape } from '../../src/connectors/settings.ts';
import { loadSuites } from './data.ts';
import type { Suite } from './data.ts';
import { presets, startHouse, systemOf } from './house.ts';
import type { Preset } from './house.ts';
import { offlinePlace } from './offline.ts';
import { onlinePlace } from './online.ts';
import { product } from './product.ts';
import { rowLine, table, writeMeasured } from './report.ts';
import { conditionRows, controlRows } from './rows.ts';
import type { Condition, RequestText, Row, Scope, Setting, Watcher } from './rows.ts';
import { positions } from './trace.ts';
import type { Position } from './trace.ts';

/*
 * `npm run bench:agentdojo -- <folder>`: see README.md beside this file.
 */

const usage = `npm run bench:agentdojo -- <folder with the recorded suites>
  --preset balanced,strict       --position first,exposed,last
  --scope undeclared,declared    --request known,unknown
  --suite workspace,slack,banking,travel    --limit <user tasks of each suite>
  --minutes <N>   give up after so long (default 120)
  --offline   the pure functions alone, without a house
  --calls <file>   write what became of every call, one line of JSON each
  --json      one line of JSON for each row
  --write     put the table into redteam/README.md
Without any of the first four the usual rows are run.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    preset: { type: 'string' },
    position: { type: 'string' },
    scope: { type: 'string' },
    request: { type: 'string' },
    suite: { type: 'string' },
    limit: { type: 'string' },
    minutes: { type: 'string', default: '120' },
    offline: { type: 'boolean', default: false },
    calls: { type: 'string' },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

function wrong(message: string): never {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
}

/** The chosen values of an option; all of them if it is not given. */
function chosen<T extends string>(name: string, given: string | undefined, all: readonly T[]): readonly T[] {
  if (given === undefined) return all;
  return given.split(',').map((word) => all.find((one) => one === word) ?? wrong(`--${name}: ${word} is none of ${all.join(', ')}`));
}

/** The rows that are usual: the bars, the strict preset, and what the user's words are worth. */
function usualSettings(): readonly Setting[] {
  const rows = (preset: Preset, scope: Scope): Setting[] =>
    positions.map((position) => ({ preset, requestText: 'known', scope, position }));
  return [
    ...rows('balanced', 'undeclared'),
    ...rows('balanced', 'declared'),
    { preset: 'balanced', requestText: 'unknown', scope: 'undeclared', position: 'exposed' },
    ...rows('strict', 'undeclared'),
  ];
}

function settings(): readonly Setting[] {
  const { preset, scope, request, position } = values;
  if ([preset, scope, request, position].every((one) => one === undefined)) return usualSettings();
  const all: Setting[] = [];
  for (const one of chosen<Preset>('preset', preset ?? 'balanced', presets))
    for (const requestText of chosen<RequestText>('request', request ?? 'known', ['known', 'unknown']))
      for (const scope_ of chosen<Scope>('scope', scope ?? 'undeclared', ['undeclared', 'declared']))
        for (const at of chosen<Position>('position', position, positions))
          all.push({ preset: one, requestText, scope: scope_, position: at });
  return all;
}

/** The conditions of a preset, each with its positions, in order. */
function conditions(wanted: readonly Setting[], preset: Preset): readonly { condition: Condition; positions: Position[] }[] {
  const found = new Map<string, { condition: Condition; positions: Position[] }>();
  for (const { position, ...condition } of wanted.filter((one) => one.preset === preset)) {
    const key = JSON.stringify(condition);
    const entry = found.get(key) ?? { condition, positions: [] };
    entry.positions.push(position);
    found.set(key, entry);
  }
  return [...found.values()];
}

/** A whole number of at least 1. */
function positive(name: string, given: string): number {
  return /^[1-9]\d{0,5}$/.test(given) ? Number(given) : wrong(`--${name}: ${given} is no number of at least 1`);
}

const untilMs = Date.now() + positive('minutes', values.minutes) * 60_000;

const watcher: Watcher = {
  progress: (what, done, of) => {
    tell(`${new Date().toISOString().slice(11, 19)} ${what}: ${done} of ${of}`);
    if (Date.now() > untilMs) throw new Error('the time given by --minutes is over');
  },
  ...(values.calls === undefined
    ? {}
    : {
        seen: (setting, { trace, done }) => {
          const { suite, userTask, injectionTask } = trace;
          const lines = done.map(({ step, ...one }) =>
            JSON.stringify({ ...setting, suite, userTask, injectionTask, by: step.by, tool: step.tool, args: step.args, ...one }),
          );
          appendFileSync(values.calls ?? '', lines.map((line) => `${line}\n`).join(''));
        },
      }),
};

async function presetRows(suites: readonly Suite[], wanted: readonly Setting[], preset: Preset): Promise<readonly Row[]> {
  const todo = conditions(wanted, preset);
  if (todo.length === 0) return [];
  const place = values.offline ? await offlinePlace(suites, preset) : onlinePlace(await startHouse(suites, preset));
  try {
    const rows: Row[] = [];
    for (const one of todo) rows.push(...(await conditionRows(place, suites, one, watcher)));
    return rows;
  } finally {
    await place.close();
  }
}

const folder = positionals[0] ?? wrong('which folder holds the recorded suites?');
const suites = loadSuites(folder, {
  ...(values.suite === undefined ? {} : { only: values.suite.split(',') }),
  ...(values.limit === undefined ? {} : { limit: positive('limit', values.limit) }),
});
const all = settings();
const wanted = all.filter((one) => one.scope === 'undeclared' || product.scope);
if (wanted.length < all.length) tell(`${all.length - wanted.length} rows are left out: this build takes no scope for a run`);
if (!product.bindings) tell('this build takes no bindings: the catalogues are written without binds, records and people');
if (values.calls !== undefined) writeFileSync(values.calls, '');

const begun = new Date();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
// A house has one preset. Two houses side by side use two cores; if one fails, the other is still closed.
const measured = await Promise.allSettled(presets.map((preset) => presetRows(suites, wanted, preset)));
const failure = measured.find((one) => one.status === 'rejected');
if (failure !== undefined) throw failure.reason;
const rows = [...measured.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])), ...controlRows(suites)];
const minutes = ((Date.now() - begun.getTime()) / 60_000).toFixed(1);
const digests = suites.map((suite) => `${suite.name} ${catalogueDigest(suite, mcpShape.parse(systemOf(suite, 'http://127.0.0.1:1/mcp')))}`);
process.stdout.write(values.json ? `${rows.map(rowLine).join('\n')}\n` : `${table(rows)}\n`);
tell(`${rows.length} rows in ${minutes} minutes; catalogues: ${digests.join(', ')}`);
if (values.write) {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const tasks = suites.reduce((sum, suite) => sum + suite.benign.length, 0);
  const pairs = suites.reduce((sum, suite) => sum + suite.pairs.length, 0);
  writeMeasured(
    new URL('../README.md', import.meta.url),
    [
      `Measured on ${begun.toISOString().slice(0, 10)}, ${values.offline ? 'by the pure functions alone' : 'through whole houses'}: ${tasks} tasks, ${pairs} attacked pairs, ${cpus().length} cores of ${model}, Node ${process.versions.node}, ${minutes} minutes.`,
      table(rows),
      `Catalogues: ${digests.map((digest) => `\`${digest}\``).join(', ')}.`,
    ].join('\n\n'),
  );
}
