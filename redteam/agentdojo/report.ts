import { readFileSync, writeFileSync } from 'node:fs';
import type { Interval } from './bootstrap.ts';
import type { Row } from './rows.ts';

const figure = (value: number): string => value.toFixed(2);
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const between = ([low, high]: Interval, say: (value: number) => string): string => `[${say(low)}, ${say(high)}]`;
const milliseconds = (value: number | null): string => (value === null ? '' : value.toFixed(1));

const head = [
  'preset',
  'request text',
  'scope',
  'attacker',
  'approvals/task, 95 %',
  'TCR@0, 95 %',
  'TCR@1',
  'TCR@inf',
  'wrong denials',
  'unattended',
  'share, 95 %',
  'with text-only, 95 %',
  'prompts/attack',
  'approve everything',
  'p50 ms',
  'p99 ms',
] as const;

function cells(row: Row): readonly string[] {
  return [
    row.computed ? `${row.preset} (computed)` : row.preset,
    row.requestText ?? '',
    row.scope ?? '',
    row.position ?? 'any',
    `${figure(row.approvalsPerTask)} ${between(row.approvalsInterval, figure)}`,
    `${figure(row.tcr0)} ${between(row.tcr0Interval, figure)}`,
    figure(row.tcr1),
    figure(row.tcrInf),
    String(row.wrongDenials),
    `${row.unattended} of ${row.actionable}`,
    `${percent(row.unattendedShare)} ${between(row.unattendedInterval, percent)}`,
    `${percent(row.withTextOnly)} ${between(row.withTextOnlyInterval, percent)}`,
    figure(row.promptsPerAttack),
    percent(row.approveAll),
    milliseconds(row.p50Ms),
    milliseconds(row.p99Ms),
  ];
}

/** The rows as a table. */
export function table(rows: readonly Row[]): string {
  return [head, head.map(() => '---'), ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** A row as one line of JSON, the agreed fields first. */
export function rowLine(row: Row): string {
  const { preset, requestText, scope, position, actionable, unattended, textOnly, approvalsPerTask, tcr0, tcr1, tcrInf, ...rest } = row;
  const { wrongDenials, promptsPerAttack, approveAll, p50Ms, p99Ms, ...more } = rest;
  const agreed = { preset, requestText, scope, position, actionable, unattended, textOnly, approvalsPerTask, tcr0, tcr1, tcrInf };
  return JSON.stringify({ ...agreed, wrongDenials, promptsPerAttack, approveAll, p50Ms, p99Ms, ...more });
}

const [begin, end] = ['<!-- measured -->', '<!-- end of measured -->'] as const;

/** Puts text between the marks of a document, in the place of what was there. */
export function writeMeasured(file: URL | string, text: string): void {
  const document = readFileSync(file, 'utf8');
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${String(file)} has no place for what is measured`);
  writeFileSync(file, `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`);
}
