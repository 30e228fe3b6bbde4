import { resolve } from 'node:path';
import { signers } from '../action/statement.ts';
import type { CredentialRef } from '../connectors/settings.ts';
import { paths } from './paths.ts';
import type { Config } from './config.ts';
import type { AccountConfig } from './config-accounts.ts';
import type { NeededFile } from './file-look.ts';
import { publishers } from './published-ranges.ts';

/*
 * Every file that the configuration names, with its place there, who reads it, and what makes it: for `config check`, which looks
 * whether it is there and opens none of them. `permissionsOf` in confine.ts opens the same files to the processes; a test compares.
 */

type Zone = 'read' | 'write';
type System = Config['systems'][string];
type Endpoint = Config['hooks']['endpoints'][string];

const readers = { read: 'the reader', write: 'the executor' } as const;
const deciding = 'each of gateway, reader and executor';
const everywhere = 'each process';

/** A secret that stands in a file; nothing if it stands in the environment, which only its own process has. */
function secret(
  config: Config,
  ref: CredentialRef | undefined,
  { where, reader, missing }: Pick<NeededFile, 'where' | 'reader' | 'missing'>,
): NeededFile[] {
  if (ref === undefined || !('file' in ref)) return [];
  const file = resolve(config.folder, ref.file);
  return [{ where: [...where, 'file'], file, kind: 'file', privacy: 'secret', reader, missing }];
}

/** The credentials of one zone of a system, each with its place. */
function credentialsOf(settings: System, zone: Zone): readonly { readonly where: readonly string[]; readonly ref: CredentialRef }[] {
  if (settings.connector !== 'mcp') return [{ where: ['credentials', zone], ref: settings.credentials[zone] }];
  const upstream = settings[zone];
  if (upstream === undefined) return [];
  if ('url' in upstream) return upstream.credential === undefined ? [] : [{ where: [zone, 'credential'], ref: upstream.credential }];
  return Object.entries(upstream.env).flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [{ where: [zone, 'env', name], ref: value }],
  );
}

/** The account that writes a credential file when a person links it. */
function linking(config: Config, [system, zone]: readonly [string, Zone], ref: CredentialRef): string | undefined {
  const writes = (one: AccountConfig): boolean =>
    one.system === system && one.zone === zone && 'file' in ref && ref.file === one.credentialFile;
  return Object.entries(config.accounts).find(([, one]) => writes(one))?.[0];
}

function systemFiles(config: Config, [name, settings]: readonly [string, System]): NeededFile[] {
  const at = ['systems', name];
  const credentials = (['read', 'write'] as const).flatMap((zone) =>
    credentialsOf(settings, zone).flatMap(({ where, ref }) => {
      const account = linking(config, [name, zone], ref);
      const missing: NeededFile['missing'] =
        account === undefined
          ? { level: 'error', next: `put the ${zone} credential of ${name} into it, for ${readers[zone]} alone (mode 0600)` }
          : {
              level: 'warning',
              next: `\`countersign account link ${account} --as <you>\` writes it; until then ${name} refuses every call`,
            };
      return secret(config, ref, { where: [...at, ...where], reader: readers[zone], missing });
    }),
  );
  if (settings.connector !== 'mcp') return credentials;
  const folders = (['read', 'write'] as const).flatMap((zone): NeededFile[] => {
    const upstream = settings[zone];
    if (upstream === undefined || !('command' in upstream) || upstream.cwd === undefined) return [];
    const missing = { level: 'error', next: 'make it, or name another folder to start the server in' } as const;
    const file = resolve(config.folder, upstream.cwd);
    return [{ where: [...at, zone, 'cwd'], file, kind: 'folder', privacy: 'open', reader: readers[zone], missing }];
  });
  const catalogue: NeededFile = {
    where: [...at, 'catalogue'],
    file: resolve(config.folder, settings.catalogue),
    kind: 'file',
    privacy: 'open',
    reader: deciding,
    missing: { level: 'error', next: `\`countersign catalog add ${name}\` writes it for you to review` },
  };
  return [catalogue, ...folders, ...credentials];
}

/** What the addresses of an endpoint's sender are read from. Only where they are required does a door without them let nobody in. */
function rangesFile(config: Config, at: readonly string[], { source, provider }: Endpoint): NeededFile[] {
  if (source.file === undefined) return [];
  const file = resolve(config.folder, source.file);
  const next = publishers.has(provider)
    ? `\`countersign hooks ranges ${provider} --write ${file}\` writes it`
    : "write the sender's addresses into it, one range a line";
  const level = source.require === 'ip' ? 'error' : 'warning';
  return [{ where: [...at, 'source', 'file'], file, kind: 'file', privacy: 'open', reader: 'the hooks door', missing: { level, next } }];
}

function keysFile(config: Config, at: readonly string[], { keys, provider }: Endpoint): NeededFile[] {
  if (keys === undefined) return [];
  const file = resolve(config.folder, keys.file);
  const missing = { level: 'error', next: `\`countersign hooks keys ${provider} --write ${file}\` writes it` } as const;
  return [{ where: [...at, 'keys', 'file'], file, kind: 'file', privacy: 'guarded', reader: 'the hooks door', missing }];
}

function endpointFiles(config: Config, [id, settings]: readonly [string, Endpoint]): NeededFile[] {
  const at = ['hooks', 'endpoints', id];
  const next = `put the secret into it (mode 0600), or take it out here: \`countersign hooks rotate ${id}\` makes or takes one`;
  const secrets = settings.secrets.flatMap((ref, n) =>
    secret(config, ref, { where: [...at, 'secrets', String(n)], reader: 'the hooks door', missing: { level: 'error', next } }),
  );
  const asked = {
    reader: 'the reader',
    missing: { level: 'error', next: 'put the reading credential into it, for the reader alone' },
  } as const;
  const { drive, graph } = settings.reconcile ?? {};
  return [
    ...secrets,
    ...keysFile(config, at, settings),
    ...rangesFile(config, at, settings),
    ...secret(config, drive?.credential, { where: [...at, 'reconcile', 'drive', 'credential'], ...asked }),
    ...secret(config, graph?.credential, { where: [...at, 'reconcile', 'graph', 'credential'], ...asked }),
  ];
}

/** What `countersign init` makes, where the configuration says. */
function ownFiles(config: Config): NeededFile[] {
  const place = paths(config);
  const made = {
    where: ['data'],
    missing: { level: 'error', next: '`countersign init` made it together with the configuration: restore it' },
  } as const;
  const key = { ...made, kind: 'file', privacy: 'secret' } as const;
  return [
    { ...made, file: config.data, kind: 'folder', privacy: 'open', reader: everywhere },
    ...signers.map((name): NeededFile => ({
      ...key,
      file: place.key(name),
      reader: name === 'operator' ? 'who runs commands' : `the ${name}`,
    })),
    { ...key, file: place.fingerprints, reader: 'each of reader and executor' },
  ];
}

/** Policies, and the operator's own module. */
function ruleFiles({ folder, policy, content }: Config): NeededFile[] {
  const open = { kind: 'file', privacy: 'open' } as const;
  const module: NeededFile[] =
    content.classifier === undefined
      ? []
      : [
          {
            ...open,
            where: ['content', 'classifier'],
            file: resolve(folder, content.classifier),
            reader: 'each of reader, executor and hooks door',
            missing: { level: 'error', next: 'put your module there, or take the setting out' },
          },
        ];
  const policies = policy.files.map((file, n): NeededFile => ({
    ...open,
    where: ['policy', 'files', String(n)],
    file: resolve(folder, file),
    reader: deciding,
    missing: { level: 'error', next: 'write the policy, or take the file out of the list' },
  }));
  return [...policies, ...module];
}

/** Secrets of both hands and of the hooks door that belong to no system and no endpoint. */
function otherSecrets(config: Config): NeededFile[] {
  const accounts = Object.entries(config.accounts).flatMap(([name, { clientSecret, zone }]) =>
    secret(config, clientSecret, {
      where: ['accounts', name, 'clientSecret'],
      reader: readers[zone],
      missing: { level: 'error', next: `put the client secret into it, for ${readers[zone]} alone (mode 0600)` },
    }),
  );
  const canaries = Object.entries(config.canaries).flatMap(([name, ref]) =>
    secret(config, ref, {
      where: ['canaries', name],
      reader: 'each of reader and executor',
      missing: { level: 'error', next: 'put the canary into it: 8 characters or more' },
    }),
  );
  const consumers = Object.entries(config.hooks.consumers).flatMap(([name, one]) =>
    secret(config, one.secret, {
      where: ['hooks', 'consumers', name, 'secret'],
      reader: 'the hooks door',
      missing: {
        level: 'error',
        next: 'put whsec_ and 32 random bytes in base64 into it: `echo "whsec_$(openssl rand -base64 32)"` makes such a secret',
      },
    }),
  );
  return [...accounts, ...canaries, ...consumers];
}

/** Every file that the configuration names, and what `countersign init` made beside it. */
export function neededFiles(config: Config): readonly NeededFile[] {
  return [
    ...ownFiles(config),
    ...ruleFiles(config),
    ...otherSecrets(config),
    ...Object.entries(config.systems).flatMap((entry) => systemFiles(config, entry)),
    ...Object.entries(config.hooks.endpoints).flatMap((entry) => endpointFiles(config, entry)),
  ];
}
