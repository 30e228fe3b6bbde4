/**
 * The two kinds of "no".
 *
 * An expected refusal is a value: `Result` with `ok: false`. A broken contract (a bug, a corrupt
 * file, a store that is down) throws `CountersignError` with a code from a closed union.
 * No message carries a secret or a third party's text.
 */

/** Codes of broken contracts. Closed, so that a `switch` over them is checked by the compiler. */
export type ErrorCode =
  | 'not-canonical'
  | 'bad-config'
  | 'bad-policy'
  | 'bad-catalogue'
  | 'bad-key'
  | 'bad-credential'
  | 'store-failed'
  | 'log-corrupt'
  | 'not-reachable'
  | 'wire-protocol'
  | 'bug';

/** A broken contract. `message` says what to do next, in one line, and is safe to print. */
export class CountersignError extends Error {
  readonly code: ErrorCode;
  /** The place in the configuration of what is wrong, as names with dots between; null if it is none there. The message begins with it. */
  readonly at: string | null;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { readonly at?: string }) {
    super(options?.at === undefined ? message : `${options.at}: ${message}`, options);
    this.name = 'CountersignError';
    this.code = code;
    this.at = options?.at ?? null;
  }
}

/** Why something was refused. `code` is stable; `message` is one line for the person who meets it. */
export interface Refusal {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
}

/** An expected yes or no. */
export type Result<T> = { readonly ok: true; readonly value: T } | Refusal;

/** Builds the yes. */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Builds the no. */
export function refuse(code: string, message: string): Refusal {
  return { ok: false, code, message };
}
