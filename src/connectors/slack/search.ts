import { z } from 'zod';
import type { Label } from '../../action/audience.ts';
import type { JsonObject } from '../../action/json.ts';
import type { ReadResult } from '../connector.ts';
import type { Answered, Ask } from './client.ts';
import { ownChannel } from './lookup.ts';
import { pageEnd } from './messages.ts';
import { joinLabels, labelOf, nameOf } from './place.ts';
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
  readonly name: string;
  readonly label: Label;
}

/** Looks up the channels of the hits. A channel that cannot be seen is left out, and its hits with it. */
async function placesOf(ask: Ask, team: string, ids: readonly string[]): Promise<Answered<ReadonlyMap<string, Place>>> {
  const places = new Map<string, Place>();
  for (const id of ids) {
    const found = await ownChannel(ask, id, team);
    if (found.ok) places.set(id, { name: nameOf(found.value), label: labelOf(found.value, team) });
    else if (found.code !== 'not-found' && found.code !== 'forbidden' && found.code !== 'wrong-tenant') return found;
  }
  return { ok: true, value: places };
}

function hitsTarget(places: ReadonlyMap<string, Place>): string {
  const names = [...places].map(([id, place]) => `${id} (${place.name})`);
  const shown = names.slice(0, 4).join(', ');
  const more = names.length > 4 ? ` and ${names.length - 4} more` : '';
  return names.length === 0 ? 'a search that found nothing' : `a search, with messages of ${shown}${more}`.slice(0, 300);
}

/**
 * Searches messages. The hits come from channels with different readers and are read as one, so all of them get the
 * narrowest readers of any: what a private channel says does not become public by standing beside a public message.
 */
export async function searchMessages(ask: Ask, team: string, args: JsonObject): Promise<Answered<ReadResult>> {
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
  const own = ownRows(found, hitShape, team).rows;
  const places = await placesOf(ask, team, [...new Set(own.map((hit) => hit.channel_id))]);
  if (!places.ok) return places;
  const hits = own.flatMap((hit) => {
    const place = places.value.get(hit.channel_id);
    return place === undefined
      ? []
      : [
          {
            channel: { id: hit.channel_id, name: place.name },
            ts: fit(hit.message_ts),
            user: fit(hit.author_user_id, 100),
            text: fit(hit.content),
          },
        ];
  });
  const content = { messages: hits, ...pageEnd(asked.value.response_metadata?.next_cursor, found.length - hits.length) };
  return {
    ok: true,
    value: { content, label: joinLabels([...places.value.values()].map((place) => place.label)), target: hitsTarget(places.value) },
  };
}
