import { resolve } from 'node:path';
import type { WebhookProvider } from '../connectors/webhook.ts';
import { CountersignError } from '../errors.ts';
import type { Endpoint, WebhookSecret } from '../inbound/delivery.ts';
import { keysIn, signsPublicly } from '../inbound/key-set.ts';
import { limits } from '../limits.ts';
import type { Config } from './config.ts';
import { followFile } from './followed-file.ts';
import type { Followed, Following } from './followed-file.ts';
import { providerAt } from './hooks-endpoints.ts';

/*
 * Files of public keys that endpoints follow. The door reads them and fetches nothing: `countersign hooks keys` does that, when
 * somebody runs it.
 */

/** How a file of a sender's keys is read: whoever can write it can pass for the sender. */
export function followingKeys(provider: WebhookProvider): Omit<Following<readonly WebhookSecret[]>, 'everyMs'> {
  return { bytesMax: limits.hooksKeysFileBytesMax, guarded: true, read: (text) => keysIn(text, provider) };
}

/**
 * The file of keys that an endpoint names; null if it names none.
 * @throws CountersignError `bad-config` if its sender signs with no public key
 */
export function keysFileOf(config: Config, id: string): string | null {
  const file = config.hooks.endpoints[id]?.keys?.file;
  if (file === undefined) return null;
  if (!signsPublicly(providerAt(config, id)))
    throw new CountersignError('bad-config', 'this sender signs with no public key: give it secrets', { at: `hooks.endpoints.${id}.keys` });
  return resolve(config.folder, file);
}

type Follow = () => Followed<readonly WebhookSecret[]>;

interface Held {
  readonly keys: readonly WebhookSecret[];
  readonly endpoint: Endpoint;
}

/**
 * Endpoints with the keys of their files, as they are at the moment of asking: beside the secrets that they have, and the same
 * object for as long as the file says the same. A file that is gone or broken leaves the last good keys; `onProblem` hears of it.
 * @throws CountersignError `bad-config` if there are no good keys the first time
 */
export function followKeys(
  config: Config,
  onProblem: (endpoint: string, message: string) => void = () => undefined,
): (base: Endpoint) => Endpoint {
  const held = new Map<string, Held>();
  const files = new Map<string, Follow | null>();
  const fileOf = (base: Endpoint): Follow | null => {
    const known = files.get(base.id);
    if (known !== undefined) return known;
    const file = keysFileOf(config, base.id);
    const followed = file === null ? null : followFile(file, { ...followingKeys(base.provider), everyMs: 0 });
    files.set(base.id, followed);
    return followed;
  };
  return (base) => {
    const followed = fileOf(base);
    if (followed === null) return base;
    const before = held.get(base.id);
    const { value: keys, problem } = followed();
    if (keys === null)
      throw new CountersignError(
        'bad-config',
        `hooks.endpoints.${base.id}.keys: ${problem?.message ?? 'there are none'}: write it with \`countersign hooks keys ${base.provider.id} --write <file>\``,
      );
    if (problem !== null) onProblem(base.id, problem.message);
    if (before?.keys === keys) return before.endpoint;
    const endpoint = { ...base, secrets: [...base.secrets, ...keys] };
    held.set(base.id, { keys, endpoint });
    return endpoint;
  };
}
