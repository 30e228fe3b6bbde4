import { z } from 'zod';
import type { Audience } from '../../action/audience.ts';
import { limits } from '../../limits.ts';
import type { Answered, Ask } from './client.ts';
import { audienceOfPerson, channelShape, isOutsider, nameOf, outsidersOf, personShape, reachOf, spaceOf } from './place.ts';
import type { Channel, Person } from './place.ts';
import { deny } from './verdicts.ts';
import { isForeign, ownRows } from './workspace.ts';

/* Looking channels and people up, with whichever credential asks. */

const people = (count: number | null): string => (count === null ? '' : `, ${count} ${count === 1 ? 'member' : 'members'}`);

/** Who is in a closed conversation, or null if it has more people than can be looked up one by one. */
async function membersOf(ask: Ask, channel: Channel): Promise<Answered<readonly string[] | null>> {
  if (channel.is_im === true) return { ok: true, value: typeof channel.user === 'string' ? [channel.user] : null };
  const limit = limits.slackGroupPeopleMax;
  const asked = await ask(
    'conversations.members',
    { channel: channel.id, limit },
    z.object({ members: z.array(z.string()), response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish() }),
  );
  if (!asked.ok) return asked;
  const more = (asked.value.response_metadata?.next_cursor ?? '') !== '';
  return { ok: true, value: more || asked.value.members.length > limit ? null : asked.value.members };
}

/** Who will see a message to a conversation, as it is now. */
export async function audienceOf(ask: Ask, channel: Channel, team: string): Promise<Answered<Audience>> {
  const reach = reachOf(channel, team);
  const count = channel.num_members ?? null;
  const name = channel.is_im === true || channel.is_mpim === true ? nameOf(channel) : `${nameOf(channel)} (${channel.id})`;
  const space = spaceOf(channel, team);
  if (reach === 'partner') {
    const { teams: ids } = outsidersOf(channel, team);
    const who = ids.length === 0 ? 'another organisation' : `${ids.length} other ${ids.length === 1 ? 'organisation' : 'organisations'}`;
    return { ok: true, value: { kind: reach, summary: `${name}, shared with ${who}${people(count)}`, count, externals: null, joinable: channel.is_private === false, space } };
  }
  if (reach === 'team') return { ok: true, value: { kind: reach, summary: `private channel ${name}${people(count)}`, count, externals: null, joinable: false, space } };
  if (reach === 'org') {
    const kind = channel.is_org_shared === true ? 'channel of the whole organisation' : 'public channel';
    return { ok: true, value: { kind: reach, summary: `${kind} ${name}${people(count)}`, count, externals: null, joinable: true } };
  }
  const members = await membersOf(ask, channel);
  if (!members.ok) return members;
  if (members.value === null) return { ok: true, value: { kind: 'unknown', summary: `${name}, whose people cannot be listed`, count, externals: null, joinable: false } };
  const persons: Person[] = [];
  for (const id of members.value) {
    const person = await lookUpPerson(ask, id);
    if (!person.ok) return person;
    persons.push(person.value);
  }
  const [first] = persons;
  if (channel.is_im === true && first !== undefined) return { ok: true, value: audienceOfPerson(first, team) };
  const outside = persons.filter((person) => isOutsider(person, team)).length;
  const summary = `${name}, ${persons.length} people${outside === 0 ? '' : `, ${outside} of them guests or of another organisation`}`;
  return { ok: true, value: { kind: outside === 0 ? 'named' : 'partner', summary, count: persons.length, externals: outside, joinable: false, space } };
}

/** Looks a person up, of whatever workspace. */
async function lookUpPerson(ask: Ask, id: string): Promise<Answered<Person>> {
  const asked = await ask('users.info', { user: id }, z.object({ user: personShape }));
  if (!asked.ok) return asked;
  return asked.value.user.id === id
    ? { ok: true, value: asked.value.user }
    : deny('broken-reply', 'Slack answered with another person', false);
}

/** Looks a person of this workspace up. */
export async function ownPerson(ask: Ask, id: string, team: string): Promise<Answered<Person>> {
  const found = await lookUpPerson(ask, id);
  if (found.ok && isForeign(found.value, team)) return deny('wrong-tenant', 'this person belongs to another workspace: withheld', false);
  return found;
}

/** Looks a conversation up, and proves that it is of this workspace. */
export async function ownChannel(ask: Ask, id: string, team: string): Promise<Answered<Channel>> {
  const asked = await ask('conversations.info', { channel: id, include_num_members: true }, z.object({ channel: z.unknown() }));
  if (!asked.ok) return asked;
  if (isForeign(asked.value.channel, team)) return deny('wrong-tenant', 'this channel belongs to another workspace: withheld', false);
  const parsed = channelShape.safeParse(asked.value.channel);
  if (!parsed.success || parsed.data.id !== id)
    return deny('broken-reply', 'Slack answered with something that is not this channel', false);
  return { ok: true, value: parsed.data };
}

const listShape = z.object({
  channels: z.array(z.unknown()),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

/** Finds the id of the one open channel with exactly this name, looking at all pages: a second one makes it ambiguous. */
export async function findChannel(ask: Ask, name: string, team: string): Promise<Answered<string>> {
  const open = new Set<string>();
  let archived = false;
  let cursor = '';
  for (let page = 0; page < limits.slackListPagesMax; page++) {
    const args = { types: 'public_channel,private_channel', exclude_archived: false, limit: limits.slackListPageRows };
    const asked = await ask('conversations.list', cursor === '' ? args : { ...args, cursor }, listShape);
    if (!asked.ok) return asked;
    for (const channel of ownRows(asked.value.channels, channelShape, team).rows) {
      if (channel.name !== name) continue;
      if (channel.is_archived === true) archived = true;
      else open.add(channel.id);
    }
    cursor = asked.value.response_metadata?.next_cursor ?? '';
    if (cursor !== '') continue;
    const [id] = open;
    if (open.size > 1) return deny('bad-arguments', 'several channels have this name: use the id of the one that is meant', true);
    if (id !== undefined) return { ok: true, value: id };
    return deny(
      'not-found',
      archived ? 'the channel of this name is archived' : 'there is no channel of this name that the credential can see',
      true,
    );
  }
  return deny('too-large', 'the workspace has too many channels to look for a name: use the id of the channel', true);
}
