import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { freePort } from '../../fakes/house.ts';
import { digestDomain } from '../../src/action/digest.ts';
import type { Statement } from '../../src/action/statement.ts';
import { limits } from '../../src/limits.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { paths } from '../../src/processes/paths.ts';
import { initialise } from '../../src/processes/init.ts';
import { openStatement, trustOf } from '../../src/record/identity.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';

/* The real hooks process of an installation, alone, and senders that do what senders do: come again until they are heard. */

const entry = fileURLToPath(new URL('../../src/processes/hooks.ts', import.meta.url));
const secret = 'kQ7wZr2LmX9vT4sB8nHdJ5yGcP3fAeUi';

/** What became of a load. */
export interface Outcome {
  readonly sent: number;
  readonly kills: number;
  /** Attempts that got no answer, or were told to come later. */
  readonly broken: number;
  /** Deliveries that were answered with 200 and have not exactly one event, one claim and one place in the queue. */
  readonly wrong: readonly string[];
  /** Events that nobody sent. */
  readonly strange: number;
  /** Statements with no valid signature, and numbers of a life that are missing. */
  readonly unproved: number;
}

const body = (n: number): string =>
  JSON.stringify({
    action: 'created',
    issue: { id: 7 },
    comment: { id: n, body: 'x'.repeat(4 * limits.storeLargeTextChars) }, // so large that it lies in the file beside the store
    repository: { id: 42 },
    sender: { id: 1 },
  });

function post(port: number, agent: Agent, text: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'issue_comment',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
      'content-length': Buffer.byteLength(text),
    };
    const one = request({ port, agent, method: 'POST', path: '/hooks/git', headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', () => resolve(0));
    });
    one.once('error', () => resolve(0));
    one.end(text);
  });
}

function configure(file: string, port: number): void {
  const doc = parseDocument(readFileSync(file, 'utf8'));
  doc.set('hooks', {
    port,
    endpoints: { git: { provider: 'github', secrets: [{ id: 's1', env: 'HOOK_SECRET' }], consumers: ['worker'] } },
    consumers: { worker: {} },
  });
  writeFileSync(file, doc.toString());
}

async function start(file: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [entry, '--config', file], {
    env: { PATH: process.env['PATH'], HOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('"event":"ready"')) return child;
  throw new Error('the hooks process did not come up');
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** What the store says of every body that was sent. */
async function judge(file: string, bodies: readonly string[]): Promise<Pick<Outcome, 'wrong' | 'strange' | 'unproved'>> {
  const config = loadConfig(file);
  const store = await openSqliteStore(paths(config).store);
  const trust = trustOf(config.trust);
  const byBody = new Map<string, Statement<'event-received'>['body'][]>();
  const lives = new Map<string, number>();
  let unproved = 0;
  for (const entry of await store.entriesAfter(-1, 10_000_000)) {
    const statement = openStatement(trust, entry);
    if (!statement.ok) {
      unproved++;
      continue;
    }
    const { boot, n, kind } = statement.value;
    if ((lives.get(boot) ?? 0) !== n) unproved++;
    lives.set(boot, n + 1);
    if (kind !== 'event-received') continue;
    const { body: about } = statement.value;
    byBody.set(about.body, [...(byBody.get(about.body) ?? []), about]);
  }
  const wrong: string[] = [];
  for (const text of bodies) {
    const digest = createHash('sha256').update(digestDomain('body')).update(text).digest('hex');
    const [only, ...more] = byBody.get(digest) ?? [];
    byBody.delete(digest);
    const claims = only === undefined ? [] : await store.claims('git', only.signed, null);
    const queue = only === undefined ? [] : await store.queueOf(only.event);
    const kept = only?.original === undefined || only.original === null ? null : await store.body(only.original);
    if (
      only === undefined ||
      more.length > 0 ||
      claims.length !== 1 ||
      claims[0]?.event !== only.event ||
      queue.length !== 1 ||
      kept !== text
    )
      wrong.push(digest);
  }
  await store.close();
  return { wrong, strange: byBody.size, unproved };
}

/** Loads a hooks process with senders that repeat what was not answered, and kills it (-9) so many times while it is at work. */
export async function killUnderLoad(
  folder: string,
  options: { readonly senders: number; readonly kills: number; readonly aliveMs: number },
): Promise<Outcome> {
  const file = join(folder, 'countersign.yaml');
  const port = await freePort();
  initialise(file);
  configure(file, port);
  let child = await start(file);
  const agent = new Agent({ keepAlive: true, maxSockets: options.senders });
  const bodies: string[] = [];
  let broken = 0;
  const load = { ended: false };
  const senders = Array.from({ length: options.senders }, async () => {
    while (!load.ended) {
      const text = body(bodies.length);
      bodies.push(text);
      for (let status = 0; status !== 200;) {
        status = await post(port, agent, text);
        if (status === 200) break;
        if (status !== 0 && status !== 503) throw new Error(`an honest delivery was answered with ${status}`);
        broken++;
        await pause(20);
      }
    }
  });
  for (let kill = 0; kill < options.kills; kill++) {
    await pause(options.aliveMs * (0.3 + Math.random()));
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    child = await start(file);
  }
  await pause(options.aliveMs / 2);
  load.ended = true;
  await Promise.all(senders);
  agent.destroy();
  const stopped = once(child, 'exit');
  child.kill('SIGTERM');
  await stopped;
  return { sent: bodies.length, kills: options.kills, broken, ...(await judge(file, bodies)) };
}
