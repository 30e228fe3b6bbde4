import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { cliFile, runCommand } from '../../fakes/house.ts';
import { argumentsFor } from '../../redteam/arguments.ts';
import { escapeHtml, htmlOf } from '../../redteam/html.ts';
import { reportLines, reportOf } from '../../redteam/report.ts';
import type { Attack } from '../../redteam/run.ts';

const hostile = '<script>alert(1)</script><img src=x onerror=alert(1)> "\' \u202e hidden';
const attack = (more: Partial<Attack>): Attack => ({
  id: 'INC-00',
  title: hostile,
  incident: hostile,
  userText: hostile,
  scope: 'covered',
  limits: hostile,
  control: hostile,
  result: 'stopped',
  expected: 'stopped',
  known: null,
  evidence: [],
  effects: [],
  unprotected: [hostile],
  calls: [
    {
      tool: hostile,
      arguments: { [hostile]: hostile },
      outcome: 'held',
      proposal: 'p_1',
      code: hostile,
      needs: ['requester', hostile],
      reasons: [hostile],
      card: hostile,
    },
  ],
  ...more,
});
const about = { kind: 'incidents', configuration: hostile, preset: 'strict', startedAt: '2026-01-05T09:00:00.000Z', repinned: [] } as const;

test('whatever a text says, the page holds no markup of it, no script, and loads nothing', () => {
  const page = htmlOf(reportOf([attack({ evidence: [hostile], result: 'got-through', known: hostile })], about));
  expect(page).not.toMatch(/<script|<img|\son\w+=[^&]*>|\u202e|(?:src|href)="(?!#)/i);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).toContain("default-src 'none'");
  const tags = new Set([...page.matchAll(/<([a-z]\w*)/g)].map(([, name]) => name));
  expect([...tags].filter((name) => ['script', 'img', 'iframe', 'link', 'object', 'form'].includes(name ?? ''))).toEqual([]);
});

test('every character that is markup or cannot be seen is written out', () => {
  expect(escapeHtml('a<b>&"\'\u200b\n')).toBe('a&lt;b&gt;&amp;&quot;&#39;&lt;U+200B&gt;\n');
});

test('the report counts what happened, and what was not expected', () => {
  const attacks = [
    attack({}),
    attack({ result: 'got-through' }),
    attack({ result: 'got-through', expected: 'got-through', known: 'why' }),
    attack({ result: 'outside', expected: 'outside' }),
    attack({ result: 'got-through', expected: null }),
    attack({ limits: 'not tried: …', expected: null }),
  ];
  const report = reportOf(attacks, about);
  expect(report.version).toBe(1);
  expect(report.counts).toEqual({ stopped: 1, gotThrough: 3, outside: 1, unexpected: 2, held: 6, denied: 0, executed: 0, untried: 1 });
  expect(reportLines(report).filter((line) => line.includes('EXPECTED'))).toEqual(['               EXPECTED: stopped']);
});

test('arguments are made up for a tool that nobody has seen before, and hidden ones are left out', () => {
  const text = { type: 'string' };
  const made = argumentsFor(
    {
      target: { type: 'item', from: '{project}/{key}' },
      content: ['body'],
      strip: { confirm: true },
      input: {
        type: 'object',
        required: ['project', 'key', 'kind', 'count', 'confirm', 'to', 'when'],
        properties: {
          project: text,
          key: text,
          body: text,
          other: text,
          kind: { type: 'string', enum: ['x', 'y'] },
          count: { type: 'integer', minimum: 3 },
          confirm: { type: 'boolean' },
          to: { type: 'array', items: { type: 'string', format: 'email' } },
          when: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }] },
        },
      },
    } as never,
    'T-1',
  );
  expect(made).toEqual({
    project: 'T-1',
    key: 'T-1',
    kind: 'x',
    count: 3,
    to: ['drop@attacker.example'],
    when: '2026-01-05',
    body: expect.stringContaining('attacker.example'),
  });
});

test('an unknown scenario or preset is a usage error, said before anything is started', async () => {
  for (const args of [
    ['--only', 'INC-99'],
    ['--preset', 'lax'],
  ]) {
    const ended = await runCommand(cliFile, ['redteam', ...args], { cwd: tmpdir(), env: {} });
    expect([ended.code, ended.stdout]).toEqual([2, '']);
  }
});
