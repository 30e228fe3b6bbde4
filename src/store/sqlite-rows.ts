import type { SQLOutputValue } from 'node:sqlite';
import type { Digest } from '../action/digest.ts';
import type { EffectRow, Entry, FiledEntry, ProposalRow, ProposalState, RunRow, TokenRow } from './store.ts';

/** A row as SQLite gives it. The tables are strict, so that a column has the type that the schema says. */
export type Row = Record<string, SQLOutputValue>;

/*
 * Rows become what the interface promises. Nothing is checked here: whoever relies on a row proves it by its statement.
 */

/** The columns of an entry. */
export const entryColumns = 'pos, bytes, key, sig';

/** A statement. */
export function entryOf(row: Row): Entry {
  return { pos: row['pos'] as number, bytes: row['bytes'] as string, key: row['key'] as string, sig: row['sig'] as string };
}

/** A statement with the words that it is found by. */
export function filedOf(row: Row): FiledEntry {
  const [proposal, run] = [row['proposal'] as string | null, row['run'] as string | null];
  return { ...entryOf(row), under: { kind: row['kind'] as string, proposal, run } };
}

/** A proposal. */
export function proposalOf(row: Row): ProposalRow {
  return {
    id: row['id'] as string,
    run: row['run'] as string,
    user: row['user'] as string,
    agent: row['agent'] as string,
    system: row['system'] as string,
    operation: row['operation'] as string,
    digest: row['digest'] as Digest,
    callKey: row['call_key'] as Digest,
    state: row['state'] as ProposalState,
    createdAtMs: row['created_at_ms'] as number,
    expiresAtMs: row['expires_at_ms'] as number,
    updatedAtMs: row['updated_at_ms'] as number,
  };
}

/** A token, joined with its statement. */
export function tokenOf(row: Row): TokenRow {
  return {
    id: row['id'] as string,
    secret: row['secret'] as Digest,
    statement: { bytes: row['bytes'] as string, key: row['key'] as string, sig: row['sig'] as string },
    revoked: row['revoked'] !== 0,
  };
}

/** A run, joined with its statement. */
export function runOf(row: Row): RunRow {
  return {
    id: row['id'] as string,
    secret: row['secret'] as Digest | null,
    statement: { bytes: row['bytes'] as string, key: row['key'] as string, sig: row['sig'] as string },
    lastUsedAtMs: row['last_used_at_ms'] as number,
  };
}

/** An effect. */
export function effectOf(row: Row): EffectRow {
  return {
    effect: row['effect'] as Digest,
    proposal: row['proposal'] as string,
    action: row['action'] as Digest,
    state: row['state'] as EffectRow['state'],
  };
}
