import { CountersignError } from '../errors.ts';
import { openInstalls } from '../inbound/install.ts';
import type { Installs } from '../inbound/install.ts';
import { liveSecrets, readSecret } from '../inbound/secrets.ts';
import type { Config } from './config.ts';
import { readInstalled, writeInstalled } from './hooks-rotation.ts';
import type { FollowedEndpoints } from './hooks-rotation.ts';

/** Runs what must not fail; if it does, says so and throws `store-failed`, so that the sender is told to come again. */
function orLater<T>(work: () => T, endpoint: string, alarm: (code: string, message: string, about: string) => void): T {
  try {
    return work();
  } catch (error) {
    const message = error instanceof CountersignError ? error.message : 'the folder of its secrets cannot be written';
    alarm('install-not-kept', `an installation cannot be followed, and its sender is told to come again: ${message}`, endpoint);
    throw new CountersignError('store-failed', message);
  }
}

/** Follows installations into the files of the endpoints for which they are: what is written counts at once. */
export function openInstallsAt(
  config: Pick<Config, 'data'>,
  endpoints: FollowedEndpoints,
  alarm: (code: string, message: string, about: string) => void,
): Installs {
  return openInstalls({
    keeper: {
      read: (endpoint) =>
        orLater(
          () => {
            const installed = readInstalled(config, endpoint);
            if (!installed.ok) throw new CountersignError('bad-config', installed.message);
            return installed.value;
          },
          endpoint,
          alarm,
        ),
      write: (endpoint, installed) => {
        orLater(() => writeInstalled(config, endpoint, installed), endpoint, alarm);
        endpoints.look();
      },
      check: (endpoint, { id, value }) => readSecret(endpoints.of(endpoint).provider, { id, value, notBeforeMs: 0, notAfterMs: null }),
      holds: (endpoint, client) =>
        liveSecrets(endpoints.of(endpoint).secrets, 'hmac', Date.now()).some((secret) => secret.client === client),
    },
    alarm,
    now: Date.now,
  });
}
