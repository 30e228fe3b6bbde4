import type { Catalogues, DeriveCall } from '../decide/call.ts';
import type { Engine } from '../decide/engine.ts';
import type { Trust } from '../record/identity.ts';
import type { Recorder } from '../record/recorder.ts';
import type { RunRecords } from '../record/run-facts.ts';
import type { Store } from '../store/store.ts';
import type { Peer } from '../wire/client.ts';

/** What the mediator works with. No credential, and no way to one. */
export interface Mediation {
  readonly catalogues: Catalogues;
  readonly derive: DeriveCall;
  /** The policy as it is now: the file may change while the gateway runs. */
  readonly engine: () => Engine;
  readonly store: Store;
  readonly recorder: Recorder;
  readonly trust: Trust;
  readonly runs: RunRecords;
  readonly reader: Peer;
  readonly executor: Peer;
  /** Immutable ids that the operator lets agents write to in this system. */
  readonly configuredTargets: (system: string) => readonly string[];
  readonly proposalTtlMs: number;
  /** The address of the console, without a slash at the end. */
  readonly consoleUrl: string;
  readonly now: () => number;
}
