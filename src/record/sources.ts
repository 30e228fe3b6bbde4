import type { Source } from '../action/audience.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';
import { openAs } from './identity.ts';
import type { Trust } from './identity.ts';

/** What runs have read, from the reader's own signed records: never from anybody's word. */
export interface RunSources {
  /** Everything that the run has read, in order. */
  of(run: string): Promise<readonly Source[]>;
  /** Whether it has read anything untrusted. Costs nothing once it has: a run never becomes trusted again. */
  tainted(run: string): Promise<boolean>;
}

interface Known {
  pos: number;
  tainted: boolean;
  readonly sources: Source[];
}

/**
 * Opens the view of what runs have read. Each statement's signature is checked once; what was checked is remembered for
 * the runs used last, because a run's records only ever grow.
 */
export function runSources(store: Store, trust: Trust): RunSources {
  const runs = new Map<string, Known>();

  const knownOf = (run: string): Known => {
    const known = runs.get(run) ?? { pos: -1, tainted: false, sources: [] };
    runs.delete(run);
    runs.set(run, known);
    if (runs.size > limits.runsRememberedMax) runs.delete(runs.keys().next().value ?? '');
    return known;
  };

  /** Opens what is new, in order; `enough` stops it early, and the rest is opened when it is needed. */
  const advance = async (run: string, known: Known, enough: () => boolean): Promise<void> => {
    for (const entry of await store.statementsOfRun(run, 'read', known.pos)) {
      if (enough()) return;
      if (entry.pos <= known.pos) continue; // another call was faster
      known.pos = entry.pos;
      const opened = openAs(trust, entry, 'read');
      if (!opened.ok || opened.value.body.run !== run) continue;
      known.sources.push(opened.value.body.source);
      known.tainted ||= opened.value.body.source.label.integrity === 'untrusted';
    }
  };

  return {
    of: async (run) => {
      const known = knownOf(run);
      await advance(run, known, () => false);
      return [...known.sources];
    },
    tainted: async (run) => {
      const known = knownOf(run);
      if (!known.tainted) await advance(run, known, () => known.tainted);
      return known.tainted;
    },
  };
}
