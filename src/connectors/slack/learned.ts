import type { Field, Named } from '../../action/binding.ts';
import type { Message } from './messages.ts';
import { isOutsider } from './place.ts';
import type { Channel, Person } from './place.ts';
import { fit } from './workspace.ts';

/*
 * The things that an answer shows, with the names that they have in the workspace, and the fields that Slack itself sets. An
 * id that the caller put into the call is no field of the answer: asking for something must not make it known.
 */

/** What was learned, both lists of it. */
export interface Taught {
  readonly seen: readonly Named[];
  readonly fields: readonly Omit<Field, 'system'>[];
}

/** A channel by its name, which is unique among the open channels of a workspace. Direct and group messages have none. */
export function namedChannel(channel: Channel): Named {
  const name = channel.is_im === true || channel.is_mpim === true ? '' : fit(channel.name, 200);
  return { type: 'slack.channel', id: channel.id, names: name === '' ? [] : [`#${name}`, name] };
}

/** The names of a person that Slack keeps unique. */
export function handleNames(person: Person): readonly string[] {
  const handle = fit(person.name, 200);
  return handle === '' ? [] : [`@${handle}`, handle];
}

/** A person as an answer shows them. Guests, strangers and bots may be called anything: of them only the handle counts. */
function namedPerson(person: Person, team: string): Named {
  const own =
    isOutsider(person, team) || person.is_bot === true ? [] : [fit(person.real_name, 300), fit(person.profile?.display_name, 300)];
  return { type: 'slack.user', id: person.id, names: [...new Set([...handleNames(person), ...own.filter((name) => name !== '')])] };
}

/** What a list of people teaches. Who is deactivated is nobody to write to. */
export function fromPeople(persons: readonly Person[], team: string): Pick<Taught, 'seen'> {
  return { seen: persons.filter((person) => person.deleted !== true).map((person) => namedPerson(person, team)) };
}

/** What messages teach: who wrote them, and the threads that they begin. */
export function fromMessages(
  messages: readonly (Pick<Message, 'ts' | 'user' | 'thread_ts'> & { readonly channel: string })[],
  people: ReadonlyMap<string, Person>,
  team: string,
): Taught {
  const authors = [
    ...new Set(messages.flatMap((message) => (/^[UW][A-Z0-9]{7,20}$/.test(message.user ?? '') ? [String(message.user)] : []))),
  ];
  const threads = messages
    .filter(({ ts, thread_ts: parent }) => /^[0-9]{1,12}\.[0-9]{1,9}$/.test(ts) && (parent ?? ts) === ts)
    .map(({ ts, channel }) => `${channel}/${ts}`);
  const fields: Taught['fields'] = [
    ...authors.map((value) => ({ type: 'slack.user', value })),
    ...threads.map((value) => ({ type: 'slack.thread', value })),
  ];
  const seen = authors.flatMap((id) => {
    const person = people.get(id);
    return person === undefined ? [] : [namedPerson(person, team)];
  });
  return { seen, fields };
}
