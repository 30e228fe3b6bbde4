import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhooks, createNodeMiddleware } from '@octokit/webhooks';
import { Webhook } from 'standardwebhooks';
import { githubWebhook } from '../src/connectors/github/webhook.ts';
import type { Consumer } from '../src/inbound/consumers.ts';
import { nodeCrypto } from '../src/inbound/crypto.ts';
import type { Endpoint } from '../src/inbound/delivery.ts';
import { checkEndpoint } from '../src/inbound/endpoint.ts';
import { takeDelivery } from '../src/inbound/intake.ts';
import { openRefusals } from '../src/inbound/refusals.ts';
import { readSecret } from '../src/inbound/secrets.ts';
import { startHooks } from '../src/inbound/server.ts';
import { rangesOf } from '../src/inbound/source.ts';
import { createIdentity, loadIdentity } from '../src/record/identity.ts';
import { openRecorder } from '../src/record/recorder.ts';
import type { Recorder } from '../src/record/recorder.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import type { Store } from '../src/store/store.ts';
import { benchPath, benchSecret, benchStandardSecret } from './hooks-payload.ts';

/*
 * A process that serves one of the ways that `bench/hooks.ts` measures. It says its port, and then answers every message
 * with the CPU time that it has used and, where events are stored, how many there are.
 */

/** What a server is asked about itself. */
export interface Told {
  readonly cpuMicros: number;
  readonly events: number | null;
}

const way = process.argv[2] ?? '';

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
  });
}

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** node:http and nothing else: the ceiling. */
const bare = (): Promise<number> =>
  listen((request, response) => {
    void bodyOf(request).then(() => response.writeHead(200, { 'content-length': 0 }).end());
  });

/** The least that any check of this sender costs: the code over the body, its text, its parsing. Nothing is compared with anything. */
const floor = (): Promise<number> =>
  listen((request, response) => {
    void bodyOf(request).then((body) => {
      const code = createHmac('sha256', benchSecret).update(body).digest();
      const parsed: unknown = JSON.parse(body.toString());
      return response.writeHead(code.length > 0 && parsed !== null ? 200 : 400, { 'content-length': 0 }).end();
    });
  });

/** `standardwebhooks`, as its documents say: verify gives the parsed body. */
function standard(): Promise<number> {
  const webhook = new Webhook(benchStandardSecret);
  return listen((request, response) => {
    void bodyOf(request).then((body) => {
      webhook.verify(body.toString(), request.headers as Record<string, string>);
      return response.writeHead(200, { 'content-length': 0 }).end();
    });
  });
}

/** `@octokit/webhooks` behind its own middleware. */
function octokit(): Promise<number> {
  const webhooks = new Webhooks({ secret: benchSecret });
  webhooks.on('issue_comment', () => {});
  const middleware = createNodeMiddleware(webhooks, { path: benchPath });
  return listen((request, response) => void middleware(request, response));
}

function endpoint(): Endpoint {
  const secret = readSecret(githubWebhook, { id: 's1', value: benchSecret, notBeforeMs: 0, notAfterMs: null });
  if (!secret.ok) throw new Error(secret.message);
  const made = checkEndpoint({
    id: 'bench',
    provider: githubWebhook,
    secrets: [secret.value],
    publicUrl: `http://127.0.0.1${benchPath}`,
    expects: {},
    events: null,
    pending: false,
    source: 'none',
  });
  if (!made.ok) throw new Error(made.message);
  return made.value;
}

const worker: Consumer = { name: 'worker', post: null, events: null, require: {}, run: null, refetch: null };

async function door(recorder: Recorder, store: Pick<Store, 'claims'>): Promise<number> {
  const one = endpoint();
  const refusals = openRefusals(recorder, Date.now);
  const parts = {
    store,
    recorder,
    refusals,
    crypto: nodeCrypto,
    consumersOf: () => [worker],
    alarm: () => {},
    now: Date.now,
    onEvent: () => {},
  };
  const ranges = rangesOf([]);
  if (ranges === null) throw new Error('no ranges are ranges too');
  const opened = await startHooks({
    port: 0,
    endpoints: new Map([[benchPath, { endpoint: () => one, source: { ranges: () => null, certificate: null } }]]),
    proxies: { ranges, forwardedHeader: 'x-forwarded-for', certificateHeader: null },
    take: (to, delivery) => takeDelivery(parts, to, delivery),
    refusals,
    onError: (error) => {
      throw error;
    },
  });
  return opened.port;
}

/** The door with a claim that lives in memory: what all of its checks cost without a disk. */
function memory(): { port: Promise<number>; events: () => Promise<number> } {
  const claimed = new Set<string>();
  const recorder: Recorder = {
    record: async ({ changes = [] }) => {
      for (const change of changes) {
        if (change.change !== 'claim') continue;
        if (claimed.has(change.row.signed)) return { ok: false, code: 'conflict', change: 'claim' };
        claimed.add(change.row.signed);
      }
      return { ok: true, signed: [] };
    },
  };
  return { port: door(recorder, { claims: async () => [] }), events: async () => claimed.size };
}

/** The door as it is: signed statements and claims in a file, each batch on disk before anybody is answered. */
async function durable(): Promise<{ port: Promise<number>; events: () => Promise<number> }> {
  const folder = mkdtempSync(join(process.env['BENCH_FOLDER'] ?? tmpdir(), 'cs-bench-hooks-'));
  createIdentity(join(folder, 'key'));
  const store = await openSqliteStore(join(folder, 'store.db'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const recorder = openRecorder(store, loadIdentity('hooks', join(folder, 'key')));
  return {
    port: door(recorder, store),
    events: async () => (await store.statementsOfKind('event-received')).length,
  };
}

const ways: Readonly<Record<string, () => Promise<{ port: Promise<number>; events: (() => Promise<number>) | null }>>> = {
  bare: async () => ({ port: bare(), events: null }),
  floor: async () => ({ port: floor(), events: null }),
  standardwebhooks: async () => ({ port: standard(), events: null }),
  octokit: async () => ({ port: octokit(), events: null }),
  memory: async () => memory(),
  durable,
};

const opened = await ways[way]?.();
if (opened === undefined) throw new Error(`there is no way ${way}`);
process.on('message', (asked) => {
  const { user, system } = process.cpuUsage();
  const told = async (): Promise<Told> => ({
    cpuMicros: user + system,
    events: asked === 'events' && opened.events !== null ? await opened.events() : null,
  });
  void told().then((one) => process.send?.(one));
});
process.once('disconnect', () => process.exit(0));
process.send?.({ port: await opened.port });
