// verifies: decide.explain, decide.policy-test, decide.simulate
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionDigest, sealAction } from '../../src/action/action.ts';
import { canonical } from '../../src/action/canonical.ts';
import type { Class } from '../../src/action/class.ts';
import { digestText } from '../../src/action/digest.ts';
import type { JsonObject } from '../../src/action/json.ts';
import type { Role } from '../../src/action/principal.ts';
import type { Binding, Draft, Verdict } from '../../src/action/statement.ts';
import { registerPolicy } from '../../src/processes/cli/policy.ts';
import { createIdentity, loadIdentity } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { catalogues } from './fixtures.ts';
import { runHere } from '../run-here.ts';
import type { Said } from '../run-here.ts';

let folder: string;
let keys: { gateway: string; reader: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
  keys = { gateway: createIdentity(join(folder, 'gateway.key')), reader: createIdentity(join(folder, 'reader.key')) };
  configure('balanced', []);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = 0;
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function configure(preset: string, files: readonly string[]): void {
  file(
    'countersign.yaml',
    JSON.stringify({
      version: 1,
      installation: 'cs_test_installation',
      policy: { preset, files },
      trust: { gateway: [keys.gateway], reader: [keys.reader] },
      systems: {},
    }),
  );
}

/** Runs a command as the command line does, and returns what it printed and its exit code. */
async function run(...argv: string[]): Promise<Said & { readonly json: JsonObject }> {
  const said = await runHere(
    (program) =>
      registerPolicy(program, { catalogues: async () => catalogues, openStore: () => openSqliteStore(join(folder, 'store.db')) }),
    ['policy', ...argv, '--config', join(folder, 'countersign.yaml')],
  );
  return { ...said, json: argv.includes('--json') && said.out !== '' ? (JSON.parse(said.out) as JsonObject) : {} };
}

const ids = ['A', 'B', 'C', 'D'].map((letter) => `p_${letter.repeat(22)}`);

interface Past {
  readonly proposal: string;
  readonly operation: string;
  readonly class: Class | null;
  readonly binding?: Binding;
  readonly verdict: { readonly effect: Verdict['effect']; readonly countersignatures: readonly Role[] };
  readonly atMs: number;
  readonly resolved?: boolean;
}

/** Puts a decision on record, as the gateway and the reader do. */
async function past(one: Past): Promise<void> {
  const store = await openSqliteStore(join(folder, 'store.db'));
  const record = async (name: 'gateway' | 'reader', draft: Draft, text?: string): Promise<void> => {
    const recorder = openRecorder(store, loadIdentity(name, join(folder, `${name}.key`)), () => one.atMs);
    const bodies = text === undefined ? [] : [{ digest: digestText('arguments', text), text }];
    expect(await recorder.record({ statements: [draft], bodies })).toMatchObject({ ok: true });
  };
  const { proposal, operation } = one;
  const run = `r_${'R'.repeat(22)}`;
  const args = { to: 'T7' };
  const body = { proposal, run, principal: { user: 'alice', agent: 'assistant' }, callId: '', system: 'desk', operation };
  await record('gateway', { kind: 'proposed', body: { ...body, arguments: digestText('arguments', canonical(args)) } }, canonical(args));
  if (one.resolved === true && one.class !== null) {
    const target = { type: 'thing', id: 'T7', name: 'seven' };
    const action = {
      v: 1,
      system: 'desk',
      tenant: 'desk-tenant',
      operation,
      class: one.class,
      target,
      arguments: args,
      precondition: {},
    } as const;
    const audience = { kind: 'team', summary: 'the team', count: 3, externals: null, joinable: false } as const;
    await record('reader', {
      kind: 'resolved',
      body: { proposal, run, action: sealAction(action), digest: actionDigest(action), audience, effect: [], binds: [], egress: [] },
    });
  }
  const verdict = { ...one.verdict, countersignatures: [...one.verdict.countersignatures], policies: [], reasons: [], waysOut: [] };
  const decided = {
    proposal,
    run,
    digest: null,
    class: one.class,
    binding: one.binding ?? 'none',
    bindings: [],
    leaks: false,
    leak: null,
    outsidersNamed: false,
    restricted: false,
    scope: 'undeclared' as const,
    content: 'none' as const,
    origin: null,
    sources: [],
    sourcesTotal: 0,
  };
  await record('gateway', { kind: 'decided', body: { ...decided, verdict, policy: null, expiresAtMs: one.atMs + 1000 } });
  await store.close();
}

async function history(): Promise<void> {
  const allow = { effect: 'allow', countersignatures: [] } as const;
  await past({
    proposal: ids[0]!,
    operation: 'publish',
    class: 'publish',
    binding: 'request',
    verdict: allow,
    atMs: 1_700_000_000_000,
    resolved: true,
  });
  await past({ proposal: ids[1]!, operation: 'read', class: 'read', verdict: allow, atMs: 1_700_000_000_000 });
  await past({
    proposal: ids[2]!,
    operation: 'share',
    class: 'share',
    verdict: { effect: 'ask', countersignatures: ['requester', 'second'] },
    atMs: 1_800_000_000_000,
    resolved: true,
  });
  await past({
    proposal: ids[3]!,
    operation: 'publish',
    class: null,
    verdict: { effect: 'deny', countersignatures: [] },
    atMs: 1_700_000_000_000,
  });
}

test('policy check names every policy, and refuses a broken file with its line', async () => {
  expect((await run('check', '--json')).json).toMatchObject({ ok: true, policies: expect.arrayContaining(['reads-go-ahead']) });
  const broken = await run('check', file('own.cedar', '\npermit (principal, action == Action::"desk.publsh", resource);'));
  expect(broken).toMatchObject({ out: '', code: 1 });
  expect(broken.err).toMatch(/own\.cedar line 2: .*did you mean `Action::"(?:\w+\.)?publish"`/);
});

test('policy explain says who must sign a call that nobody has made, why, and what would be legal', async () => {
  const asked = await run('explain', '--system', 'desk', '--operation', 'publish', '--leaks');
  expect(asked.out).toMatch(/^ask: the user who asked and an owner of the target other than the user who asked must countersign\nwhy\n/);
  expect(asked.out).toMatch(/what would be legal\n[\s\S]*narrower audience[\s\S]*the policies that decided\n\s+leaks-need-owner\n\s+@id/);
  const raised = await run(
    'explain',
    '--system',
    'desk',
    '--operation',
    'publish',
    '--args',
    '{"as":"admin"}',
    '--binding',
    'run',
    '--json',
  );
  expect(raised.json).toMatchObject({ request: { class: 'admin', binding: 'run' }, verdict: { effect: 'deny' } });
});

test('policy explain says what is wrong with the question', async () => {
  expect(await run('explain')).toMatchObject({ code: 2, err: expect.stringContaining('--system') });
  expect(await run('explain', '--system', 'desk', '--operation', 'publish', '--binding', 'me')).toMatchObject({ code: 2 });
  expect(await run('explain', '--system', 'desk', '--operation', 'publish', '--args', '{')).toMatchObject({ code: 2 });
  expect(await run('explain', '--system', 'desk', '--operation', 'publish', '--args', '[]')).toMatchObject({ code: 2 });
  expect(await run('explain', '--system', 'desk', '--operation', 'nothing')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no operation'),
  });
  expect(await run('explain', ids[0]!)).toMatchObject({ code: 1, err: expect.stringContaining('on record') });
});

test('policy explain decides a proposal on record again', async () => {
  await history();
  expect((await run('explain', ids[0]!, '--json')).json).toMatchObject({
    request: { target: { id: 'T7' }, reach: 'team', binding: 'request' },
    before: { effect: 'allow' },
    verdict: { effect: 'allow', policies: ['bound-writes-go-ahead'] },
  });
  configure('strict', []);
  expect((await run('explain', ids[0]!)).out).toMatch(/^it was decided otherwise then: allow\nask: the user who asked must countersign\n/);
});

test('policy test runs cases, shows expected and got, and fails with 1', async () => {
  const cases = file(
    'cases.yaml',
    `- {name: a bound post, request: {system: desk, operation: publish, binding: request}, expect: allow}
- {name: a leak, request: {system: desk, operation: publish, leaks: true}, expect: {ask: [owner, requester]}}
- {name: a raise, request: {system: desk, operation: publish, arguments: {as: admin}}, expect: deny}
- {name: four eyes, request: {system: desk, operation: write, fourEyes: true, binding: run}, expect: {ask: [requester, second]}}
`,
  );
  expect(await run('test', cases)).toMatchObject({ code: 0, out: expect.stringContaining('4 of 4 cases as expected') });
  configure('strict', []);
  const failed = await run('test', cases);
  expect(failed.code).toBe(1);
  expect(failed.out).toContain('failed  a bound post: expected allow, got ask requester');
  expect((await run('test', cases, '--json')).json).toMatchObject({
    ok: false,
    cases: [{ ok: false, got: 'ask requester' }, { ok: true }, { ok: true }, { ok: true }],
  });
});

test('policy test refuses a file that is not a list of cases, and a case about nothing fails', async () => {
  expect(
    await run('test', file('a.yaml', '- {name: a, request: {system: desk, operation: publish, bindin: run}, expect: allow}')),
  ).toMatchObject({ code: 1, err: expect.stringContaining('bindin') });
  expect(await run('test', file('b.yaml', '[]'))).toMatchObject({ code: 1 });
  expect(await run('test', join(folder, 'nothing.yaml'))).toMatchObject({ code: 1 });
  const unknown = await run('test', file('c.yaml', '- {name: a, request: {system: desk, operation: nothing}, expect: deny}'));
  expect(unknown).toMatchObject({ code: 1, out: expect.stringContaining('no operation') });
});

test('policy simulate lists and counts what another policy would have decided otherwise', async () => {
  await history();
  expect((await run('simulate', '--json')).json).toMatchObject({ replayed: 3, same: 3, skipped: 1, counts: {}, changes: [] });
  const strict = await run('simulate', '--preset', 'strict', '--json');
  expect(strict.json).toMatchObject({
    replayed: 3,
    same: 2,
    counts: { 'allow -> ask requester': 1 },
    changes: [{ proposal: ids[0], before: 'allow', after: 'ask requester' }],
  });
  const own = file('own.cedar', '@id("reads") permit (principal, action in Action::"read", resource);');
  const none = await run('simulate', '--preset', 'none', '--files', own);
  expect(none.out).toContain('3 decisions replayed, 1 the same, 2 otherwise; 1 could not be replayed');
  expect(none.out).toContain('1  ask requester+second -> deny');
  expect((await run('simulate', '--preset', 'strict', '--since', '2026-12-01', '--json')).json).toMatchObject({
    replayed: 1,
    same: 1,
    skipped: 0,
  });
  expect(await run('simulate', '--since', 'yesterday')).toMatchObject({ code: 2 });
  expect(await run('simulate', '--preset', 'lenient')).toMatchObject({ code: 2 });
});

test('policy simulate believes no statement that a trusted key has not signed', async () => {
  await history();
  keys = { ...keys, reader: keys.gateway, gateway: keys.reader };
  configure('balanced', []);
  expect((await run('simulate', '--json')).json).toMatchObject({ replayed: 0, skipped: 4 });
});
