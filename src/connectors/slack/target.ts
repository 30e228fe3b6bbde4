import { z } from 'zod';
import type { Target } from '../../action/action.ts';
import type { Audience } from '../../action/audience.ts';
import type { JsonObject } from '../../action/json.ts';
import { audienceOf } from './audience.ts';
import type { Answered, Ask } from './client.ts';
import { ownChannel, ownPerson } from './lookup.ts';
import { messagesShape } from './messages.ts';
import { audienceOfPerson, nameOf, outsidersOf } from './place.ts';
import type { Channel, Person } from './place.ts';
import { deny } from './verdicts.ts';
import { fitName } from './workspace.ts';

/*
 * What a message is sent to, as it is now. The reader looks before anybody decides, the executor looks again before it
 * sends: both with this code, each with its own credential.
 */

/** The immutable address of a message: a channel, a thread in one, or a person. */
export type Address =
  | { readonly kind: 'channel'; readonly channel: string }
  | { readonly kind: 'thread'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'person'; readonly person: string };

/** Parses the id of a target. Null if it is not one of ours. */
export function addressOf(target: Pick<Target, 'type' | 'id'>): Address | null {
  const channel = /^[CGD][A-Z0-9]{7,20}$/;
  if (target.type === 'slack.channel' && channel.test(target.id)) return { kind: 'channel', channel: target.id };
  if (target.type === 'slack.user' && /^[UW][A-Z0-9]{7,20}$/.test(target.id)) return { kind: 'person', person: target.id };
  const [id = '', ts = '', ...more] = target.id.split('/');
  if (target.type === 'slack.thread' && more.length === 0 && channel.test(id) && /^[0-9]{1,12}\.[0-9]{1,9}$/.test(ts))
    return { kind: 'thread', channel: id, ts };
  return null;
}

/** A target as it is now. */
export interface Seen {
  readonly target: Target;
  readonly audience: Audience;
  /** The other organisations that share the channel, if any: one more is a wider audience, though its reach is the same. */
  readonly precondition: JsonObject;
  /** False only if Slack says that whoever asks is not in the channel. */
  readonly member: boolean;
  /** The conversation or the person, as Slack describes them. One of them is null. */
  readonly channel: Channel | null;
  readonly person: Person | null;
}

/** The first message of a thread must be there, and must be the first. */
async function threadBegins(ask: Ask, channel: string, ts: string): Promise<Answered<null>> {
  const asked = await ask('conversations.replies', { channel, ts, limit: 1, inclusive: true }, messagesShape);
  if (!asked.ok) return asked;
  const first = z.object({ ts: z.string(), thread_ts: z.string().nullish() }).safeParse(asked.value.messages[0]);
  if (!first.success || first.data.ts !== ts) return deny('not-found', 'there is no such message in this channel', true);
  const parent = first.data.thread_ts ?? ts;
  return parent === ts ? { ok: true, value: null } : deny('bad-arguments', 'this is a reply: name the first message of its thread', true);
}

async function seeChannel(ask: Ask, address: Exclude<Address, { kind: 'person' }>, team: string): Promise<Answered<Seen>> {
  const found = await ownChannel(ask, address.channel, team);
  if (!found.ok) return found;
  const channel = found.value;
  if (channel.is_archived === true) return deny('target-changed', 'the channel is archived: nothing can be posted there', true);
  const audience = await audienceOf(ask, channel, team);
  if (!audience.ok) return audience;
  const { teams } = outsidersOf(channel, team);
  const precondition: JsonObject = teams.length === 0 ? {} : { sharedWith: teams };
  const seen = { audience: audience.value, precondition, member: channel.is_member !== false, channel, person: null };
  const name = nameOf(channel);
  if (address.kind === 'channel') return { ok: true, value: { ...seen, target: { type: 'slack.channel', id: channel.id, name } } };
  const begins = await threadBegins(ask, channel.id, address.ts);
  if (!begins.ok) return begins;
  return {
    ok: true,
    value: { ...seen, target: { type: 'slack.thread', id: `${channel.id}/${address.ts}`, name: `thread ${address.ts} in ${name}` } },
  };
}

/** Looks at an address: what it is called, who will see a message there, and whether there can be one. */
export async function see(ask: Ask, address: Address, team: string): Promise<Answered<Seen>> {
  if (address.kind !== 'person') return seeChannel(ask, address, team);
  const found = await ownPerson(ask, address.person, team);
  if (!found.ok) return found;
  if (found.value.deleted === true) return deny('target-changed', 'this person is deactivated: no message reaches them', true);
  const target = { type: 'slack.user', id: found.value.id, name: `@${fitName(found.value.name)}` };
  const audience = audienceOfPerson(found.value, team);
  return { ok: true, value: { target, audience, precondition: {}, member: true, channel: null, person: found.value } };
}
