import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorld } from '../../fakes/world.ts';
import type { RunningHouse, World } from '../../fakes/world.ts';

/** What a host application gets for a run. */
export interface Run {
  readonly run: string;
  readonly token: string;
  readonly mcp_url: string;
}

/** What the gateway tells an agent of a call, over MCP and HTTP alike, as far as these tests look. */
export interface Told {
  readonly kind: string;
  readonly proposal: string;
  readonly state?: string;
  readonly needs?: readonly string[];
  readonly outcome?: string;
  readonly code?: string;
  readonly message?: string;
  readonly url?: string;
  readonly command?: string;
  readonly reasons?: readonly string[];
  readonly waysOut?: readonly string[];
  readonly content?: unknown;
  readonly receipt?: Readonly<Record<string, unknown>>;
}

/** An answer of the HTTP API. */
export interface ApiAnswer extends Told {
  readonly status: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A call, as the HTTP API takes it. */
export interface Call {
  readonly system: string;
  readonly operation: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly call_id?: string;
}

/** A pretend company with its house up, and a host application that opens runs for alice. */
export interface Company {
  readonly world: World;
  readonly house: RunningHouse;
  openRun(text?: string): Promise<Run>;
  /** Asks the HTTP API with any bearer token. */
  ask(token: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<ApiAnswer>;
  /** Asks for an action in a run. */
  act(run: Run, call: Call): Promise<ApiAnswer>;
  /** Waits (at most 25 s) until the proposal of the run has changed. */
  outcome(run: Run, proposal: string): Promise<ApiAnswer>;
  close(): Promise<void>;
}

/** Calls until the answer is not null, or the time is over. */
export async function eventually<T>(what: string, look: () => Promise<T | null> | T | null, withinMs = 30_000): Promise<T> {
  for (const until = Date.now() + withinMs; Date.now() < until;) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`this did not happen in ${withinMs} ms: ${what}`);
}

async function openCompany(world: World, house: RunningHouse): Promise<Omit<Company, 'world' | 'house' | 'close'>> {
  const host = await world.json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'host', '--host');
  const ask: Company['ask'] = async (token, method, path, body) => {
    const reply = await fetch(`${world.gatewayUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { ...((await reply.json()) as Omit<ApiAnswer, 'status'>), status: reply.status };
  };
  return {
    ask,
    openRun: async (text = 'do what I say') => {
      const reply = await fetch(`${world.gatewayUrl}/v1/runs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${host.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ user: 'alice', agent: 'assistant', text }),
      });
      if (reply.status !== 201) throw new Error(`the gateway answered ${reply.status} to a new run (house ${house.pid})`);
      return (await reply.json()) as Run;
    },
    act: (run, call) => ask(run.token, 'POST', '/v1/actions', call),
    outcome: (run, proposal) => ask(run.token, 'GET', `/v1/proposals/${proposal}?wait=25`),
  };
}

/** Builds a company in a folder of its own, changes its configuration if asked, and brings its house up. */
export async function startCompany(prepare: (world: World) => Promise<void> | void = () => undefined): Promise<Company> {
  const folder = mkdtempSync(join(tmpdir(), 'cs-e2e-'));
  const leave: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of leave.splice(0).toReversed()) await step();
  };
  try {
    const world = await buildWorld(folder);
    leave.push(() => world.close());
    await prepare(world);
    const house = await world.up();
    leave.push(() => house.stop());
    return { world, house, close, ...(await openCompany(world, house)) };
  } catch (error) {
    await close();
    throw error;
  }
}
