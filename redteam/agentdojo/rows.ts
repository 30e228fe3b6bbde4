import type { Suite } from './data.ts';
import { controls, computed } from './controls.ts';
import type { Preset } from './house.ts';
import { attackFigures, benignFigures, quantile, scoreAttack, scoreBenign } from './score.ts';
import type { AttackFigures, BenignFigures, Replayed } from './score.ts';
import { attackTrace, benignTrace, replay } from './trace.ts';
import type { Place, Position, Trace } from './trace.ts';

/** Whether the house is given the user's own words. */
export type RequestText = 'known' | 'unknown';
/** Whether a run is opened with the operations that its task needs. */
export type Scope = 'undeclared' | 'declared';

/** What a row is about. */
export interface Setting {
  readonly preset: Preset;
  readonly requestText: RequestText;
  readonly scope: Scope;
  readonly position: Position;
}

/** One row of the result. `computed` rows were never replayed. */
export interface Row extends AttackFigures, BenignFigures {
  readonly preset: string;
  readonly requestText: RequestText | null;
  readonly scope: Scope | null;
  readonly position: Position | null;
  readonly computed: boolean;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** What the rows of all positions share. */
export type Condition = Omit<Setting, 'position'>;

/** What a row tells while it is made. */
export interface Watcher {
  readonly progress: (what: string, done: number, of: number) => void;
  /** Every trace that was replayed, for whoever wants to look closer. */
  readonly seen?: (setting: Condition & { readonly pass: Position | 'alone' | 'granted' }, replayed: Replayed) => void;
}

const notGiven = '(not given)';

/** Replays the traces of each suite one after the other, and the suites side by side: each has a recorded system of its own. */
async function replayAll(
  place: Place,
  traces: readonly Trace[],
  how: { readonly condition: Condition; readonly approve: boolean; readonly tick: () => void },
): Promise<readonly Replayed[]> {
  const { condition, approve, tick } = how;
  const suites = [...new Set(traces.map((trace) => trace.suite))];
  const bySuite = await Promise.all(
    suites.map(async (suite) => {
      const replayed: Replayed[] = [];
      for (const trace of traces.filter((one) => one.suite === suite)) {
        const text = condition.requestText === 'known' ? trace.text : notGiven;
        const scope = condition.scope === 'declared' ? trace.scope : null;
        replayed.push({ trace, done: await replay(place, trace, { text, scope, approve }) });
        tick();
      }
      return replayed;
    }),
  );
  return bySuite.flat();
}

function counter(what: string, of: number, watcher: Watcher): () => void {
  let done = 0;
  return () => {
    done += 1;
    if (done % 50 === 0 || done === of) watcher.progress(what, done, of);
  };
}

/** Runs the rows of one condition at a place: the users' tasks twice (nothing granted, everything granted), then the attacks at each position. */
export async function conditionRows(
  place: Place,
  suites: readonly Suite[],
  about: { readonly condition: Condition; readonly positions: readonly Position[] },
  watcher: Watcher,
): Promise<readonly Row[]> {
  const { condition, positions } = about;
  const name = `${condition.preset}, request ${condition.requestText}, scope ${condition.scope}`;
  const own = suites.flatMap((suite) => suite.benign.map((task) => benignTrace(suite, task)));
  const bySuite = new Map(suites.map((suite) => [suite.name, suite]));
  const tell = (pass: Position | 'alone' | 'granted', all: readonly Replayed[]): void => {
    for (const replayed of all) watcher.seen?.({ ...condition, pass }, replayed);
  };
  const left = await replayAll(place, own, { condition, approve: false, tick: counter(`${name}: tasks`, own.length, watcher) });
  const granted = await replayAll(place, own, { condition, approve: true, tick: counter(`${name}: tasks, granted`, own.length, watcher) });
  tell('alone', left);
  tell('granted', granted);
  const benign = benignFigures(left.map(scoreBenign), granted);
  const rows: Row[] = [];
  for (const position of positions) {
    const traces = suites.flatMap((suite) => suite.pairs.map((pair) => attackTrace(suite, pair, position)));
    const tick = counter(`${name}: attacks ${position}`, traces.length, watcher);
    const attacked = await replayAll(place, traces, { condition, approve: false, tick });
    tell(position, attacked);
    const scores = attacked.flatMap((one) => {
      const suite = bySuite.get(one.trace.suite);
      return suite === undefined ? [] : [scoreAttack(suite, one)];
    });
    const times = [...left, ...attacked].flatMap(({ done }) => done.map((one) => one.ms));
    rows.push({
      ...condition,
      position,
      ...attackFigures(scores),
      ...benign,
      computed: false,
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
    });
  }
  return rows;
}

/** The rows of the controls. */
export function controlRows(suites: readonly Suite[]): readonly Row[] {
  return controls.map((control) => {
    const all = suites.map((suite) => ({ suite, ...computed(suite, control) }));
    const benign = all.flatMap((one) => one.benign);
    const granted = benign.map((one) => ({
      ...one,
      done: one.done.map((done) => ({ ...done, told: 'executed' as const, reached: true })),
    }));
    return {
      preset: control.name,
      requestText: null,
      scope: null,
      position: null,
      ...attackFigures(all.flatMap(({ suite, attacks }) => attacks.map((one) => scoreAttack(suite, one)))),
      ...benignFigures(benign.map(scoreBenign), granted),
      computed: true,
      p50Ms: null,
      p99Ms: null,
    };
  });
}
