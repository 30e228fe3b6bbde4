import { z } from 'zod';
import { reaches } from '../../action/audience.ts';
import type { Audience, Label, Reach } from '../../action/audience.ts';
import { limits } from '../../limits.ts';
import { fitName } from './workspace.ts';

/*
 * Channels and people: what they are and who can see them, computed from what Slack says. The audience of a write is never taken for narrower than Slack says,
 * the readers of what was read never for wider.
 */

const flag = z.boolean().nullish();
const teams = z.array(z.string()).nullish();

/** A conversation, as `conversations.info` and `conversations.list` give it. */
export const channelShape = z.object({
  id: z.string().regex(/^[CGD][A-Z0-9]{7,20}$/),
  name: z.string().nullish(),
  user: z.string().nullish(),
  is_private: flag,
  is_im: flag,
  is_mpim: flag,
  is_archived: flag,
  is_member: flag,
  is_shared: flag,
  is_ext_shared: flag,
  is_pending_ext_shared: flag,
  is_org_shared: flag,
  shared_team_ids: teams,
  connected_team_ids: teams,
  context_team_id: z.string().nullish(),
  internal_team_ids: teams,
  pending_shared: teams,
  pending_connected_team_ids: teams,
  num_members: z.int().min(0).nullish(),
  topic: z.object({ value: z.string().nullish() }).nullish(),
  purpose: z.object({ value: z.string().nullish() }).nullish(),
});

/** A conversation. */
export type Channel = z.infer<typeof channelShape>;

/** A person or a bot. */
export const personShape = z.object({
  id: z.string().regex(/^[UW][A-Z0-9]{7,20}$/),
  team_id: z.string().nullish(),
  name: z.string().nullish(),
  real_name: z.string().nullish(),
  deleted: flag,
  is_bot: flag,
  is_restricted: flag,
  is_ultra_restricted: flag,
  is_stranger: flag,
  tz: z.string().nullish(),
  profile: z.object({ display_name: z.string().nullish(), title: z.string().nullish() }).nullish(),
});

/** A person or a bot. */
export type Person = z.infer<typeof personShape>;

/** How people call a conversation: `#general`, or what kind of conversation it is and its id. */
export function nameOf(channel: Channel): string {
  if (channel.is_im === true) return `direct message ${channel.id}`;
  if (channel.is_mpim === true) return `group message ${channel.id}`;
  return `#${fitName(channel.name)}`;
}

/**
 * True if a conversation proves that it is of the workspace: by a field that names it. One that names no workspace at all
 * is of the one that the credential is pinned to, unless Slack says that somebody shares it.
 */
export function provesChannel(channel: Channel, team: string): boolean {
  const { context_team_id: context, shared_team_ids: shared, internal_team_ids: internal } = channel;
  const named = [context ?? '', ...(shared ?? []), ...(internal ?? [])].filter((id) => id !== '');
  if (named.length > 0) return named.includes(team);
  return [channel.is_shared, channel.is_ext_shared, channel.is_org_shared, channel.is_pending_ext_shared].every((is) => is !== true);
}

/** True if a person proves to be of the workspace. Slack says of everybody where they are from: silence is no proof. */
export function provesPerson(person: Person, team: string): boolean {
  return person.team_id === team && person.is_stranger !== true;
}

/** The workspaces whose members are of our own organisation, as far as a conversation says. */
function insideOf(channel: Channel, team: string): ReadonlySet<string> {
  const alone = !outsidersOf(channel, team).any && channel.is_org_shared === true;
  return new Set([team, ...(channel.internal_team_ids ?? []), ...(alone ? (channel.shared_team_ids ?? []) : [])]);
}

/**
 * The organisations beyond ours that can see a channel, by team id, and whether there are any: Slack may say that a channel
 * is shared without saying with whom. Workspaces of one organisation are not outsiders.
 */
export function outsidersOf(channel: Channel, team: string): { readonly any: boolean; readonly teams: readonly string[] } {
  const named = [channel.shared_team_ids, channel.connected_team_ids, channel.pending_shared, channel.pending_connected_team_ids].flatMap(
    (ids) => ids ?? [],
  );
  const pending = (channel.pending_shared ?? []).length + (channel.pending_connected_team_ids ?? []).length > 0;
  const shared = channel.is_ext_shared === true || channel.is_pending_ext_shared === true || pending;
  const withinOrganisation = channel.is_org_shared === true && !shared;
  const internal = new Set([team, ...(channel.internal_team_ids ?? [])]);
  const ids = withinOrganisation ? [] : [...new Set(named)].filter((id) => !internal.has(id)).sort();
  return { any: shared || ids.length > 0 || (channel.is_shared === true && channel.is_org_shared !== true), teams: ids };
}

/** How far a message to a conversation is seen. What Slack leaves out is taken for a public channel. */
export function reachOf(channel: Channel, team: string): Reach {
  if (outsidersOf(channel, team).any) return 'partner';
  if (channel.is_im === true || channel.is_mpim === true) return 'named';
  return channel.is_private === true ? 'team' : 'org';
}

/** The closed group of a conversation. A direct message is named by the person, so that it is the same before it was opened. */
export function spaceOf(channel: Channel, team: string): string {
  return `slack:${team}/${channel.is_im === true && typeof channel.user === 'string' && channel.user !== '' ? channel.user : channel.id}`;
}

/**
 * Who may read what was read in a conversation: the narrowest that it can be. A channel that outsiders share is labelled by
 * our own side of it, with its space, so that what was read there may go back there but not to another partner.
 */
export function labelOf(channel: Channel, team: string): Label {
  const space = spaceOf(channel, team);
  if (channel.is_im === true || channel.is_mpim === true) return { readers: 'named', integrity: 'untrusted', space };
  if (channel.is_private !== false) return { readers: 'team', integrity: 'untrusted', space };
  return outsidersOf(channel, team).any ? { readers: 'org', integrity: 'untrusted', space } : { readers: 'org', integrity: 'untrusted' };
}

/** The label of things read together: the narrowest readers; a space only if all share it. Nothing read: the workspace. */
export function joinLabels(labels: readonly Label[]): Label {
  const steps = labels.map((label) => (label.readers === 'unknown' ? -1 : reaches.indexOf(label.readers)));
  if (steps.includes(-1)) return { readers: 'unknown', integrity: 'untrusted' };
  const readers = reaches[Math.min(reaches.indexOf('org'), ...steps)] ?? 'unknown';
  const [first] = labels;
  const same = first?.space !== undefined && labels.every((label) => label.space === first.space);
  return same ? { readers, integrity: 'untrusted', space: first.space } : { readers, integrity: 'untrusted' };
}

/** True for somebody who is not a full member of these workspaces: a guest, or a member of another one. */
function isFrom(person: Person, inside: ReadonlySet<string>): boolean {
  return (
    person.is_restricted !== true && person.is_ultra_restricted !== true && person.is_stranger !== true && inside.has(person.team_id ?? '')
  );
}

/** True for somebody who is not a full member of the workspace. */
export function isOutsider(person: Person, team: string): boolean {
  return !isFrom(person, new Set([team]));
}

/** Those in a conversation who are not full members of our own organisation. */
export function outsideIn(channel: Channel, persons: readonly Person[], team: string): readonly Person[] {
  const inside = insideOf(channel, team);
  return persons.filter((person) => !isFrom(person, inside));
}

/**
 * All who are from outside, by typed ids: the organisations that share the conversation stand for their members. Null if
 * Slack does not say which organisations these are, or if there are too many.
 */
export function toldApart(channel: Channel, outside: readonly Person[], team: string): readonly string[] | null {
  const { any, teams: ids } = outsidersOf(channel, team);
  const pending = (channel.pending_shared ?? []).length + (channel.pending_connected_team_ids ?? []).length;
  if ((any && ids.length === 0) || (channel.is_pending_ext_shared === true && pending === 0)) return null;
  const single = outside.filter((person) => !ids.includes(person.team_id ?? '')).map((person) => `slack:user:${person.id}`);
  const all = [...ids.map((id) => `slack:team:${id}`), ...single].sort();
  return all.length <= limits.outsidersMax ? all : null;
}

/** Who will see a direct message. A guest counts as an outsider: guests do not see the public channels. */
export function audienceOfPerson(person: Person, team: string): Audience {
  const outside = isOutsider(person, team);
  return {
    kind: outside ? 'partner' : 'named',
    summary: `direct message to @${fitName(person.name)} (${person.id})${outside ? ', who is a guest or of another organisation' : ''}`,
    count: 1,
    externals: outside ? 1 : 0,
    joinable: false,
    space: `slack:${team}/${person.id}`,
    outsiders: outside ? [`slack:user:${person.id}`] : [],
  };
}
