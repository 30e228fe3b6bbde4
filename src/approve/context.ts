import type { Approver } from '../action/statement.ts';
import type { Trust } from '../record/identity.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Store } from '../store/store.ts';

/** What the console works with: the book, and what the configuration says of people. No credential, and no approver's key. */
export interface ConsoleContext {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly trust: Trust;
  readonly installation: string;
  /** The approvers as of now, back to the administrators that the configuration pins. */
  readonly directory: () => Promise<ReadonlyMap<string, Approver>>;
  /** Users who own a system by configuration. */
  readonly ownersOf: (system: string) => readonly string[];
  readonly signatureTtlMs: number;
  readonly now: () => number;
}
