import { digest } from '../../action/digest.ts';
import type { Json, JsonObject } from '../../action/json.ts';
import type { Catalogue, Derived, Operation } from '../../action/operation.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { SlackSettings } from '../settings.ts';

/** Changed whenever the functions below mean something else, so that the pinned digest changes with them. */
const revision = 2;

const channel: JsonObject = {
  type: 'string',
  minLength: 1,
  maxLength: 81,
  description: 'A channel id (C…, G…, D…) or the exact name of a channel, such as #general. Ids are faster.',
};
const threadTs: JsonObject = {
  type: 'string',
  pattern: '^[0-9]+\\.[0-9]+$',
  maxLength: 22,
  description: 'The ts of the first message of the thread, as text.',
};
const user: JsonObject = { type: 'string', pattern: '^[UW][A-Z0-9]{7,20}$', description: 'The id of a user: U….' };
const cursor: JsonObject = { type: 'string', pattern: '^[A-Za-z0-9+/=_:.%-]{1,500}$', description: 'next_cursor of the page before.' };
const moment = (what: string): JsonObject => ({ type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?$', maxLength: 22, description: what });
const limit = (max: number): JsonObject => ({ type: 'integer', minimum: 1, maximum: max, description: `At most this many, up to ${max}.` });
const privateToo: JsonObject = { type: 'boolean', description: 'Private channels as well. False if left out.' };
const text: JsonObject = {
  type: 'string',
  minLength: 1,
  maxLength: 40_000,
  description: `Plain text or mrkdwn, at most ${limits.slackTextCharsMax} characters. May not notify a whole channel or user group.`,
};

const closed = (required: readonly string[], properties: JsonObject): JsonObject => ({
  type: 'object',
  additionalProperties: false,
  required: [...required],
  properties,
});

/** The arguments have passed the schema, so a value that is not text is one that was left out. */
const str = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** Fills in defaults, and leaves out what the target says already: two spellings of one target must be one action. */
function rest(args: JsonObject, without: readonly string[], defaults: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries({ ...defaults, ...args }).filter(([key]) => !without.includes(key)));
}

/**
 * A channel as the caller names it: an id as it is, a name as `#name`. Names are what Slack allows: lower case (or a script
 * without case), digits, hyphens, underscores, up to 80 (https://api.slack.com/methods/conversations.rename).
 */
function channelRef(given: string): Result<string> {
  if (/^[CGD][A-Z0-9]{7,20}$/.test(given)) return ok(given);
  const name = given.startsWith('#') ? given.slice(1) : given;
  if (/^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}_-]{1,80}$/u.test(name)) return ok(`#${name}`);
  return refuse('bad-arguments', 'a channel is an id (C…, G…, D…) or a name such as #general, in lower case: list_channels shows both');
}

/** `@channel` and its like, which Slack turns into notifications when a client asks for linked names. */
const everybody = /(?:^|[^\p{L}\p{N}_])@(?:channel|here|everyone|group)(?![\p{L}\p{N}_])/iu;

/**
 * The text of a message, if it may be sent. Every `<!…>` is refused: besides notifying groups it can hide what it shows
 * (https://docs.slack.dev/messaging/formatting-message-text).
 */
export function messageText(value: string): Result<string> {
  if (value.trim() === '') return refuse('bad-arguments', 'the text is empty');
  if (value.length > limits.slackTextCharsMax)
    return refuse(
      'too-long',
      `the text has ${value.length} characters and may have ${limits.slackTextCharsMax}: shorten it, or post it as several messages`,
    );
  if (value.includes('<!') || everybody.test(value))
    return refuse(
      'mass-mention',
      'the text would notify a whole channel or group (<!channel>, <!here>, <!everyone>, <!subteam…>, @channel): name the people, or write &lt;! where a literal <! is meant',
    );
  return ok(value);
}

/** What a message is always sent with. Nothing in the arguments can turn any of it on. */
const safe = { unfurl_links: false, unfurl_media: false, link_names: false } as const;

type Target = (args: JsonObject) => Result<string>;
const toChannel: Target = (args) => channelRef(str(args['channel']));
const toThread: Target = (args) => {
  const ref = channelRef(str(args['channel']));
  return ref.ok ? ok(`${ref.value}/${str(args['thread_ts'])}`) : ref;
};
const toUser: Target = (args) => ok(str(args['user']));

type Words = Pick<Operation, 'name' | 'title' | 'description' | 'input' | 'targetType' | 'scopes'>;

function read(words: Words, target: Target, defaults: JsonObject = {}): Operation {
  const derive = (args: JsonObject): Result<Derived> => {
    const ref = target(args);
    if (!ref.ok) return ref;
    return ok({
      class: 'read',
      fourEyes: false,
      reversible: true,
      arguments: rest(args, ['channel', 'thread_ts', 'user'], defaults),
      target: { type: words.targetType, ref: ref.value },
    });
  };
  const label = { readers: 'org', integrity: 'untrusted' } as const;
  return { ...words, class: 'read', content: [], reversible: true, fourEyes: false, label, handle: 'none', derive };
}

function publish(words: Words, target: Target): Operation {
  const derive = (args: JsonObject): Result<Derived> => {
    const ref = target(args);
    if (!ref.ok) return ref;
    const sent = messageText(str(args['text']));
    if (!sent.ok) return sent;
    return ok({
      class: 'publish',
      fourEyes: false,
      reversible: false, // a message can be deleted; the notifications have gone out
      arguments: { text: sent.value, ...safe },
      target: { type: words.targetType, ref: ref.value },
    });
  };
  const label = { readers: 'org', integrity: 'untrusted' } as const;
  return { ...words, class: 'publish', content: ['text'], reversible: false, fourEyes: false, label, handle: 'marker', derive };
}

const look = ['channels:read', 'groups:read', 'im:read', 'mpim:read'] as const;
const history = ['channels:history', 'groups:history', 'im:history', 'mpim:history'] as const;

function workspaceReads(team: string): readonly Operation[] {
  const workspace: Target = () => ok(team);
  return [
    read(
      {
        name: 'search_messages',
        title: 'Search messages',
        description: 'Searches the messages of public channels, and of private ones on request. Slack allows it with a user token only.',
        input: closed(['query'], {
          query: { type: 'string', minLength: 1, maxLength: 500, description: 'Words, or a question. Slack search operators work.' },
          private: privateToo,
          limit: limit(limits.slackSearchHitsMax),
          cursor,
        }),
        targetType: 'slack.workspace',
        scopes: ['search:read.public', 'search:read.private', 'channels:read', 'groups:read', 'users:read'],
      },
      workspace,
      { private: false, limit: 10 },
    ),
    read(
      {
        name: 'list_channels',
        title: 'List channels',
        description: 'Lists channels that are not archived: id, name, topic, members, and whether outsiders are in them.',
        input: closed([], { private: privateToo, limit: limit(limits.slackPageRowsMax), cursor }),
        targetType: 'slack.workspace',
        scopes: ['channels:read', 'groups:read'],
      },
      workspace,
      { private: false, limit: 100 },
    ),
    read(
      {
        name: 'list_users',
        title: 'List people',
        description: 'Lists the people and bots of the workspace: id, names, and whether they are guests.',
        input: closed([], { limit: limit(limits.slackPageRowsMax), cursor }),
        targetType: 'slack.workspace',
        scopes: ['users:read'],
      },
      workspace,
      { limit: 100 },
    ),
  ];
}

const channelReads: readonly Operation[] = [
  read(
    {
      name: 'read_channel',
      title: 'Read a channel',
      description: 'Reads the messages of a channel, newest first. Replies in threads are read with read_thread.',
      input: closed(['channel'], {
        channel,
        limit: limit(limits.slackPageRowsMax),
        oldest: moment('Only messages after this Unix time.'),
        latest: moment('Only messages before this Unix time.'),
        cursor,
      }),
      targetType: 'slack.channel',
      scopes: [...look, ...history, 'users:read'],
    },
    toChannel,
    { limit: 50 },
  ),
  read(
    {
      name: 'read_thread',
      title: 'Read a thread',
      description: 'Reads a message and its replies, oldest first.',
      input: closed(['channel', 'thread_ts'], { channel, thread_ts: threadTs, limit: limit(limits.slackPageRowsMax), cursor }),
      targetType: 'slack.thread',
      scopes: [...look, ...history, 'users:read'],
    },
    toThread,
    { limit: 50 },
  ),
  read(
    {
      name: 'read_user',
      title: 'Look up a person',
      description: 'Shows one person or bot of the workspace by id.',
      input: closed(['user'], { user }),
      targetType: 'slack.user',
      scopes: ['users:read'],
    },
    toUser,
  ),
  read(
    {
      name: 'channel_info',
      title: 'Look up a channel',
      description: 'Shows one channel: topic, purpose, members, and who outside of the workspace can see it.',
      input: closed(['channel'], { channel }),
      targetType: 'slack.channel',
      scopes: look,
    },
    toChannel,
  ),
];

const writes: readonly Operation[] = [
  publish(
    {
      name: 'post_message',
      title: 'Post a message',
      description: 'Posts a message to a channel. Everybody in it, now and later, can read it.',
      input: closed(['channel', 'text'], { channel, text }),
      targetType: 'slack.channel',
      scopes: ['chat:write', ...look, ...history, 'users:read'],
    },
    toChannel,
  ),
  publish(
    {
      name: 'reply',
      title: 'Reply in a thread',
      description: 'Replies in the thread of a message. Everybody in the channel can read it.',
      input: closed(['channel', 'thread_ts', 'text'], { channel, thread_ts: threadTs, text }),
      targetType: 'slack.thread',
      scopes: ['chat:write', ...look, ...history, 'users:read'],
    },
    toThread,
  ),
  publish(
    {
      name: 'direct_message',
      title: 'Send a direct message',
      description: 'Sends a direct message to one person of the workspace.',
      input: closed(['user', 'text'], { user, text }),
      targetType: 'slack.user',
      scopes: ['chat:write', 'im:write', 'im:history', 'users:read'],
    },
    toUser,
  ),
];

/** Every permission that one of the operations needs: the only ones that we name in messages. */
export const slackScopes: ReadonlySet<string> = new Set([...workspaceReads(''), ...channelReads, ...writes].flatMap((each) => each.scopes));

/** The operations of a Slack workspace. `system` is the name that the configuration gives it. */
export function slackCatalogue(system: string, settings: SlackSettings): Catalogue {
  const operations = new Map(
    [...workspaceReads(settings.team), ...channelReads, ...writes].map((operation) => [operation.name, operation]),
  );
  const described = [...operations.values()].map(({ derive: _derive, ...words }) => words);
  return {
    system,
    connector: 'slack',
    tenant: settings.team,
    digest: digest('catalogue', { connector: 'slack', revision, system, tenant: settings.team, operations: described }),
    operations,
  };
}
