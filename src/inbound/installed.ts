import { z } from 'zod';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';

/*
 * The secrets that came to an endpoint with installations, by client. A sender orders its callbacks by the signed time of
 * their tokens (`saidMs`): what was said earlier never undoes what was said later, in whatever order they come in.
 */

const client = z
  .string()
  .min(1)
  .max(limits.webhookValueCharsMax)
  .regex(/^[\x21-\x7e]+$/);
const timeMs = z.int().min(0);
const id = z.string().regex(/^i-[0-9a-f]{16}$/);

/** The id of the secret that a delivery brings: of its claim, so that the same delivery names the same secret. */
export const installedId = (signedDigest: string): string => `i-${signedDigest.slice(0, 16)}`;

/** What `installed.json` of an endpoint says. It holds the secrets themselves, so that one replacement of the file is the whole change. */
export const installedShape = z.strictObject({
  version: z.literal(1),
  clients: z
    .array(
      z.strictObject({
        client,
        /** By its newest callback. */
        saidMs: timeMs,
        /** The newest last. `endsMs`: from when on it proves nothing; null while nothing has replaced it. */
        secrets: z
          .array(
            z.strictObject({
              id,
              value: z.string().min(1).max(limits.hooksClientSecretCharsMax),
              saidMs: timeMs,
              atMs: timeMs,
              endsMs: timeMs.nullable(),
            }),
          )
          .max(limits.hooksClientSecretsMax),
      }),
    )
    .max(limits.hooksClientsMax),
});

/** The installations of an endpoint. */
export type Installed = z.infer<typeof installedShape>;
type Client = Installed['clients'][number];

/** The installations of an endpoint that has none. */
export const noInstalled: Installed = { version: 1, clients: [] };

/** A secret as an installation brings it. */
export interface Brought {
  readonly client: string;
  readonly saidMs: number;
  readonly id: string;
  readonly value: string;
}

/** What is over is forgotten; a client without secrets as soon as no token can come any more that is older than what it said last. */
function pruned({ clients }: Installed, nowMs: number): readonly Client[] {
  return clients
    .map((one) => ({ ...one, secrets: one.secrets.filter(({ endsMs }) => endsMs === null || endsMs > nowMs) }))
    .filter(({ secrets, saidMs }) => secrets.length > 0 || nowMs - saidMs <= limits.webhookBearerMs);
}

/** With one more secret there than may be, the first that was never settled goes: the oldest is the one that is in use. */
function bounded(secrets: Client['secrets']): Client['secrets'] {
  return secrets.length <= limits.hooksClientSecretsMax ? secrets : secrets.filter((_, place) => place !== 1);
}

/**
 * Adds a secret beside those that the client has, which all stay good. The same delivery again changes nothing; one that is
 * older than what the client said last is refused, and a client for whom there is no room.
 */
export function begun(installed: Installed, { client: name, saidMs, id, value }: Brought, nowMs: number): Result<Installed> {
  if (value.length > limits.hooksClientSecretCharsMax) return refuse('too-long', 'its secret is too long');
  const clients = pruned(installed, nowMs);
  const known = clients.find((one) => one.client === name);
  if (known !== undefined && saidMs < known.saidMs) return refuse('older', 'its client has installed or uninstalled since');
  if (known?.secrets.some((secret) => secret.id === id) === true) return ok(installed);
  const others = clients.filter((one) => one !== known);
  // Who has no secret any more gives way.
  const kept = others.length < limits.hooksClientsMax ? others : others.filter(({ secrets }) => secrets.length > 0);
  if (kept.length >= limits.hooksClientsMax)
    return refuse('too-many', `the endpoint has secrets of ${limits.hooksClientsMax} clients already`);
  const secrets = bounded([...(known?.secrets ?? []), { id, value, saidMs, atMs: nowMs, endsMs: null }]);
  return ok({ version: 1, clients: [...kept, { client: name, saidMs, secrets }] });
}

/** The ids of the secrets that this one replaces: all others of its client that have no end yet, if it is the newest. */
export function replacedBy(installed: Installed, name: string, id: string): readonly string[] {
  const secrets = installed.clients.find((one) => one.client === name)?.secrets ?? [];
  return secrets.at(-1)?.id === id ? secrets.filter((one) => one.id !== id && one.endsMs === null).map((one) => one.id) : [];
}

/** Gives what this secret replaces its end. To be done once its event is durable: until then the sender may go back to the old one. */
export function settled(installed: Installed, name: string, id: string, nowMs: number): Installed {
  const over = new Set(replacedBy(installed, name, id));
  if (over.size === 0) return installed;
  const endsMs = nowMs + limits.hooksClientOverlapMs;
  return {
    version: 1,
    clients: installed.clients.map((one) =>
      one.client === name ? { ...one, secrets: one.secrets.map((secret) => (over.has(secret.id) ? { ...secret, endsMs } : secret)) } : one,
    ),
  };
}

/** The ids of the secrets that end with an uninstalling: those that the client brought before it. */
export function endedBy(installed: Installed, name: string, saidMs: number): readonly string[] {
  const secrets = installed.clients.find((one) => one.client === name)?.secrets ?? [];
  return secrets.filter((secret) => secret.saidMs <= saidMs).map(({ id }) => id);
}

/** Without what the client brought before it uninstalled. Of a client that has nothing here, nothing is remembered. */
export function uninstalled(installed: Installed, name: string, saidMs: number, nowMs: number): Installed {
  if (!installed.clients.some((one) => one.client === name)) return installed;
  const clients = installed.clients.map((one) =>
    one.client === name
      ? { ...one, saidMs: Math.max(one.saidMs, saidMs), secrets: one.secrets.filter((secret) => secret.saidMs > saidMs) }
      : one,
  );
  return { version: 1, clients: [...pruned({ version: 1, clients }, nowMs)] };
}
