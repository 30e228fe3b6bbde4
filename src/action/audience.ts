/** How far something can be seen, from narrowest to widest. `unknown` stands apart: it is never narrow enough and never wide enough. */
export const reaches = ['self', 'named', 'team', 'org', 'partner', 'customer', 'internet'] as const;

/** One step of the scale. */
export type Reach = (typeof reaches)[number];

/** Who will be able to see the result of a write, resolved live by a connector. */
export interface Audience {
  readonly reach: Reach | 'unknown';
  /** One line for the card, made by our connector: "public channel #general, 212 members". */
  readonly summary: string;
  readonly count: number | null;
  /** The immutable id of the closed group that `reach` speaks of (`slack:T1/C1`, `github:repository:42`), if there is one. */
  readonly space?: string | undefined;
}

/** Whether what was read can be trusted. Third-party content never can; `system` is what a system sets itself. */
export type Integrity = 'untrusted' | 'system';

/** The label of data that was read: where it came from, who may read it there, and whether it can be trusted. */
export interface Label {
  readonly readers: Reach | 'unknown';
  readonly integrity: Integrity;
  /** As in `Audience`: the closed group that may read it. */
  readonly space?: string | undefined;
}

/** One thing that a run has read. */
export interface Source {
  readonly system: string;
  readonly tenant: string;
  readonly operation: string;
  /** What was read, as the catalogue names it: `channel C0123`, `acme/app#12`. */
  readonly target: string;
  readonly label: Label;
}

/**
 * True if data that the readers of `source` may see would be shown to somebody outside of them.
 * Unknown on either side leaks: an unknown source is readable by the requester alone, an unknown audience is everybody.
 * Two closed groups of the same reach are the same people only if they are the same space.
 */
export function leaksTo(source: Label, audience: Audience): boolean {
  if (audience.reach === 'self') return false;
  if (source.readers === 'unknown' || audience.reach === 'unknown') return true;
  if (source.readers === 'internet') return false;
  if (source.space !== undefined && source.space === audience.space) return false;
  // A closed group's data stays in that group: two teams, or two partners, are not the same readers. Only the organisation is one.
  if (source.readers !== 'org') return true;
  return reaches.indexOf(audience.reach) > reaches.indexOf('org');
}
