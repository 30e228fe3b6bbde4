import type { Class } from '../action/class.ts';
import type { Principal } from '../action/principal.ts';
import type { Binding } from '../action/statement.ts';
import type { Target } from '../action/action.ts';

/** Everything that a decision may depend on. The gateway, the reader and the executor each build it themselves. */
export interface DecisionRequest {
  readonly principal: Principal;
  readonly system: string;
  readonly tenant: string;
  readonly operation: string;
  readonly class: Class;
  readonly target: Target;
  readonly fourEyes: boolean;
  readonly reversible: boolean;
  readonly binding: Binding;
  /** Data of the run would reach somebody who may not read its source. */
  readonly leaks: boolean;
  /** The run has read third-party content. */
  readonly tainted: boolean;
  /** Who will see the result. */
  readonly reach: string;
  /** How long ago the proposal was made, and its oldest signature: 0 when it is made. A policy can shorten what it waits. */
  readonly proposalAgeMs?: number;
  readonly signatureAgeMs?: number;
}
