import type { Suite } from './data.ts';
import { hasEffect, benignTrace, attackTrace } from './trace.ts';
import type { Done, Trace } from './trace.ts';
import type { Replayed } from './score.ts';

/*
 * Rules that need no gateway, over the same traces and scored in the same way: what is at stake, and what asking for everything
 * would cost. Computed, never replayed.
 */

/** A control: whether it holds a call to a tool. */
export interface Control {
  readonly name: string;
  readonly holds: (tool: Suite['tools'][number]) => boolean;
}

/** The controls of every report. */
export const controls: readonly Control[] = [
  { name: 'allow all', holds: () => false },
  { name: 'approve every write', holds: (tool) => tool.access === 'write' },
  { name: 'approve every effect', holds: hasEffect },
];

function suppose(suite: Suite, control: Control, trace: Trace): Replayed {
  const held = new Set(suite.tools.filter((tool) => control.holds(tool)).map((tool) => tool.name));
  const done = trace.steps.map((step): Done => {
    const waits = held.has(step.tool);
    return { step, told: waits ? 'held' : 'executed', reached: !waits, ms: 0, code: '' };
  });
  return { trace, done };
}

/** What a control would have made of every trace of a suite. */
export function computed(suite: Suite, control: Control): { readonly benign: readonly Replayed[]; readonly attacks: readonly Replayed[] } {
  return {
    benign: suite.benign.map((task) => suppose(suite, control, benignTrace(suite, task))),
    attacks: suite.pairs.map((pair) => suppose(suite, control, attackTrace(suite, pair, 'exposed'))),
  };
}
