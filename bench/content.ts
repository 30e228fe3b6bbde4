import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benign } from '../redteam/corpus/benign.ts';
import { budgetFor } from '../src/content/budget.ts';
import { fold } from '../src/content/fold.ts';
import { hitsIn } from '../src/content/injection.ts';
import { inspectContent } from '../src/content/inspect.ts';
import { sanitise } from '../src/content/sanitise.ts';
import { secretRules } from '../src/content/secret-rules.ts';
import { scanSecrets } from '../src/content/secrets.ts';
import { skeleton } from '../src/content/skeleton.ts';
import { hard } from '../test/content/hard.ts';

/*
 * `npm run bench:content`: what looking at third-party content costs. `--write` puts the tables into bench/README.md. Each
 * number is CPU time, the best of several rounds: the machine may be shared, and what it can do at best is what the code costs.
 */

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false }, rounds: { type: 'string', default: '12' } } });
const rounds = Number(values.rounds);
const itemChars = 16 * 1024;
const hostileChars = 100_000;

/** Ordinary text: our own documents and the benign corpus, in items of one size. */
function items(): readonly string[] {
  const files = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((name) =>
    readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'),
  );
  const text = [...files, ...benign.filter(({ kind }) => !kind.startsWith('security')).map(({ text }) => text)].join('\n\n');
  return Array.from({ length: Math.floor(text.length / itemChars) }, (_, i) => text.slice(i * itemChars, (i + 1) * itemChars));
}

function bestMs(times: number, run: () => void): number {
  let best = Infinity;
  for (let round = 0; round < times; round++) {
    const begun = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(begun);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const ordinary = items();
const megabytes = ordinary.reduce((sum, text) => sum + text.length, 0) / 1e6;

/** Megabytes (of UTF-16 units) a second over all items. */
const speed = (run: (text: string) => unknown): number => megabytes / (bestMs(rounds, () => ordinary.forEach(run)) / 1000);

const passes: readonly (readonly [string, (text: string) => unknown])[] = [
  [`secrets: ${secretRules.length} formats`, scanSecrets],
  ['sanitise', sanitise],
  ['plain form', (text) => fold(text)],
  ['injection rules, one pass over the plain form', (text) => hitsIn(text, budgetFor(text.length))],
  ['injection rules, plain form and skeleton with both passes', (text) => {
    const plain = fold(text);
    return [hitsIn(plain, budgetFor(text.length)), hitsIn(skeleton(plain), budgetFor(text.length))];
  }],
  ['all of it: sanitise, secrets, four readings, hidden things', (text) => inspectContent(text)],
]; // prettier-ignore

interface Worst {
  readonly part: string;
  readonly ms: number;
  readonly text: string;
}

/** The hostile text of each part of the scanner that costs most. */
function worst(run: (text: string) => unknown): readonly Worst[] {
  return Object.entries(hard).map(([part, makers]) => {
    const costs = makers.map((make) => {
      const text = make(hostileChars);
      return {
        part,
        ms: bestMs(5, () => run(text)),
        text: JSON.stringify(make(16)).replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
      };
    });
    return costs.reduce((a, b) => (b.ms > a.ms ? b : a));
  });
}

const number = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const speeds = table(
  ['pass', 'MB/s'],
  passes.map(([name, run]) => [name, number(speed(run))]),
);
const sanitised = worst(sanitise);
const inspected = worst((text) => inspectContent(text));
const cell = (text: string): string => `\`${text.replaceAll('|', '\\|').replaceAll('`', "'")}\``;
const hostile = table(
  ['hostile to', 'sanitise, ms', 'all, ms', 'text that costs most, repeated'],
  inspected.map(({ part, ms, text }, i) => [part, number(sanitised[i]?.ms ?? 0), number(ms), cell(text)]),
);
process.stdout.write(`${speeds}\n\n${hostile}\n`);

if (values.write) {
  const file = new URL('./README.md', import.meta.url);
  const [before = '', after = ''] = readFileSync(file, 'utf8').split(/<!-- content -->[\s\S]*<!-- \/content -->/);
  const when = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  writeFileSync(
    file,
    `${before}<!-- content -->\n\nMeasured on ${when}: ${cpus().length} cores of ${model}, Node ${process.versions.node}, CPU time, the best of ${rounds} rounds on a machine that was shared.\n\nOrdinary text, ${ordinary.length} items of ${itemChars} characters:\n\n${speeds}\n\nHostile text, ${hostileChars.toLocaleString('en')} characters, the worst of 20 or more for each part:\n\n${hostile}\n\n<!-- /content -->${after}`,
  );
}
