import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { visible } from '../src/action/visible.ts';
import { adopt } from './adopt.ts';
import { startCompany } from './company.ts';
import { runMove, worthTrying } from './generic.ts';
import { buildHouse } from './house.ts';
import { htmlOf } from './html.ts';
import { reportLines, reportOf } from './report.ts';
import type { Report } from './report.ts';
import { companyHouse, runScenario } from './run.ts';
import type { Attack } from './run.ts';
import { presets } from './scenario.ts';
import type { Preset } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/*
 * `countersign redteam`. Started as a program of its own, with nothing in its environment but PATH: whatever credentials
 * the person at the terminal has, none of them is here.
 */

const { values } = parseArgs({
  options: {
    config: { type: 'string' },
    preset: { type: 'string' },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    html: { type: 'string' },
  },
});

/** Ends with a message about how the command was called. */
class Usage extends Error {}

/** A line with its indentation; nothing in it moves the cursor or hides. */
const shown = (line: string): string => `${/^ */.exec(line)?.[0] ?? ''}${visible(line.trimStart())}`;

const startedAt = new Date().toISOString();
const tell = (line: string): void => void process.stderr.write(`${line}\n`);

function chosenOf<T>(all: readonly T[], idOf: (one: T) => string): readonly T[] {
  const only = values.only;
  if (only === undefined) return all;
  const unknown = only.filter((id) => !all.some((one) => idOf(one) === id));
  if (unknown.length > 0) throw new Usage(`there is no ${unknown.join(', ')}; there is: ${all.map(idOf).join(', ')}`);
  return all.filter((one) => only.includes(idOf(one)));
}

/** What has to be ended when this program is told to end, the last one first. */
const leaving: (() => Promise<void>)[] = [];

/** Does something, and ends what it needed, also when a signal comes in between. */
async function during<T>(close: () => Promise<void>, body: () => Promise<T>): Promise<T> {
  leaving.push(close);
  try {
    return await body();
  } finally {
    leaving.pop();
    await close();
  }
}

/** Attacks the built-in company with what has happened to others. */
async function attackCompany(folder: string, preset: Preset): Promise<Report> {
  const chosen = chosenOf(scenarios, (scenario) => scenario.id);
  const company = await startCompany();
  return during(company.close, async () => {
    const house = await companyHouse(company, folder, preset);
    return during(house.stop, async () => {
      const attacks: Attack[] = [];
      for (const scenario of chosen) attacks.push(await runScenario(scenario, company, house, preset));
      return reportOf(attacks, { kind: 'incidents', configuration: null, preset, startedAt, repinned: [] });
    });
  });
}

/** Attacks somebody's own configuration, in front of pretend systems. */
async function attackConfiguration(folder: string, config: string): Promise<Report> {
  const adopted = await adopt(config, folder, values.preset);
  return during(adopted.close, async () => {
    const chosen = chosenOf(worthTrying(adopted.moves), ({ id }) => id);
    const house = await buildHouse(adopted.blueprint);
    return during(house.stop, async () => {
      const attacks: Attack[] = [];
      for (const { id, move } of chosen) attacks.push(await runMove(move, id, house, adopted));
      const { preset } = adopted.blueprint.policy;
      return reportOf(attacks, { kind: 'configuration', configuration: resolve(config), preset, startedAt, repinned: adopted.repinned });
    });
  });
}

async function leave(): Promise<void> {
  for (const close of leaving.splice(0).toReversed()) await close().catch(() => undefined);
  process.exit(1);
}

async function main(): Promise<number> {
  const preset = presets.find((one) => one === (values.preset ?? 'strict'));
  if (preset === undefined) throw new Usage('--preset is strict or balanced');
  const folder = mkdtempSync(join(tmpdir(), 'cs-redteam-'));
  let told = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (!told) void leave();
      told = true;
    });
  leaving.push(async () => rmSync(folder, { recursive: true, force: true }));
  try {
    tell('Starting pretend systems and a real house; this takes some seconds …');
    const report = await (values.config === undefined ? attackCompany(folder, preset) : attackConfiguration(folder, values.config));
    process.stdout.write(`${reportLines(report).map(shown).join('\n')}\n`);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
    if (values.html !== undefined) writeFileSync(values.html, htmlOf(report));
    return report.counts.unexpected > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof Usage;
  process.stderr.write(`${visible(error instanceof Error ? error.message : String(error), 'kept')}\n`);
  process.exitCode = usage ? 2 : 1;
}
