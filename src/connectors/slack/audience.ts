import { z } from 'zod';
import type { Audience } from '../../action/audience.ts';
import { limits } from '../../limits.ts';
import type { Answered, Ask } from './client.ts';
import { directoryOf, lookUpPerson } from './lookup.ts';
import { audienceOfPerson, nameOf, outsideIn, outsidersOf, reachOf, spaceOf, toldApart } from './place.ts';
import type { Channel, Person } from './place.ts';

/*
 * Who will see a message to a conversation, as it is now. What the credential may not know, and what is too much to be
 * listed, is not known (`null`); what cannot be asked at the moment is a refusal.
 */

/** The people of a conversation, as far as they can be looked up. */
interface People {
  readonly persons: readonly Person[];
  /** False if there are more, or if some could not be looked up. */
  readonly all: boolean;
}

const nobody: People = { persons: [], all: false };

const membersShape = z.object({
  members: z.array(z.string()),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

/** Who is in a conversation, by id. Null if it has more than one page of people, or if the credential may not know. */
async function membersOf(ask: Ask, channel: Channel): Promise<Answered<readonly string[] | null>> {
  if (channel.is_im === true) return { ok: true, value: typeof channel.user === 'string' ? [channel.user] : null };
  const asked = await ask('conversations.members', { channel: channel.id, limit: limits.slackPageRowsMax }, membersShape);
  if (!asked.ok) return asked.code === 'forbidden' ? { ok: true, value: null } : asked;
  const { members, response_metadata: page } = asked.value;
  const whole = (page?.next_cursor ?? '') === '' && members.length >= Math.max(1, channel.num_members ?? 0);
  return { ok: true, value: whole ? members : null };
}

/** Looks people up: one by one if they are few, in the list of all people if there are more. */
async function lookUpAll(ask: Ask, ids: readonly string[]): Promise<Answered<People>> {
  const listed = ids.length > limits.slackGroupPeopleMax ? await directoryOf(ask) : null;
  if (listed !== null && !listed.ok) return listed;
  const known = new Map((listed?.value ?? []).map((person) => [person.id, person]));
  const persons = ids.flatMap((id) => known.get(id) ?? []);
  const others = ids.filter((id) => !known.has(id));
  if (others.length > limits.slackGroupPeopleMax) return { ok: true, value: { persons, all: false } };
  for (const found of await Promise.all(others.map((id) => lookUpPerson(ask, id)))) {
    if (found.ok) persons.push(found.value);
    else if (found.code !== 'not-found' && found.code !== 'forbidden') return found;
  }
  return { ok: true, value: { persons, all: persons.length === ids.length } };
}

async function peopleOf(ask: Ask, channel: Channel): Promise<Answered<People>> {
  const members = await membersOf(ask, channel);
  if (!members.ok) return members;
  return members.value === null ? { ok: true, value: nobody } : lookUpAll(ask, members.value);
}

/** How many are from outside, and who. Some that were seen among others that were not are at least so many. */
function outsideOf(channel: Channel, people: People, team: string): Pick<Audience, 'externals' | 'outsiders'> {
  const outside = outsideIn(channel, people.persons, team);
  if (!people.all) return { externals: outside.length === 0 ? null : outside.length };
  const outsiders = toldApart(channel, outside, team);
  return { externals: outside.length, ...(outsiders === null ? {} : { outsiders }) };
}

/** What kind of conversation it is and with whom it is shared, in words. */
function describe(channel: Channel, team: string): string {
  if (channel.is_im === true || channel.is_mpim === true) return nameOf(channel);
  const name = `${nameOf(channel)} (${channel.id})`;
  const { any, teams: ids } = outsidersOf(channel, team);
  if (any) {
    const who = ids.length === 0 ? 'another organisation' : `${ids.length} other ${ids.length === 1 ? 'organisation' : 'organisations'}`;
    return `${name}, shared with ${who}`;
  }
  if (channel.is_private === true) return `private channel ${name}`;
  return `${channel.is_org_shared === true ? 'channel of the whole organisation' : 'public channel'} ${name}`;
}

const members = (count: number | null): string => (count === null ? '' : `, ${count} ${count === 1 ? 'member' : 'members'}`);

function outsideWords({ externals }: Pick<Audience, 'externals'>, all: boolean): string {
  if (externals === null) return ', how many of them from outside is not known';
  return externals === 0 ? '' : `, ${all ? '' : 'at least '}${externals} of them guests or of another organisation`;
}

/** Who will see a message to a conversation, as it is now. */
export async function audienceOf(ask: Ask, channel: Channel, team: string): Promise<Answered<Audience>> {
  const kind = reachOf(channel, team);
  const closed = channel.is_im === true || channel.is_mpim === true;
  const people = await peopleOf(ask, channel);
  if (!people.ok) return people;
  const { persons, all } = people.value;
  const [first] = persons;
  if (channel.is_im === true && first !== undefined) return { ok: true, value: audienceOfPerson(first, team) };
  const outside = outsideOf(channel, people.value, team);
  const joinable = !closed && channel.is_private !== true;
  const space = kind === 'org' ? {} : { space: spaceOf(channel, team) };
  const rest = { ...outside, joinable, ...space };
  if (!closed) {
    const count = channel.num_members ?? null;
    const summary = `${describe(channel, team)}${members(count)}${outsideWords(outside, all)}`;
    return { ok: true, value: { kind, summary, count, ...rest } };
  }
  // A group whose people cannot be told is nobody's in particular: it may be anybody's.
  if (!all)
    return { ok: true, value: { ...rest, kind: 'unknown', summary: `${nameOf(channel)}, whose people cannot be listed`, count: null } };
  const summary = `${describe(channel, team)}, ${persons.length} people${outsideWords(outside, all)}`;
  return { ok: true, value: { kind: outside.externals === 0 ? kind : 'partner', summary, count: persons.length, ...rest } };
}
