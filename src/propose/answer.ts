import type { Source } from '../action/audience.ts';
import type { Json, JsonObject } from '../action/json.ts';
import type { Principal, Role } from '../action/principal.ts';
import type { Level } from '../action/vocabulary.ts';
import type { ProposalState } from '../store/store.ts';

/*
 * What the gateway can answer, whatever door the question came through. MCP and the HTTP API only translate it.
 */

/** Who is calling, as proved by a token of ours. Every call belongs to a run. */
export interface Caller {
  readonly principal: Principal;
  readonly run: string;
}

/** One call. */
export interface Call {
  readonly system: string;
  readonly operation: string;
  readonly arguments: JsonObject;
  /** Makes a repeated call the same call. Left out, the same arguments in the same run are the same call. */
  readonly callId?: string | undefined;
}

/** A tool as a principal may see it. */
export interface Tool {
  /** `<system>_<operation>` */
  readonly name: string;
  readonly system: string;
  readonly operation: string;
  readonly title: string;
  readonly description: string;
  readonly input: JsonObject;
  /** True annotations, from our class: never an upstream server's. */
  readonly readOnly: boolean;
  readonly destructive: boolean;
}

/** The answer to a call or to a question about a proposal. */
export type Answer =
  | {
      readonly kind: 'read';
      readonly proposal: string;
      readonly content: Json;
      readonly source: Source;
      /** What was found in it. `none` is no statement that it is harmless. */
      readonly level: Level;
    }
  | {
      readonly kind: 'waiting';
      readonly proposal: string;
      readonly state: ProposalState;
      readonly needs: readonly Role[];
      readonly reasons: readonly string[];
      /** Where a person can look at it and sign. */
      readonly url: string;
      readonly command: string;
      readonly expiresAtMs: number;
    }
  | {
      readonly kind: 'outcome';
      readonly proposal: string;
      readonly outcome: 'done' | 'failed' | 'unknown';
      readonly code: string;
      readonly message: string;
      readonly receipt: JsonObject;
      /** What the third party returned, if it is still kept. Untrusted. */
      readonly content: Json;
    }
  | {
      readonly kind: 'refused';
      readonly proposal: string | null;
      readonly code: string;
      readonly message: string;
      readonly reasons: readonly string[];
      readonly waysOut: readonly string[];
    };

/** What the doors of the gateway are built on. */
export interface Mediator {
  tools(principal: Principal): readonly Tool[];
  call(caller: Caller, call: Call): Promise<Answer>;
  /** Waits up to `waitMs` (at most `limits.statusWaitMs`) for the proposal to leave its present state. Only the caller's own run's proposals exist for it. */
  status(caller: Caller, proposal: string, waitMs: number): Promise<Answer>;
  /** Makes a run for a principal. The secret is returned once and kept only as a digest. */
  openRun(request: {
    readonly principal: Principal;
    readonly token: string;
    readonly text: string | null;
    /** The operations that the task needs; null if nobody declared any. */
    readonly scope: readonly string[] | null;
    readonly withSecret: boolean;
  }): Promise<{ readonly run: string; readonly secret: string | null; readonly expiresAtMs: number }>;
  /** Adds to what the user has said in a run. `token` is the credential of who heard it. */
  addWords(words: { readonly run: string; readonly token: string; readonly text: string }): Promise<void>;
}
