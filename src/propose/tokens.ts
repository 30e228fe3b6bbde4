import type { Digest } from '../action/digest.ts';
import type { Principal } from '../action/principal.ts';
import { sameText } from '../action/same-text.ts';
import type { Signed } from '../action/statement.ts';
import { limits } from '../limits.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';
import type { Store } from '../store/store.ts';
import { kindOfBearer, secretDigest } from './bearer.ts';
import type { Scope } from './bearer.ts';

/** A bearer text that was proved. `id` is the token's, or the run's if it is a run's secret. */
export type Credential =
  | { readonly kind: 'token'; readonly id: string; readonly principal: Principal; readonly scope: Scope; readonly expiresAtMs: number }
  | { readonly kind: 'run'; readonly id: string; readonly principal: Principal; readonly expiresAtMs: number; readonly openedBy: string };

/** What the gateway knows of tokens and runs, proved by signed statements. */
export interface Tokens {
  /** Who holds this text; null if it is unknown, forged, expired or revoked. It does not say which. */
  verify(text: string): Promise<Credential | null>;
  /** A run that is open; null if there is none with this id. */
  run(id: string): Promise<{ readonly principal: Principal; readonly expiresAtMs: number; readonly openedBy: string } | null>;
}

interface Cached<T> {
  readonly atMs: number;
  readonly value: Promise<T | null>;
}

/** Remembers what was found, for `limits.tokenCacheMs` from when the look began. What was not found is looked for again. */
function remember<T extends { readonly expiresAtMs: number }>(
  now: () => number,
  find: (key: string) => Promise<T | null>,
): (key: string) => Promise<T | null> {
  const cache = new Map<string, Cached<T>>();
  const look = (key: string): Promise<T | null> => {
    const oldest = cache.size >= limits.tokenCacheMax ? cache.keys().next().value : undefined;
    if (oldest !== undefined) cache.delete(oldest);
    const entry: Cached<T> = { atMs: now(), value: find(key) };
    cache.delete(key);
    cache.set(key, entry);
    const forget = (found: T | null): void => {
      if (found === null && cache.get(key) === entry) cache.delete(key);
    };
    entry.value.then(forget, () => forget(null));
    return entry.value;
  };
  return async (key) => {
    const entry = cache.get(key);
    const ageMs = entry === undefined ? Infinity : now() - entry.atMs;
    // A clock that was set back must not make an entry live longer: a negative age is too old.
    const found = await (entry !== undefined && ageMs >= 0 && ageMs < limits.tokenCacheMs ? entry.value : look(key));
    return found !== null && now() < found.expiresAtMs ? found : null;
  };
}

/** The ids of revoked tokens. Verified statements are remembered, so that one revocation costs one signature check, and never unlearned. */
function openRevocations(store: Store, trust: Trust): () => Promise<ReadonlySet<string>> {
  const known = new Set<number>();
  const revoked = new Set<string>();
  return async () => {
    for (const entry of await store.statementsOfKind('token-revoked')) {
      if (known.has(entry.pos)) continue;
      const opened = openAs(trust, entry, 'token-revoked');
      if (!opened.ok) continue;
      known.add(entry.pos);
      revoked.add(opened.value.body.token);
    }
    return revoked;
  };
}

/**
 * Opens the gateway's view of tokens and runs.
 *
 * The rows may have been written by anybody who can write to the store: a row only leads to its signed statement, and
 * the statement must be by the operator (a token) or the gateway (a run) and must name this very secret. A proof is kept
 * for `limits.tokenCacheMs` (1 s) and made again with a fresh look at the revocations, so a revocation holds within 2 s,
 * in this and in every other gateway. `onForged` hears the id of each row whose statement did not hold.
 */
export function openTokens(deps: {
  readonly store: Store;
  readonly trust: Trust;
  readonly now?: () => number;
  readonly onForged?: (about: string) => void;
}): Tokens {
  const { store, trust, now = Date.now, onForged } = deps;
  const revocations = openRevocations(store, trust);

  const forged = (id: string): null => {
    onForged?.(id);
    return null;
  };

  const token = async (secret: Digest): Promise<Credential | null> => {
    const row = await store.token(secret);
    if (row === null || row.revoked) return null;
    const opened = openAs(trust, row.statement, 'token-created');
    if (!opened.ok) return forged(row.id);
    const { body } = opened.value;
    if (body.token !== row.id || !sameText(body.secret, secret)) return forged(row.id);
    if ((await revocations()).has(body.token)) return null;
    return { kind: 'token', id: body.token, principal: body.principal, scope: body.scope, expiresAtMs: body.expiresAtMs };
  };

  const openRun = async (id: string, statement: Signed, secret: Digest | null): Promise<(Credential & { kind: 'run' }) | null> => {
    const opened = openAs(trust, statement, 'run-opened');
    if (!opened.ok) return forged(id);
    const { body } = opened.value;
    if (body.run !== id || (secret !== null && !sameText(body.secret ?? '', secret))) return forged(id);
    // A run lives no longer than the token that opened it.
    if ((await revocations()).has(body.token)) return null;
    return { kind: 'run', id, principal: body.principal, expiresAtMs: body.expiresAtMs, openedBy: body.token };
  };

  const bearer = remember(now, async (key): Promise<Credential | null> => {
    const secret = key.slice(key.indexOf('/') + 1) as Digest;
    if (key.startsWith('token/')) return token(secret);
    const row = await store.runBySecret(secret);
    return row === null ? null : openRun(row.id, row.statement, secret);
  });

  const run = remember(now, async (id) => {
    const row = await store.run(id);
    return row === null ? null : openRun(id, row.statement, null);
  });

  return {
    verify: async (text) => {
      const kind = kindOfBearer(text);
      return kind === null ? null : bearer(`${kind}/${secretDigest(text)}`);
    },
    run,
  };
}
