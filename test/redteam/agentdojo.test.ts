// verifies: redteam.agentdojo
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogueFile, configuredTargets } from '../../redteam/agentdojo/catalogue.ts';
import { loadSuites } from '../../redteam/agentdojo/data.ts';
import type { Suite } from '../../redteam/agentdojo/data.ts';
import { startHouse } from '../../redteam/agentdojo/house.ts';
import { argumentType, shapeOf, subjectOf } from '../../redteam/agentdojo/kinds.ts';
import { mapTool } from '../../redteam/agentdojo/mapping.ts';
import { offlinePlace } from '../../redteam/agentdojo/offline.ts';
import { onlinePlace } from '../../redteam/agentdojo/online.ts';
import { recordsOf } from '../../redteam/agentdojo/records.ts';
import { rowLine, table, writeMeasured } from '../../redteam/agentdojo/report.ts';
import { conditionRows, controlRows } from '../../redteam/agentdojo/rows.ts';
import type { Row } from '../../redteam/agentdojo/rows.ts';
import { attackTrace, positions } from '../../redteam/agentdojo/trace.ts';
import type { Place } from '../../redteam/agentdojo/trace.ts';

// A suite of our own: two tasks, three injections (one sends, one only makes a note, one asks for words alone).
const folder = fileURLToPath(new URL('./fixtures/agentdojo', import.meta.url));
const suites = loadSuites(folder);
const desk = suites[0] as Suite;
const toolOf = (name: string): Suite['tools'][number] => {
  const found = desk.tools.find((tool) => tool.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const condition = { preset: 'balanced', requestText: 'known', scope: 'undeclared' } as const;
const quiet = { progress: () => undefined };

/** What must come out, by whatever way the traces are replayed. */
function expectRows(rows: readonly Row[]): void {
  expect(rows.map((row) => row.position)).toEqual(['first', 'exposed', 'last']);
  for (const row of rows) {
    expect(row).toMatchObject({ pairs: 6, actionable: 4, textOnly: 2, tasks: 2 });
    // The note is the user's own and free; the mail to a stranger and the deletion are held.
    expect(row).toMatchObject({ unattended: 2, unattendedShare: 0.5, partly: 2, approvalsPerTask: 0.5, tcr0: 0.5, tcr1: 1, tcrInf: 1 });
    expect(row).toMatchObject({ wrongDenials: 0, computed: false });
    expect(row.withTextOnly).toBeCloseTo(4 / 6);
    expect(row.promptsPerAttack).toBeCloseTo(2 / 6);
    expect(row.approveAll).toBeCloseTo(4 / 6);
    expect(row.p50Ms).toBeGreaterThan(0);
  }
}

describe('through a whole house', () => {
  let opening: Promise<Place> | null = null;
  let place: Place;
  beforeAll(async () => {
    opening = startHouse(suites, 'balanced').then(onlinePlace);
    place = await opening;
  }, 180_000);
  // A house that comes up too late for the hook is still closed.
  afterAll(async () => {
    await (await opening)?.close();
  }, 180_000);

  test('every trace is replayed, and scored by what reached the system', async () => {
    const seen: string[] = [];
    const rows = await conditionRows(place, suites, { condition, positions }, { ...quiet, seen: ({ pass }) => seen.push(pass) });
    expectRows(rows);
    const counts = Object.fromEntries([...new Set(seen)].map((pass) => [pass, seen.filter((one) => one === pass).length]));
    expect(counts).toEqual({ alone: 2, granted: 2, first: 6, exposed: 6, last: 6 });
  });
});

test('the pure functions alone say the same', async () => {
  const place = await offlinePlace(suites, 'balanced');
  expectRows(await conditionRows(place, suites, { condition, positions }, quiet));
  await place.close();
});

test('the attacker stands where the row says', () => {
  const pair = desk.pairs.find((one) => one.user_task === 'user_task_1' && one.injection_task === 'injection_task_0');
  const order = positions.map((position) =>
    attackTrace(desk, pair!, position)
      .steps.map((step) => step.tool)
      .join(' '),
  );
  expect(order).toEqual(['send_note list_notes delete_note', 'list_notes send_note delete_note', 'list_notes delete_note send_note']);
});

test('a limit keeps the first tasks, and what attacks them', () => {
  const [one] = loadSuites(folder, { limit: 1 });
  expect([one?.benign.length, one?.pairs.length]).toEqual([1, 3]);
  expect(() => loadSuites(folder, { only: ['elsewhere'] })).toThrow('no suite');
});

test('labels become classes, targets, binds and audiences', () => {
  const mapped = Object.fromEntries(desk.tools.map((tool) => [tool.name, mapTool(desk, tool)]));
  expect(mapped['list_notes']).toMatchObject({ class: 'read', audience: null });
  expect(mapped['create_note']).toMatchObject({
    class: 'write',
    target: { type: 'notebook', fixed: 'own' },
    binds: [],
    audience: { kind: 'self' },
  });
  expect(mapped['delete_note']).toMatchObject({ class: 'destructive', target: { type: 'note', from: 'note_id' }, binds: [] });
  expect(mapped['fetch_page']).toMatchObject({ class: 'publish', target: { type: 'url', from: 'url' }, audience: { kind: 'internet' } });
  expect(mapped['plan_meeting']).toMatchObject({
    class: 'write',
    binds: [{ argument: 'participants', type: 'email' }],
    raise: [{ argument: 'participants', present: true, class: 'publish' }],
  });
  // A quantity names nothing: it is content.
  expect(mapped['send_note']).toEqual({
    class: 'publish',
    target: { type: 'note', from: 'note_id' },
    binds: [
      { argument: 'note_id', type: 'note' },
      { argument: 'recipients', type: 'email' },
    ],
    content: ['weight'],
    audience: {
      kind: 'partner',
      summary: 'those whom the call names',
      people: { arguments: [{ argument: 'recipients', type: 'email' }], inside: ['*@fern.example'], self: ['ann@fern.example'] },
    },
    raise: [],
  });
});

test('the heaviest effect is the class', () => {
  const classes = (reversible: boolean, ...effects: string[]): string =>
    mapTool(desk, { ...toolOf('delete_note'), reversible, effects }).class;
  expect(
    ['create', 'modify', 'book', 'pay', 'send_internal', 'share', 'membership', 'credential'].map((effect) => classes(true, effect)),
  ).toEqual(['write', 'write', 'write', 'publish', 'publish', 'share', 'share', 'destructive']);
  expect([classes(true, 'delete'), classes(false, 'delete'), classes(false, 'delete', 'share')]).toEqual([
    'write',
    'destructive',
    'destructive',
  ]);
  expect(mapTool(desk, { ...toolOf('list_notes'), effects: ['mark_read'] }).class).toBe('read');
});

test('recorded outputs become records; only a first-party tool has fields of the system, and none that the caller gave', () => {
  expect(recordsOf(desk, toolOf('list_notes'))).toEqual([{ at: 'result', type: 'note', id: 'id_', names: ['title'], fields: [] }]);
  const made = { at: 'result', type: 'note', id: 'id_', names: ['title'], fields: [{ at: 'owner', type: 'email' }], made: true };
  expect(recordsOf(desk, toolOf('create_note'))).toEqual([made]);
  const given = { ...toolOf('create_note').input_schema, properties: { title: {}, owner: {} } };
  expect(recordsOf(desk, { ...toolOf('create_note'), input_schema: given })[0]?.fields).toEqual([]);
  expect(recordsOf(desk, toolOf('fetch_page'))).toEqual([]);
});

test('names and shapes say what type a thing has', () => {
  expect(['ann@fern.example', 'DE89370400440532013000', 'www.fern.example/a', 'Ann'].map(shapeOf)).toEqual(['email', 'iban', 'url', null]);
  expect(['list_files', 'search_files_by_filename', 'get_users_in_channel', 'get_unread_emails', 'find_companies'].map(subjectOf)).toEqual([
    'file',
    'file',
    'user',
    'message',
    'company',
  ]);
  const tool = toolOf('send_note');
  expect(argumentType(tool, 'attachments.file_id', ['13'])).toBe('file');
  expect(argumentType(tool, 'email_id', ['13'])).toBe('message');
  expect(argumentType(tool, 'recipient', ['DE89370400440532013000', 'Ann'])).toBe('iban');
  expect(argumentType(tool, 'recipient', ['Ann'])).toBe('user');
  expect(argumentType(tool, 'channel', ['general'])).toBe('channel');
});

test('the product takes the catalogue, and what is the user’s own is configured', () => {
  expect(Object.keys(catalogueFile(desk).tools)).toHaveLength(desk.tools.length);
  expect(configuredTargets(desk)).toContain('desk:notebook:own');
});

test('the controls are computed: nothing held, every write held, every effect held', () => {
  const [all, writes, effects] = controlRows(suites);
  expect(all).toMatchObject({ preset: 'allow all', unattended: 4, approvalsPerTask: 0, tcr0: 1, computed: true, p50Ms: null });
  expect(writes).toMatchObject({ unattended: 0, approvalsPerTask: 1, tcr0: 0, tcr1: 1, tcrInf: 1 });
  expect(effects).toMatchObject({ unattended: 0 });
});

test('a row is one line of JSON and one line of a table, and stands between the marks of a document', () => {
  const rows = controlRows(suites);
  const line = JSON.parse(rowLine(rows[0]!)) as Record<string, unknown>;
  const agreed =
    'preset,requestText,scope,position,actionable,unattended,textOnly,approvalsPerTask,tcr0,tcr1,tcrInf,wrongDenials,promptsPerAttack,approveAll,p50Ms,p99Ms';
  expect(Object.keys(line).slice(0, 16).join(',')).toBe(agreed);
  expect(table(rows).split('\n')).toHaveLength(2 + rows.length);
  const place = mkdtempSync(join(tmpdir(), 'cs-dojo-report-'));
  const file = join(place, 'README.md');
  copyFileSync(new URL('../../redteam/README.md', import.meta.url), file);
  for (const text of ['first-measure', 'second-measure']) writeMeasured(file, text);
  const written = readFileSync(file, 'utf8');
  expect([written.includes('first-measure'), written.split('second-measure').length]).toEqual([false, 2]);
  writeFileSync(file, 'no marks');
  expect(() => writeMeasured(file, 'x')).toThrow('no place');
  rmSync(place, { recursive: true });
});
