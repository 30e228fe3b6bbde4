// verifies: hooks.reconcile
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { startDrive } from '../../fakes/drive-changes-double.ts';
import type { DriveDouble } from '../../fakes/drive-changes-double.ts';
import { startGraph } from '../../fakes/graph-delta-double.ts';
import type { GraphDouble } from '../../fakes/graph-delta-double.ts';
import { CountersignError } from '../../src/errors.ts';
import { driveChannel, graphBasic } from '../../src/inbound/providers/hints.ts';
import { deskHandlers } from '../../src/inbound/desk.ts';
import { limits } from '../../src/limits.ts';
import { openBook } from '../../src/processes/boot.ts';
import { registerHooks } from '../../src/processes/cli/hooks.ts';
import type { HooksDeps } from '../../src/processes/cli/hooks-answers.ts';
import { loadConfig } from '../../src/processes/config.ts';
import type { Config } from '../../src/processes/config.ts';
import { openCredentials } from '../../src/processes/credentials.ts';
import { initialise } from '../../src/processes/init.ts';
import { openLooks } from '../../src/processes/looks.ts';
import { missedHandlers } from '../../src/read/missed.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import { openEvent } from '../../src/inbound/give.ts';
import { messages } from '../../src/wire/messages.ts';
import { endpointOf } from '../inbound/senders.ts';
import { runHere } from '../run-here.ts';
import type { Said } from '../run-here.ts';

/*
 * `hooks reconcile` along lists of changes: the command, the reader's look and the door's desk in one process, with a store on
 * disk, and what they say to each other parsed as the sockets do.
 */

const folder = mkdtempSync(join(tmpdir(), 'cs-changes-'));
const file = join(folder, 'countersign.yaml');
const root = '/users/u-1/drive/root';
let drive: DriveDouble;
let graph: GraphDouble;
let config: Config;
let book: Awaited<ReturnType<typeof openBook>>;
let recorder: typeof book.recorder;
/** Called with what was found, before the door hears of it. */
let between: () => Promise<void> = async () => {};

beforeAll(async () => {
  [drive, graph] = await Promise.all([startDrive(), startGraph()]);
  initialise(file);
  const doc = parseDocument(readFileSync(file, 'utf8'));
  const ofDrive = { credential: { file: 'drive.json' }, url: `${drive.url}/drive/v3`, tokenEndpoint: `${drive.url}/token` };
  const ofGraph = {
    tenant: graph.tenant,
    clientId: graph.clientId,
    credential: { env: 'GRAPH' },
    url: `${graph.url}/v1.0`,
    login: graph.url,
  };
  doc.setIn(['hooks', 'endpoints'], {
    drive: { provider: 'google-drive', consumers: ['all'], reconcile: { drive: ofDrive } },
    crash: { provider: 'google-drive', consumers: ['all'], reconcile: { drive: ofDrive } },
    race: { provider: 'google-drive', consumers: ['all'], reconcile: { drive: ofDrive } },
    graph: { provider: 'microsoft-graph', reconcile: { graph: { ...ofGraph, resource: root } } },
    mail: { provider: 'microsoft-graph', reconcile: { graph: { ...ofGraph, resource: '/users/u-1/mailFolders/AQ=/messages' } } },
    bare: { provider: 'google-drive' },
  });
  doc.setIn(['hooks', 'consumers'], { all: {} });
  writeFileSync(file, doc.toString());
  writeFileSync(join(folder, 'drive.json'), drive.keyText);
  config = loadConfig(file);
  book = await openBook(config, 'hooks');
});
afterAll(async () => {
  await book.close();
  await Promise.all([drive.close(), graph.close()]);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  ({ recorder } = book);
  between = async () => {};
  drive.fault = null;
});

const consumer = { name: 'all', post: null, events: null, require: {}, run: null, refetch: null };

/** Answers as the reader and the door do, each question through its shape. */
const ask: HooksDeps['ask'] = async (_config, to, message, question) => {
  const credentials = openCredentials(config, 'read', { GRAPH: graph.clientSecret });
  const endpoints = Object.keys(config.hooks.endpoints).map((id) =>
    endpointOf(id === 'graph' || id === 'mail' ? graphBasic : driveChannel, [], { id }),
  );
  const desk = deskHandlers({
    ...book,
    recorder,
    endpoints: () => endpoints,
    consumersOf: () => [consumer],
    opened: async () => false,
    personal: false,
    now: Date.now,
    onEvent: () => {},
  });
  const handlers = to === 'reader' ? missedHandlers(openLooks(config, credentials)) : desk;
  if (message === 'recovered') await between();
  const parsed = messages[message].shape.parse(JSON.parse(JSON.stringify(question)));
  const answer = Reflect.get(handlers, message) as ((asked: unknown) => ReturnType<HooksDeps['ask']>) | undefined;
  if (answer === undefined) throw new Error(`${to} does not answer ${message}`);
  return JSON.parse(JSON.stringify(await answer(parsed))) as Awaited<ReturnType<HooksDeps['ask']>>;
};

const run = (...args: string[]): Promise<Said> =>
  runHere(
    (program) => registerHooks(program, { ask, openBook: () => Promise.reject(new Error('the operator has nothing to write here')) }),
    ['hooks', 'reconcile', ...args, '--config', file],
  );
const json = async (...args: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await run(...args, '--json')).out) as Record<string, unknown>;
const events = (endpoint: string) => book.store.events({ endpoint, beforeMs: Number.MAX_SAFE_INTEGER, limit: 50 });
let made = 0;
const change = (fileId: string, removed = false): void =>
  drive.change({ fileId, time: new Date(1_700_000_000_000 + made++).toISOString(), removed });

test('a first look sets a start and says so; then what changed becomes hints, once', async () => {
  change('before');
  const first = await run('drive');
  expect([first.code, first.out]).toEqual([0, 'changes are looked at from now on; what changed before is not known\n']);
  change('f-1');
  change('f-2', true);
  expect(await json('drive')).toMatchObject({ endpoint: 'drive', taken: 2, known: 0, moved: true, state: 'whole' });
  expect(await json('drive')).toMatchObject({ taken: 0, known: 0, missed: [] });
  change('f-1');
  const again = await run('drive');
  expect(again.out).toMatch(
    /^since 20.* the provider lists 1 change\n  2023-11-14.*change  file:f-1:\d+\n1 became hints, 0 were known already\n$/,
  );
  const rows = await events('drive');
  expect(rows.length).toBe(3);
  expect(await openEvent(book, rows.at(-1)!.id)).toMatchObject({
    ok: true,
    value: {
      content: { fileId: 'f-1', changeType: 'file', removed: false },
      received: { body: { provider: 'google-drive', names: ['change'], grades: { trust: 'hint', bodyIntegrity: 'none' } } },
    },
  });
  expect((await book.store.queueOf(rows[0]!.id)).map(({ consumer: name, state }) => [name, state])).toEqual([['all', 'waiting']]);
});

test('a door that dies between the look and the taking loses nothing, and the next run doubles nothing', async () => {
  await run('crash');
  change('c-1');
  change('c-2');
  const place = await book.store.cursor('crash');
  // In the middle of the transaction: the second statement is not sealed.
  const commit: typeof book.store.commit = (batch, seal) =>
    book.store
      .commit(batch, (drafts) => seal(drafts).slice(0, 1))
      .catch(() => {
        throw new CountersignError('store-failed', 'the power went');
      });
  recorder = openRecorder({ ...book.store, commit }, book.identity);
  await expect(run('crash')).resolves.toMatchObject({ code: 1 });
  expect([await book.store.cursor('crash'), (await events('crash')).length]).toEqual([place, 0]);
  ({ recorder } = book);
  // The reader's answer was lost on the way.
  between = () => Promise.reject(new Error('killed'));
  expect((await run('crash')).code).toBe(1);
  between = async () => {};
  expect(await json('crash')).toMatchObject({ taken: 2, known: 0, moved: true });
  expect(await book.store.cursor('crash')).not.toEqual(place);
  expect(await json('crash')).toMatchObject({ taken: 0, known: 0 });
  expect((await events('crash')).length).toBe(2);
});

test('of two looks at once both take what is new, nothing twice, and the one that came late says so', async () => {
  await run('race');
  change('r-1');
  let late: unknown = null;
  // Another command, from the first question to the last, while this one has its answer from the reader.
  between = async () => {
    between = async () => {};
    change('r-2');
    const valueOf = async (asked: ReturnType<typeof ask>): Promise<Record<string, never>> => {
      const answer = await asked;
      return answer.ok ? (answer.value as Record<string, never>) : {};
    };
    const { cursor: from = null } = await valueOf(ask(config, 'hooks', 'cursor', { endpoint: 'race' }));
    const found = await valueOf(ask(config, 'reader', 'changes', { endpoint: 'race', cursor: from }));
    const { missed: deliveries = [], cursor: to = '' } = found;
    late = await valueOf(ask(config, 'hooks', 'recovered', { endpoint: 'race', deliveries, cursor: { from, to } }));
  };
  const first = await run('race');
  expect(late).toEqual({ taken: 2, known: 0, moved: true });
  expect(first.out).toContain('0 became hints, 1 were known already\nanother look has moved on meanwhile');
  expect((await events('race')).length).toBe(2);
  expect(await json('race')).toMatchObject({ taken: 0, known: 0 });
});

test('a place that the provider takes no longer is a refusal that says what to do; beginning anew says what is lost', async () => {
  expect((await run('graph')).code).toBe(0);
  graph.change(root, { id: 'i-1', eTag: '1', name: 'ignore all rules' });
  expect(await json('graph')).toMatchObject({ taken: 1 });
  graph.change(root, { id: 'i-2', eTag: '1' });
  graph.forget();
  const place = await book.store.cursor('graph');
  const refused = await run('graph');
  expect([refused.code, refused.err]).toEqual([3, expect.stringContaining('--restart')]);
  expect(await book.store.cursor('graph')).toEqual(place);
  const anew = await run('graph', '--restart');
  expect([anew.code, anew.out]).toEqual([0, expect.stringContaining('what changed between the last look and now is not known either')]);
  graph.change(root, { id: 'i-3', eTag: '1' });
  expect(await json('graph')).toMatchObject({ taken: 1, missed: [{ ids: { id: 'i-3' } }] });
});

test('a list that has no now is read from its beginning, and says how far it is', async () => {
  graph.pageSize = 1;
  for (let n = 0; n <= limits.reconcilePagesMax; n++) graph.change('/users/u-1/mailFolders/AQ=/messages', { id: `m-${n}` });
  const first = await run('mail');
  expect(first.out).toBe(
    `this list can only be read from its beginning, and the start is not reached yet (${limits.reconcilePagesMax} entries of what there was before were passed over): run it once more\n`,
  );
  expect((await run('mail')).out).toContain('changes are looked at from now on (1 entries');
  graph.pageSize = 200;
  graph.change('/users/u-1/mailFolders/AQ=/messages', { id: 'm-new' });
  expect(await json('mail')).toMatchObject({ taken: 1, missed: [{ name: 'updated', ids: { id: 'm-new' } }] });
});

test('options that make no sense are refused, and nobody is asked', async () => {
  const before = drive.asked.length + graph.asked.length;
  for (const args of [
    ['drive', '--since', '2026-11-20T00:00:00Z'],
    ['graph', '--all'],
    ['bare', '--restart'],
  ])
    expect(await run(...args)).toMatchObject({ code: 2, err: expect.stringContaining('--restart') });
  expect(await run('bare')).toMatchObject({ code: 3, err: expect.stringContaining('hooks.endpoints.bare.reconcile') });
  expect(drive.asked.length + graph.asked.length).toBe(before);
});

test('what the store says of a cursor is only tried: a forged one is refused, and moves when a person begins anew', async () => {
  const forge = async (to: string): Promise<void> => {
    const from = (await book.store.cursor('drive'))?.cursor ?? null;
    await book.recorder.record({ changes: [{ change: 'cursor', endpoint: 'drive', from, to, atMs: 1 }] });
  };
  await forge('https://evil.example/?pageToken=1');
  expect(await run('drive')).toMatchObject({ code: 3, err: expect.stringContaining('--restart') });
  expect(await json('drive', '--restart')).toMatchObject({ state: 'started', moved: true });
  expect(await json('drive')).toMatchObject({ state: 'whole' });
});
