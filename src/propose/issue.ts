import type { Principal } from '../action/principal.ts';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Store } from '../store/store.ts';
import { mintToken } from './bearer.ts';
import type { Scope } from './bearer.ts';

/* The operator's side of tokens: make, list, revoke. The gateway's side is tokens.ts. */

/** Where tokens are kept: the book, opened with the operator's key. */
export interface Book {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly trust: Trust;
}

/** Makes a token. `text` is returned here and nowhere else; on disk are its digest and the operator's signed word for it. */
export async function createToken(
  book: Book,
  wish: { readonly principal: Principal; readonly scope: Scope; readonly expiresAtMs: number },
): Promise<{ readonly id: string; readonly text: string }> {
  const token = mintToken();
  const written = await book.recorder.record({
    statements: [
      {
        kind: 'token-created',
        body: {
          token: token.id,
          secret: token.secret,
          principal: wish.principal,
          expiresAtMs: wish.expiresAtMs,
          scope: wish.scope,
        },
      },
    ],
    changes: [{ change: 'token', id: token.id, secret: token.secret }],
  });
  if (!written.ok) throw new CountersignError('bug', 'a token with this id or secret exists already: try again');
  return { id: token.id, text: token.text };
}

/** A token as it is listed. `forged`: the row has no trusted statement, so the gateway refuses it. */
export interface ListedToken {
  readonly id: string;
  readonly state: 'good' | 'revoked' | 'expired' | 'forged';
  readonly principal: Principal | null;
  readonly scope: Scope | null;
  readonly createdAtMs: number | null;
  readonly expiresAtMs: number | null;
}

/** The ids in trusted `token-revoked` statements. */
async function revokedIds(book: Book): Promise<ReadonlySet<string>> {
  const entries = await book.store.statementsOfKind('token-revoked');
  const opened = entries.map((entry) => openAs(book.trust, entry, 'token-revoked'));
  return new Set(opened.flatMap((statement) => (statement.ok ? [statement.value.body.token] : [])));
}

/** All tokens, oldest first, as their signed statements tell it. */
export async function listTokens(book: Book, nowMs: number): Promise<readonly ListedToken[]> {
  const revoked = await revokedIds(book);
  const listed = (await book.store.tokens()).map((row): ListedToken => {
    const opened = openAs(book.trust, row.statement, 'token-created');
    if (!opened.ok || opened.value.body.token !== row.id || opened.value.body.secret !== row.secret)
      return { id: row.id, state: 'forged', principal: null, scope: null, createdAtMs: null, expiresAtMs: null };
    const { principal, scope, expiresAtMs } = opened.value.body;
    const state = row.revoked || revoked.has(row.id) ? 'revoked' : nowMs < expiresAtMs ? 'good' : 'expired';
    return { id: row.id, state, principal, scope, createdAtMs: opened.value.atMs, expiresAtMs };
  });
  return listed.toSorted((a, b) => (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0));
}

/**
 * Revokes a token, and with it every run that it opened. What counts is the operator's signed statement; the column
 * is an index. So a row whose column somebody set already is revoked by the statement alone.
 */
export async function revokeToken(book: Book, id: string): Promise<Result<null>> {
  const rows = await book.store.tokens();
  if (!rows.some((row) => row.id === id))
    return refuse('no-such-token', 'there is no token with this id: `countersign token list` shows them');
  if ((await revokedIds(book)).has(id)) return refuse('already-revoked', 'this token is revoked already');
  const statements = [{ kind: 'token-revoked', body: { token: id } }] as const;
  const written = await book.recorder.record({ statements, changes: [{ change: 'token-revoked', id }] });
  if (!written.ok) await book.recorder.record({ statements });
  return ok(null);
}
