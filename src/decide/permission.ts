import type { Role } from '../action/principal.ts';
import type { DecisionRequest } from './request.ts';

/** Whether a request is allowed with given signatures. */
export interface Permission {
  readonly allowed: boolean;
  /** The policies that made it so: the permits if it is allowed, the forbids if not. None: nothing permits it. */
  readonly policies: readonly string[];
  /** Why nothing could be decided, in our own words. Anything here is a deny. */
  readonly errors: readonly string[];
}

/** Asks the policies once, with exactly these signatures. */
export type Permits = (request: DecisionRequest, signed: readonly Role[]) => Permission;
