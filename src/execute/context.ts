import type { Approver } from '../action/statement.ts';
import type { WriteHand } from '../connectors/connector.ts';
import type { DeriveCall } from '../decide/call.ts';
import type { Engine } from '../decide/engine.ts';
import type { Trust } from '../record/identity.ts';
import type { Recorder } from '../record/recorder.ts';
import type { LinkRules } from '../decide/leaving.ts';
import type { RunRecords } from '../record/run-facts.ts';
import type { Store } from '../store/store.ts';

/** What the executor works with. Its credentials are inside the hands. Nothing here comes from another process but the store's signed statements. */
export interface Execution {
  readonly installation: string;
  /** The effects that this life has begun: a store that forgets does not make it forget. */
  readonly spent: Set<string>;
  /** Something that a person should look at. */
  readonly alarm: (code: string, message: string, about: string) => void;
  readonly derive: DeriveCall;
  readonly engine: () => Engine;
  readonly hands: ReadonlyMap<string, WriteHand>;
  readonly store: Store;
  readonly recorder: Recorder;
  readonly trust: Trust;
  readonly runs: RunRecords;
  /** Credentials of this process and canaries: what no write may carry. */
  readonly guarded: () => readonly { readonly name: string; readonly value: string }[];
  readonly links: LinkRules;
  readonly personal: boolean;
  readonly classifier?: ((sentences: readonly string[]) => readonly number[]) | undefined;
  /** The approvers as of now, back to the administrators that the configuration pins. */
  readonly directory: () => Promise<ReadonlyMap<string, Approver>>;
  readonly configuredTargets: (system: string) => readonly string[];
  /** Users who own a system by configuration. */
  readonly ownersOf: (system: string) => readonly string[];
  readonly proposalTtlMs: number;
  readonly signatureTtlMs: number;
  readonly now: () => number;
}
