import { z } from 'zod';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Endpoint, WebhookSecret } from './delivery.ts';
import { checkEndpoint } from './endpoint.ts';
import { noInstalled } from './installed.ts';
import type { Installed } from './installed.ts';
import { readSecret } from './secrets.ts';

/*
 * The secrets of an endpoint over time. Most senders know one secret at a time and change it at once: so for a while this side
 * holds the old and the new one, and only when the new one has proved something does the old one end.
 */

/** The id of a secret that a rotation made. It is the name of a file as well: no dot, no slash. */
export const rotatedId: z.ZodString = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'an id has letters, digits, `-` and `_`');

/** What `rotation.json` of an endpoint says: which secrets were added beside those of the configuration, and which have ended. */
export const rotationShape = z.strictObject({
  version: z.literal(1),
  added: z.array(z.strictObject({ id: rotatedId, atMs: z.int().min(0) })).max(limits.hooksRotationsKept),
  /** By id, of the configuration or added: from when on the secret proves nothing. */
  ended: z.record(z.string().regex(/^[A-Za-z0-9._-]{1,128}$/), z.int().min(0)),
});

/** The rotation of an endpoint. */
export type Rotation = z.infer<typeof rotationShape>;

/** The rotation of an endpoint whose secrets were never changed. */
export const noRotation: Rotation = { version: 1, added: [], ended: {} };

/** A secret with its end, if it has one. A clock that is put back does not undo what the operator has done. */
function endedIn({ ended }: Rotation, secret: WebhookSecret): WebhookSecret {
  const endedMs = Object.hasOwn(ended, secret.id) ? ended[secret.id] : undefined;
  return endedMs === undefined ? secret : { ...secret, ended: true, notAfterMs: Math.min(secret.notAfterMs ?? Infinity, endedMs) };
}

/** The secrets of clients, the newest of each first; those that the operator has ended are left out. */
function ofClients({ provider }: Endpoint, { clients }: Installed, ended: Rotation['ended']): Result<readonly WebhookSecret[]> {
  const secrets: WebhookSecret[] = [];
  for (const { client, secrets: brought } of clients)
    for (const { id, value, atMs, endsMs } of brought.toReversed()) {
      if (Object.hasOwn(ended, id)) continue;
      const secret = readSecret(provider, { id, value, notBeforeMs: atMs, notAfterMs: endsMs });
      if (!secret.ok) return secret;
      secrets.push({ ...secret.value, client });
    }
  return ok(secrets);
}

/**
 * The endpoint with its rotation and the secrets of its clients. `valueOf` finds the text of an added secret; one that is over
 * is not asked for. Refuses what would be refused at start, and one secret of the operator under two ids: then nobody could
 * tell whether the old one is still in use. A sender may well install one secret for many clients.
 */
export function rotatedEndpoint(
  base: Endpoint,
  rotation: Rotation,
  valueOf: (id: string) => Result<string>,
  installed: Installed = noInstalled,
): Result<Endpoint> {
  const secrets = base.secrets.map((secret) => endedIn(rotation, secret));
  for (const { id, atMs } of rotation.added) {
    if (Object.hasOwn(rotation.ended, id)) continue;
    const value = valueOf(id);
    if (!value.ok) return value;
    const secret = readSecret(base.provider, { id, value: value.value, notBeforeMs: atMs, notAfterMs: null });
    if (!secret.ok) return secret;
    const twin = secrets.find((other) => Buffer.from(other.key).equals(secret.value.key));
    if (twin !== undefined) return refuse('same-secret', `the secrets ${twin.id} and ${id} of ${base.id} are the same: bring in a new one`);
    secrets.push(secret.value);
  }
  const clients = ofClients(base, installed, rotation.ended);
  return clients.ok ? checkEndpoint({ ...base, secrets: [...secrets, ...clients.value] }) : clients;
}

/** A secret with what it has proved. `uses` is null if that is not known, because the hooks door is not running. */
export interface UsedSecret {
  readonly id: string;
  /** The client for whom it was installed; null: it is the operator's own. */
  readonly client: string | null;
  readonly notBeforeMs: number;
  readonly notAfterMs: number | null;
  readonly uses: { readonly count: number; readonly lastAtMs: number | null } | null;
}

const isLive = ({ notBeforeMs, notAfterMs }: UsedSecret, nowMs: number): boolean =>
  notBeforeMs <= nowMs && (notAfterMs === null || nowMs < notAfterMs);

/**
 * Whether a secret may end now. Never if no other one is live. Without `force` only if another live one has proved an event,
 * and the newest event was not proved by this one: until then the sender has not taken the new secret over. One that was
 * installed for a client ends by itself; whoever forces its end shuts the client out until it installs again.
 */
export function mayRetire(id: string, secrets: readonly UsedSecret[], nowMs: number, force: boolean): Result<null> {
  const mine = secrets.find((secret) => secret.id === id);
  if (mine === undefined) return refuse('no-such-secret', 'the endpoint has no secret of this id: --status shows them');
  if (!isLive(mine, nowMs)) return refuse('not-live', 'this secret is not live: it proves nothing now');
  if (mine.client !== null)
    return force
      ? ok(null)
      : refuse('of-a-client', 'this secret ends when its client installs again or uninstalls: to shut the client out now, add --force');
  const others = secrets.filter((secret) => secret.id !== id && secret.client === null && isLive(secret, nowMs));
  if (others.length === 0)
    return refuse('last-secret', 'this is the only live secret of the endpoint: add another one first, with `countersign hooks rotate`');
  if (force) return ok(null);
  if (mine.uses === null)
    return refuse('not-known', 'the hooks door is not running, so it is not known which secret is in use: start it, or add --force');
  const lastOther = Math.max(-1, ...others.map(({ uses }) => uses?.lastAtMs ?? -1));
  if (lastOther < 0)
    return refuse(
      'not-proved-yet',
      "no other secret has proved an event yet: put the new one into the sender's settings and wait for a delivery, or add --force",
    );
  if ((mine.uses.lastAtMs ?? -1) >= lastOther)
    return refuse('used-last', 'the newest event was proved by this secret: the sender still signs with it. Wait, or add --force');
  return ok(null);
}
