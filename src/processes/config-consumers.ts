import { CountersignError } from '../errors.ts';
import type { Consumer } from '../inbound/consumers.ts';
import { postKey } from '../inbound/post.ts';
import type { Config } from './config.ts';
import { readSecretText } from './credentials.ts';

/**
 * The consumers of the configuration. Without `env` the keys that sign what is posted are left out: only the hooks door has them.
 * @throws CountersignError `bad-config`
 */
export function openConsumers(config: Config, env: NodeJS.ProcessEnv | null): ReadonlyMap<string, Consumer> {
  return new Map(
    Object.entries(config.hooks.consumers).map(([name, settings]): [string, Consumer] => {
      let target: Consumer['post'] = null;
      if (settings.url !== undefined && settings.secret !== undefined) {
        const key = env === null ? new Uint8Array(0) : postKey(readSecretText(config, settings.secret, env) ?? '');
        if (key === null)
          throw new CountersignError(
            'bad-config',
            `hooks.consumers.${name}.secret is missing, or not whsec_ and at least 24 bytes in base64`,
          );
        target = { url: settings.url, key };
      }
      const { run, refetch } = settings;
      const [system = '', operation = ''] = refetch?.operation.split('.') ?? [];
      return [
        name,
        {
          name,
          post: target,
          events: settings.events,
          require: settings.require,
          run: run === undefined ? null : { user: run.user, agent: run.agent, profile: run.profile ?? null },
          refetch:
            refetch === undefined
              ? null
              : {
                  system,
                  operation,
                  arguments: Object.fromEntries(
                    Object.entries(refetch.arguments).map(([key, value]) => [key, typeof value === 'object' ? value : { value }]),
                  ),
                },
        },
      ];
    }),
  );
}
