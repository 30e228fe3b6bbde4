import { z } from 'zod';
import { authorOfAll } from '../../action/audience.ts';
import type { Label } from '../../action/audience.ts';
import type { JsonObject } from '../../action/json.ts';
import type { Derived } from '../../action/operation.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { ReadHand, ReadResult, Resolution } from '../connector.ts';
import type { SlackSettings } from '../settings.ts';
import { authorOf, openPeople } from './authors.ts';
import type { LookUpPeople } from './authors.ts';
import { bindsOf } from './binds.ts';
import { asker, openClient } from './client.ts';
import type { Answered, Ask, ClientOptions } from './client.ts';
import { effectOf } from './effect.ts';
import { fromMessages, fromPeople, namedChannel } from './learned.ts';
import { findChannel, ownChannel, ownPerson } from './lookup.ts';
import { messageShape, messagesShape, pageEnd, shownChannel, shownMessage, shownPerson } from './messages.ts';
import { channelShape, joinLabels, labelOf, nameOf, personShape, provesChannel, provesPerson } from './place.ts';
import type { Channel } from './place.ts';
import { searchMessages } from './search.ts';
import { addressOf, see } from './target.ts';
import { deny, refusalOf } from './verdicts.ts';
import { fitName, onlyReads, openPin, ownRows } from './workspace.ts';

interface Reading {
  readonly ask: Ask;
  readonly team: string;
  readonly people: LookUpPeople;
}

type Args = Readonly<Record<string, string | number | boolean>>;

/** The arguments that Slack takes as they are. */
function pass(args: JsonObject, names: readonly string[]): Args {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = args[name];
      return typeof value === 'string' || typeof value === 'number' ? [[name, value]] : [];
    }),
  );
}

/** Turns a channel as the caller names it into its immutable id. */
async function channelId(reading: Reading, ref: string): Promise<Answered<string>> {
  return ref.startsWith('#') ? findChannel(reading.ask, ref.slice(1), reading.team) : { ok: true, value: ref };
}

async function channelOf(reading: Reading, ref: string): Promise<Answered<Channel>> {
  const id = await channelId(reading, ref);
  return id.ok ? ownChannel(reading.ask, id.value, reading.team) : id;
}

/** The type and immutable id of what a write is sent to. A thread is written `channel/ts`. */
async function immutable(reading: Reading, target: Derived['target']): Promise<Answered<{ type: string; id: string }>> {
  if (target.type === 'slack.user') return { ok: true, value: { type: target.type, id: target.ref } };
  const [ref = '', ...ts] = target.ref.split('/');
  const id = await channelId(reading, ref);
  return id.ok ? { ok: true, value: { type: target.type, id: [id.value, ...ts].join('/') } } : id;
}

async function resolve(reading: Reading, derived: Derived, url: string | null): Promise<Result<Resolution>> {
  const id = await immutable(reading, derived.target);
  if (!id.ok) return id;
  const address = addressOf(id.value);
  if (address === null) return refuse('bad-arguments', 'this is not an address in Slack');
  const seen = await see(reading.ask, address, reading.team);
  if (!seen.ok) return seen;
  const { target, audience, precondition } = seen.value;
  const binds = await bindsOf(reading.ask, seen.value, { team: reading.team, url });
  if (!binds.ok) return binds;
  const text = derived.arguments['text'];
  return ok({
    target,
    audience,
    precondition,
    binds: binds.value,
    effect: effectOf(typeof text === 'string' ? text : '', target.type, target.name),
  });
}

const pageShape = { response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish() };

async function listChannels(reading: Reading, args: JsonObject): Promise<Answered<ReadResult>> {
  const types = args['private'] === true ? 'public_channel,private_channel' : 'public_channel';
  const asked = await reading.ask(
    'conversations.list',
    { types, exclude_archived: true, ...pass(args, ['limit', 'cursor']) },
    z.object({ channels: z.array(z.unknown()), ...pageShape }),
  );
  if (!asked.ok) return asked;
  const { rows, withheld, foreign } = ownRows(asked.value.channels, channelShape, reading.team, provesChannel);
  const content = {
    channels: rows.map((row) => shownChannel(row, reading.team)),
    ...pageEnd(asked.value.response_metadata?.next_cursor, withheld),
  };
  const label = joinLabels(rows.map((row) => labelOf(row, reading.team)));
  const target = `channels of ${reading.team}`;
  return { ok: true, value: { content, label, target, id: `slack:${reading.team}`, foreign, seen: rows.map(namedChannel) } };
}

const directory = { readers: 'org', integrity: 'untrusted' } as const;

async function listUsers(reading: Reading, args: JsonObject): Promise<Answered<ReadResult>> {
  const asked = await reading.ask('users.list', pass(args, ['limit', 'cursor']), z.object({ members: z.array(z.unknown()), ...pageShape }));
  if (!asked.ok) return asked;
  const { rows, withheld, foreign } = ownRows(asked.value.members, personShape, reading.team, provesPerson);
  const content = { users: rows.map(shownPerson), ...pageEnd(asked.value.response_metadata?.next_cursor, withheld) };
  const learned = fromPeople(rows, reading.team);
  const about = { label: directory, target: `people of ${reading.team}`, id: `slack:${reading.team}`, foreign };
  return { ok: true, value: { content, ...about, ...learned } };
}

async function readUser(reading: Reading, ref: string): Promise<Answered<ReadResult>> {
  const found = await ownPerson(reading.ask, ref, reading.team);
  if (!found.ok) return found;
  const { id, name } = found.value;
  const about = { label: directory, target: `person ${id} (@${fitName(name)})`, id: `slack:${reading.team}/${id}` };
  return { ok: true, value: { content: { user: shownPerson(found.value) }, ...about, ...fromPeople([found.value], reading.team) } };
}

async function channelInfo(reading: Reading, ref: string): Promise<Answered<ReadResult>> {
  const found = await channelOf(reading, ref);
  if (!found.ok) return found;
  const channel = found.value;
  const about = { target: `channel ${channel.id} (${nameOf(channel)})`, id: `slack:${reading.team}/${channel.id}` };
  const content = { channel: shownChannel(channel, reading.team) };
  return { ok: true, value: { content, label: labelOf(channel, reading.team), ...about, seen: [namedChannel(channel)] } };
}

function withAuthor(label: Label, kinds: Parameters<typeof authorOfAll>[0]): Label {
  const author = authorOfAll(kinds);
  return author === undefined ? label : { ...label, author };
}

/** Reads the messages of a channel, or of a thread in it. The label is the channel's, as Slack says that it is now. */
async function readMessages(reading: Reading, ref: string, args: JsonObject): Promise<Answered<ReadResult>> {
  const [channelRef = '', ts] = ref.split('/');
  const found = await channelOf(reading, channelRef);
  if (!found.ok) return found;
  const channel = found.value;
  const page = pass(args, ['limit', 'cursor', 'oldest', 'latest']);
  const asked =
    ts === undefined
      ? await reading.ask('conversations.history', { channel: channel.id, ...page }, messagesShape)
      : await reading.ask('conversations.replies', { channel: channel.id, ts, ...page }, messagesShape);
  if (!asked.ok) return asked;
  if (ts !== undefined && asked.value.messages.length === 0) return deny('not-found', 'there is no such message in this channel', true);
  const { rows, withheld, foreign } = ownRows(asked.value.messages, messageShape, reading.team);
  const people = await reading.people(rows.flatMap((row) => row.user ?? []));
  const content = {
    channel: { id: channel.id, name: nameOf(channel) },
    messages: rows.map(shownMessage),
    ...pageEnd(asked.value.response_metadata?.next_cursor, withheld),
  };
  const target =
    ts === undefined ? `channel ${channel.id} (${nameOf(channel)})` : `thread ${ts} in channel ${channel.id} (${nameOf(channel)})`;
  const learned = fromMessages(
    rows.map((row) => ({ ...row, channel: channel.id })),
    people,
    reading.team,
  );
  const label = withAuthor(
    labelOf(channel, reading.team),
    rows.map((row) => authorOf(row, people, reading.team)),
  );
  const id = `slack:${reading.team}/${[channel.id, ...(ts === undefined ? [] : [ts])].join('/')}`;
  return { ok: true, value: { content, label, target, id, foreign, ...learned, seen: [namedChannel(channel), ...learned.seen] } };
}

async function read(reading: Reading, operation: string, derived: Derived): Promise<Result<ReadResult>> {
  const { ref } = derived.target;
  switch (operation) {
    case 'search_messages':
      return searchMessages(reading, derived.arguments);
    case 'list_channels':
      return listChannels(reading, derived.arguments);
    case 'list_users':
      return listUsers(reading, derived.arguments);
    case 'read_user':
      return readUser(reading, ref);
    case 'channel_info':
      return channelInfo(reading, ref);
    case 'read_channel':
    case 'read_thread':
      return readMessages(reading, ref, derived.arguments);
    default:
      return refuse('not-supported', 'this is not a read of Slack');
  }
}

/**
 * Opens the reading hand of a Slack workspace. `credential` is a bot or user token with read and history scopes only.
 * @throws CountersignError `bad-credential`, if it is not such a token; scopes and workspace are checked at the first call.
 */
export function openSlackReader(_system: string, settings: SlackSettings, credential: string, options: ClientOptions = {}): ReadHand {
  const ask = asker(openClient(settings, credential, options));
  const now = options.now ?? Date.now;
  const reading = { ask, team: settings.team, people: openPeople(ask, now) };
  const pin = openPin(ask, {
    settings,
    surplus: (scope) => !onlyReads(scope),
    surplusMessage:
      'the credential of the reader has scopes that can change things (chat:write or others): give it read and history scopes only',
    now,
  });
  return {
    resolve: async (operation, derived) => {
      const pinned = await pin();
      if (!pinned.ok) return refusalOf(pinned);
      const resolved =
        operation.class === 'publish'
          ? await resolve(reading, derived, pinned.value.url)
          : refuse('not-supported', 'nothing is sent by a read');
      return resolved.ok ? resolved : refusalOf(resolved);
    },
    read: async (operation, derived) => {
      const pinned = await pin();
      const result = pinned.ok ? await read(reading, operation.name, derived) : pinned;
      return result.ok ? result : refusalOf(result);
    },
    close: () => Promise.resolve(),
  };
}
