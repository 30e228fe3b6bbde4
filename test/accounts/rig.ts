import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHmac } from 'node:crypto';
import type { Digest } from '../../src/action/digest.ts';
import type { Body, Signed, StatementKind } from '../../src/action/statement.ts';
import { ok } from '../../src/errors.ts';
import type { Result } from '../../src/errors.ts';
import { openOauthDoor } from '../../src/inbound/oauth-door.ts';
import type { OauthDoor } from '../../src/inbound/oauth-door.ts';
import type { DoorAccount } from '../../src/inbound/oauth-steps.ts';
import { createIdentity, loadIdentity, openAs, openStatement, trustOf } from '../../src/record/identity.ts';
import type { Trust } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import type { GroupRecorder } from '../../src/record/recorder.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { openAccounts } from '../../src/vault/accounts.ts';
import type { Accounts, AccountsDeps } from '../../src/vault/accounts.ts';
import { openKeptTokens } from '../../src/vault/kept-tokens.ts';
import type { Told } from '../../src/vault/log-so-far.ts';
import type { AccountSettings } from '../../src/vault/settings.ts';
import { peer } from '../../src/wire/client.ts';
import { listen } from '../../src/wire/server.ts';

/*
 * Both halves of linking as their processes hold them: the door behind a real HTTP server, the hand behind a real socket of
 * its own, each with its own key and one book between them. The clock is the test's.
 */

/** What a test may say of an account; the rest is that of an honest issuer. */
export type AccountChange = Partial<AccountSettings>;

/** The rig. */
export interface Rig {
  readonly folder: string;
  readonly url: string;
  readonly door: OauthDoor;
  /** The hand of this life. */
  hand: Accounts;
  readonly store: Store;
  readonly trust: Trust;
  readonly recorders: Readonly<Record<'hooks' | 'reader' | 'console', GroupRecorder>>;
  readonly alarms: string[];
  /** Names of the accounts whose credential was put in place, in order. */
  readonly linked: string[];
  /** Values that the other zone holds. */
  readonly elsewhere: string[];
  /** Happens while the hand looks at what the other zone holds. */
  comparing: () => void | Promise<void>;
  /** Happens at a place in the hand: `comparing`, `telling`, `resting`, or `recording` and a kind of statement. */
  pause: (where: string) => void | Promise<void>;
  /** Values that the hand holds as other credentials. */
  readonly heldOtherwise: string[];
  /** What `onLinked` says. */
  live: Result<null>;
  clock: number;
  account(name: string): AccountSettings;
  /** Begins as the command line does: the address for the browser. */
  link(name?: string, user?: string): string;
  /** What the book holds of a kind. */
  said<K extends StatementKind>(kind: K): Promise<Body<K>[]>;
  fileOf(name: string): string | null;
  /** All that was ever written into the book. */
  book(): Promise<string>;
  /** Names of the files of tokens that are not in their place. */
  kept(): readonly string[];
  /** As if the hand’s process was killed where it stands, and started again; `change` is what its configuration says now. */
  killed(change?: (settings: AccountSettings) => AccountSettings): Promise<void>;
  close(): Promise<void>;
}

const fingerprint = (value: string): Digest => `sha256:${createHmac('sha256', 'a test').update(value).digest('hex')}`;

function settingsOf(name: string, issuer: string, around: { folder: string; url: string }, change: AccountChange): AccountSettings {
  return {
    name,
    system: 'slack',
    zone: 'read',
    issuer,
    authorizationEndpoint: `${issuer}/authorize`,
    tokenEndpoint: `${issuer}/token`,
    revocationEndpoint: `${issuer}/revoke`,
    revocationEnds: 'token',
    userinfoEndpoint: null,
    account: { from: 'token', id: 'team.id', name: 'team.name' },
    clientId: 'countersign',
    clientSecret: 'a client secret',
    clientAuthentication: 'basic',
    scopes: ['channels:read', 'users:read'],
    tokenType: 'bearer',
    issInResponse: true,
    tenant: null,
    redirectUri: `${around.url}/oauth/${name}/callback`,
    file: join(around.folder, `${name}.token`),
    ...change,
  };
}

async function toldBy(store: Store, trust: Trust): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const entry of await store.entriesAfter(0, 1e4)) {
    const opened = openStatement(trust, entry);
    if (!opened.ok) continue;
    const { value } = opened;
    if (value.kind === 'account-linked' || value.kind === 'account-refused' || value.kind === 'account-revoked') told.push(value);
  }
  return told;
}

/** What the lives of a hand share. */
interface Shared {
  readonly settings: ReadonlyMap<string, AccountSettings>;
  readonly store: Store;
  readonly trust: Trust;
  readonly recorders: Rig['recorders'];
  readonly keptFolder: string;
}

/** The lives of the hand: once one is killed, nothing in it goes on beyond its next step. */
function openLives(rig: Rig, { settings, store, trust, recorders, keptFolder }: Shared): { begin(): Promise<Accounts>; kill(): void } {
  let kill = (): void => undefined;
  const begin = (): Promise<Accounts> => {
    let dead = false;
    kill = () => void (dead = true);
    const at = async (where: string): Promise<void> => {
      await rig.pause(where);
      if (dead) await new Promise<never>(() => undefined);
    };
    const deps: AccountsDeps = {
      accounts: settings,
      kept: openKeptTokens(keptFolder),
      told: async () => {
        await at('telling');
        return toldBy(store, trust);
      },
      heldOtherwise: (digest) => rig.heldOtherwise.map(fingerprint).includes(digest),
      alarm: (code) => rig.alarms.push(code),
      atRest: () => at('resting'),
      openBegun: (signed: Signed) => openAs(trust, signed, 'account-begun'),
      record: async (draft) => {
        await at(`recording ${draft.kind}`);
        await recorders.reader.record({ statements: [draft] });
      },
      fingerprint,
      heldElsewhere: async (digest) => {
        await rig.comparing();
        await at('comparing');
        return rig.elsewhere.map(fingerprint).includes(digest);
      },
      onLinked: ({ name }) => {
        rig.linked.push(name);
        return rig.live;
      },
      now: () => rig.clock,
    };
    return openAccounts(deps);
  };
  return { begin, kill: () => kill() };
}

/** Opens a rig for accounts by name, each at its issuer. */
export async function openRig(accounts: Readonly<Record<string, { readonly issuer: string } & AccountChange>>): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'cs-accounts-'));
  const names = ['hooks', 'reader', 'console'] as const;
  const keys = Object.fromEntries(names.map((name) => [name, [createIdentity(join(folder, `${name}.key`))]]));
  const trust = trustOf(keys);
  const store = await openSqliteStore(join(folder, 'store.db'));
  const now = (): number => rig.clock;
  const recorders = Object.fromEntries(
    names.map((name) => [name, openRecorder(store, loadIdentity(name, join(folder, `${name}.key`)), now)]),
  ) as Rig['recorders'];
  const server = createServer((request, response) => void rig.door.handle(request, response));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = new Map(
    Object.entries(accounts).map(([name, { issuer, ...change }]) => [name, settingsOf(name, issuer, { folder, url }, change)]),
  );
  const alarms: string[] = [];
  const linked: string[] = [];
  const elsewhere: string[] = [];
  const heldOtherwise: string[] = [];
  const rig = {
    clock: Date.now(),
    live: ok(null),
    comparing: () => undefined,
    pause: (where: string) => void where,
    alarms,
    linked,
    elsewhere,
    heldOtherwise,
  } as { -readonly [K in keyof Rig]: Rig[K] };
  const keptFolder = join(folder, 'kept');
  const lives = openLives(rig, { settings, store, trust, recorders, keptFolder });
  const hand = await lives.begin();
  const socket = await listen(join(folder, 'reader.sock'), 'reader', {
    'account-begin': (question) => rig.hand.begin(question),
    'account-exchange': (question) => rig.hand.exchange(question),
    'account-confirm': (question) => rig.hand.confirm(question),
    'account-abandon': (question) => rig.hand.abandon(question),
  });
  const line = peer(join(folder, 'reader.sock'));
  const door = openOauthDoor({
    accounts: new Map<string, DoorAccount>(settings),
    publicUrl: url,
    recorder: recorders.hooks,
    ask: (_zone, message, question) => line.ask(message, question),
    alarm: (code) => alarms.push(code),
    onError: (error) => alarms.push(`error: ${String(error)}`),
    now,
  });
  return Object.assign(rig, {
    folder,
    url,
    door,
    hand,
    store,
    trust,
    recorders,
    kept: () => (existsSync(keptFolder) ? readdirSync(keptFolder) : []),
    killed: async (change = (one: AccountSettings) => one) => {
      lives.kill();
      for (const [name, one] of settings) settings.set(name, change(one));
      rig.hand = await lives.begin();
    },
    account: (name: string) => settings.get(name) as AccountSettings,
    link: (name = 'slack', user = 'alice') => {
      const begun = door.begin(name, user);
      if (!begun.ok) throw new Error(begun.message);
      return begun.value.url;
    },
    said: async <K extends StatementKind>(kind: K) =>
      (await store.statementsOfKind(kind)).map((entry) => {
        const opened = openAs(trust, entry, kind);
        if (!opened.ok) throw new Error(opened.message);
        return opened.value.body;
      }),
    fileOf: (name: string) => {
      try {
        return readFileSync(settings.get(name)?.file ?? '', 'utf8');
      } catch {
        return null;
      }
    },
    book: async () => (await store.entriesAfter(0, 1e3)).map((entry) => entry.bytes).join('\n'),
    close: async () => {
      await rig.hand.close();
      line.close();
      await socket.close();
      await new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      });
      await store.close();
      rmSync(folder, { recursive: true });
    },
  });
}
