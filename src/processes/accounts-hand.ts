import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CountersignError, ok } from '../errors.ts';
import { openAs } from '../record/identity.ts';
import { takeLock } from '../store/lock.ts';
import type { Lock } from '../store/lock.ts';
import { openAccounts } from '../vault/accounts.ts';
import { openKeptTokens } from '../vault/kept-tokens.ts';
import type { Told } from '../vault/log-so-far.ts';
import type { AccountSettings } from '../vault/settings.ts';
import type { Handlers } from '../wire/server.ts';
import { alarmTo } from './alarms.ts';
import type { Process } from './boot.ts';
import { paths } from './paths.ts';
import type { Config } from './config.ts';
import { publicUrlOf } from './config-accounts.ts';
import { fingerprinter, heldBy } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { openSlot } from './linked-hand.ts';
import type { Slot } from './linked-hand.ts';

/*
 * Linking accounts, as a hand does it: the settings with their client secrets, and the places of the systems whose credential
 * comes from an account.
 */

type Zone = 'read' | 'write';

/** The settings of one zone's accounts, by name, with their client secrets. @throws CountersignError `bad-credential` */
function settingsOf(config: Config, zone: Zone, credentials: Credentials): ReadonlyMap<string, AccountSettings> {
  const mine = Object.entries(config.accounts).filter(([, account]) => account.zone === zone);
  return new Map(
    mine.map(([name, account]) => {
      const { clientSecret, credentialFile, revocationEndpoint, userinfoEndpoint, tenant, ...rest } = account;
      const settings: AccountSettings = {
        ...rest,
        name,
        clientSecret: clientSecret === undefined ? null : credentials.find(`accounts.${name}`, clientSecret),
        revocationEndpoint: revocationEndpoint ?? null,
        userinfoEndpoint: userinfoEndpoint ?? null,
        tenant: tenant ?? null,
        redirectUri: `${publicUrlOf(config) ?? ''}/oauth/${name}/callback`,
        file: resolve(config.folder, credentialFile),
      };
      return [name, settings] as const;
    }),
  );
}

/** Opens the hand of a system whose credential an account gives. Null: no account does. */
export function openLinkedSlot<H extends { close(): Promise<void> }>(
  config: Config,
  zone: Zone,
  system: string,
  open: () => H,
): Slot<H> | null {
  const mine = Object.entries(config.accounts).filter(([, account]) => account.zone === zone && account.system === system);
  if (mine.length === 0) return null;
  return openSlot(() => {
    const missing = mine.find(([, account]) => !existsSync(resolve(config.folder, account.credentialFile)));
    return missing === undefined ? open() : `no account is linked to ${system} yet: run \`countersign account link ${missing[0]}\``;
  });
}

/** What a hand has signed about its accounts, in the order of the log. */
async function toldBy({ store, trust }: Process, hand: 'reader' | 'executor'): Promise<readonly Told[]> {
  const kinds = ['account-linked', 'account-refused', 'account-revoked'] as const;
  const found = await Promise.all(
    kinds.map(async (kind) =>
      (await store.statementsOfKind(kind)).flatMap((entry) => {
        const opened = openAs(trust, entry, kind);
        return opened.ok && opened.value.by === hand ? [{ pos: entry.pos, told: opened.value }] : [];
      }),
    ),
  );
  return found
    .flat()
    .toSorted((a, b) => a.pos - b.pos)
    .map(({ told }) => told);
}

/** Keeps every other process of this zone from taking its tokens for what an earlier life has left. Null: there are none, and no accounts. */
function lockOf(p: Process, zone: Zone, accounts: ReadonlyMap<string, AccountSettings>): Lock | null {
  const place = paths(p.config);
  if (accounts.size === 0 && !existsSync(place.accounts(zone))) return null;
  return takeLock(resolve(place.run, `accounts-${zone}.lock`), `the linking of accounts to ${zone}`);
}

/** The hand's half of linking, for its socket. `slots` are the places by system. */
export async function openLinking(
  p: Process,
  zone: Zone,
  credentials: Credentials,
  slots: ReadonlyMap<string, Pick<Slot<never>, 'reopen' | 'atRest'>>,
): Promise<{ readonly handlers: Handlers; close(): Promise<void> }> {
  const settings = settingsOf(p.config, zone, credentials);
  const lock = lockOf(p, zone, settings);
  const linkedPlaces = Object.values(p.config.accounts).map(({ system, credentialFile }) => `${system}/${credentialFile}`);
  const [me, other] = zone === 'read' ? (['reader', 'executor'] as const) : (['executor', 'reader'] as const);
  const accounts = await openAccounts({
    accounts: settings,
    kept: openKeptTokens(paths(p.config).accounts(zone)),
    told: () => toldBy(p, me),
    heldOtherwise: (fingerprint) =>
      Object.entries(credentials.fingerprints()).some(([place, held]) => held === fingerprint && !linkedPlaces.includes(place)),
    alarm: alarmTo(p),
    atRest: async ({ system }) => slots.get(system)?.atRest(),
    openBegun: (signed) => openAs(p.trust, signed, 'account-begun'),
    record: async (draft) => {
      const written = await p.recorder.record({ statements: [draft] });
      if (!written.ok) throw new CountersignError('bug', 'a statement without a condition was refused by the store');
    },
    fingerprint: fingerprinter(p.config),
    heldElsewhere: async (fingerprint) => (await heldBy(p, other)).has(fingerprint),
    onLinked: ({ system }) => slots.get(system)?.reopen() ?? ok(null),
    now: Date.now,
  });
  return {
    handlers: {
      'account-begin': (question) => accounts.begin(question),
      'account-exchange': (question) => accounts.exchange(question),
      'account-confirm': (question) => accounts.confirm(question),
      'account-abandon': (question) => accounts.abandon(question),
    },
    close: async () => {
      await accounts.close();
      lock?.release();
    },
  };
}
