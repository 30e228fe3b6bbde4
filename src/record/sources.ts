import type { Source } from '../action/audience.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';
import { openAs } from './identity.ts';
import type { Trust } from './identity.ts';

/**
 * What runs have read, from the signed records of the hands: never from anybody's word. What a write returned to a run has
 * been read by it as well.
 */
export interface RunSources {
  /** Everything that the run has read, in order; up to a time of the reader's clock, if one is given. */
  of(run: string, untilMs?: number): Promise<readonly Source[]>;
  /** Whether it has read anything untrusted. Costs nothing once it has: a run never becomes trusted again. */
  tainted(run: string): Promise<boolean>;
}

/** The statements that tell of something read, and who made them. */
const kinds = ['read', 'outcome'] as const;

interface Known {
  readonly pos: { read: number; outcome: number };
  tainted: boolean;
  readonly sources: { readonly source: Source; readonly atMs: number }[];
}

/**
 * Opens the view of what runs have read. Each statement's signature is checked once; what was checked is remembered for
 * the runs used last, because a run's records only ever grow.
 */
export function runSources(store: Store, trust: Trust): RunSources {
  const runs = new Map<string, Known>();

  const knownOf = (run: string): Known => {
    const known = runs.get(run) ?? { pos: { read: -1, outcome: -1 }, tainted: false, sources: [] };
    runs.delete(run);
    runs.set(run, known);
    if (runs.size > limits.runsRememberedMax) runs.delete(runs.keys().next().value ?? '');
    return known;
  };

  /** Opens what is new, in order; `enough` stops it early, and the rest is opened when it is needed. */
  const advance = async (run: string, known: Known, enough: () => boolean): Promise<void> => {
    for (const kind of kinds) {
      for (const entry of await store.statementsOfRun(run, kind, known.pos[kind])) {
        if (enough()) return;
        if (entry.pos <= known.pos[kind]) continue; // another call was faster
        known.pos[kind] = entry.pos;
        const opened = openAs(trust, entry, kind);
        const source = opened.ok && opened.value.body.run === run ? opened.value.body.source : null;
        if (!opened.ok || source === null) continue;
        known.sources.push({ source, atMs: opened.value.atMs });
        known.tainted ||= source.label.integrity === 'untrusted';
      }
    }
  };

  return {
    of: async (run, untilMs = Infinity) => {
      const known = knownOf(run);
      await advance(run, known, () => false);
      return known.sources.filter((one) => one.atMs <= untilMs).map((one) => one.source);
    },
    tainted: async (run) => {
      const known = knownOf(run);
      if (!known.tainted) await advance(run, known, () => known.tainted);
      return known.tainted;
    },
  };
}
