import { z } from 'zod';
import { atPath } from '../../action/json.ts';
import type { Json } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { DeliveryLook, LookedAt, Missed } from '../connector.ts';
import type { GithubSettings } from '../settings.ts';
import { openClient } from './http.ts';
import type { GithubClient, Page } from './http.ts';
import { placeOf } from './names.ts';

/*
 * Deliveries that GitHub did not get through. It never tries again by itself and lists its attempts for three days
 * (docs.github.com, "Handling failed webhook deliveries"; REST: repository and organization webhooks, deliveries). Of what is
 * listed, only names and ids are taken: the rest is read again, by whoever is told of the event.
 */

/** One webhook, as the operator names it. Without a repository it is a webhook of the organisation. */
export interface GithubHook {
  readonly repository?: string | undefined;
  readonly hook: number;
}

/** GitHub's ids have 64 bits; the SDK gives those that are no safe numbers as `bigint`. */
const longId = z.union([z.int().min(0), z.bigint()]);

const attemptReply = z.object({
  id: longId,
  guid: z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
  delivered_at: z.iso.datetime({ offset: true }),
  status_code: z.int(),
  event: z.string().regex(/^[a-z0-9_]{1,64}$/),
  action: z.string().nullish(),
  repository_id: longId.nullish(),
});
type Attempt = z.infer<typeof attemptReply>;

const detailReply = z.object({
  guid: z.string(),
  event: z.string(),
  request: z.object({ payload: z.custom<Json>((value) => value !== undefined).nullish() }),
});

/** The names and ids in a payload that a read can begin with. */
const idPaths = [
  'number',
  'ref',
  'before',
  'after',
  'sha',
  ...['repository', 'organization', 'installation', 'sender', 'comment', 'review', 'release', 'deployment'].map((thing) => `${thing}.id`),
  ...['check_run', 'check_suite', 'workflow_run', 'workflow_job'].map((thing) => `${thing}.id`),
  ...['issue', 'pull_request', 'discussion', 'alert', 'milestone'].map((thing) => `${thing}.number`),
  'repository.name',
  'repository.full_name',
  'organization.login',
  'sender.login',
  'release.tag_name',
];

function idAt(payload: Json, path: string): string | number | null {
  const value = atPath(payload, path);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) && value.length <= limits.webhookValueCharsMax ? value : null;
}

function idsOf(settings: GithubSettings, payload: Json): Missed['ids'] {
  const name = idAt(payload, 'repository.full_name');
  // What is of another owner does not belong to this webhook: nothing of it is passed on.
  if (typeof name === 'string' && name.split('/')[0]?.toLowerCase() !== settings.owner.toLowerCase()) return {};
  return Object.fromEntries(
    idPaths.flatMap((path): [string, string | number][] => {
      const found = idAt(payload, path);
      return found === null ? [] : [[path, found]];
    }),
  );
}

const succeeded = ({ status_code: status }: Attempt): boolean => status >= 200 && status < 300;

/** By the id that all attempts of one delivery share: those that are wanted, the oldest first, each by its newest attempt. */
function wantedOf(attempts: readonly Attempt[], all: boolean): readonly Attempt[] {
  const byGuid = Map.groupBy(attempts, ({ guid }) => guid);
  return [...byGuid.values()]
    .filter((tries) => all || !tries.some(succeeded))
    .flatMap((tries) => tries.toSorted((a, b) => Date.parse(b.delivered_at) - Date.parse(a.delivered_at)).slice(0, 1))
    .filter(({ event }) => event !== 'ping')
    .toSorted((a, b) => Date.parse(a.delivered_at) - Date.parse(b.delivered_at));
}

interface Listed {
  readonly attempts: readonly Attempt[];
  /** False: the look ended before it came to `sinceMs`. */
  readonly whole: boolean;
}

async function listAttempts(client: GithubClient, at: Route, sinceMs: number): Promise<Result<Listed>> {
  const attempts: Attempt[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < limits.reconcilePagesMax; page++) {
    const query: Record<string, unknown> = { ...at.params, per_page: limits.githubPageMax, ...(cursor === null ? {} : { cursor }) };
    const reply: Result<Page<Attempt[]>> = await client.get(at.list, query, z.array(attemptReply));
    if (!reply.ok) return reply;
    const { data, nextCursor } = reply.value;
    attempts.push(...data.filter((one) => Date.parse(one.delivered_at) >= sinceMs));
    const reached = data.some((one) => Date.parse(one.delivered_at) < sinceMs);
    if (reached || nextCursor === null) return ok({ attempts, whole: true });
    // It goes in a circle: what lies behind is not seen.
    if (nextCursor === cursor) return ok({ attempts, whole: false });
    cursor = nextCursor;
  }
  return ok({ attempts, whole: false });
}

interface Route {
  readonly list: string;
  readonly one: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function routeOf(settings: GithubSettings, { repository, hook }: GithubHook): Result<Route> {
  if (repository === undefined) {
    const list = '/orgs/{org}/hooks/{hook_id}/deliveries';
    return ok({ list, one: `${list}/{delivery_id}`, params: { org: settings.owner, hook_id: hook } });
  }
  const place = placeOf(settings, repository);
  if (!place.ok) return place;
  const list = '/repos/{owner}/{repo}/hooks/{hook_id}/deliveries';
  return ok({ list, one: `${list}/{delivery_id}`, params: { ...place.value, hook_id: hook } });
}

/** Looks one delivery up. Without its payload it is still known that it was missed. */
async function detailed(client: GithubClient, settings: GithubSettings, at: Route, attempt: Attempt): Promise<Result<Missed>> {
  const bare: Missed = {
    providerId: attempt.guid,
    name: attempt.event,
    atMs: Date.parse(attempt.delivered_at),
    ids: {
      ...(typeof attempt.repository_id !== 'number' ? {} : { 'repository.id': attempt.repository_id }),
      ...(attempt.action == null || !/^[a-z_]{1,64}$/.test(attempt.action) ? {} : { action: attempt.action }),
    },
  };
  const reply = await client.get(at.one, { ...at.params, delivery_id: String(attempt.id) }, detailReply);
  if (!reply.ok) return ['rate-limited', 'not-reachable', 'bad-credential', 'forbidden'].includes(reply.code) ? reply : ok(bare);
  const { guid, event, request } = reply.value.data;
  if (guid !== attempt.guid || event !== attempt.event) return ok(bare);
  return ok({ ...bare, ids: { ...idsOf(settings, request.payload ?? null), ...bare.ids } });
}

const parallel = 8;

/** Opens a look at the deliveries of one webhook, with the reading credential. Nothing is sent yet. @throws CountersignError `bad-credential`, `bad-config` */
export function openGithubLook(settings: GithubSettings, credential: string, hook: GithubHook): DeliveryLook {
  const client = openClient(settings, credential, { methods: ['GET'] });
  return {
    missed: async (sinceMs, all): Promise<Result<LookedAt>> => {
      const at = routeOf(settings, hook);
      if (!at.ok) return at;
      const listed = await listAttempts(client, at.value, sinceMs);
      if (!listed.ok)
        return listed.code === 'not-found'
          ? refuse(
              'not-found',
              'GitHub has no such webhook, or the reading credential may not look at webhooks: give it the permission "Webhooks", reading',
            )
          : listed;
      const wanted = wantedOf(listed.value.attempts, all);
      const now = wanted.slice(0, limits.recoveredMax);
      const missed: Missed[] = [];
      for (let from = 0; from < now.length; from += parallel) {
        const some = await Promise.all(now.slice(from, from + parallel).map((one) => detailed(client, settings, at.value, one)));
        for (const one of some) {
          if (!one.ok) return one;
          missed.push(one.value);
        }
      }
      return ok({ missed, attempts: listed.value.attempts.length, whole: listed.value.whole, more: wanted.length > now.length });
    },
  };
}
