import type { Json, JsonObject } from '../action/json.ts';
import { zoneOf } from '../action/class.ts';
import type { Catalogues } from '../decide/call.ts';
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

const readsOf = (catalogues: Catalogues, system: string): string =>
  [...(catalogues.get(system)?.operations.values() ?? [])].flatMap((one) => (zoneOf(one.class) === 'read' ? [one.name] : [])).join(', ') ||
  'nothing';

interface RefetchProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * What is wrong with the first reads of consumers: each is a read of a catalogue, with arguments that this read has. A write is
 * none: what nothing covers may start a read, and nothing else.
 */
export function refetchProblems({ hooks }: Config, catalogues: Catalogues): RefetchProblem[] {
  return Object.entries(hooks.consumers).flatMap(([name, { refetch }]): RefetchProblem[] => {
    if (refetch === undefined) return [];
    const [system = '', operation = ''] = refetch.operation.split('.');
    const path = `hooks.consumers.${name}.refetch`;
    const no = (message: string): RefetchProblem[] => [{ path, message }];
    const found = catalogues.get(system)?.operations.get(operation);
    if (found === undefined)
      return no(`${system} has no operation ${operation}: its catalogue has ${readsOf(catalogues, system)} to read with`);
    if (zoneOf(found.class) !== 'read')
      return no(`${refetch.operation} is no read (${found.class}): an event may start a read and nothing else`);
    const { properties, required } = found.input as { properties?: JsonObject; required?: Json };
    const known = Object.keys(properties ?? {});
    const given = Object.keys(refetch.arguments);
    const stray = given.find((argument) => !known.includes(argument));
    if (stray !== undefined) return no(`${refetch.operation} has no argument ${stray}: it has ${known.join(', ')}`);
    const lacking = (Array.isArray(required) ? required : []).find((argument) => !given.includes(String(argument)));
    return lacking === undefined ? [] : no(`${refetch.operation} needs the argument ${String(lacking)}`);
  });
}
