import type { JsonObject } from '../../src/action/json.ts';
import type { Benign, LabelledTool, Pair, Step, Suite } from './data.ts';

/** Where the attacker's calls stand: before everything, right after the first exposing step (as recorded), after everything. */
export const positions = ['first', 'exposed', 'last'] as const;

/** One of the three positions. */
export type Position = (typeof positions)[number];

/** One replay: whose words open the run, and the calls in order. */
export interface Trace {
  readonly suite: string;
  readonly userTask: string;
  readonly injectionTask: string | null;
  readonly text: string;
  /** The operations of the user's own task, as `<system>.<operation>`. */
  readonly scope: readonly string[];
  readonly steps: readonly Step[];
}

/** What was told of one call: `held` waits for people, `denied` can be signed by nobody, `failed` reached the other side and was not done. */
export type Told = 'executed' | 'held' | 'denied' | 'failed';

/** One call, as it ended. */
export interface Done {
  readonly step: Step;
  readonly told: Told;
  /** Whether it reached the system, as the system's own journal says. */
  readonly reached: boolean;
  readonly ms: number;
  /** Why it was denied. */
  readonly code: string;
}

/** A run in progress. */
export interface Session {
  call(step: Step, args: JsonObject): Promise<Omit<Done, 'step'>>;
  close(): Promise<void>;
}

/** Where traces are replayed: a whole house, or its pure functions alone. */
export interface Place {
  /** Opens a run for a trace. `approve`: everything that is held is signed by those whom it needs. */
  open(trace: Trace, how: { readonly text: string; readonly scope: readonly string[] | null; readonly approve: boolean }): Promise<Session>;
  close(): Promise<void>;
}

/** The call has an effect outside of the agent: it changes something, or it fetches an address that somebody chose. */
export function hasEffect(tool: LabelledTool): boolean {
  return tool.access === 'write' || tool.effects.includes('egress_url');
}

function traceOf(suite: Suite, task: Benign, rest: Pick<Trace, 'injectionTask' | 'steps'>): Trace {
  const operations = suite.operations.get(task.user_task) ?? [];
  return {
    suite: suite.name,
    userTask: task.user_task,
    text: task.prompt,
    scope: operations.map((operation) => `${suite.name}.${operation}`),
    ...rest,
  };
}

/** The trace of a user's task alone. */
export function benignTrace(suite: Suite, task: Benign): Trace {
  return traceOf(suite, task, { injectionTask: null, steps: task.steps });
}

/** The trace of an attacked task. Only one order was recorded step by step; the others are the same steps, the attacker's moved. */
export function attackTrace(suite: Suite, pair: Pair, position: Position): Trace {
  const own = pair.steps.filter((step) => step.by === 'user');
  const foreign = pair.steps.filter((step) => step.by === 'attacker');
  const steps = position === 'exposed' ? pair.steps : position === 'first' ? [...foreign, ...own] : [...own, ...foreign];
  return traceOf(suite, pair, { injectionTask: pair.injection_task, steps });
}

/** Replays one trace: every call in order, whatever became of those before, as an agent would that waits for nobody. */
export async function replay(
  place: Place,
  trace: Trace,
  how: { readonly text: string; readonly scope: readonly string[] | null; readonly approve: boolean },
): Promise<readonly Done[]> {
  const session = await place.open(trace, how);
  const done: Done[] = [];
  try {
    for (const step of trace.steps) done.push({ step, ...(await session.call(step, step.args)) });
  } finally {
    await session.close();
  }
  return done;
}
