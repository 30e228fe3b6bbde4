// verifies: faults.kill, hands.unknown
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildWorld } from '../../fakes/world.ts';
import type { RunningHouse, World } from '../../fakes/world.ts';
import type { Hold } from '../../fakes/gate.ts';
import { listeners } from '../../src/wire/messages.ts';
import type { Listener } from '../../src/wire/messages.ts';
import { openDriver } from './drive.ts';
import type { Driver } from './drive.ts';

/*
 * Every process dies (kill -9) at every step of a write. Whatever died: nothing happens twice, nothing happens without its
 * intent on disk, nothing is lost, the house comes back by itself, and what cannot be known is said to be unknown.
 */

const steps = ['resolving', 'waiting', 'checking', 'before it is delivered', 'after it took effect', 'done'] as const;
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

/** Brings a new write to the step, and says which proposal it is, if there is one already. */
async function bringTo(
  step: Step,
  body: Readonly<Record<string, unknown>>,
): Promise<{ readonly hold: Hold | null; readonly first: Promise<unknown> }> {
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

for (const step of steps) {
  test.each(listeners)(
    `the %s is killed at the step "${step}"`,
    async (name) => {
      const text = `fault ${step} / ${name}`;
      const body = { system: 'slack', operation: 'post_message', arguments: { channel: '#random', text }, call_id: text };
      const { hold, first } = await bringTo(step, body);
      await kill(name);
      hold?.release();
      await first;
      expect(await house.whole()).toBe(true);
      const answer = await driver.act(body);
      const proposal = answer.proposal ?? '';
      if (answer.kind === 'waiting' && answer.state === 'open') await signSomehow(proposal);
      const state = await driver.ended(proposal);
      const effects = await count(text);
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
      expect(await count(text)).toBe(effects);
      expect(await driver.act(body)).toMatchObject({ kind: 'outcome', outcome: effects === 1 ? 'done' : 'unknown' });
    },
    120_000,
  );
}

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
