import { createHash } from 'node:crypto';
import { z } from 'zod';
import { atPath } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Refusal, Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { ApiGet, ChangeLook, ChangesSeen, Missed, OpenApi } from '../connector.ts';
import type { GraphChanges } from '../settings.ts';
import { placeOf } from './delta-link.ts';
import type { Place } from './delta-link.ts';

/*
 * Changes by Microsoft Graph's delta queries ("Use delta query to track changes"; driveItem, message, user, group: delta). Drives
 * and directories have a way to begin now; the messages of a folder can only be read from the beginning of the list, so their
 * entries are passed over until its end is reached. Tokens of directories live seven days, others as long as the service keeps
 * them; then it answers with 410, or 40x and `syncStateNotFound`.
 */

const entryReply = z.looseObject({ id: z.string().regex(/^[\x21-\x7e]{1,240}$/) });
type Entry = z.infer<typeof entryReply>;
const deltaReply = z.object({
  value: z.array(entryReply).max(limits.changesPageMax),
  '@odata.nextLink': z.string().nullish(),
  '@odata.deltaLink': z.string().nullish(),
});

/** How a list begins, and what is asked of it. A `$select` would narrow what directories track, so they are asked as they are. */
function beginningOf(resource: string): Readonly<Record<string, string>> {
  if (resource.endsWith('/messages')) return { $select: 'changeKey,lastModifiedDateTime,parentFolderId' };
  return resource.endsWith('/root')
    ? { token: 'latest', $select: 'id,eTag,deleted,parentReference,lastModifiedDateTime' }
    : { $deltatoken: 'latest' };
}

const letters = { s: '$skiptoken', d: '$deltatoken', t: 'token' } as const satisfies Record<string, Place['parameter']>;

/** Where a look is. `before`: the start is not reached yet. */
interface Standing {
  readonly before: boolean;
  readonly place: Place | null;
}

/** Whose list a place belongs to: one that was made for another list is not used for this one. */
function listOf({ url, tenant, resource }: GraphChanges): string {
  return createHash('sha256')
    .update(`countersign/graph-changes/v1\0${JSON.stringify([url, tenant, resource])}`)
    .digest('hex')
    .slice(0, 16);
}

function cursorText(settings: GraphChanges, before: boolean, place: Place): string {
  const letter = Object.entries(letters).find(([, parameter]) => parameter === place.parameter)?.[0] ?? '';
  return `graph1:${listOf(settings)}:${before ? 'b' : 'c'}${letter}:${place.value}`;
}

const refused: Refusal = refuse(
  'cursor-refused',
  'where the last look ended cannot be gone on from: `countersign hooks reconcile <endpoint> --restart` begins anew, and what changed in between stays unknown',
);

/** Where a cursor is that this look has made for this very list. */
function standingOf(settings: GraphChanges, cursor: string): Result<Standing> {
  const [, list, phase, letter = '', value] = /^graph1:([0-9a-f]{16}):([bc])([sdt]):([\x21-\x7e]+)$/.exec(cursor) ?? [];
  const parameter = Object.entries(letters).find(([one]) => one === letter)?.[1];
  if (list !== listOf(settings) || parameter === undefined || value === undefined) return refused;
  return ok({ before: phase === 'b', place: { parameter, value } });
}

const errorReply = z.object({ error: z.object({ code: z.string() }) });

/** What a status says, in our own words. `going`: the request went on from a cursor, the only thing in it that can have aged. */
function refusalOf(status: number, data: unknown, going: boolean): Refusal {
  const told = errorReply.safeParse(data);
  const lost = status === 410 || (told.success && /^(?:syncState|resync)/i.test(told.data.error.code));
  if (going && (lost || status === 400)) return refused;
  switch (status) {
    case 429:
      return refuse('rate-limited', 'Graph asks to slow down: try again later');
    case 401:
      return refuse('bad-credential', 'Graph does not accept the token of this application');
    case 403:
      return refuse('forbidden', 'Graph does not let this application see these changes: give it the application permission to read them');
    case 404:
      return refuse('not-found', 'Graph has no such resource, or hides it from this application');
    default:
      return refuse('third-party-error', `Graph answered with status ${status}`);
  }
}

const idText = /^[A-Za-z0-9!@=_,.+/~-]{1,300}$/;
const idPaths = ['id', 'parentReference.driveId', 'parentReference.id', 'parentFolderId'];

/**
 * One change as it is told: ids alone. Its identity is the thing, its version where Graph gives one, and the cursor from which
 * the look began: the same look again finds the same, and a later one, from a later cursor, finds another change of the thing.
 */
function missedOf(entry: Entry, from: string, nowMs: number): Missed {
  const gone = '@removed' in entry || (typeof entry['deleted'] === 'object' && entry['deleted'] !== null);
  const version = ['eTag', '@odata.etag', 'changeKey', 'lastModifiedDateTime'].map((name) => entry[name] ?? null);
  const key = createHash('sha256')
    .update(JSON.stringify([from, entry.id, gone, version]))
    .digest('hex')
    .slice(0, 32);
  const modified = z.iso.datetime({ offset: true }).safeParse(entry['lastModifiedDateTime']);
  const ids = idPaths.flatMap((path): [string, string][] => {
    const value = atPath(entry, path);
    return typeof value === 'string' && idText.test(value) ? [[path, value]] : [];
  });
  const atMs = modified.success ? Math.max(0, Date.parse(modified.data)) : nowMs;
  return { providerId: `${entry.id}:${key}`, name: gone ? 'deleted' : 'updated', atMs, ids: Object.fromEntries(ids) };
}

interface Page {
  readonly entries: readonly Entry[];
  readonly place: Place;
  readonly last: boolean;
}

async function pageOf(get: ApiGet, settings: GraphChanges, place: Place | null): Promise<Result<Page>> {
  const { resource, url } = settings;
  const path = `${resource.split('/').map(encodeURIComponent).join('/')}/delta`;
  const query = place === null ? beginningOf(resource) : { [place.parameter]: place.value };
  const headers = resource.endsWith('/messages') ? { prefer: `odata.maxpagesize=${limits.changesPerPage}` } : {};
  const reply = await get(path, query, headers);
  if (!reply.ok) return reply;
  const { status, data } = reply.value;
  if (status !== 200) return refusalOf(status, data, place !== null);
  const parsed = deltaReply.safeParse(data);
  const { '@odata.nextLink': next, '@odata.deltaLink': delta, value: entries } = parsed.data ?? { value: [] };
  if (!parsed.success || (next == null) === (delta == null))
    return refuse('broken-reply', 'the reply of Graph is not what its documentation says');
  const on = placeOf(next ?? delta ?? '', url, resource);
  if (on === null || on.value.length > limits.changeCursorCharsMax - 100)
    return refuse('broken-reply', 'Graph sends this look to another address than the one that was asked: it is not followed');
  return ok({ entries, place: on, last: next == null });
}

async function look(get: ApiGet, settings: GraphChanges, from: Standing, nowMs: number): Promise<Result<ChangesSeen>> {
  const { before } = from;
  const origin = from.place === null ? '' : cursorText(settings, before, from.place);
  const found = new Map<string, Missed>();
  let passed = 0;
  let at = from.place;
  let last = false;
  for (let page = 0; page < limits.reconcilePagesMax && !last && found.size + limits.changesPageMax <= limits.changesMax; page++) {
    const reply = await pageOf(get, settings, at);
    if (!reply.ok) return reply;
    const { entries, place } = reply.value;
    if (before) passed += entries.length;
    else
      for (const entry of entries) {
        const missed = missedOf(entry, origin, nowMs);
        found.set(missed.providerId, missed);
      }
    ({ last } = reply.value);
    at = place;
  }
  if (at === null) return refuse('broken-reply', 'Graph did not say where its list goes on');
  const state = before ? (last ? 'started' : 'starting') : last ? 'whole' : 'more';
  return ok({ missed: [...found.values()], cursor: cursorText(settings, before && !last, at), passed, state });
}

/** Opens a look at one list of changes. Nothing is sent yet. */
export function openGraphLook(settings: GraphChanges, open: OpenApi, now: () => number): ChangeLook {
  return {
    changes: async (cursor) => {
      const from = cursor === null ? ok({ before: true, place: null }) : standingOf(settings, cursor);
      if (!from.ok) return from;
      const get = await open();
      return get.ok ? look(get.value, settings, from.value, now()) : get;
    },
  };
}
