import type { ChatPostMessageArguments, WebClient } from '@slack/web-api';
import { z } from 'zod';
import { widened } from '../../action/audience.ts';
import type { Audience } from '../../action/audience.ts';
import type { Action } from '../../action/action.ts';
import type { Made } from '../../action/binding.ts';
import type { JsonObject } from '../../action/json.ts';
import { CountersignError, ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { Performed, WriteHand } from '../connector.ts';
import type { SlackSettings } from '../settings.ts';
import { messageText } from './catalog.ts';
import { answer, asker, openClient } from './client.ts';
import type { Answered, Ask, ClientOptions } from './client.ts';
import { findMarked } from './found.ts';
import { addressOf, see } from './target.ts';
import type { Address, Seen } from './target.ts';
import { refusalOf } from './verdicts.ts';
import type { Denied } from './verdicts.ts';
import { openPin, tooMuchForAWriter } from './workspace.ts';
import type { Identity } from './workspace.ts';

interface Writing {
  readonly client: WebClient;
  readonly ask: Ask;
  readonly system: string;
  readonly team: string;
  readonly pin: () => Promise<Answered<Identity>>;
}

/** The address of an action of this system and workspace. The action's arguments name no target: only the hashed id counts. */
function ownAddress(writing: Writing, action: Action): Result<Address> {
  if (action.system !== writing.system || action.tenant !== writing.team)
    return refuse('wrong-tenant', 'the action is for another workspace');
  const address = addressOf(action.target);
  return address === null ? refuse('bad-arguments', 'the target of the action is not an address in Slack') : ok(address);
}

function sharedWith(precondition: JsonObject): readonly unknown[] {
  const teams = precondition['sharedWith'];
  return Array.isArray(teams) ? teams : [];
}

/** Refuses a target that is not what was approved, or that more people can see. */
function compare(action: Action, approved: Audience, seen: Seen): Result<null> {
  const { target, audience, precondition, member } = seen;
  if (target.id !== action.target.id || target.type !== action.target.type) return refuse('target-changed', 'Slack shows another target');
  // The message would still reach the same channel, but no longer what the approver read the name of.
  if (target.name !== action.target.name)
    return refuse('target-changed', 'the target has another name now than the one that was approved: propose it again');
  const newcomers = sharedWith(precondition).filter((team) => !sharedWith(action.precondition).includes(team));
  if (audience.kind === 'unknown' || newcomers.length > 0 || widened(approved, audience))
    return refuse('audience-widened', 'more people can see this target now than when it was approved: propose it again');
  if (!member) return refuse('forbidden', 'the bot is not in this channel: a member must invite it (/invite)');
  return ok(null);
}

const openedShape = z.object({ channel: z.object({ id: z.string().regex(/^D[A-Z0-9]{7,20}$/) }) });
const postedShape = z.object({ channel: z.string(), ts: z.string().regex(/^[0-9]{1,12}\.[0-9]{1,9}$/) });

/** Opens the direct message channel with a person. That alone shows nobody anything, and doing it twice is doing it once. */
function openDirect(writing: Writing, person: string, create: boolean): Promise<Answered<z.infer<typeof openedShape>>> {
  return answer(writing.client.conversations.open({ users: person, prevent_creation: !create }), openedShape);
}

/** What is sent, and nothing else: text, the safe defaults, and the marker by which the message can be found again. */
function message(channel: string, thread: string | null, text: string, marker: string): ChatPostMessageArguments {
  return {
    channel,
    text,
    unfurl_links: false,
    unfurl_media: false,
    link_names: false,
    metadata: { event_type: 'countersign', event_payload: { marker } },
    ...(thread === null ? {} : { thread_ts: thread, reply_broadcast: false }),
  };
}

function failed(denied: Pick<Denied, 'code' | 'message'>): Performed {
  return { outcome: 'failed', code: denied.code, message: denied.message };
}

/** What a post makes: a message, which begins a thread unless it is a reply, and the conversation with a person. */
function madeBy(address: Address, channel: string, ts: string): readonly Omit<Made, 'system'>[] {
  const id = `${channel}/${ts}`;
  return [
    { type: 'slack.message', id },
    ...(address.kind === 'thread' ? [] : [{ type: 'slack.thread', id }]),
    ...(address.kind === 'person' ? [{ type: 'slack.channel', id: channel }] : []),
  ];
}

async function post(writing: Writing, action: Action, marker: string): Promise<Performed> {
  const address = ownAddress(writing, action);
  const text = messageText(typeof action.arguments['text'] === 'string' ? action.arguments['text'] : '');
  if (!address.ok) return { outcome: 'failed', code: 'wrong-tenant', message: address.message };
  if (!text.ok) return { outcome: 'failed', code: 'bad-arguments', message: text.message };
  const pinned = await writing.pin();
  if (!pinned.ok) return failed(pinned);
  let channel = address.value.kind === 'person' ? '' : address.value.channel;
  if (address.value.kind === 'person') {
    const opened = await openDirect(writing, address.value.person, true);
    if (!opened.ok) return failed(opened); // whatever became of this call, no message was sent
    channel = opened.value.channel.id;
  }
  const thread = address.value.kind === 'thread' ? address.value.ts : null;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method of this name, not a browser's
  const posted = await answer(writing.client.chat.postMessage(message(channel, thread, text.value, marker)), postedShape);
  if (!posted.ok) {
    if (posted.certain) return failed(posted);
    throw new CountersignError('not-reachable', `it is not known whether the message was posted: ${posted.message}`);
  }
  if (posted.value.channel !== channel) throw new CountersignError('not-reachable', 'Slack says that the message went to another channel');
  const { ts } = posted.value;
  const { url } = pinned.value;
  const receipt = { channel, ts, ...(url === null ? {} : { permalink: `${url}archives/${channel}/p${ts.replace('.', '')}` }) };
  return { outcome: 'done', receipt, content: receipt, made: madeBy(address.value, channel, ts) };
}

/** Where the message of an action would lie, or null if it cannot be told. `absent`: the conversation was never opened. */
async function whereabouts(writing: Writing, address: Address): Promise<{ channel: string; thread: string | null } | 'absent' | null> {
  if (address.kind === 'channel') return { channel: address.channel, thread: null };
  if (address.kind === 'thread') return { channel: address.channel, thread: address.ts };
  const opened = await openDirect(writing, address.person, false);
  if (opened.ok) return { channel: opened.value.channel.id, thread: null };
  return opened.slack === 'channel_not_found' ? 'absent' : null;
}

/**
 * Opens the writing hand of a Slack workspace. `credential` is a bot or user token with `chat:write`, and what it needs to
 * look at its targets.
 * @throws CountersignError `bad-credential`, if it is not such a token; scopes and workspace are checked at the first call.
 */
export function openSlackWriter(system: string, settings: SlackSettings, credential: string, options: ClientOptions = {}): WriteHand {
  const client = openClient(settings, credential, options);
  const ask = asker(client);
  const pin = openPin(ask, {
    settings,
    surplus: tooMuchForAWriter,
    surplusMessage:
      'the credential of the writer can administer the workspace, speak as others, or post where it was not invited: remove those scopes',
    now: options.now ?? Date.now,
  });
  const writing: Writing = { client, ask, system, team: settings.team, pin };
  return {
    check: async (_operation, action, audience) => {
      const address = ownAddress(writing, action);
      if (!address.ok) return address;
      const pinned = await pin();
      const seen = pinned.ok ? await see(ask, address.value, settings.team) : pinned;
      return seen.ok ? compare(action, audience, seen.value) : refusalOf(seen);
    },
    perform: (_operation, action, marker) => post(writing, action, marker),
    find: async (_operation, action, marker, sinceMs) => {
      const address = ownAddress(writing, action);
      const pinned = await pin(true);
      if (!address.ok || !pinned.ok) return { found: 'cannot-tell' };
      const where = await whereabouts(writing, address.value);
      if (where === 'absent') return { found: 'absent' };
      const text = typeof action.arguments['text'] === 'string' ? action.arguments['text'] : '';
      return where === null ? { found: 'cannot-tell' } : findMarked(ask, where, { marker, text, sinceMs, identity: pinned.value });
    },
    close: () => Promise.resolve(),
  };
}
