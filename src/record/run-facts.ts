import type { Source } from '../action/audience.ts';
import { parseCanonical } from '../action/canonical.ts';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import { noFacts, parseFacts } from '../action/facts.ts';
import type { Facts } from '../action/facts.ts';
import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { worse } from '../action/vocabulary.ts';
import type { Statement } from '../action/statement.ts';
import type { Level, Origin } from '../action/vocabulary.ts';
import { limits } from '../limits.ts';
import type { Store } from '../store/store.ts';
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
  /** The event that the run was opened for; null if it was none. */
  readonly origin: Origin | null;
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
  state(run: string): Promise<{ readonly tainted: boolean; readonly content: Level; readonly origin: Origin | null }>;
}

const kinds = ['run-opened', 'words', 'read', 'outcome', 'resolved', 'event-given'] as const;
type Kind = (typeof kinds)[number];

/** What is remembered of a run. */
interface Known {
  readonly pos: Record<Kind, number>;
  readonly readings: Reading[];
  readonly words: Words[];
  readonly writes: { readonly atMs: number; readonly proposal: string; readonly system: string; readonly arguments: Digest }[];
  scope: readonly string[] | null;
  origin: Origin | null;
  tainted: boolean;
  content: Level;
}

/** Texts of the store by their digest: what does not have it counts as gone. */
interface Bodies {
  text(digest: Digest, tag: 'request' | 'body' | 'arguments'): Promise<string | null>;
}

function bodiesOf(store: Store): Bodies {
  return {
    text: async (digest, tag) => {
      const body = await store.body(digest);
      return body !== null && digestText(tag, body) === digest ? body : null;
    },
  };
}

async function argumentsOf(bodies: Bodies, digest: Digest): Promise<JsonObject | null> {
  const text = await bodies.text(digest, 'arguments');
  const value: Json = text === null ? null : parseCanonical(text);
  return isObject(value) ? value : null;
}

/** Words that are gone bind nothing: that only ever asks for more. */
async function hear(known: Known, bodies: Bodies, { atMs, body }: Statement<'run-opened'> | Statement<'words'>): Promise<void> {
  const text = body.request === null ? null : await bodies.text(body.request, 'request');
  if (text !== null) known.words.push({ atMs, text });
}

async function learn(
  known: Known,
  bodies: Bodies,
  statement: Statement<'read'> | Statement<'outcome'> | Statement<'event-given'>,
): Promise<void> {
  const { source, content, facts: digest } = statement.body;
  const text = digest === null ? null : await bodies.text(digest, 'body');
  const found = text === null ? null : parseFacts(text);
  // Without its facts nothing can be bound through it; and what is copied from it cannot be seen, so it counts as steering.
  const level = digest !== null && found === null ? 'suspicious' : (content?.level ?? 'none');
  // A door sees what was sent to it and no system: nothing that it signs says what things are called, made or set there.
  const facts =
    statement.kind === 'event-given'
      ? { ...noFacts, references: found?.references ?? [], prints: found?.prints ?? [] }
      : (found ?? noFacts);
  known.readings.push({ atMs: statement.atMs, source, content: level, facts });
  known.tainted ||= source?.label.integrity === 'untrusted';
  known.content = worse(known.content, level);
}

async function take(known: Known, bodies: Bodies, statement: Statement<Kind>): Promise<void> {
  switch (statement.kind) {
    case 'read':
    case 'outcome':
      return learn(known, bodies, statement);
    case 'event-given': {
      // Had a run two events, the later would not make the earlier better: only the first is its origin.
      known.origin ??= { ...statement.body.grades, endpoint: statement.body.source.target };
      return learn(known, bodies, statement);
    }
    case 'resolved': {
      const { proposal, action } = statement.body;
      known.writes.push({ atMs: statement.atMs, proposal, system: action.system, arguments: action.arguments });
      return;
    }
    case 'run-opened':
      known.scope = statement.body.scope;
      return hear(known, bodies, statement);
    case 'words':
      return hear(known, bodies, statement);
  }
}

/** The runs used last. */
function openMemory(): (run: string) => Known {
  const runs = new Map<string, Known>();
  return (run) => {
    const known: Known = runs.get(run) ?? {
      pos: { 'run-opened': -1, words: -1, read: -1, outcome: -1, resolved: -1, 'event-given': -1 },
      writes: [],
      readings: [],
      words: [],
      scope: null,
      origin: null,
      tainted: false,
      content: 'none',
    };
    runs.delete(run);
    runs.set(run, known);
    if (runs.size > limits.runsRememberedMax) runs.delete(runs.keys().next().value ?? '');
    return known;
  };
}

/** Does the work of one key after the other. */
function oneByOne(): (key: string, work: () => Promise<void>) => Promise<void> {
  const waiting = new Map<string, Promise<void>>();
  return async (key, work) => {
    const mine = (waiting.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined);
    waiting.set(key, settled);
    try {
      await mine;
    } finally {
      if (waiting.get(key) === settled) waiting.delete(key);
    }
  };
}

/**
 * Opens the view of what runs have read. Each statement's signature is checked once; what was checked is remembered for
 * the runs used last, because a run's records only ever grow.
 */
export function runRecords(store: Store, trust: Trust): RunRecords {
  const memory = openMemory();
  const bodies = bodiesOf(store);
  const inTurn = oneByOne();

  /** Opens what is new, in order. One call at a time for each run, so that nothing is counted twice. */
  const advance = async (run: string, of: readonly Kind[]): Promise<Known> => {
    const known = memory(run);
    await inTurn(run, async () => {
      const lists = of.map(async (kind) => {
        const entries = await store.statementsOfRun(run, kind, known.pos[kind]);
        return entries.map((entry) => ({ kind, entry }));
      });
      const found = (await Promise.all(lists)).flat();
      // In the order of the log, not of the kinds: whoever asks must find the same run, whether they asked before or not.
      for (const { kind, entry } of found.toSorted((a, b) => a.entry.pos - b.entry.pos)) {
        const opened = openAs(trust, entry, kind);
        if (opened.ok && opened.value.body.run === run) await take(known, bodies, opened.value);
        known.pos[kind] = entry.pos;
      }
    });
    return known;
  };

  return {
    of: async (run, untilMs = Infinity) => {
      const known = await advance(run, kinds);
      return {
        readings: known.readings.filter((one) => one.atMs <= untilMs),
        words: known.words.filter((one) => one.atMs <= untilMs),
        scope: known.scope,
        origin: known.origin,
      };
    },
    writesBefore: async (run, system, beforeMs) => {
      const known = await advance(run, ['resolved']);
      const last = known.writes.filter((one) => one.system === system && one.atMs < beforeMs).slice(-limits.egressEarlierWritesMax);
      const found = await Promise.all(last.map((one) => argumentsOf(bodies, one.arguments)));
      return found.filter((args) => args !== null);
    },
    state: async (run) => {
      const { tainted, content, origin } = await advance(run, ['read', 'outcome', 'event-given']);
      return { tainted, content, origin };
    },
  };
}
