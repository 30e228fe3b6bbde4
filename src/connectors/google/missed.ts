import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ok, refuse } from '../../errors.ts';
import type { Refusal, Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { ApiGet, ChangeLook, ChangesSeen, Missed, OpenApi } from '../connector.ts';
import type { DriveChanges } from '../settings.ts';

/*
 * Changes of a Google Drive (Drive API v3: changes.getStartPageToken, changes.list). The list begins where a start was set, and a
 * place in it does not expire. It names each file once, by its newest change. Only ids are asked for; what a file is now, is
 * read again by whoever is told of it.
 */

/** The smallest scope that lists every change: drive.file would show only what this program has made. */
export const driveScope = 'https://www.googleapis.com/auth/drive.metadata.readonly';

const token = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(1000);
const startReply = z.object({ startPageToken: token });
const id = /^[A-Za-z0-9_-]{1,200}$/;

/** One entry. What is of no use in it is not checked: it is not passed on. */
const changeReply = z.object({
  changeType: z.string().optional(),
  removed: z.boolean().default(false),
  fileId: z.string().regex(id).optional(),
  driveId: z.string().regex(id).optional(),
  time: z.iso.datetime({ offset: true }),
  file: z.object({ driveId: z.string().regex(id).optional() }).optional(),
});
const listReply = z.object({
  nextPageToken: token.optional(),
  newStartPageToken: token.optional(),
  changes: z.array(changeReply).max(limits.changesPerPage),
});

const fields = 'nextPageToken,newStartPageToken,changes(changeType,removed,fileId,driveId,time,file(driveId))';

/** Whose list a place belongs to: one that was made for another list is not used for this one. */
function listOf(settings: DriveChanges): string {
  const about = JSON.stringify([settings.url, settings.subject ?? null, settings.driveId ?? null]);
  return createHash('sha256').update(`countersign/drive-changes/v1\0${about}`).digest('hex').slice(0, 16);
}

const cursorText = (settings: DriveChanges, pageToken: string): string => `drive1:${listOf(settings)}:${pageToken}`;

const refused: Refusal = refuse(
  'cursor-refused',
  'where the last look ended cannot be gone on from: `countersign hooks reconcile <endpoint> --restart` begins anew, and what changed in between stays unknown',
);

/** The page token of a cursor that this look has made for this very list. */
function pageTokenOf(settings: DriveChanges, cursor: string): Result<string> {
  const [, list, text] = /^drive1:([0-9a-f]{16}):([\x21-\x7e]{1,1000})$/.exec(cursor) ?? [];
  return list === listOf(settings) && text !== undefined ? ok(text) : refused;
}

const errorReply = z.object({
  error: z.object({ errors: z.array(z.object({ reason: z.string().optional(), location: z.string().optional() })).optional() }),
});

/** What a status says, in our own words. `going`: the request went on from a cursor, the only thing in it that can have aged. */
function refusalOf(status: number, data: unknown, going: boolean): Refusal {
  const told = errorReply.safeParse(data);
  const first = told.success ? told.data.error.errors?.[0] : undefined;
  if (status === 429 || (status === 403 && /RateLimitExceeded$/i.test(first?.reason ?? '')))
    return refuse('rate-limited', 'Google asks to slow down: try again later');
  if (status === 401) return refuse('bad-credential', 'Google does not accept the token of this service account');
  if (status === 403)
    return refuse(
      'forbidden',
      'Google does not let this service account see the changes: switch the Drive API on for its project, and share with it',
    );
  if (going && [400, 404, 410].includes(status) && first?.location !== 'driveId') return refused;
  if (status === 404) return refuse('not-found', 'Google has no such shared drive, or this account is no member of it');
  return refuse('third-party-error', `Google answered with status ${status}`);
}

async function asked<T>(get: ApiGet, path: string, query: Readonly<Record<string, string>>, shape: z.ZodType<T>): Promise<Result<T>> {
  const reply = await get(path, query);
  if (!reply.ok) return reply;
  const { status, data } = reply.value;
  if (status !== 200) return refusalOf(status, data, 'pageToken' in query);
  const parsed = shape.safeParse(data);
  return parsed.success ? ok(parsed.data) : refuse('broken-reply', 'the reply of Google is not what its documentation says');
}

/**
 * One change as it is told: ids alone. Its identity is the thing, the time of the change and whether it went, so that a later
 * change of the same file is another one. Null: it names nothing.
 */
function missedOf(settings: DriveChanges, change: z.infer<typeof changeReply>): Missed | null {
  const type = change.changeType === 'drive' ? 'drive' : 'file';
  const thing = type === 'drive' ? change.driveId : change.fileId;
  if (thing === undefined) return null;
  const drive = change.driveId ?? change.file?.driveId;
  const atMs = Math.max(0, Date.parse(change.time));
  // What is of another drive than the configured one is none of this endpoint's: its ids are not passed on.
  const foreign = settings.driveId !== undefined && drive !== undefined && drive !== settings.driveId;
  const ids: Missed['ids'] = {
    ...(change.fileId === undefined ? {} : { fileId: change.fileId }),
    ...(drive === undefined ? {} : { driveId: drive }),
    changeType: type,
    removed: change.removed,
  };
  return { providerId: `${type}:${thing}:${atMs}${change.removed ? ':removed' : ''}`, name: 'change', atMs, ids: foreign ? {} : ids };
}

const ofDrive = ({ driveId }: DriveChanges): Readonly<Record<string, string>> => ({
  supportsAllDrives: 'true',
  ...(driveId === undefined ? {} : { driveId }),
});

async function list(get: ApiGet, settings: DriveChanges, from: string): Promise<Result<ChangesSeen>> {
  const found = new Map<string, Missed>();
  let at = from;
  let whole = false;
  for (let page = 0; page < limits.reconcilePagesMax && !whole && found.size + limits.changesPerPage <= limits.changesMax; page++) {
    const query = {
      ...ofDrive(settings),
      pageToken: at,
      pageSize: String(limits.changesPerPage),
      includeItemsFromAllDrives: 'true',
      includeRemoved: 'true',
      fields,
    };
    const reply = await asked(get, '/changes', query, listReply);
    if (!reply.ok) return reply;
    const { nextPageToken: next, newStartPageToken: end, changes } = reply.value;
    for (const change of changes) {
      const missed = missedOf(settings, change);
      if (missed === null) return refuse('broken-reply', 'Google lists a change of nothing');
      found.set(missed.providerId, missed);
    }
    const on = next ?? end;
    if (on === undefined) return refuse('broken-reply', 'Google does not say where its list goes on');
    at = on;
    whole = next === undefined;
  }
  return ok({ missed: [...found.values()], cursor: cursorText(settings, at), passed: 0, state: whole ? 'whole' : 'more' });
}

/** Opens a look at the changes of one Drive. Nothing is sent yet. */
export function openDriveLook(settings: DriveChanges, open: OpenApi): ChangeLook {
  return {
    changes: async (cursor) => {
      const from = cursor === null ? ok(null) : pageTokenOf(settings, cursor);
      if (!from.ok) return from;
      const get = await open();
      if (!get.ok) return get;
      if (from.value !== null) return list(get.value, settings, from.value);
      const start = await asked(get.value, '/changes/startPageToken', ofDrive(settings), startReply);
      return start.ok ? ok({ missed: [], cursor: cursorText(settings, start.value.startPageToken), passed: 0, state: 'started' }) : start;
    },
  };
}
