import { z } from 'zod';
import { limits } from '../../limits.ts';
import type { Answered, Ask } from './client.ts';
import { channelShape, personShape, provesChannel, provesPerson } from './place.ts';
import type { Channel, Person } from './place.ts';
import { deny } from './verdicts.ts';
import { isForeign, ownRows } from './workspace.ts';

/* Looking channels and people up, with whichever credential asks. */

/** Looks a person up, of whatever workspace. */
export async function lookUpPerson(ask: Ask, id: string): Promise<Answered<Person>> {
  const asked = await ask('users.info', { user: id }, z.object({ user: personShape }));
  if (!asked.ok) return asked;
  return asked.value.user.id === id
    ? { ok: true, value: asked.value.user }
    : deny('broken-reply', 'Slack answered with another person', false);
}

/** Looks a person of this workspace up. */
export async function ownPerson(ask: Ask, id: string, team: string): Promise<Answered<Person>> {
  const found = await lookUpPerson(ask, id);
  if (found.ok && !provesPerson(found.value, team))
    return deny('wrong-tenant', 'this person belongs to another workspace: withheld', false);
  return found;
}

const peopleShape = z.object({
  members: z.array(z.unknown()),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

/** Everybody whom the workspace knows, of whatever workspace. Null if they are more than can be listed, or not all can be read. */
export async function directoryOf(ask: Ask): Promise<Answered<readonly Person[] | null>> {
  const all: Person[] = [];
  let cursor = '';
  for (let page = 0; page < limits.slackDirectoryPagesMax; page++) {
    const args = { limit: limits.slackListPageRows };
    const asked = await ask('users.list', cursor === '' ? args : { ...args, cursor }, peopleShape);
    if (!asked.ok) return asked.code === 'forbidden' ? { ok: true, value: null } : asked;
    const persons = z.array(personShape).safeParse(asked.value.members);
    if (!persons.success) return { ok: true, value: null };
    all.push(...persons.data);
    cursor = asked.value.response_metadata?.next_cursor ?? '';
    if (cursor === '') return { ok: true, value: all };
  }
  return { ok: true, value: null };
}

/** Looks a conversation up, and proves that it is of this workspace. */
export async function ownChannel(ask: Ask, id: string, team: string): Promise<Answered<Channel>> {
  const asked = await ask('conversations.info', { channel: id, include_num_members: true }, z.object({ channel: z.unknown() }));
  if (!asked.ok) return asked;
  const parsed = channelShape.safeParse(asked.value.channel);
  if (isForeign(asked.value.channel, team) || (parsed.success && !provesChannel(parsed.data, team)))
    return deny('wrong-tenant', 'this channel belongs to another workspace: withheld', false);
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
    for (const channel of ownRows(asked.value.channels, channelShape, team, provesChannel).rows) {
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
