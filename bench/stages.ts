import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionDigest } from '../src/action/action.ts';
import { canonical } from '../src/action/canonical.ts';
import { slackCatalogue } from '../src/connectors/slack/catalog.ts';
import { slackShape } from '../src/connectors/settings.ts';
import { actionOf, deriver, readTarget } from '../src/decide/call.ts';
import type { DerivedCall } from '../src/decide/call.ts';
import { createEngine } from '../src/decide/engine.ts';
import { considered, readRequest } from '../src/decide/request.ts';
import { newRun } from '../src/decide/run.ts';
import { loadPolicy } from '../src/processes/policy.ts';
import { createIdentity, loadIdentity, openStatement, trustOf } from '../src/record/identity.ts';
import { openRecorder } from '../src/record/recorder.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import type { Draft, Signed } from '../src/action/statement.ts';

/** What one stage of a call costs, alone. */
export interface Stage {
  readonly name: string;
  readonly micros: number;
}

/** The median cost of one round, in µs, over batches long enough for the clock. */
function timed(name: string, rounds: number, body: (i: number) => void): Stage {
  const batch = Math.max(1, Math.floor(rounds / 20));
  for (let i = 0; i < batch; i++) body(i);
  const costs: number[] = [];
  for (let b = 0; b < 20; b++) {
    const at = performance.now();
    for (let i = 0; i < batch; i++) body(i);
    costs.push(((performance.now() - at) * 1000) / batch);
  }
  return { name, micros: costs.toSorted((a, b) => a - b)[10] ?? 0 };
}

async function timedAsync(name: string, rounds: number, body: (i: number) => Promise<unknown>): Promise<Stage> {
  const costs: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const at = performance.now();
    await body(i);
    costs.push((performance.now() - at) * 1000);
  }
  return { name, micros: costs.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0 };
}

function derived(
  system: string,
  operation: string,
  args: Readonly<Record<string, string>>,
  derive: ReturnType<typeof deriver>,
): DerivedCall {
  const call = derive({ system, operation, arguments: args });
  if (!call.ok) throw new Error(`${operation}: ${call.message}`);
  return call.value;
}

/** Measures each stage of a governed read by itself. */
export async function stageCosts(): Promise<readonly Stage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-stages-'));
  const settings = slackShape.parse({ connector: 'slack', team: 'T000000001', credentials: { read: { env: 'A' }, write: { env: 'B' } } });
  const catalogues = new Map([['slack', slackCatalogue('slack', settings)]]);
  const set = await loadPolicy({ folder, policy: { preset: 'strict', files: [] } }, [...catalogues.values()]);
  if (!set.ok) throw new Error(set.message);
  const engine = createEngine(set.value, [...catalogues.values()]);
  if (!engine.ok) throw new Error(engine.message);
  const derive = deriver(catalogues);
  const read = derived('slack', 'read_channel', { channel: 'C000000001' }, derive);
  const write = derived('slack', 'post_message', { channel: 'C000000001', text: 'hello' }, derive);
  const principal = { user: 'alice', agent: 'bench' };
  const target = readTarget(read);
  const asked = readRequest(read, principal, target, { tainted: false, content: 'none', origin: null });
  const { request: writeRequest } = considered(write, {
    principal,
    target: readTarget(write),
    audience: { kind: 'org', summary: '', count: 1, externals: 0, joinable: true },
    binds: [],
    egress: [],
    run: newRun,
    configured: [],
  });
  const key = createIdentity(join(folder, 'gateway.key'));
  const identity = loadIdentity('gateway', join(folder, 'gateway.key'));
  const trust = trustOf({ gateway: [key] });
  const draft: Draft = {
    kind: 'proposed',
    body: {
      proposal: `p_${'A'.repeat(22)}`,
      run: `r_${'A'.repeat(22)}`,
      principal,
      callId: '',
      system: 'slack',
      operation: 'read_channel',
      arguments: actionDigest(actionOf(read, target, {})),
    },
  };
  const [signed] = identity.sign([draft], 0, 1) as [Signed];
  const together = Array.from({ length: 64 }, () => draft);
  const store = await openSqliteStore(join(folder, 'store.db'));
  const recorder = openRecorder(store, identity);
  const stages = [
    timed('derive: schema, class, target', 20_000, () =>
      derive({ system: 'slack', operation: 'read_channel', arguments: { channel: 'C000000001' } }),
    ),
    timed('canonical action and digest', 20_000, () => actionDigest(actionOf(read, target, {}))),
    timed('decide a read (Cedar, one evaluation)', 4000, () => engine.value.verdict(asked)),
    timed('decide a write that asks (Cedar, the ladder)', 2000, () => engine.value.verdict(writeRequest)),
    timed('sign a statement', 10_000, (i) => identity.sign([draft], i, 1)),
    { name: 'sign a statement, one of 64 together', micros: timed('', 200, (i) => identity.sign(together, 64 * i, 1)).micros / 64 },
    timed('open a statement: verify, canonical, parse', 4000, () => openStatement(trust, signed)),
    timed('canonical JSON of a statement', 40_000, () => canonical(draft.body)),
    await timedAsync('durable commit of two statements, alone', 400, () => recorder.record({ statements: [draft, draft] })),
    await timedAsync('durable commit of two statements, 64 at once', 40, () =>
      Promise.all(Array.from({ length: 64 }, () => recorder.record({ statements: [draft, draft] }))),
    ),
  ];
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  const last = stages.at(-1);
  return last === undefined ? stages : [...stages.slice(0, -1), { name: `${last.name}, each`, micros: last.micros / 64 }];
}
