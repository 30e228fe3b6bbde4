import type { JsonObject } from './json.ts';

/** How far something can be seen, from narrowest to widest. `unknown` stands apart: it is never narrow enough and never wide enough. */
export const reaches = ['self', 'named', 'team', 'org', 'partner', 'customer', 'internet'] as const;

/** One step of the scale. */
export type Reach = (typeof reaches)[number];

/** Who will be able to see the result of a write, resolved live by a connector. */
export interface Audience {
  readonly kind: Reach | 'unknown';
  /** One line for the card, made by our connector: "public channel #general, 212 members". */
  readonly summary: string;
  /** How many people; null if it is not known. */
  readonly count: number | null;
  /** How many of them are not of the tenant's own organisation; null if it is not known. */
  readonly externals: number | null;
  /** Whether others can join by themselves and then see it. */
  readonly joinable: boolean;
  /** The immutable id of the closed group that `kind` speaks of (`slack:T1/C1`, `github:repository:42`), if there is one. */
  readonly space?: string | undefined;
  /** Those of `externals` who can be told apart, by a typed id: `email:eve@evil.example`, `slack.team:T2`. All of them, or the list is left out. */
  readonly outsiders?: readonly string[] | undefined;
  /** Everybody in it, in the same way, where they are few and can be told apart. */
  readonly people?: readonly string[] | undefined;
}

/** Whether what was read can be trusted. Third-party content never can; `system` is what a system sets itself. */
export type Integrity = 'untrusted' | 'system';

/** Who wrote what was read, where the system itself tells it. Only for people and policies to look at: no author makes content trusted. */
export const authors = [
  'member',
  'guest',
  'bot',
  'outside-reporter',
  'first-time-contributor',
  'external-sender',
  'web-form',
  'several',
] as const;

/** A kind of author. */
export type Author = (typeof authors)[number];

/** The kind of author of things that were read together. Members stand behind everybody else, and behind who is not known. */
export function authorOfAll(kinds: readonly (Author | undefined)[]): Author | undefined {
  const others = [...new Set(kinds.filter((kind) => kind !== undefined && kind !== 'member'))];
  if (others.length > 1) return 'several';
  return others[0] ?? (kinds.length > 0 && kinds.every((kind) => kind === 'member') ? 'member' : undefined);
}

/** The label of data that was read: who may read it there, who wrote it, and whether it can be trusted. */
export interface Label {
  readonly readers: Reach | 'unknown';
  readonly integrity: Integrity;
  /** As in `Audience`: the closed group that may read it. */
  readonly space?: string | undefined;
  readonly author?: Author | undefined;
  /** Marked by the operator: nobody outside gets it because a user names them. */
  readonly restricted?: boolean | undefined;
}

/** One thing that a run has read. */
export interface Source {
  readonly system: string;
  readonly tenant: string;
  readonly operation: string;
  /** What was read, as the catalogue names it: `channel C0123`, `acme/app#12`. */
  readonly target: string;
  /** The immutable id of what was read, where the system has one. */
  readonly id?: string | undefined;
  readonly label: Label;
}

const rank = (kind: Audience['kind']): number => (kind === 'unknown' ? reaches.length : reaches.indexOf(kind));

/**
 * True if data that the readers of `source` may see would be shown to somebody outside of them.
 * Unknown on either side leaks: an unknown source is readable by the requester alone, an unknown audience is everybody.
 * Two closed groups of the same kind are the same people only if they are the same space.
 */
export function leaksTo(source: Label, audience: Audience): boolean {
  if (audience.kind === 'self') return false;
  if (source.readers === 'unknown' || audience.kind === 'unknown') return true;
  if (source.readers === 'internet') return false;
  if (source.space !== undefined && source.space === audience.space) return false;
  // A closed group's data stays in that group: two teams, or two partners, are not the same readers. Only the organisation is one.
  if (source.readers !== 'org') return true;
  return rank(audience.kind) > rank('org') || (audience.externals ?? 0) > 0;
}

/**
 * True if `now` shows the result to anybody who was not in `approved`: a wider kind, another group, more people from
 * outside, a door that was opened, or more named people. What was unknown cannot get wider, and people of the
 * organisation who join the same closed group do not count: they could read it there later anyway.
 */
export function widened(approved: Audience, now: Audience): boolean {
  if (approved.kind === 'unknown') return false;
  if (rank(now.kind) > rank(approved.kind)) return true;
  if (now.kind === approved.kind && now.space !== approved.space) return true;
  if ((now.externals ?? Infinity) > (approved.externals ?? Infinity)) return true;
  if (now.joinable && !approved.joinable) return true;
  const before = new Set(approved.outsiders ?? now.outsiders ?? []);
  if ((now.outsiders ?? []).some((one) => !before.has(one))) return true;
  return now.kind === 'named' && approved.count !== null && (now.count ?? Infinity) > approved.count;
}

/**
 * The label that an upstream server gives to its own answer (`_meta.ifc`), taken only where it trusts less than ours:
 * narrower readers count, a claim of trust or of wider readers counts for nothing.
 */
export function lowered(label: Label, ifc: JsonObject): Label {
  const claimed = ifc['readers'] ?? ifc['confidentiality'];
  const known: Label['readers'] | null =
    reaches.find((one) => one === claimed) ?? (claimed === undefined || claimed === 'public' ? null : 'unknown');
  const narrower = known === 'unknown' || (known !== null && label.readers !== 'unknown' && rank(known) < rank(label.readers));
  const { space: _space, ...open } = label;
  const readers: Label = known !== null && narrower ? { ...open, readers: known } : label;
  const trusted = ifc['integrity'] === undefined || ifc['integrity'] === 'trusted' || ifc['integrity'] === 'system';
  return trusted ? readers : { ...readers, integrity: 'untrusted' };
}
