import { z } from 'zod';
import { authorOfAll } from '../../action/audience.ts';
import type { Label } from '../../action/audience.ts';
import { cut } from '../../action/cut.ts';
import type { JsonObject } from '../../action/json.ts';
import { limits } from '../../limits.ts';
import type { ReadResult } from '../connector.ts';
import { authorOf } from './authors.ts';
import type { LookUpPeople } from './authors.ts';
import type { Answered, Ask } from './client.ts';
import { fromMessages, namedChannel } from './learned.ts';
import type { Taught } from './learned.ts';
import { ownChannel } from './lookup.ts';
import { pageEnd } from './messages.ts';
import { joinLabels, labelOf, nameOf } from './place.ts';
import type { Channel, Person } from './place.ts';
import { fit, ownRows } from './workspace.ts';

const hitShape = z.object({
  author_user_id: z.string().nullish(),
  channel_id: z.string().regex(/^[CGD][A-Z0-9]{7,20}$/),
  message_ts: z.string().max(30),
  content: z.string().nullish(),
});

const answerShape = z.object({
  results: z.object({ messages: z.array(z.unknown()).nullish() }),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
});

interface Place {
  readonly channel: Channel;
  readonly name: string;
  readonly label: Label;
}

/** Who asks, for which workspace. */
interface Searching {
  readonly ask: Ask;
  readonly team: string;
  readonly people: LookUpPeople;
}

/** Looks up the channels of the hits. A channel that cannot be seen is left out, and its hits with it. */
async function placesOf(ask: Ask, team: string, ids: readonly string[]): Promise<Answered<ReadonlyMap<string, Place>>> {
  const places = new Map<string, Place>();
  for (const id of ids) {
    const found = await ownChannel(ask, id, team);
    if (found.ok) places.set(id, { channel: found.value, name: nameOf(found.value), label: labelOf(found.value, team) });
    else if (found.code !== 'not-found' && found.code !== 'forbidden' && found.code !== 'wrong-tenant') return found;
  }
  return { ok: true, value: places };
}

function hitsTarget(places: ReadonlyMap<string, Place>): string {
  const names = [...places].map(([id, place]) => `${id} (${place.name})`);
  const shown = names.slice(0, 4).join(', ');
  const more = names.length > 4 ? ` and ${names.length - 4} more` : '';
  return names.length === 0 ? 'a search that found nothing' : cut(`a search, with messages of ${shown}${more}`, limits.shownNameCharsMax);
}

/** The id of the one channel that all hits lie in, or of the workspace. */
function hitsId(places: ReadonlyMap<string, Place>, team: string): string {
  const [first, ...more] = places.keys();
  return first === undefined || more.length > 0 ? `slack:${team}` : `slack:${team}/${first}`;
}

interface Shown {
  readonly hit: z.infer<typeof hitShape>;
  readonly place: Place;
}

const shownHit = ({ hit, place }: Shown): JsonObject => ({
  channel: { id: hit.channel_id, name: place.name },
  ts: fit(hit.message_ts),
  user: fit(hit.author_user_id, 100),
  text: fit(hit.content),
});

/** What hits teach: the channels that Slack says they lie in, and who wrote them. */
function fromHits(shown: readonly Shown[], people: ReadonlyMap<string, Person>, team: string): Taught {
  const channels = [...new Map(shown.map(({ place }) => [place.channel.id, place.channel])).values()];
  const messages = shown.map(({ hit }) => ({ ts: hit.message_ts, user: hit.author_user_id, channel: hit.channel_id, thread_ts: '' }));
  const learned = fromMessages(messages, people, team); // a hit does not say whether it begins a thread
  return {
    seen: [...channels.map(namedChannel), ...learned.seen],
    fields: [...channels.map((channel) => ({ type: 'slack.channel', value: channel.id })), ...learned.fields],
  };
}

/**
 * Searches messages. The hits come from channels with different readers and are read as one, so all of them get the
 * narrowest readers of any: what a private channel says does not become public by standing beside a public message.
 * A hit whose channel is not of the workspace, or cannot be looked up, does not prove that it is.
 */
export async function searchMessages(searching: Searching, args: JsonObject): Promise<Answered<ReadResult>> {
  const { ask, team } = searching;
  const { query, limit, cursor } = args;
  const asked = await ask(
    'assistant.search.context',
    {
      query: typeof query === 'string' ? query : '',
      content_types: 'messages',
      channel_types: args['private'] === true ? 'public_channel,private_channel' : 'public_channel',
      limit: Number(limit),
      ...(typeof cursor === 'string' ? { cursor } : {}),
    },
    answerShape,
  );
  if (!asked.ok) return asked;
  const found = asked.value.results.messages ?? [];
  const own = ownRows(found, hitShape, team);
  const places = await placesOf(ask, team, [...new Set(own.rows.map((hit) => hit.channel_id))]);
  if (!places.ok) return places;
  const shown = own.rows.flatMap((hit): Shown[] => {
    const place = places.value.get(hit.channel_id);
    return place === undefined ? [] : [{ hit, place }];
  });
  const people = await searching.people(shown.flatMap(({ hit }) => hit.author_user_id ?? []));
  const author = authorOfAll(shown.map(({ hit }) => authorOf({ user: hit.author_user_id }, people, team)));
  const label = joinLabels([...places.value.values()].map((place) => place.label));
  return {
    ok: true,
    value: {
      content: { messages: shown.map(shownHit), ...pageEnd(asked.value.response_metadata?.next_cursor, found.length - shown.length) },
      label: author === undefined ? label : { ...label, author },
      target: hitsTarget(places.value),
      id: hitsId(places.value, team),
      foreign: own.foreign + own.rows.length - shown.length,
      ...fromHits(shown, people, team),
    },
  };
}
