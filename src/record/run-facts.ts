import type { Source } from '../action/audience.ts';
import { parseCanonical } from '../action/canonical.ts';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import { noFacts, parseFacts } from '../action/facts.ts';
import type { Facts } from '../action/facts.ts';
import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { levels } from '../action/statement.ts';
import type { Level, Statement } from '../action/statement.ts';
import { limits } from '../limits.ts';
import type { Entry, Store } from '../store/store.ts';
import { openAs } from './identity.ts';
import type { Trust } from './identity.ts';

/** One thing that a run has read: what the hand signed about it. What a write returned has been read as well. */
export interface Reading {
  readonly atMs: number;
  readonly source: Source | null;
  readonly content: Level;
  readonly facts: Facts;
}

/** A text of the user in a run. */
export interface Words {
  readonly atMs: number;
  readonly text: string;
}

/** What is known of a run. */
export interface RunRecord {
  readonly readings: readonly Reading[];
  readonly words: readonly Words[];
  /** The operations that the task was declared to need; null if it was not. */
  readonly scope: readonly string[] | null;
}

/**
 * What runs have read and were told, from signed records: never from anybody's word. A body counts only under the digest
 * that the statement names; one that is gone or was changed makes the record unusable, because what it said cannot be known.
 */
export interface RunRecords {
  /** Everything of the run; up to a time, if one is given. */
  of(run: string, untilMs?: number): Promise<RunRecord>;
  /**
   * The arguments of the last writes that the run asked for in a system before a time, oldest first: whether they were carried
   * out or still wait, a secret may be cut up over them. What is not kept any more is left out.
   */
  writesBefore(run: string, system: string, beforeMs: number): Promise<readonly JsonObject[]>;
  /** Whether it has read anything untrusted, and the worst that was found. Costs little once it has: a run never becomes trusted again. */
  state(run: string): Promise<{ readonly tainted: boolean; readonly content: Level }>;
}

const kinds = ['run-opened', 'words', 'read', 'outcome', 'resolved'] as const;
type Kind = (typeof kinds)[number];

interface Known {
  readonly pos: Record<Kind, number>;
  readonly readings: Reading[];
  readonly words: Words[];
  readonly writes: { readonly atMs: number; readonly proposal: string; readonly system: string; readonly arguments: Digest }[];
  scope: readonly string[] | null;
  tainted: boolean;
  content: Level;
}

function worse(a: Level, b: Level): Level {
  return levels.indexOf(a) >= levels.indexOf(b) ? a : b;
}

/**
 * Opens the view of what runs have read. Each statement's signature is checked once; what was checked is remembered for
 * the runs used last, because a run's records only ever grow.
 */
export function runRecords(store: Store, trust: Trust): RunRecords {
  const runs = new Map<string, Known>();

  const knownOf = (run: string): Known => {
    const known = runs.get(run) ?? {
      pos: { 'run-opened': -1, words: -1, read: -1, outcome: -1, resolved: -1 },
      writes: [],
      readings: [],
      words: [],
      scope: null,
      tainted: false,
      content: 'none' as const,
    };
    runs.delete(run);
    runs.set(run, known);
    if (runs.size > limits.runsRememberedMax) runs.delete(runs.keys().next().value ?? '');
    return known;
  };

  const text = async (digest: Digest, tag: 'request' | 'body'): Promise<string | null> => {
    const body = await store.body(digest);
    return body !== null && digestText(tag, body) === digest ? body : null;
  };

  const argumentsOf = async (digest: Digest): Promise<JsonObject | null> => {
    const body = await store.body(digest);
    if (body === null || digestText('arguments', body) !== digest) return null;
    const value: Json = parseCanonical(body);
    return isObject(value) ? value : null;
  };

  const heard = async (known: Known, atMs: number, digest: Digest | null): Promise<void> => {
    const said = digest === null ? null : await text(digest, 'request');
    // Words that are gone bind nothing: that only ever asks for more.
    if (said !== null) known.words.push({ atMs, text: said });
  };

  const learned = async (known: Known, statement: Statement<'read'> | Statement<'outcome'>): Promise<void> => {
    const { source, content, facts: digest } = statement.body;
    const body = digest === null ? null : await text(digest, 'body');
    const facts = body === null ? noFacts : (parseFacts(body) ?? noFacts);
    const lost = digest !== null && facts === noFacts;
    // Without its facts nothing can be bound through it; and what was copied from it could not be seen, so it counts as steering.
    const level = lost ? 'suspicious' : (content?.level ?? 'none');
    known.readings.push({ atMs: statement.atMs, source, content: level, facts });
    known.tainted ||= source?.label.integrity === 'untrusted';
    known.content = worse(known.content, level);
  };

  const take = async (known: Known, run: string, kind: Kind, entry: Entry): Promise<void> => {
    const opened = openAs(trust, entry, kind);
    if (!opened.ok || opened.value.body.run !== run) return;
    const statement = opened.value as Statement<Kind>;
    if (statement.kind === 'read' || statement.kind === 'outcome') return learned(known, statement);
    if (statement.kind === 'resolved') {
      const { proposal, action } = statement.body;
      known.writes.push({ atMs: statement.atMs, proposal, system: action.system, arguments: action.arguments });
      return;
    }
    await heard(known, statement.atMs, statement.body.request);
    if (statement.kind === 'run-opened') known.scope = statement.body.scope;
  };

  const waiting = new Map<string, Promise<unknown>>();
  /** Opens what is new, in order. One call at a time for each run, so that nothing is counted twice. */
  const advance = async (run: string, known: Known, of: readonly Kind[]): Promise<void> => {
    const before = waiting.get(run) ?? Promise.resolve();
    const mine = before.then(async () => {
      for (const kind of of) {
        for (const entry of await store.statementsOfRun(run, kind, known.pos[kind])) {
          await take(known, run, kind, entry);
          known.pos[kind] = entry.pos;
        }
      }
    });
    const settled = mine.catch(() => undefined);
    waiting.set(run, settled);
    try {
      await mine;
    } finally {
      if (waiting.get(run) === settled) waiting.delete(run);
    }
  };

  return {
    of: async (run, untilMs = Infinity) => {
      const known = knownOf(run);
      await advance(run, known, kinds);
      return {
        readings: known.readings.filter((one) => one.atMs <= untilMs),
        words: known.words.filter((one) => one.atMs <= untilMs),
        scope: known.scope,
      };
    },
    writesBefore: async (run, system, beforeMs) => {
      const known = knownOf(run);
      await advance(run, known, ['resolved']);
      const last = known.writes.filter((one) => one.system === system && one.atMs < beforeMs).slice(-limits.egressEarlierWritesMax);
      const found = await Promise.all(last.map((one) => argumentsOf(one.arguments)));
      return found.filter((args) => args !== null);
    },
    state: async (run) => {
      const known = knownOf(run);
      await advance(run, known, ['read', 'outcome']);
      return { tainted: known.tainted, content: known.content };
    },
  };
}
