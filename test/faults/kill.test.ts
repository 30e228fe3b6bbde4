// verifies: faults.kill, hands.unknown
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWorld } from '../../fakes/world.ts';
import type { RunningHouse, World } from '../../fakes/world.ts';
import type { Hold } from '../../fakes/gate.ts';
import { listeners } from '../../src/wire/messages.ts';
import type { Listener } from '../../src/wire/messages.ts';
import { openDriver } from './drive.ts';
import type { Driver } from './drive.ts';

/*
 * Every process dies (kill -9) at every step of a write: once, while a write stands at each of them. Whatever died: nothing
 * happens twice, nothing happens without its intent on disk, nothing is lost, the house comes back by itself, and what cannot
 * be known is said to be unknown.
 */

// In an order in which each write can be brought to its step while the ones before it stand at theirs.
const steps = ['done', 'waiting', 'after it took effect', 'before it is delivered', 'checking', 'resolving'] as const;
type Step = (typeof steps)[number];

let world: World;
let house: RunningHouse;
let driver: Driver;
const folder = mkdtempSync(join(tmpdir(), 'cs-faults-'));

beforeAll(async () => {
  world = await buildWorld(folder);
  house = await world.up();
  driver = await openDriver(world);
}, 120_000);

afterAll(async () => {
  await driver.close();
  await house.stop();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const info = /conversations\.info/;
const post = /chat\.postMessage/;

async function kill(name: Listener): Promise<void> {
  const pid = await house.pidOf(name);
  expect(pid).toBeGreaterThan(0);
  process.kill(pid, 'SIGKILL');
  // Dead means that the old one is gone, not that the new one is there.
  for (const until = Date.now() + 10_000; Date.now() < until && (await house.pidOf(name)) === pid;)
    await new Promise((done) => setTimeout(done, 20));
}

const count = async (text: string): Promise<number> =>
  (await world.slack.messages('random')).filter((message) => message.text === text).length;

/** Signs until the console takes it: it may be the one that was killed. */
async function signSomehow(proposal: string): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await new Promise((done) => setTimeout(done, 200))) {
    const answer = await driver.sign(proposal);
    if (answer.ok || !['not-reachable', 'no-answer'].includes(answer.code)) return;
  }
}

/** A write that stands at a step: what holds it there, if something does, and the answer to who asked for it. */
interface Standing {
  readonly hold: Hold | null;
  readonly first: Promise<unknown>;
}

/** Brings a new write to the step. */
async function bringTo(step: Step, body: Readonly<Record<string, unknown>>): Promise<Standing> {
  if (step === 'resolving') {
    const hold = world.slack.gate.holdNext({ when: 'before', path: info });
    const first = driver.tryAct(body);
    await hold.reached;
    return { hold, first };
  }
  const answer = await driver.act(body);
  const proposal = answer.proposal ?? '';
  if (step === 'waiting') return { hold: null, first: Promise.resolve() };
  const hold =
    step === 'done'
      ? null
      : world.slack.gate.holdNext(
          step === 'checking'
            ? { when: 'before', path: info }
            : { when: step === 'before it is delivered' ? 'before' : 'after', path: post },
        );
  await signSomehow(proposal);
  if (hold === null) expect(await driver.ended(proposal)).toBe('done');
  else await hold.reached;
  return { hold, first: Promise.resolve() };
}

const writeOf = (step: Step, name: Listener) => {
  const text = `fault ${step} / ${name}`;
  return { system: 'slack', operation: 'post_message', arguments: { channel: '#random', text }, call_id: text };
};

describe.each(listeners)('the %s is killed', (name) => {
  // One death for all steps: a write stands at each of them when it comes.
  beforeAll(async () => {
    const standing: Standing[] = [];
    for (const step of steps) standing.push(await bringTo(step, writeOf(step, name)));
    await kill(name);
    for (const { hold } of standing) hold?.release();
    await Promise.all(standing.map(({ first }) => first));
    expect(await house.whole()).toBe(true);
  }, 120_000);

  test.each(steps)(
    'at the step "%s"',
    async (step) => {
      const body = writeOf(step, name);
      const answer = await driver.act(body);
      const proposal = answer.proposal ?? '';
      if (answer.kind === 'waiting' && answer.state === 'open') await signSomehow(proposal);
      const state = await driver.ended(proposal);
      const effects = await count(body.arguments.text);
      const statements = await driver.statements(proposal);
      const intents = statements.filter((statement) => statement.kind === 'intent').length;
      expect(effects).toBeLessThanOrEqual(1);
      expect(intents).toBe(1);
      if (state !== 'unknown') return expect({ state, effects }).toEqual({ state: 'done', effects: 1 });
      // Only the executor's own death can leave something unknown, and asking again repeats nothing.
      expect(name).toBe('executor');
      expect(await driver.act(body)).toMatchObject({ kind: 'outcome', outcome: 'unknown' });
      // What is there is believed at once; what is not there only when the call cannot be on its way any more.
      const found = { ok: true, value: { outcome: 'done', basis: 'found' } };
      expect(await driver.reconcile(proposal)).toMatchObject(effects === 1 ? found : { ok: false, code: 'too-early' });
      expect(await count(body.arguments.text)).toBe(effects);
      expect(await driver.act(body)).toMatchObject({ kind: 'outcome', outcome: effects === 1 ? 'done' : 'unknown' });
    },
    120_000,
  );
});

test('after all of it the log verifies, and holds every proposal that was made', async () => {
  const verified = await world.cli('log', 'verify', '--json');
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  const rows = await driver.store.proposals({
    states: ['done', 'failed', 'unknown', 'open', 'ready', 'executing', 'cancelled', 'expired', 'refused'],
    limit: 1000,
  });
  expect(rows.length).toBeGreaterThanOrEqual(steps.length * listeners.length);
}, 60_000);

test('a ledger that starts again says how much the log holds, which never grows less', () => {
  const ready = house.events.filter((event) => event['process'] === 'ledger' && event['event'] === 'ready');
  const said = ready.map(
    (event) => /^the log has (\d+) entr(?:y|ies), (\d+) of them new since this start$/.exec(String(event['state'])) ?? [],
  );
  const sizes = said.map(([, size]) => Number(size));
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  // Its own first statement is new; what it had sealed in its former life is not.
  for (const [, size, fresh] of said.slice(1)) expect([Number(fresh) > 0, Number(fresh) < Number(size)]).toEqual([true, true]);
});
