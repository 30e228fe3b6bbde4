import type { Digest } from '../action/digest.ts';
import type { Draft, Signed, StatementKind } from '../action/statement.ts';
import type { EventChange, EventQueries } from './events.ts';
import type { FoundBy } from './found-by.ts';

/*
 * The one interface to what is kept. The store is not trusted: everything here that a hand relies on is a signed
 * statement, and every other column is only an index to find it by. Implementations: sqlite now, PostgreSQL later;
 * one contract suite (test/contract/store.ts) runs on each.
 */

/** Where a proposal stands. An index for finding work and for people to look at; never an authority. */
export type ProposalState =
  | 'open' /** waits for countersignatures */
  | 'ready' /** allowed, or signed: the executor should look at it */
  | 'executing' /** an intent is durable, no outcome yet */
  | 'done'
  | 'failed'
  | 'unknown'
  | 'refused' /** by a person */
  | 'cancelled' /** by the executor, before anything was sent */
  | 'expired'
  | 'denied'; /** by policy */

/** A proposal, as an index row. */
export interface ProposalRow {
  readonly id: string;
  readonly run: string;
  readonly user: string;
  readonly agent: string;
  readonly system: string;
  readonly operation: string;
  readonly digest: Digest;
  /** Unique: one proposal for one call of one run, however often the call is repeated. */
  readonly callKey: Digest;
  readonly state: ProposalState;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly updatedAtMs: number;
}

/** A bearer token. The secret is kept as a digest only; the row is found by it and proved by its signed statement. */
export interface TokenRow {
  readonly id: string;
  readonly secret: Digest;
  readonly statement: Signed;
  readonly revoked: boolean;
}

/** A run. */
export interface RunRow {
  readonly id: string;
  readonly secret: Digest | null;
  readonly statement: Signed;
  readonly lastUsedAtMs: number;
}

/** The reservation of an effect: the primary key that makes an execution unique. */
export interface EffectRow {
  readonly effect: Digest;
  readonly proposal: string;
  /** The digest of the action: an `unknown` outcome blocks the same action in any run. */
  readonly action: Digest;
  readonly state: 'reserved' | 'done' | 'failed' | 'unknown';
}

/** One change of an index. A change whose condition does not hold refuses the whole write. */
export type Change =
  | EventChange
  | { readonly change: 'proposal'; readonly row: ProposalRow }
  | {
      readonly change: 'state';
      readonly proposal: string;
      readonly from: readonly ProposalState[];
      readonly to: ProposalState;
      readonly atMs: number;
    }
  | { readonly change: 'token'; readonly id: string; readonly secret: Digest }
  | { readonly change: 'token-revoked'; readonly id: string }
  | { readonly change: 'run'; readonly id: string; readonly secret: Digest | null; readonly atMs: number }
  | { readonly change: 'run-used'; readonly id: string; readonly atMs: number }
  | { readonly change: 'reserve'; readonly effect: Digest; readonly proposal: string; readonly action: Digest }
  | { readonly change: 'settle'; readonly effect: Digest; readonly from: readonly EffectRow['state'][]; readonly to: EffectRow['state'] };

/** What belongs together: all of it becomes durable in one transaction, or none of it. */
export interface Write {
  readonly statements: readonly Draft[];
  readonly changes: readonly Change[];
  /** Texts stored apart, under their digest. Storing one twice is not an error. */
  readonly bodies: readonly { readonly digest: Digest; readonly text: string }[];
}

/** What became of a write. `conflict` names the change whose condition did not hold; nothing of that write was stored. */
export type Written =
  | { readonly ok: true; readonly signed: readonly Signed[] }
  | { readonly ok: false; readonly code: 'conflict'; readonly change: Change['change'] };

/** A stored statement with its place: `pos` grows with every commit, but may have gaps. */
export interface Entry extends Signed {
  readonly pos: number;
}

/** A stored statement as the ledger reads it: also with the words that the store finds it by. */
export interface FiledEntry extends Entry {
  readonly under: FoundBy;
}

/** Signs drafts: as many signed ones, in the same order. */
export type Seal = (drafts: readonly Draft[]) => readonly Signed[];

/** Everything that processes ask of the store. Reads see all that was committed by any process before they began. */
export interface Store extends EventQueries {
  /**
   * Commits a batch in one durable transaction (on disk when the promise resolves). Each write stands or falls alone.
   * `seal` is called once, inside the transaction, with the statements of the writes whose changes all held, in order.
   * Token, run and event rows take their `statement` from the write's own first statement of kind
   * `token-created`, `run-opened` or `event-received`.
   * @throws CountersignError `store-failed`: nothing of the batch was stored.
   */
  commit(batch: readonly Write[], seal: Seal): Promise<readonly Written[]>;

  /** The statements of a proposal, in order. */
  statementsOf(proposal: string): Promise<readonly Entry[]>;
  /** The statements of one kind in a run, in order, after a position if one is given: what the run has read. */
  statementsOfRun(run: string, kind: StatementKind, afterPos?: number): Promise<readonly Entry[]>;
  /** The statements of one kind, in order. */
  statementsOfKind(kind: StatementKind): Promise<readonly Entry[]>;
  proposal(id: string): Promise<ProposalRow | null>;
  proposalByCall(callKey: Digest): Promise<ProposalRow | null>;
  /** Oldest first. */
  proposals(filter: {
    readonly states: readonly ProposalState[];
    readonly run?: string;
    readonly limit: number;
  }): Promise<readonly ProposalRow[]>;
  token(secret: Digest): Promise<TokenRow | null>;
  tokens(): Promise<readonly TokenRow[]>;
  run(id: string): Promise<RunRow | null>;
  runBySecret(secret: Digest): Promise<RunRow | null>;
  effect(effect: Digest): Promise<EffectRow | null>;
  /** Effects of the same action whose outcome is not known, or whose intent has no outcome. */
  unsettled(action: Digest): Promise<readonly EffectRow[]>;
  body(digest: Digest): Promise<string | null>;

  /** For the ledger: entries after `pos`, in order, at most `limit`. */
  entriesAfter(pos: number, limit: number): Promise<readonly FiledEntry[]>;
  /** For the ledger: which entry has which place in the tree. Refuses (throws `log-corrupt`) a place that is taken by another entry. */
  sequence(places: readonly { readonly seq: number; readonly pos: number }[]): Promise<void>;
  /** The last sequenced place, or null. */
  lastSequenced(): Promise<{ readonly seq: number; readonly pos: number } | null>;
  /** The places of the statements of a proposal, for `log show` and `log proof`. Null: not sealed yet. */
  placeOf(pos: number): Promise<number | null>;

  close(): Promise<void>;
}
