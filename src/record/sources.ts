import type { Source } from '../action/audience.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';
import { openAs } from './identity.ts';
import type { Trust } from './identity.ts';

/** What a run has read, from the reader's own signed records: never from anybody's word. */
export type RunSources = (run: string) => Promise<readonly Source[]>;

interface Known {
  pos: number;
  readonly sources: Source[];
}

/**
 * Opens the view of what runs have read. Each statement's signature is checked once; what was checked is remembered for
 * the runs used last, because the store may only ever grow.
 */
export function runSources(store: Store, trust: Trust): RunSources {
  const runs = new Map<string, Known>();
  return async (run) => {
    const known = runs.get(run) ?? { pos: -1, sources: [] };
    runs.delete(run);
    runs.set(run, known);
    if (runs.size > limits.runsRememberedMax) runs.delete(runs.keys().next().value ?? '');
    for (const entry of await store.statementsOfRun(run, 'read', known.pos)) {
      const opened = openAs(trust, entry, 'read');
      if (opened.ok && opened.value.body.run === run) known.sources.push(opened.value.body.source);
      known.pos = Math.max(known.pos, entry.pos);
    }
    return known.sources;
  };
}
