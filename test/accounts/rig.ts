import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
import { createIdentity, loadIdentity, openAs, trustOf } from '../../src/record/identity.ts';
import type { Trust } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import type { GroupRecorder } from '../../src/record/recorder.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { openAccounts } from '../../src/vault/accounts.ts';
import type { Accounts } from '../../src/vault/accounts.ts';
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
  readonly hand: Accounts;
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
  const started = Date.now();
  const rig = { clock: started, live: ok(null), comparing: () => undefined } as { -readonly [K in keyof Rig]: Rig[K] };
  const hand = openAccounts({
    accounts: settings,
    openBegun: (signed: Signed) => openAs(trust, signed, 'account-begun'),
    record: async (draft) => void (await recorders.reader.record({ statements: [draft] })),
    fingerprint,
    heldElsewhere: async (digest) => {
      await rig.comparing();
      return elsewhere.map(fingerprint).includes(digest);
    },
    onLinked: ({ name }) => {
      linked.push(name);
      return rig.live;
    },
    now,
  });
  const socket = await listen(join(folder, 'reader.sock'), 'reader', {
    'account-begin': (question) => hand.begin(question),
    'account-exchange': (question) => hand.exchange(question),
    'account-confirm': (question) => hand.confirm(question),
    'account-abandon': (question) => hand.abandon(question),
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
    alarms,
    linked,
    elsewhere,
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
      await hand.close();
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
