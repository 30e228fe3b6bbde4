import { join } from 'node:path';
import type { KeyObject } from 'node:crypto';
import type { Statement } from '../../src/action/statement.ts';
import { readApproverKey } from '../../src/approve/key-file.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { paths } from '../../src/processes/paths.ts';
import { makeEnvelope, signEnvelope } from '../../src/record/countersignature.ts';
import { openStatement, trustOf } from '../../src/record/identity.ts';
import { openProposal } from '../../src/record/opened.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { peer } from '../../src/wire/client.ts';
import type { Result } from '../../src/errors.ts';
import type { World } from '../../fakes/world.ts';

/** An answer of the HTTP API, as far as these tests look. */
export interface ApiAnswer {
  readonly kind?: string;
  readonly proposal?: string;
  readonly state?: string;
  readonly outcome?: string;
  readonly code?: string;
  readonly error?: { readonly code: string };
}

/** What drives one house from outside, and outlives the death of any of its processes. */
export interface Driver {
  readonly store: Store;
  /** Posts the action until an answer comes that is not "the house is being repaired". */
  act(body: Readonly<Record<string, unknown>>): Promise<ApiAnswer>;
  /** One try, which may break off. */
  tryAct(body: Readonly<Record<string, unknown>>): Promise<ApiAnswer | null>;
  /** Alice signs, if the proposal still waits for her. */
  sign(proposal: string): Promise<Result<unknown>>;
  /** Waits until the store says that the proposal has come to an end. */
  ended(proposal: string, withinMs?: number): Promise<string>;
  statements(proposal: string): Promise<readonly Statement[]>;
  reconcile(proposal: string): Promise<Result<unknown>>;
  close(): Promise<void>;
}

const repaired = new Set(['not-reachable', 'no-answer', 'store-failed', 'busy']);
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Opens the driver of a world whose house is up, with an agent token of its own. */
export async function openDriver(world: World): Promise<Driver> {
  const config = loadConfig(world.configFile);
  const place = paths(config);
  const trust = trustOf(config.trust);
  const store = await openSqliteStore(place.store);
  const { token } = await world.json<{ token: string }>('token', 'create', '--user', 'alice', '--agent', 'fault-agent', '--host');
  const opened = await fetch(`${world.gatewayUrl}/v1/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'alice', agent: 'fault-agent', text: 'post what I say' }),
  });
  const run = ((await opened.json()) as { token: string }).token;
  const unlocked = readApproverKey(join(config.folder, 'approvers', 'alice.key.json')).unlock(world.env['COUNTERSIGN_PASSPHRASE'] ?? '');
  if (!unlocked.ok) throw new Error(unlocked.message);
  const key: KeyObject = unlocked.value;

  const tryAct: Driver['tryAct'] = async (body) => {
    try {
      const reply = await fetch(`${world.gatewayUrl}/v1/actions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${run}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(20_000),
      });
      const answer = (await reply.json()) as ApiAnswer;
      return repaired.has(answer.code ?? '') || answer.error !== undefined ? null : answer;
    } catch {
      return null;
    }
  };

  return {
    store,
    tryAct,
    act: async (body) => {
      for (const until = Date.now() + 60_000; Date.now() < until; await pause(200)) {
        const answer = await tryAct(body);
        if (answer !== null) return answer;
      }
      throw new Error('the house did not come back');
    },
    sign: async (proposal) => {
      const rows = await store.statementsOf(proposal);
      const seen = await openProposal(trust, proposal, rows, (digest) => store.body(digest));
      if (!seen.ok) return seen;
      const issuedAtMs = Date.now();
      const { facts, policy } = seen.value;
      const envelope = makeEnvelope({
        purpose: 'countersign/approval',
        decision: 'sign',
        installation: config.installation,
        facts,
        policy,
        approver: 'alice',
        note: '',
        issuedAtMs,
        expiresAtMs: issuedAtMs + 60_000,
      });
      const line = peer(place.socket('console'));
      const answer = await line.ask('countersign', { countersignature: signEnvelope(key, envelope) });
      line.close();
      return answer;
    },
    ended: async (proposal, withinMs = 60_000) => {
      let state = 'none';
      for (const until = Date.now() + withinMs; Date.now() < until; await pause(50)) {
        state = (await store.proposal(proposal))?.state ?? 'none';
        if (!['none', 'open', 'ready', 'executing'].includes(state)) return state;
      }
      return state;
    },
    statements: async (proposal) =>
      (await store.statementsOf(proposal)).flatMap((entry) => {
        const statement = openStatement(trust, entry);
        return statement.ok ? [statement.value] : [];
      }),
    reconcile: async (proposal) => {
      const line = peer(place.socket('executor'));
      const answer = await line.ask('reconcile', { proposal, settle: null, countersignature: null });
      line.close();
      return answer;
    },
    close: () => store.close(),
  };
}
