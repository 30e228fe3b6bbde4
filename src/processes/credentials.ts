import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Digest } from '../action/digest.ts';
import type { Zone } from '../action/class.ts';
import type { CredentialRef } from '../connectors/settings.ts';
import { CountersignError } from '../errors.ts';
import { openAs } from '../record/identity.ts';
import type { Trust } from '../record/identity.ts';
import type { Store } from '../store/store.ts';
import { credentialRefs } from './config.ts';
import { paths } from './paths.ts';
import type { Config } from './config.ts';
import { clientSecretRefs } from './config-accounts.ts';
import { reconcileRefs } from './config-reconcile.ts';

/** Finds the credentials of one zone, and remembers the fingerprint of each. */
export interface Credentials {
  /**
   * `secretOf`: what of it is secret, where it is a document around a secret; left out, all of it is.
   * @throws CountersignError `bad-credential`, naming the place, never the value.
   */
  find(system: string, ref: CredentialRef, secretOf?: (text: string) => string): string;
  /** Everything that was found, with our own name for it: what no write may carry. */
  values(): readonly { readonly name: string; readonly value: string }[];
  /** `system/place` to fingerprint, of everything that was found. */
  fingerprints(): Readonly<Record<string, Digest>>;
}

const placeOf = (ref: CredentialRef): string => ('env' in ref ? `the environment variable ${ref.env}` : `the file ${ref.file}`);

/** The text of a secret where the configuration says that it is; undefined if it is not there. */
export function readSecretText(config: Config, ref: CredentialRef, env: NodeJS.ProcessEnv): string | undefined {
  if ('env' in ref) return env[ref.env];
  try {
    return readFileSync(resolve(config.folder, ref.file), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The key under which fingerprints are made: without it, nobody who reads the log can try out guesses. Only the hands may read it. */
function fingerprintSecret(config: Config): Buffer {
  const file = paths(config).fingerprints;
  try {
    return readFileSync(file);
  } catch {
    throw new CountersignError('bad-key', `${file} cannot be read: restore it, or make a new one with 32 random bytes`);
  }
}

const fingerprint = (secret: Buffer, value: string): Digest => `sha256:${createHmac('sha256', secret).update(value).digest('hex')}`;

/**
 * How a hand makes fingerprints of credentials.
 * @throws CountersignError `bad-key`
 */
export function fingerprinter(config: Config): (value: string) => Digest {
  const secret = fingerprintSecret(config);
  return (value) => fingerprint(secret, value);
}

/**
 * Opens the credentials of one zone. Refuses at once if this process has been given the other zone's: then the wall
 * between reading and writing is already broken.
 * @throws CountersignError `bad-credential`
 */
export function openCredentials(config: Config, zone: Zone, env: NodeJS.ProcessEnv = process.env): Credentials {
  const other = zone === 'read' ? 'write' : 'read';
  const foreign = [
    ...Object.entries(config.systems).flatMap(([system, settings]) => credentialRefs(settings, other).map((ref) => ({ system, ref }))),
    ...clientSecretRefs(config, other).map((ref) => ({ system: 'an account', ref })),
    ...(other === 'read' ? reconcileRefs(config.hooks.endpoints) : []).map((ref) => ({ system: 'an endpoint', ref })),
  ];
  for (const { system, ref } of foreign) {
    if ('env' in ref && env[ref.env] !== undefined) {
      throw new CountersignError(
        'bad-credential',
        `the process of the ${zone} zone was given the ${other} credential of ${system} (${ref.env}): start it without that variable, or let \`countersign up\` start it`,
      );
    }
  }
  const found = new Map<string, string>();
  return {
    find: (system, ref, secretOf = (text) => text) => {
      const value = readSecretText(config, ref, env);
      if (value === undefined || value === '')
        throw new CountersignError('bad-credential', `the ${zone} credential of ${system} is missing: put it into ${placeOf(ref)}`);
      found.set(`${system}/${'env' in ref ? ref.env : ref.file}`, secretOf(value));
      return value;
    },
    values: () => [...found].map(([place, value]) => ({ name: `the ${zone} credential ${place}`, value })),
    fingerprints: () => {
      const secret = fingerprintSecret(config);
      return Object.fromEntries([...found].map(([place, value]) => [place, fingerprint(secret, value)]));
    },
  };
}

/**
 * The canaries of the configuration: values that must never leave.
 * @throws CountersignError `bad-credential` if one cannot be read: an alarm that is not there must not be believed in.
 */
export function openCanaries(
  config: Config,
  env: NodeJS.ProcessEnv = process.env,
): readonly { readonly name: string; readonly value: string }[] {
  return Object.entries(config.canaries).map(([name, ref]) => {
    const value = readSecretText(config, ref, env);
    if (value === undefined || value.length < 8)
      throw new CountersignError(
        'bad-credential',
        `the canary ${name} is missing or shorter than 8 characters: put it into ${placeOf(ref)}`,
      );
    return { name: `the canary ${name}`, value };
  });
}

/** Every fingerprint that a hand has signed for: what it held when it last started, and what was linked for it. */
export async function heldBy(
  deps: { readonly store: Store; readonly trust: Trust },
  hand: 'reader' | 'executor',
): Promise<ReadonlySet<Digest>> {
  const [started, linked] = await Promise.all([deps.store.statementsOfKind('started'), deps.store.statementsOfKind('account-linked')]);
  const last = started
    .map((entry) => openAs(deps.trust, entry, 'started'))
    .flatMap((opened) => (opened.ok && opened.value.by === hand ? [opened.value.body] : []))
    .at(-1);
  const accounts = linked
    .map((entry) => openAs(deps.trust, entry, 'account-linked'))
    .flatMap((opened) => (opened.ok && opened.value.by === hand ? [opened.value.body.credential] : []));
  return new Set([...Object.values(last?.credentials ?? {}), ...accounts]);
}

/**
 * Compares the fingerprints of this zone with those that the other hand has signed: the same value under another name
 * is still the other zone's credential.
 * @throws CountersignError `bad-credential`
 */
export async function refuseShared(
  deps: { readonly store: Store; readonly trust: Trust },
  mine: Readonly<Record<string, Digest>>,
  other: 'reader' | 'executor',
): Promise<void> {
  const theirs = await heldBy(deps, other);
  const shared = Object.entries(mine).find(([, fingerprint]) => theirs.has(fingerprint));
  if (shared !== undefined)
    throw new CountersignError(
      'bad-credential',
      `the credential of ${shared[0]} is the same as one that the ${other} holds: make a separate one for each zone`,
    );
}
