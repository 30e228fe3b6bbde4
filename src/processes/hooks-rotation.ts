import { closeSync, constants, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseJson } from '../action/parse-json.ts';
import { CountersignError, ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import type { Endpoint, WebhookSecret } from '../inbound/delivery.ts';
import { installedShape, noInstalled } from '../inbound/installed.ts';
import type { Installed } from '../inbound/installed.ts';
import { noRotation, rotatedEndpoint, rotationShape } from '../inbound/rotation.ts';
import type { Rotation } from '../inbound/rotation.ts';
import { limits } from '../limits.ts';
import { paths } from './paths.ts';
import type { Config } from './config.ts';

/*
 * The files of a rotation, below the data folder: `hooks/<endpoint>/rotation.json` and `<id>.secret` beside it. The command
 * line writes them, the hooks door reads them. What senders install lies beside them in `installed.json`, with the secrets in it:
 * the hooks door writes that, and nobody else. Each is written beside its place, brought to disk and renamed: whoever reads sees the old or the new one.
 */

/** Where the rotation of an endpoint lies. The name of an endpoint is checked by the configuration. */
export function rotationFolder(config: Pick<Config, 'data'>, endpoint: string): string {
  return join(paths(config).hooks, endpoint);
}

/** Where a secret that a rotation made lies. */
export function secretFile(config: Pick<Config, 'data'>, endpoint: string, id: string): string {
  return join(rotationFolder(config, endpoint), `${id}.secret`);
}

/** A file of ours for this user alone; undefined if there is none. Others who could read it, or have put a link in its place, are an error. */
function ownText(file: string, bytesMax: number): Result<string | undefined> {
  let found;
  try {
    found = lstatSync(file);
  } catch {
    return ok(undefined);
  }
  if (!found.isFile() || found.size > bytesMax) return refuse('bad-rotation', `${file} is not a file of the expected size`);
  if (found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0)
    return refuse('bad-rotation', `${file} must belong to this user and be closed to others (mode 0600)`);
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch {
    return refuse('bad-rotation', `${file} cannot be read`);
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

/** The rotation of an endpoint. One that cannot be understood is an error: without it a secret that has ended would be good again. */
export function readRotation(config: Pick<Config, 'data'>, endpoint: string): Result<Rotation> {
  const file = join(rotationFolder(config, endpoint), 'rotation.json');
  const text = ownText(file, limits.hooksRotationFileBytesMax);
  if (!text.ok) return text;
  if (text.value === undefined) return ok(noRotation);
  const rotation = rotationShape.safeParse(parsed(text.value));
  return rotation.success
    ? ok(rotation.data)
    : refuse('bad-rotation', `${file} is not what \`countersign hooks rotate\` writes: restore it`);
}

const installedFile = (config: Pick<Config, 'data'>, endpoint: string): string => join(rotationFolder(config, endpoint), 'installed.json');

/** What senders have installed for an endpoint, secrets included. One that cannot be understood is an error. */
export function readInstalled(config: Pick<Config, 'data'>, endpoint: string): Result<Installed> {
  const file = installedFile(config, endpoint);
  const text = ownText(file, limits.hooksInstalledFileBytesMax);
  if (!text.ok) return text;
  if (text.value === undefined) return ok(noInstalled);
  const installed = installedShape.safeParse(parsed(text.value));
  return installed.success ? ok(installed.data) : refuse('bad-rotation', `${file} is not what the hooks door writes: restore it`);
}

/**
 * Puts what senders have installed in its place. Only the hooks door does, one change after the other: what an earlier life of
 * it left beside the place was never counted, and goes.
 * @throws CountersignError `bad-config`: the old file is still there.
 */
export function writeInstalled(config: Pick<Config, 'data'>, endpoint: string, installed: Installed): void {
  const file = installedFile(config, endpoint);
  mkdirSync(rotationFolder(config, endpoint), { recursive: true, mode: 0o700 });
  rmSync(`${file}.new`, { force: true });
  writeAtomically(file, () => `${JSON.stringify(installedShape.parse(installed), null, 2)}\n`, 0o600);
}

function secretText(config: Pick<Config, 'data'>, endpoint: string, id: string): Result<string> {
  const file = secretFile(config, endpoint, id);
  const text = ownText(file, limits.webhookSecretCharsMax + 1);
  if (!text.ok) return text;
  return text.value === undefined ? refuse('bad-rotation', `${file} is missing: restore it, or end this secret`) : ok(text.value.trim());
}

/** An endpoint of the configuration with its rotation, and with what was installed for it, as they are on disk at this moment. */
export function withRotation(config: Pick<Config, 'data'>, base: Endpoint): Result<Endpoint> {
  const rotation = readRotation(config, base.id);
  if (!rotation.ok) return rotation;
  const installed = base.installable === true ? readInstalled(config, base.id) : ok(noInstalled);
  return installed.ok ? rotatedEndpoint(base, rotation.value, (id) => secretText(config, base.id, id), installed.value) : installed;
}

/** Makes renames in a folder durable, where this process may: the permission model switches `fsync` off. */
function sync(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_ACCESS_DENIED') throw error;
  } finally {
    closeSync(handle);
  }
}

/** A new file, whose writes return once they are on the disk: Node's permission model leaves that and not `fsync`. */
const newAndSynchronous = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_SYNC;

/**
 * Writes a file: beside its place, to disk, then in its place. The draft is made only if there is none, and the text is made
 * when the draft is there: so of two commands at once one is refused, and none writes over what the other has just written.
 * @throws CountersignError `bad-config`
 */
export function writeAtomically(file: string, make: () => string, mode: number): void {
  const draft = `${file}.new`;
  let handle: number;
  try {
    handle = openSync(draft, newAndSynchronous, mode);
  } catch (error) {
    const there = (error as { code?: string }).code === 'EEXIST';
    throw new CountersignError(
      'bad-config',
      there
        ? `${draft} is there: another command is at work, or one was broken off. If none is, remove it and try again`
        : `${draft} cannot be written: look at the rights of its folder`,
    );
  }
  try {
    const bytes = Buffer.from(make());
    for (let written = 0; written < bytes.length;) written += writeSync(handle, bytes, written);
    renameSync(draft, file);
    // The same byte once more, in its new place: a file that is brought to disk after its renaming takes the renaming with it
    // (ext4, XFS, Btrfs), also where the folder cannot be synchronised.
    writeSync(handle, bytes, bytes.length - 1, 1, bytes.length - 1);
  } catch (error) {
    rmSync(draft, { force: true });
    if (error instanceof CountersignError) throw error;
    throw new CountersignError('bad-config', `${file} cannot be brought to disk: look at its folder, and try again`);
  } finally {
    closeSync(handle);
  }
  sync(dirname(file));
}

function changeRotation(config: Pick<Config, 'data'>, endpoint: string, change: (rotation: Rotation) => Rotation): void {
  mkdirSync(rotationFolder(config, endpoint), { recursive: true, mode: 0o700 });
  const text = (): string => {
    const rotation = readRotation(config, endpoint);
    if (!rotation.ok) throw new CountersignError('bad-config', rotation.message);
    return `${JSON.stringify(rotationShape.parse(change(rotation.value)), null, 2)}\n`;
  };
  writeAtomically(join(rotationFolder(config, endpoint), 'rotation.json'), text, 0o600);
}

/** Added secrets, and the ends of those that nobody lists any more, are forgotten when there are too many: the oldest that are over. */
function trimmed(rotation: Rotation): Rotation {
  const over = rotation.added.filter(({ id }) => Object.hasOwn(rotation.ended, id));
  const gone = new Set(over.slice(0, Math.max(0, rotation.added.length - limits.hooksRotationsKept + 1)).map(({ id }) => id));
  return {
    ...rotation,
    added: rotation.added.filter(({ id }) => !gone.has(id)),
    ended: Object.fromEntries(Object.entries(rotation.ended).filter(([id]) => !gone.has(id))),
  };
}

/**
 * Adds a secret to an endpoint, and returns its file. The secret is on disk before it is named, so a crash between the two
 * leaves a file that nobody looks at.
 * @throws CountersignError `bad-config`
 */
export function addSecret(
  config: Pick<Config, 'data'>,
  endpoint: string,
  { id, value, atMs }: { readonly id: string; readonly value: string; readonly atMs: number },
): string {
  mkdirSync(rotationFolder(config, endpoint), { recursive: true, mode: 0o700 });
  const file = secretFile(config, endpoint, id);
  writeAtomically(file, () => `${value}\n`, 0o600);
  changeRotation(config, endpoint, (rotation) => {
    const kept = trimmed(rotation);
    return { ...kept, added: [...kept.added, { id, atMs }] };
  });
  return file;
}

/**
 * Ends a secret. Its file goes after its end is on disk.
 * @throws CountersignError `bad-config`
 */
export function endSecret(
  config: Pick<Config, 'data'>,
  endpoint: string,
  { id, atMs }: { readonly id: string; readonly atMs: number },
): void {
  changeRotation(config, endpoint, (rotation) => ({ ...rotation, ended: { ...rotation.ended, [id]: atMs } }));
  rmSync(secretFile(config, endpoint, id), { force: true });
}

const followedFiles = ['rotation.json', 'installed.json'] as const;

/** What tells a file from the one that was there before, for each file that is followed; empty: there is none. */
function stampsOf(config: Pick<Config, 'data'>, endpoint: string): readonly string[] {
  return followedFiles.map((name) => {
    try {
      const { mtimeMs, ctimeMs, size, ino } = lstatSync(join(rotationFolder(config, endpoint), name));
      return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
    } catch {
      return '';
    }
  });
}

/** Endpoints that follow their rotations. */
export interface FollowedEndpoints {
  readonly ids: readonly string[];
  of(id: string): Endpoint;
  all(): readonly Endpoint[];
  /** Looks at once: what this process has just written counts from now on. */
  look(): void;
  close(): void;
}

/** An endpoint without the secrets that `before` had and `now` has not: whatever else cannot be used, what is gone proves nothing. */
function withoutGone(endpoint: Endpoint, before: Endpoint, now: Endpoint): Endpoint {
  const gone = before.secrets.filter(({ id, key }) => !now.secrets.some((one) => one.id === id && Buffer.from(one.key).equals(key)));
  return gone.length === 0 ? endpoint : { ...endpoint, secrets: endpoint.secrets.filter(({ id }) => !gone.some((one) => one.id === id)) };
}

/** An endpoint without the secrets that have ended or whose clients have uninstalled, as far as the files tell: one that is gone tells nothing. */
function withoutEnded(config: Pick<Config, 'data'>, endpoint: Endpoint): Endpoint {
  const [rotation, installed] = [readRotation(config, endpoint.id), readInstalled(config, endpoint.id)];
  const ended = rotation.ok ? rotation.value.ended : {};
  const told = installed.ok && installed.value !== noInstalled ? installed.value.clients : null;
  const left = (id: string): boolean => told?.every(({ secrets }) => secrets.every((one) => one.id !== id)) === true;
  const over = ({ id, client }: WebhookSecret): boolean => Object.hasOwn(ended, id) || (client !== undefined && left(id));
  return { ...endpoint, secrets: endpoint.secrets.filter((one) => !over(one)) };
}

/**
 * Follows the rotations of endpoints, and their files of keys: a change counts at the latest `limits.hooksSecretsPollMs` later.
 * One that cannot be used changes nothing but that what has ended is out; `onProblem` hears of it each time, until it can be used.
 * @param keyed the endpoint with the keys of its file as they are now: the same object for as long as they are the same.
 * @throws CountersignError `bad-config` at start
 */
export function followRotations(
  config: Pick<Config, 'data'>,
  bases: readonly Endpoint[],
  onProblem: (endpoint: string, message: string) => void,
  keyed: (base: Endpoint) => Endpoint = (base) => base,
): FollowedEndpoints {
  const current = new Map<string, { endpoint: Endpoint; stamps: readonly string[]; from: Endpoint }>();
  for (const base of bases) {
    const [stamps, from] = [stampsOf(config, base.id), keyed(base)];
    const endpoint = withRotation(config, from);
    if (!endpoint.ok) throw new CountersignError('bad-config', `hooks.endpoints.${base.id}: ${endpoint.message}`);
    current.set(base.id, { endpoint: endpoint.value, stamps, from });
  }
  const of = (id: string): Endpoint => {
    const found = current.get(id);
    if (found === undefined) throw new CountersignError('bug', 'an endpoint that the configuration does not have');
    return found.endpoint;
  };
  const look = (): void => {
    for (const base of bases) {
      const [stamps, from] = [stampsOf(config, base.id), keyed(base)];
      const before = current.get(base.id);
      if (before === undefined || (from === before.from && stamps.every((stamp, n) => stamp === before.stamps[n]))) continue;
      // A file that is gone is no reason to let ended secrets in again, or to leave clients out.
      const gone = followedFiles.find((_, n) => stamps[n] === '' && before.stamps[n] !== '');
      const endpoint = gone === undefined ? withRotation(config, from) : refuse('bad-rotation', `its ${gone} is gone: restore it`);
      if (endpoint.ok) current.set(base.id, { endpoint: endpoint.value, stamps, from });
      else {
        current.set(base.id, { ...before, endpoint: withoutEnded(config, withoutGone(before.endpoint, before.from, from)) });
        onProblem(base.id, endpoint.message);
      }
    }
  };
  const timer = setInterval(look, limits.hooksSecretsPollMs);
  timer.unref();
  return { ids: bases.map(({ id }) => id), of, all: () => bases.map(({ id }) => of(id)), look, close: () => clearInterval(timer) };
}
