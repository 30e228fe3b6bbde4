/** On whose behalf, and through which agent, something is asked. */
export interface Principal {
  readonly user: string;
  readonly agent: string;
}

/** Who must countersign. `requester` is the asking user; the others can only be filled by somebody else. */
export const roles = ['requester', 'second', 'owner'] as const;

/** A role that a countersignature can fill. */
export type Role = (typeof roles)[number];
