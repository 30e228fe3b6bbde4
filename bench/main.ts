import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { load } from './load.ts';
import type { Measured } from './load.ts';
import { stageCosts } from './stages.ts';
import type { Stage } from './stages.ts';
import { countersign, direct, mcpProxy, supergateway } from './targets.ts';
import type { Target } from './targets.ts';

/*
 * `npm run bench`: one governed read beside the same call direct and through two gateways that govern nothing, all in one
 * run. `--write` puts the tables into bench/README.md; `--calls` sets how many calls a row makes.
 */

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '2000' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const calls = Number(values.calls);
const callerCounts = [1, 8, 64] as const;

interface Row {
  readonly name: string;
  readonly does: string;
  readonly measured: readonly Measured[];
}

async function measure(target: Target): Promise<Row> {
  const measured: Measured[] = [];
  for (const callers of callerCounts) {
    const caller = await target.open(callers);
    await load(caller, { callers, calls: Math.ceil(calls / 4), pid: target.pid });
    measured.push(await load(caller, { callers, calls, pid: target.pid }));
    caller.close();
  }
  return { name: target.name, does: target.does, measured };
}

async function all(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const open of [direct, mcpProxy, supergateway]) {
    const target = await open();
    rows.push(await measure(target));
    await target.close();
  }
  const ours = await countersign();
  for (const target of ours) rows.push(await measure(target));
  for (const target of ours) await target.close();
  return rows;
}

const number = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2));

function callTable(rows: readonly Row[]): string {
  const head = ['way', 'does', ...callerCounts.flatMap((count) => [`calls/s, ${count}`, 'p50 ms', 'p99 ms', 'CPU µs/call'])];
  const lines = rows.map((row) => [
    row.name,
    row.does,
    ...row.measured.flatMap((one) => [number(one.callsPerSecond), number(one.p50Ms), number(one.p99Ms), number(one.cpuMicrosPerCall)]),
  ]);
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function stageTable(stages: readonly Stage[]): string {
  return [
    '| stage | µs | per second |',
    '| --- | --- | --- |',
    ...stages.map((stage) => `| ${stage.name} | ${number(stage.micros)} | ${number(1e6 / stage.micros)} |`),
  ].join('\n');
}

function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  return `${cpus().length} cores of ${model}, Linux, Node ${process.versions.node}`;
}

const begun = new Date().toISOString().slice(0, 10);
const rows = await all();
const stages = await stageCosts();
if (values.json) process.stdout.write(`${JSON.stringify({ machine: machine(), rows, stages }, null, 2)}\n`);
else process.stdout.write(`${callTable(rows)}\n\n${stageTable(stages)}\n`);
if (values.write) {
  const file = new URL('./README.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  const [before = ''] = text.split('<!-- measured -->');
  writeFileSync(
    file,
    `${before}<!-- measured -->\n\nMeasured on ${begun}: ${machine()}, ${calls} calls a cell after a warm-up.\n\n${callTable(rows)}\n\nWhat the stages cost, each alone in one process:\n\n${stageTable(stages)}\n`,
  );
}
