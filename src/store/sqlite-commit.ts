import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Signed, StatementKind } from '../action/statement.ts';
import { CountersignError } from '../errors.ts';
import { limits } from '../limits.ts';
import { foundBy } from './found-by.ts';
import { eventChangers } from './sqlite-events.ts';
import type { Change, Seal, Store, Write, Written } from './store.ts';
import type { Texts } from './texts.ts';

/**
 * Carries a batch out inside a transaction that is already open. `hopeful`: without a way back for each write, which costs
 * more than most writes do; null then means that a way back was needed and all of the transaction must be undone.
 */
export interface Apply {
  hopeful(batch: readonly Write[], seal: Seal): readonly Written[] | null;
  careful(batch: readonly Write[], seal: Seal): readonly Written[];
}

/** True if the condition of the change held and it was made. */
type Changer<K extends Change['change']> = (change: Extract<Change, { change: K }>) => boolean;

const hit = (statement: StatementSync, values: readonly (string | number | null)[]): boolean => statement.run(...values).changes === 1;

/** True if there is such a row and its state is one of `from`. Nobody else can change it: the transaction is exclusive for writers. */
const among = (from: readonly string[], row: Record<string, SQLOutputValue> | undefined): boolean =>
  from.some((state) => state === row?.['state']);

function proposalChanger(db: DatabaseSync): Changer<'proposal'> {
  const columns = 'id, run, user, agent, system, operation, digest, call_key, state, created_at_ms, expires_at_ms, updated_at_ms';
  const insert = db.prepare(`INSERT INTO proposals (${columns}) VALUES (${columns.replaceAll(/\w+/g, '?')}) ON CONFLICT DO NOTHING`);
  return ({ row: r }) => {
    const who = [r.id, r.run, r.user, r.agent];
    const what = [r.system, r.operation, r.digest, r.callKey, r.state];
    return hit(insert, [...who, ...what, r.createdAtMs, r.expiresAtMs, r.updatedAtMs]);
  };
}

function changers(db: DatabaseSync): { readonly [K in Change['change']]: Changer<K> } {
  const stateOf = db.prepare('SELECT state FROM proposals WHERE id = ?');
  const state = db.prepare('UPDATE proposals SET state = ?, updated_at_ms = ? WHERE id = ?');
  const token = db.prepare('INSERT INTO tokens (id, secret, revoked) VALUES (?, ?, 0) ON CONFLICT DO NOTHING');
  const revoke = db.prepare('UPDATE tokens SET revoked = 1 WHERE id = ? AND revoked = 0');
  const run = db.prepare('INSERT INTO runs (id, secret, last_used_at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const used = db.prepare('UPDATE runs SET last_used_at_ms = max(last_used_at_ms, ?) WHERE id = ?');
  const reserve = db.prepare(`INSERT INTO effects (effect, proposal, action, state) VALUES (?, ?, ?, 'reserved') ON CONFLICT DO NOTHING`);
  const effectOf = db.prepare('SELECT state FROM effects WHERE effect = ?');
  const settle = db.prepare('UPDATE effects SET state = ? WHERE effect = ?');
  return {
    ...eventChangers(db),
    proposal: proposalChanger(db),
    state: (c) => among(c.from, stateOf.get(c.proposal)) && hit(state, [c.to, c.atMs, c.proposal]),
    token: (c) => hit(token, [c.id, c.secret]),
    'token-revoked': (c) => hit(revoke, [c.id]),
    run: (c) => hit(run, [c.id, c.secret, c.atMs]),
    'run-used': (c) => hit(used, [c.atMs, c.id]),
    reserve: (c) => hit(reserve, [c.effect, c.proposal, c.action]),
    settle: (c) => among(c.from, effectOf.get(c.effect)) && hit(settle, [c.to, c.effect]),
  };
}

/** Tokens, runs and events are proved by the statement of the same write: the row keeps its position. */
const provedBy = { token: 'token-created', run: 'run-opened', event: 'event-received' } as const satisfies Partial<
  Record<Change['change'], StatementKind>
>;

type Refused = Change['change'] | null;

/** Makes the changes of each write; says which of them did not hold. A change that does not hold has changed nothing. */
function openChanges(db: DatabaseSync): {
  hopeful(batch: readonly Write[]): readonly Refused[] | null;
  careful(batch: readonly Write[]): readonly Refused[];
} {
  const make = changers(db) as Readonly<Record<Change['change'], (change: Change) => boolean>>;
  const [save, undo, release] = [db.prepare('SAVEPOINT one'), db.prepare('ROLLBACK TO one'), db.prepare('RELEASE one')];
  const failing = ({ changes }: Write): number => changes.findIndex((change) => !make[change.change](change));
  return {
    hopeful: (batch) => {
      const refused: Refused[] = [];
      for (const write of batch) {
        const at = failing(write);
        if (at > 0) return null;
        refused.push(write.changes[at]?.change ?? null);
      }
      return refused;
    },
    careful: (batch) =>
      batch.map((write) => {
        save.run();
        const at = failing(write);
        if (at >= 0) undo.run();
        release.run();
        return write.changes[at]?.change ?? null;
      }),
  };
}

/** Stores texts under their digests, each once: small ones in the store, large ones in the file beside it. */
function openBodies(db: DatabaseSync, texts: Pick<Texts, 'append'>): (bodies: Write['bodies']) => void {
  const small = db.prepare('INSERT INTO bodies (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const known = db.prepare('SELECT 1 FROM texts WHERE digest = ?');
  const placed = db.prepare('INSERT INTO texts (digest, at, length) VALUES (?, ?, ?)');
  return (bodies) => {
    const large = new Map<string, string>();
    for (const { digest, text } of bodies) {
      if (text.length < limits.storeLargeTextChars) small.run(digest, text);
      else if (known.get(digest) === undefined) large.set(digest, text);
    }
    if (large.size === 0) return;
    const places = texts.append([...large.values()]);
    [...large.keys()].forEach((digest, i) => placed.run(digest, places[i]?.at ?? null, places[i]?.length ?? null));
  };
}

/** Prepares the statements of a connection for writing. */
export function openApply(db: DatabaseSync, texts: Pick<Texts, 'append'>): Apply {
  const changes = openChanges(db);
  const bodies = openBodies(db, texts);
  const insert = db.prepare('INSERT INTO statements (kind, proposal, run, bytes, key, sig) VALUES (?, ?, ?, ?, ?, ?)');
  const link = {
    token: db.prepare('UPDATE tokens SET statement = ? WHERE id = ?'),
    run: db.prepare('UPDATE runs SET statement = ? WHERE id = ?'),
    event: db.prepare('UPDATE events SET statement = ? WHERE id = ?'),
  };

  const state = (write: Write, signed: readonly Signed[]): Written => {
    const first = new Map<StatementKind, number>();
    write.statements.forEach((draft, i) => {
      const made = signed[i];
      if (made === undefined) throw new CountersignError('bug', 'fewer statements were sealed than were to be');
      const { kind, proposal, run } = foundBy(draft);
      const done = insert.run(kind, proposal, run, made.bytes, made.key, made.sig);
      // Somebody can have made the table another one, which leaves out what we add and says nothing.
      if (done.changes !== 1)
        throw new CountersignError('log-corrupt', 'the store leaves out what is written into it: restore it from a backup');
      if (!first.has(draft.kind)) first.set(draft.kind, Number(done.lastInsertRowid));
    });
    for (const change of write.changes) {
      if (change.change !== 'token' && change.change !== 'run' && change.change !== 'event') continue;
      const pos = first.get(provedBy[change.change]);
      if (pos === undefined) throw new CountersignError('bug', `a ${change.change} needs its own statement in the same write`);
      link[change.change].run(pos, change.id);
    }
    return { ok: true, signed };
  };

  // Sealed is what has changed all that it wanted to. Texts come last: what cannot be sealed leaves nothing in their file, and
  // of what was refused none is kept.
  const finish = (batch: readonly Write[], refused: readonly Refused[], seal: Seal): readonly Written[] => {
    const held = batch.filter((_, i) => refused[i] === null);
    const signed = seal(held.flatMap(({ statements }) => statements));
    let from = 0;
    const written = batch.map((write, i): Written => {
      const change = refused[i] ?? null;
      if (change !== null) return { ok: false, code: 'conflict', change };
      return state(write, signed.slice(from, (from += write.statements.length)));
    });
    bodies(held.flatMap((write) => write.bodies));
    return written;
  };
  return {
    hopeful: (batch, seal) => {
      const refused = changes.hopeful(batch);
      return refused === null ? null : finish(batch, refused, seal);
    },
    careful: (batch, seal) => finish(batch, changes.careful(batch), seal),
  };
}

/** Prepares the statement that gives entries their places, inside a transaction that is already open. */
export function openPlaces(db: DatabaseSync): (places: Parameters<Store['sequence']>[0]) => void {
  const insert = db.prepare('INSERT INTO places (seq, pos) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const same = db.prepare('SELECT 1 FROM places WHERE seq = ? AND pos = ?');
  return (places) => {
    for (const { seq, pos } of places) {
      // The same place for the same entry is what a repeated attempt asks for; anything else would be a second history.
      if (insert.run(seq, pos).changes === 1 || same.get(seq, pos) !== undefined) continue;
      throw new CountersignError(
        'log-corrupt',
        `place ${seq} of the log or the entry for it is already taken: see \`countersign log verify\``,
      );
    }
  };
}
