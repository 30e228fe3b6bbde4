import type { Action, Target } from '../action/action.ts';
import type { Audience, Label } from '../action/audience.ts';
import type { Field, Made, Named } from '../action/binding.ts';
import type { JsonObject, Json } from '../action/json.ts';
import type { Derived, Operation } from '../action/operation.ts';
import type { Result } from '../errors.ts';

/*
 * What a connector's two hands can do. `read.ts` makes a ReadHand and is loaded by the reader only; `write.ts` makes a
 * WriteHand and is loaded by the executor only. Each is given its own credential and may import nothing of the other.
 */

/** What the reader finds out about a write before anybody decides about it. */
export interface Resolution {
  readonly target: Target;
  /** The state that must still hold at execution: `{head: "<sha>"}`. Empty if the operation has none. */
  readonly precondition: JsonObject;
  readonly audience: Audience;
  /** What will change, in lines for the approver, made by code from data: never free text of a third party. */
  readonly effect: readonly string[];
  /**
   * Everything that the call names and that must come from the user, the run or the configuration: the target first. Names
   * are listed only where the system makes sure that they are unique; left out, it is the target under its own name.
   */
  readonly binds?: readonly Named[] | undefined;
}

/** What a hand has learned about things from an answer. */
export interface Learned {
  /** Things in the answer, with the names that they have there. */
  readonly seen?: readonly Named[] | undefined;
  /** Fields that the system itself sets, whole. */
  readonly fields?: readonly Omit<Field, 'system'>[] | undefined;
}

/** What a read returned. Its content is a third party's, whoever wrote it. */
export interface ReadResult extends Learned {
  readonly content: Json;
  readonly label: Label;
  /** What was read, for the run's list of sources: `channel C0123 (#general)`. */
  readonly target: string;
  /** Its immutable id, typed: `slack:T1/C0123`, `github:repository:42/issue:7`. */
  readonly id?: string | undefined;
  /** How many objects of the answer did not prove that they are of the configured tenant, and were left out. */
  readonly foreign?: number | undefined;
}

/** The reading hand of one system. Expected failures are refusals with a code of `handCodes`; it throws only for bugs. */
export interface ReadHand {
  resolve(operation: Operation, derived: Derived): Promise<Result<Resolution>>;
  read(operation: Operation, derived: Derived): Promise<Result<ReadResult>>;
  close(): Promise<void>;
}

/** A delivery of a webhook that did not arrive: the sender's id of it, the event's name, and the ids in it by dotted path. Never a text. */
export interface Missed {
  readonly providerId: string;
  readonly name: string;
  readonly atMs: number;
  readonly ids: Readonly<Record<string, string | number | boolean>>;
}

/** What a look at a sender found. */
export interface LookedAt {
  readonly missed: readonly Missed[];
  /** How many attempts the sender listed. */
  readonly attempts: number;
  /** False: the look ended before it came to the time that it was to go back to. */
  readonly whole: boolean;
  /** True: more were missed than one look brings back. */
  readonly more: boolean;
}

/** Asks a sender what it did not get through, with the reading credential. */
export interface DeliveryLook {
  /** Those since then that no attempt got through; with `all` also those that were answered with success. */
  missed(sinceMs: number, all: boolean): Promise<Result<LookedAt>>;
}

/**
 * One GET at the configured API of a provider. Whoever makes it adds the token and knows the host; `path` is percent-encoded and
 * is put behind the configured address. `data` is null if the body is no JSON. Refuses with a code of `handCodes`.
 */
export type ApiGet = (
  path: string,
  query: Readonly<Record<string, string>>,
  headers?: Readonly<Record<string, string>>,
) => Promise<Result<{ readonly status: number; readonly data: unknown }>>;

/** Gets a token, and opens the API with it for one look. */
export type OpenApi = () => Promise<Result<ApiGet>>;

/** What a look at a provider's list of changes found. */
export interface ChangesSeen {
  readonly missed: readonly Missed[];
  /** Where the next look begins: for everybody but the look that made it, bytes. */
  readonly cursor: string;
  /** Entries that were passed over, because they only describe what there was before the start. */
  readonly passed: number;
  /**
   * `started`: from here on changes are seen, and none before. `starting`: the list can only be read from its beginning, and the
   * start is not reached. `more`: the next look goes on where this one ended. `whole`: that was all.
   */
  readonly state: 'started' | 'starting' | 'more' | 'whole';
}

/** Asks a provider for the changes behind a place in its list, with the reading credential. */
export interface ChangeLook {
  /** Null: begin now. Refuses with `cursor-refused` a place that it did not make or that the provider takes no longer, else with a code of `handCodes`. */
  changes(cursor: string | null): Promise<Result<ChangesSeen>>;
}

/** How a write ended, when it is known. `failed` only if it is proven that nothing happened. */
export type Performed =
  | ({ readonly outcome: 'done'; readonly receipt: JsonObject; readonly content: Json } & Learned & {
        /** What the call made: it belongs to the run. */
        readonly made?: readonly Omit<Made, 'system'>[] | undefined;
      })
  | { readonly outcome: 'failed'; readonly code: HandCode; readonly message: string };

/** What a later look found. */
export type Found =
  | { readonly found: 'done'; readonly receipt: JsonObject }
  | { readonly found: 'absent' }
  | { readonly found: 'cannot-tell' };

/** The writing hand of one system. */
export interface WriteHand {
  /**
   * Looks again, with the writing credential, at what the action is bound to. Refuses with `precondition-changed`,
   * `target-changed` or `audience-widened` if it is not what was approved. Sends nothing that changes anything.
   */
  check(operation: Operation, action: Action, audience: Audience): Promise<Result<null>>;
  /**
   * Makes the call, once. `marker` identifies this one execution and is put where the system has room for it.
   * `signal` ends when the executor gives up: nothing may be sent after that.
   * Throws, or returns neither, when it cannot be known whether the call took effect: that is recorded as `unknown`.
   */
  perform(operation: Operation, action: Action, marker: string, signal?: AbortSignal): Promise<Performed>;
  /**
   * Looks whether an earlier `perform` with this marker took effect. `sinceMs` is when its intent was recorded: whatever is
   * clearly older need not be looked at, so that `absent` can be said of a system with a long history.
   */
  find(operation: Operation, action: Action, marker: string, sinceMs?: number): Promise<Found>;
  close(): Promise<void>;
}

/** The codes with which a hand refuses. Closed; the messages are ours and carry no third-party text. */
export const handCodes = [
  'not-found',
  'forbidden' /** the third party says that the credential may not */,
  'bad-credential',
  'bad-arguments' /** the third party does not accept the arguments */,
  'rate-limited',
  'not-reachable' /** proven: nothing was sent */,
  'timed-out',
  'third-party-error',
  'too-large',
  'broken-reply' /** the reply could not be parsed */,
  'wrong-tenant' /** what came back belongs to another tenant: withheld */,
  'tool-changed' /** an upstream MCP tool is not the one that was reviewed */,
  'precondition-changed',
  'target-changed',
  'audience-widened',
  'not-supported',
] as const;

/** One of the codes. */
export type HandCode = (typeof handCodes)[number];
