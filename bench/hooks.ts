import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openSenders } from './hooks-client.ts';
import type { Sent } from './hooks-client.ts';
import { requestMaker } from './hooks-payload.ts';
import type { Scheme } from './hooks-payload.ts';
import type { Told } from './hooks-server.ts';

/*
 * `npm run bench:hooks`: what one accepted event costs the hooks door, beside node:http alone and beside two libraries that
 * only check a signature, in one run: each way is a process of its own, the senders are this one, and the ways take turns.
 * `--json` prints data, `--write` puts the table into bench/README.md, `--only` measures some of the ways.
 */

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '9' },
    senders: { type: 'string', default: '64' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const [events, rounds, senderCount] = [Number(values.events), Number(values.rounds), Number(values.senders)];

interface Way {
  readonly name: string;
  readonly does: string;
  readonly scheme: Scheme;
}

const ways: readonly Way[] = [
  { name: 'bare', does: 'node:http: reads the body, answers 200', scheme: 'github' },
  { name: 'floor', does: 'node:http, the code over the body, its text, JSON.parse: no check', scheme: 'github' },
  { name: 'octokit', does: 'signature, parsed', scheme: 'github' },
  { name: 'standardwebhooks', does: 'signature, time, parsed', scheme: 'standard' },
  { name: 'memory', does: 'the door, all checks, the claim in memory', scheme: 'github' },
  { name: 'durable', does: 'the door, all checks, signed statement, claim and event on disk', scheme: 'github' },
];

/** One round of one way. */
interface Round extends Sent {
  readonly cpuMicrosPerEvent: number;
}

interface Opened {
  readonly way: Way;
  readonly child: ChildProcess;
  readonly port: number;
  readonly make: (n: number) => Buffer;
  readonly measured: Round[];
  accepted: number;
}

const server = fileURLToPath(new URL('./hooks-server.ts', import.meta.url));

async function ask(child: ChildProcess, what: 'cpu' | 'events'): Promise<Told> {
  child.send(what);
  return ((await once(child, 'message')) as [Told])[0];
}

async function open(way: Way): Promise<Opened> {
  const child = fork(server, [way.name], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { port } = ((await once(child, 'message')) as [{ port: number }])[0];
  return { way, child, port, make: requestMaker(way.scheme), measured: [], accepted: 0 };
}

async function round(opened: Opened, count: number): Promise<Round> {
  // Connected anew for each round: a server lets go of those that wait for their turn.
  const senders = await openSenders(opened.port, senderCount);
  const requests = Array.from({ length: count }, (_, n) => opened.make(opened.accepted + n));
  const before = await ask(opened.child, 'cpu');
  const sent = await senders.send(requests);
  const after = await ask(opened.child, 'cpu');
  senders.close();
  if (sent.other > 0) throw new Error(`${opened.way.name} refused ${sent.other} of ${count}`);
  opened.accepted += sent.accepted;
  return { ...sent, cpuMicrosPerEvent: (after.cpuMicros - before.cpuMicros) / sent.accepted };
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

interface Row {
  readonly name: string;
  readonly does: string;
  readonly cpuMicrosPerEvent: number;
  readonly acceptedPerSecondPerCore: number;
  readonly acceptedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

function rowOf({ way: { name, does }, measured }: Opened): Row {
  const of = (key: keyof Round): number => median(measured.map((one) => one[key]));
  const cpuMicrosPerEvent = of('cpuMicrosPerEvent');
  return {
    name,
    does,
    cpuMicrosPerEvent,
    acceptedPerSecondPerCore: 1e6 / cpuMicrosPerEvent,
    acceptedPerSecond: median(measured.map((one) => one.accepted / one.seconds)),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
  };
}

async function measure(): Promise<readonly Row[]> {
  const wanted = ways.filter(({ name }) => values.only === undefined || values.only.split(',').includes(name));
  const opened: Opened[] = [];
  for (const way of wanted) opened.push(await open(way));
  for (const one of opened) await round(one, events);
  for (let turn = 0; turn < rounds; turn++)
    // Another one begins each time: what the machine does besides hits all of them alike.
    for (let i = 0; i < opened.length; i++) {
      const one = opened[(i + turn) % opened.length];
      if (one !== undefined) one.measured.push(await round(one, events));
    }
  for (const { child, accepted, way } of opened) {
    const told = await ask(child, 'events');
    if (told.events !== null && told.events !== accepted) throw new Error(`${way.name} stored ${told.events} of ${accepted} events`);
    child.disconnect();
  }
  return opened.map(rowOf);
}

const number = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));

function table(rows: readonly Row[]): string {
  const head = ['way', 'does', 'CPU µs/event', 'events/s and core', 'events/s as run', 'p50 ms', 'p99 ms'];
  const lines = rows.map((row) => [
    row.name,
    row.does,
    ...[row.cpuMicrosPerEvent, row.acceptedPerSecondPerCore, row.acceptedPerSecond, row.p50Ms, row.p99Ms].map(number),
  ]);
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

const loadBefore = loadavg()[0] ?? 0;
const rows = await measure();
const load = `${loadBefore.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`;
const cpu = (name: string): number => rows.find((row) => row.name === name)?.cpuMicrosPerEvent ?? Number.NaN;
const result = {
  cpuMicrosPerEvent: cpu('memory'),
  acceptedPerSecondPerCore: 1e6 / cpu('memory'),
  ratioToBareHttp: cpu('memory') / cpu('bare'),
  /** What all of the checks cost beside what no check of this sender can do without. */
  ratioToFloor: cpu('memory') / cpu('floor'),
  /** Below 1: the door costs less than the library alone behind node:http. */
  ratioToPeers: { octokit: cpu('memory') / cpu('octokit'), standardwebhooks: cpu('memory') / cpu('standardwebhooks') },
  /** Of what a core takes with the claim in memory, so much is left when every event is durable. */
  durableShare: cpu('memory') / cpu('durable'),
  load,
  rows,
};
if (values.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else process.stdout.write(`${table(rows)}\n\nload of the machine: ${load}\n`);

if (values.write) {
  const file = new URL('./README.md', import.meta.url);
  const [before = '', after = ''] = readFileSync(file, 'utf8').split(/<!-- hooks -->[\s\S]*<!-- \/hooks -->/);
  const when = new Date().toISOString().slice(0, 10);
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}`;
  const how = `${senderCount} senders, ${events} events a round, medians of ${rounds} rounds in turn, load of the machine ${load}`;
  writeFileSync(file, `${before}<!-- hooks -->\n\nMeasured on ${when}: ${machine}, ${how}.\n\n${table(rows)}\n\n<!-- /hooks -->${after}`);
}
