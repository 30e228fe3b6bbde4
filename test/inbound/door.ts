import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Consumer } from '../../src/inbound/consumers.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Delivery, Endpoint, WebhookCrypto } from '../../src/inbound/delivery.ts';
import { takeDelivery } from '../../src/inbound/intake.ts';
import { openRefusals } from '../../src/inbound/refusals.ts';
import type { Refusals } from '../../src/inbound/refusals.ts';
import { startHooks } from '../../src/inbound/server.ts';
import type { HooksOptions } from '../../src/inbound/server.ts';
import { rangesOf } from '../../src/inbound/source.ts';
import type { Ranges } from '../../src/inbound/source.ts';
import type { Answer } from '../../src/inbound/verdict.ts';
import { createIdentity, loadIdentity, trustOf } from '../../src/record/identity.ts';
import type { Trust } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

/* A hooks door over a real store, and senders on raw sockets: what a client library would put right goes out as it is. */

const worker: Consumer = { name: 'worker', post: null, events: null, require: {}, run: null, refetch: null };

/** How a door is opened. What is left out is as in an installation. */
export interface DoorWish {
  readonly endpoints: readonly Endpoint[];
  readonly folder?: string;
  readonly pagesMax?: number;
  readonly now?: () => number;
  readonly proxies?: readonly string[];
  readonly ranges?: readonly string[];
  readonly certificate?: string;
  readonly headerMs?: number;
  readonly requestMs?: number;
  readonly connectionsPerPeerMax?: number;
  readonly crypto?: WebhookCrypto;
}

/** A door that is open, and what is behind it. */
export interface Door {
  readonly port: number;
  readonly store: Store;
  readonly trust: Trust;
  readonly refusals: Refusals;
  readonly folder: string;
  readonly alarms: string[];
  readonly errors: unknown[];
  take(endpoint: Endpoint, delivery: Delivery): Promise<Answer>;
  /** The ids of all events that were taken. */
  events(): Promise<readonly string[]>;
  /** Every statement as it is stored, after the refusals were written down. */
  log(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The ranges, which must be some. */
export function ranges(...texts: readonly string[]): Ranges {
  const made = rangesOf(texts);
  if (made === null) throw new Error('one of them is no range');
  return made;
}

/** The path of an endpoint of these tests. */
const pathOf = (endpoint: Endpoint): string => new URL(endpoint.publicUrl).pathname;

/** A folder that the test removes. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'cs-door-'));

/** Opens a door. */
export async function openDoor(wish: DoorWish): Promise<Door> {
  const folder = wish.folder ?? newFolder();
  const key = join(folder, `${Math.trunc(performance.now() * 1000)}.key`);
  const trust = trustOf({ hooks: [createIdentity(key)] });
  const store = await openSqliteStore(join(folder, 'store.db'), wish.pagesMax === undefined ? {} : { pagesMax: wish.pagesMax });
  const now = wish.now ?? Date.now;
  const recorder = openRecorder(store, loadIdentity('hooks', key), now);
  const refusals = openRefusals(recorder, now);
  const [alarms, errors]: [string[], unknown[]] = [[], []];
  const intake = {
    store,
    recorder,
    refusals,
    crypto: wish.crypto ?? nodeCrypto,
    consumersOf: () => [worker],
    alarm: (code: string, message: string, about: string) => void alarms.push(`${code} ${about} ${message}`),
    now,
    onEvent: () => {},
  };
  const known = wish.ranges === undefined ? null : ranges(...wish.ranges);
  const source = { ranges: () => known, certificate: wish.certificate ?? null };
  const take: HooksOptions['take'] = (endpoint, delivery) => takeDelivery(intake, endpoint, delivery);
  const door = await startHooks({
    port: 0,
    endpoints: new Map(wish.endpoints.map((endpoint) => [pathOf(endpoint), { endpoint: () => endpoint, source }])),
    proxies: { ranges: ranges(...(wish.proxies ?? [])), forwardedHeader: 'x-forwarded-for', certificateHeader: 'x-client-cert' },
    take,
    refusals,
    onError: (error) => void errors.push(error),
    ...(wish.headerMs === undefined ? {} : { headerMs: wish.headerMs }),
    ...(wish.requestMs === undefined ? {} : { requestMs: wish.requestMs }),
    ...(wish.connectionsPerPeerMax === undefined ? {} : { connectionsPerPeerMax: wish.connectionsPerPeerMax }),
  });
  return {
    port: door.port,
    store,
    trust,
    refusals,
    folder,
    alarms,
    errors,
    take,
    events: async () => (await store.events({ endpoint: null, beforeMs: Number.MAX_SAFE_INTEGER, limit: 10_000 })).map((row) => row.id),
    log: async () => {
      await refusals.flush();
      return (await store.entriesAfter(-1, 10_000)).map((entry) => entry.bytes);
    },
    close: async () => {
      await door.close();
      await refusals.close().catch(() => {});
      await store.close();
      if (wish.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What came back on a connection until it ended, or until it was whole. */
export interface Heard {
  /** Of the last whole answer; 0 if there was none. */
  readonly status: number;
  /** Everything, as it came, without the date. */
  readonly text: string;
  readonly ended: boolean;
}

const wholeAnswer = /HTTP\/1\.1 ([2-5]\d\d) [^\r]*\r\n(?:[^\r]*\r\n)*?content-length: (\d+)\r\n(?:[^\r]*\r\n)*?\r\n/gi;

function heard(bytes: string, ended: boolean): Heard | null {
  let status = 0;
  for (const match of bytes.matchAll(wholeAnswer))
    if (bytes.length >= match.index + match[0].length + Number(match[2])) status = Number(match[1]);
  return status !== 0 || ended ? { status, text: bytes.replaceAll(/date: [^\r]*\r\n/gi, ''), ended } : null;
}

/** Connects, from another address of this machine if one is given. */
export function dial(port: number, from = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Writes bytes and hears what comes back: the first whole answer, or all until the end. */
export async function talk(port: number, ...pieces: readonly (string | Buffer)[]): Promise<Heard> {
  const socket = await dial(port);
  const result = listen(socket);
  for (const piece of pieces) if (socket.writable) await new Promise((done) => socket.write(piece, done));
  return result.finally(() => socket.destroy());
}

/** Hears what comes on a connection. */
export function listen(socket: Socket): Promise<Heard> {
  return new Promise((resolve) => {
    let text = '';
    const look = (ended: boolean): void => {
      const found = heard(text, ended);
      if (found !== null) resolve(found);
    };
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      look(false);
    });
    socket.once('close', () => look(true));
    socket.on('error', () => look(true));
  });
}

/** The head of a request, line by line as it is given. */
export const head = (line: string, headers: readonly (readonly [string, string])[]): string =>
  `${line}\r\nHost: hooks.test\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;

/** The headers of a delivery, as they go over the wire. */
export const headersOf = ({ headers }: Delivery): (readonly [string, string])[] =>
  Object.entries(headers).flatMap(([name, values]) => (values ?? []).map((value) => [name, value] as const));

/** A delivery as bytes on the wire, with headers in front of and behind its own. */
export function wire(delivery: Delivery, more: readonly (readonly [string, string])[] = [], line?: string): string {
  const body = Buffer.from(delivery.body).toString('latin1');
  const all = [...headersOf(delivery), ['content-length', String(delivery.body.length)] as const, ...more];
  return head(line ?? `POST ${delivery.target} HTTP/1.1`, all) + body;
}
