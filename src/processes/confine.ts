import { existsSync, realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CredentialRef } from '../connectors/settings.ts';
import type { Listener } from '../wire/messages.ts';
import { compileCacheOf } from './compile-cache.ts';
import { credentialRefs, hooksSecretRefs } from './config.ts';
import { paths } from './paths.ts';
import type { Config } from './config.ts';
import { clientSecretRefs, filesBeside } from './config-accounts.ts';
import { reconcileRefs } from './config-reconcile.ts';

/** This module's own ending tells whether sources or compiled code are running. */
const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** Where `src/` and `redteam/` lie: the root of the repository, or `dist/`. */
export const codeRoot: string = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The root of the package: where `policies/` and `node_modules/` are found from. Works from sources and from `dist/`. */
export const packageRoot: string = ending === '.ts' ? codeRoot : dirname(codeRoot);

/** The entry file of a process. */
function entryOf(process: Listener): string {
  return join(dirname(fileURLToPath(import.meta.url)), `${process}${ending}`);
}

const zones: { readonly [P in Listener]?: 'read' | 'write' } = { reader: 'read', executor: 'write' };

/** Settings that a library may need from the surroundings and that carry no secret of ours. */
const ambient = [
  'PATH',
  'TZ',
  'LANG',
  'NODE_EXTRA_CA_CERTS',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'NO_PROXY',
  'https_proxy',
  'http_proxy',
  'no_proxy',
];

/**
 * The secrets that a process may have: the hooks door those of its senders; a hand the credentials and client secrets of its
 * own zone, and the canaries, which it must know to stop.
 */
function secretsOf(config: Config, process: Listener): readonly CredentialRef[] {
  if (process === 'hooks') return hooksSecretRefs(config.hooks);
  const zone = zones[process];
  if (zone === undefined) return [];
  return [
    ...Object.values(config.systems).flatMap((settings) => credentialRefs(settings, zone)),
    ...(zone === 'read' ? reconcileRefs(config.hooks.endpoints) : []),
    ...clientSecretRefs(config, zone),
    ...Object.values(config.canaries),
  ];
}

/** The environment of a process: the ambient settings, the secrets of its own zone, and where its compiled code may be kept. */
export function environmentOf(config: Config, process: Listener, from: NodeJS.ProcessEnv): Record<string, string> {
  const own = secretsOf(config, process).flatMap((ref) => ('env' in ref ? [ref.env] : []));
  const pairs = [...ambient, ...own].flatMap((name): [string, string][] => (from[name] === undefined ? [] : [[name, from[name]]]));
  const cache = compileCacheOf(process, from);
  return { ...Object.fromEntries(pairs), ...(cache === null ? {} : { NODE_COMPILE_CACHE: cache }), COUNTERSIGN_SUPERVISED: '1' };
}

/** Folders of modules that lie beside or above the package, as npm installs it. */
function moduleFolders(): string[] {
  const folders: string[] = [];
  for (let at = packageRoot; ; at = dirname(at)) {
    // Node looks at where a link leads: both names must be open.
    const modules = join(at, 'node_modules');
    if (existsSync(modules)) folders.push(...new Set([modules, realpathSync(modules)]));
    if (at === dirname(at)) return folders;
  }
}

/** The files that the hooks door follows: ranges and public keys of senders. */
function followedFiles({ hooks, folder }: Config): string[] {
  return Object.values(hooks.endpoints)
    .flatMap(({ source, keys }) => [source.file, keys?.file])
    .flatMap((file) => (file === undefined ? [] : [resolve(folder, file)]));
}

function readable(config: Config, process: Listener): string[] {
  const place = paths(config);
  const zone = zones[process];
  const own = secretsOf(config, process).flatMap((ref) => ('file' in ref ? [resolve(config.folder, ref.file)] : []));
  const classifier =
    (zone === undefined && process !== 'hooks') || config.content.classifier === undefined
      ? []
      : [resolve(config.folder, config.content.classifier)];
  const catalogues = Object.values(config.systems).flatMap((settings) =>
    settings.connector === 'mcp' ? [resolve(config.folder, settings.catalogue)] : [],
  );
  const policies = config.policy.files.map((file) => resolve(config.folder, file));
  return [
    packageRoot,
    ...moduleFolders(),
    config.file,
    place.key(process),
    ...(zone === undefined ? [] : [place.fingerprints]),
    ...catalogues,
    ...policies,
    ...own,
    // With the star, because the folder may not be there yet: the first rotation makes it.
    ...(process === 'hooks' ? [...followedFiles(config), `${place.hooks}/*`] : []),
    ...classifier,
  ];
}

/** What a hand writes when an account of its zone is linked: exact names, so that the other zone's credential beside them stays closed. */
function linkedFiles(config: Config, zone: 'read' | 'write' | undefined): string[] {
  return Object.values(config.accounts)
    .filter((account) => account.zone === zone)
    .map((account) => resolve(config.folder, account.credentialFile))
    .flatMap((file) => [file, ...filesBeside(file)]);
}

/** Where the hooks door keeps the secrets of installations. With the star, because the folder may not be there yet. */
function installedFolders({ hooks: { endpoints } }: Config, folder: string): string[] {
  return Object.values(endpoints).flatMap(({ installs = [] }) => installs.map((target) => `${folder}/${target}/*`));
}

/**
 * Node's permission model for a process: the files that it needs, and no others. Node does not confine `node:sqlite` or
 * sockets with it. A hand that starts MCP servers over stdio is left out, because Node would confine those as well.
 */
export function permissionsOf(config: Config, process: Listener, from: NodeJS.ProcessEnv): string[] {
  const zone = zones[process];
  const spawns =
    zone !== undefined &&
    Object.values(config.systems).some(
      (settings) => settings.connector === 'mcp' && settings[zone] !== undefined && 'command' in settings[zone],
    );
  if (spawns) return [];
  const place = paths(config);
  const cache = compileCacheOf(process, from);
  const writable = [
    `${place.store}*`,
    place.run,
    ...(process === 'ledger' ? [place.log] : []),
    ...(process === 'hooks' ? installedFolders(config, place.hooks) : []),
    ...(cache === null ? [] : [cache]),
    ...linkedFiles(config, zone),
    // With the star, because the folder may not be there yet.
    ...(zone === undefined ? [] : [`${place.accounts(zone)}/*`]),
  ];
  return [
    '--permission',
    ...readable(config, process).map((path) => `--allow-fs-read=${path}`),
    ...writable.flatMap((path) => [`--allow-fs-read=${path}`, `--allow-fs-write=${path}`]),
    ...(process === 'gateway' || zone !== undefined ? ['--allow-worker'] : []),
  ];
}

/** The threads that V8 collects garbage and compiles with, if nobody says how many (https://nodejs.org/api/cli.html#--v8-pool-sizenum). */
const v8ThreadsOfNode = 4;

/**
 * What Node is started with for a process. Six processes share the machine: where it has few cores, background threads of each
 * only wait for each other (measured on two cores: with one instead of four, a gateway is up after a fifth less work).
 */
export function nodeArguments(config: Config, process: Listener, from: NodeJS.ProcessEnv): string[] {
  const threads = Math.max(1, Math.min(v8ThreadsOfNode, Math.floor(availableParallelism() / 2)));
  return [
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
    `--v8-pool-size=${threads}`,
    ...permissionsOf(config, process, from),
    entryOf(process),
    '--config',
    config.file,
  ];
}
