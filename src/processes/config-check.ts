import { join } from 'node:path';
import { CountersignError } from '../errors.ts';
import { checkSettings } from '../inbound/endpoint.ts';
import { catalogueProblems, loadCatalogues } from './catalogues.ts';
import type { Config, ConfigProblem } from './config.ts';
import { refetchProblems } from './config-consumers.ts';
import { neededFiles } from './config-files.ts';
import type { LineAt } from './config-lines.ts';
import { fileFinding, lookAt } from './file-look.ts';
import type { FileLook, NeededFile } from './file-look.ts';
import { readOnce } from './followed-file.ts';
import { endpointSettings, openProxies, openSourceRule, providerAt } from './hooks-endpoints.ts';
import { followingKeys, keysFileOf } from './hooks-keys.ts';
import { readRotation, rotationFolder, secretFile } from './hooks-rotation.ts';
import { loadPolicy } from './policy.ts';
import { publishesKeys } from './published-keys.ts';

/*
 * What only the files and code that a configuration names can tell. Everything is looked at as this user: what another user's process
 * may see and this one may not is a warning. No secret is opened; whether one is good, only its process can tell.
 */

/** Something wrong with the configuration, with its line; or something to look at, which stops nothing. */
export interface ConfigFinding extends ConfigProblem {
  readonly level: 'error' | 'warning';
}

type Found = Omit<ConfigFinding, 'line'> & { readonly where: readonly string[] };
type Look = (needed: NeededFile) => FileLook;

const found = (where: readonly string[], message: string, level: Found['level'] = 'error'): Found => ({
  where,
  path: where.join('.'),
  level,
  message,
});
const foundAt = (path: string, message: string): Found => found(path.split('.'), message);

const lookAtNeeded: Look = ({ file, privacy }) => lookAt(file, privacy !== 'own');

/** What is to be said of one file. */
function fileFound(needed: NeededFile, look: Look): Found[] {
  const finding = fileFinding(needed, look(needed));
  return finding === null ? [] : [found(needed.where, finding.message, finding.level)];
}

/** What is to be said of all files. Of those in a folder that is itself not there or closed, nothing. */
function filesFound(config: Config, look: Look): Found[] {
  const all = neededFiles(config);
  const shut = all.filter((one) => one.kind === 'folder' && look(one).state !== 'there').map(({ file }) => join(file, '/'));
  return all.filter(({ file }) => !shut.some((folder) => file.startsWith(folder))).flatMap((one) => fileFound(one, look));
}

/** What a step throws about the configuration, at its place there; `otherwise` where the error names none. */
function thrown(step: () => unknown, otherwise: string): Found[] {
  try {
    step();
    return [];
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    return [error.at === null ? foundAt(otherwise, error.message) : foundAt(error.at, error.message.slice(error.at.length + 2))];
  }
}

/** The file of a rotation, which is the hooks door's own and is made when it is needed. */
function rotated(config: Config, id: string, name: string): NeededFile {
  const [where, file] = [['hooks', 'endpoints', id], join(rotationFolder(config, id), name)];
  return { where, file, kind: 'file', privacy: 'own', reader: 'the hooks door', missing: 'fine' };
}

/** The secrets that `countersign hooks rotate` made for an endpoint: what is wrong with their files, and how many there are. Null: nobody here can tell. */
function rotationFound(config: Config, id: string, look: Look): { readonly found: readonly Found[]; readonly secrets: number | null } {
  const list = rotated(config, id, 'rotation.json');
  const first = fileFound(list, look);
  if (first.length > 0) return { found: first, secrets: null };
  const rotation = readRotation(config, id);
  if (!rotation.ok) return { found: [found(list.where, rotation.message)], secrets: null };
  const { added, ended } = rotation.value;
  const files = added
    .filter((one) => !Object.hasOwn(ended, one.id))
    .map((one): NeededFile => ({
      ...list,
      file: secretFile(config, id, one.id),
      missing: { level: 'error', next: `restore it, or end this secret: \`countersign hooks rotate ${id} --retire ${one.id}\`` },
    }));
  return { found: files.flatMap((one) => fileFound(one, look)), secrets: added.length };
}

/** Without something that proves its sender, an endpoint does not open. `seen`: what was found of the files that the configuration names. */
function proofFound(config: Config, id: string, { look, seen }: { readonly look: Look; readonly seen: readonly Found[] }): Found[] {
  const { endpoints } = config.hooks;
  const provider = providerAt(config, id);
  const at = ['hooks', 'endpoints', id];
  const file = keysFileOf(config, id);
  if (file !== null) {
    const where = [...at, 'keys', 'file'];
    if (seen.some(({ path }) => path === where.join('.'))) return [];
    const keys = readOnce(file, followingKeys(provider));
    return keys.ok ? [] : [found(where, `${keys.message}: \`countersign hooks keys ${provider.id} --write ${file}\` writes it anew`)];
  }
  const rotation = rotationFound(config, id, look);
  const installable = Object.values(endpoints).some(({ installs }) => installs?.includes(id) === true);
  const installed = installable ? fileFound(rotated(config, id, 'installed.json'), look) : [];
  const problems = [...rotation.found, ...installed];
  if (rotation.secrets === null || rotation.secrets + (endpoints[id]?.secrets.length ?? 0) > 0 || installable) return problems;
  const next = publishesKeys(provider)
    ? `\`countersign hooks keys ${provider.id} --write <file>\` brings its public keys, and \`keys: { file: <file> }\` names them`
    : `\`countersign hooks rotate ${id}\` makes or takes one`;
  return [...problems, found(at, `it has no secret yet: ${next}`)];
}

/** What is wrong with an endpoint besides its secrets. */
function endpointFound(config: Config, id: string, files: { readonly look: Look; readonly seen: readonly Found[] }): Found[] {
  const at = `hooks.endpoints.${id}`;
  const unknown = thrown(() => providerAt(config, id), at);
  if (unknown.length > 0) return unknown;
  const settings = checkSettings(endpointSettings(config, id));
  const proof: Found[] = [];
  const wrongKeys = thrown(() => void proof.push(...proofFound(config, id, files)), at);
  return [...(settings.ok ? [] : [foundAt(at, settings.message)]), ...proof, ...wrongKeys, ...sourceFound(config, id, files.seen)];
}

/** What is wrong with the addresses of a sender. Only where they are required does a file that is none keep everybody out. */
function sourceFound(config: Config, id: string, seen: readonly Found[]): Found[] {
  const where = ['hooks', 'endpoints', id, 'source', 'file'];
  const { file, require } = config.hooks.endpoints[id]?.source ?? {};
  if (seen.some(({ path }) => path === where.join('.'))) return [];
  const unread: Found[] = [];
  const wrong = thrown(() => {
    if (openSourceRule(config, id).ranges() === null && file !== undefined)
      unread.push(found(where, `${file} is no list of address ranges, one a line`, require === 'ip' ? 'error' : 'warning'));
  }, where.join('.'));
  return [...wrong, ...unread];
}

/** What is wrong with what decides: catalogues, the reads that events begin with, and policies. */
async function decidingFound(config: Config, seen: readonly Found[]): Promise<Found[]> {
  const files = seen.filter(({ where }) => (where[0] === 'policy' && where[1] === 'files') || where[2] === 'catalogue');
  if (files.some(({ level }) => level === 'error')) return [];
  if (files.length > 0)
    return [found(['policy'], 'policies and catalogues were not checked, because this user may not read all of them', 'warning')];
  const catalogues = catalogueProblems(config);
  if (catalogues.length > 0) return catalogues.map(({ system, message }) => foundAt(`systems.${system}`, message));
  const loaded = loadCatalogues(config);
  const refetch = refetchProblems(config, loaded).map(({ path, message }) => foundAt(path, message));
  const policy = await loadPolicy(config, [...loaded.values()]);
  if (policy.ok) return refetch;
  const at = config.policy.files.indexOf(policy.file);
  return [...refetch, found(at === -1 ? ['policy'] : ['policy', 'files', String(at)], policy.message)];
}

/** A configuration that has parsed, and the lines of its text. */
interface Parsed {
  readonly config: Config;
  readonly lineAt: LineAt;
}

const inOrder = (all: readonly Found[], lineAt: LineAt): readonly (ConfigFinding & { readonly line: number })[] =>
  all
    .map(({ where, path, message, level }) => ({ path, line: lineAt(where), message, level }))
    .toSorted((one, other) => one.line - other.line);

function namedFound(config: Config, look: Look): Found[] {
  const seen = filesFound(config, look);
  return [
    ...seen,
    ...thrown(() => openProxies(config), 'hooks.proxies'),
    ...Object.keys(config.hooks.endpoints).flatMap((id) => endpointFound(config, id, { look, seen })),
  ];
}

/** What is wrong with the files that a configuration names and with its hooks door, in the order of its lines. */
export function checkNamed({ config, lineAt }: Parsed, look: Look = lookAtNeeded): readonly ConfigFinding[] {
  return inOrder(namedFound(config, look), lineAt);
}

/**
 * Everything that is wrong with a configuration that has parsed, and everything to look at, in the order of its lines.
 * `look` looks at a file; only tests give another one.
 */
export async function checkConfig({ config, lineAt }: Parsed, look: Look = lookAtNeeded): Promise<readonly ConfigFinding[]> {
  const named = namedFound(config, look);
  return inOrder([...named, ...(await decidingFound(config, named))], lineAt);
}
