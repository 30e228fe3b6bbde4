import { z } from 'zod';
import type { JsonObject } from '../../action/json.ts';
import { outsidersOf } from './place.ts';
import type { Channel, Person } from './place.ts';
import { fit, fitName } from './workspace.ts';

/* What the model is shown of Slack's rows: the fields that say something, by name. The rest of a row is dropped. */

const attachment = z.object({
  pretext: z.string().nullish(),
  title: z.string().nullish(),
  text: z.string().nullish(),
  fallback: z.string().nullish(),
});

/** A message, as history and threads give it. */
export const messageShape = z.object({
  ts: z.string().max(30),
  user: z.string().nullish(),
  bot_id: z.string().nullish(),
  username: z.string().nullish(),
  subtype: z.string().nullish(),
  text: z.string().nullish(),
  thread_ts: z.string().max(30).nullish(),
  reply_count: z.int().nullish(),
  edited: z.object({}).nullish(),
  files: z
    .array(z.object({ id: z.string().nullish(), name: z.string().nullish() }))
    .nullish()
    .catch(null),
  attachments: z.array(attachment).nullish().catch(null),
  metadata: z
    .object({ event_type: z.string().nullish(), event_payload: z.record(z.string(), z.unknown()).nullish() })
    .nullish()
    .catch(null),
});

/** A message. */
export type Message = z.infer<typeof messageShape>;

/** A page of messages. */
export const messagesShape = z.object({
  messages: z.array(z.unknown()),
  has_more: z.boolean().nullish(),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

/** Leaves out what is empty, so that a row says only what it has. */
function present(fields: Readonly<Record<string, JsonObject[string] | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) =>
      value === undefined || value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0)
        ? []
        : [[key, value]],
    ),
  );
}

/** A message for the model. */
export function shownMessage(message: Message): JsonObject {
  const { attachments, files } = message;
  return {
    ts: fit(message.ts),
    text: fit(message.text),
    ...present({
      user: fit(message.user, 100),
      bot: fit(message.bot_id, 100),
      username: fit(message.username, 200),
      subtype: fit(message.subtype, 100),
      thread_ts: fit(message.thread_ts),
      replies: (message.reply_count ?? 0) ? (message.reply_count ?? 0) : undefined,
      edited: message.edited !== undefined && message.edited !== null,
      files: (files ?? []).map((file) => ({ id: fit(file.id, 100), name: fit(file.name, 300) })),
      attachments: (attachments ?? []).map((each) =>
        fit([each.pretext, each.title, each.text ?? each.fallback].filter((part) => typeof part === 'string' && part !== '').join('\n')),
      ),
    }),
  };
}

/** A channel for the model. */
export function shownChannel(channel: Channel, team: string): JsonObject {
  return {
    id: channel.id,
    name: fit(channel.name, 200),
    ...present({
      private: channel.is_private === true,
      direct: channel.is_im === true || channel.is_mpim === true,
      archived: channel.is_archived === true,
      shared_with_outsiders: outsidersOf(channel, team).any,
      members: channel.num_members ?? undefined,
      topic: fit(channel.topic?.value, 1000),
      purpose: fit(channel.purpose?.value, 1000),
    }),
  };
}

/** A person for the model. */
export function shownPerson(person: Person): JsonObject {
  return {
    id: person.id,
    name: fitName(person.name),
    ...present({
      real_name: fit(person.real_name, 300),
      display_name: fit(person.profile?.display_name, 300),
      title: fit(person.profile?.title, 300),
      time_zone: fit(person.tz, 100),
      bot: person.is_bot === true,
      guest: person.is_restricted === true || person.is_ultra_restricted === true,
      deactivated: person.deleted === true,
    }),
  };
}

/** Where a page goes on, and how many of its rows were left out because they are not of this workspace. */
export function pageEnd(cursor: string | null | undefined, withheld: number): JsonObject {
  return { withheld, ...present({ next_cursor: fit(cursor, 500) }) };
}
