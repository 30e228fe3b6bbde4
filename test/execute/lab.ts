import type { Action } from '../../src/action/action.ts';
import { digest } from '../../src/action/digest.ts';
import type { Catalogue, Operation } from '../../src/action/operation.ts';
import type { Countersignature } from '../../src/action/statement.ts';
import { consoleHandlers } from '../../src/approve/handlers.ts';
import type { Found, Performed, WriteHand } from '../../src/connectors/connector.ts';
import { deriver } from '../../src/decide/call.ts';
import { createEngine } from '../../src/decide/engine.ts';
import { policySet } from '../../src/decide/policy-set.ts';
import { ok } from '../../src/errors.ts';
import type { Result } from '../../src/errors.ts';
import type { Execution } from '../../src/execute/context.ts';
import { startExecutor } from '../../src/execute/executor.ts';
import type { Executor } from '../../src/execute/executor.ts';
import { signEnvelope } from '../../src/record/countersignature.ts';
import type { OpenedProposal } from '../../src/record/opened.ts';
import { runRecords } from '../../src/record/run-facts.ts';
import { openHouse, person } from '../people/house.ts';
import type { House, Person } from '../people/house.ts';

/** The third party of these tests: what it was asked, and how it answers. */
export interface Third extends WriteHand {
  /** The marker of every call that was made. */
  readonly calls: { readonly marker: string; readonly action: Action }[];
  checks: () => Promise<Result<null>>;
  performs: () => Promise<Performed>;
  finds: () => Promise<Found>;
}

/** An executor with a real store, real keys, the real policy, and a third party that does as the test says. */
export interface Lab {
  readonly house: House;
  readonly third: Third;
  readonly execution: Execution;
  readonly alice: Person;
  start(): Promise<Executor>;
  /** Alice signs with the console's help, as she would. */
  sign(opened: OpenedProposal): Promise<Result<unknown>>;
  countersignature(opened: OpenedProposal, change?: Parameters<House['envelope']>[2]): Countersignature;
  /** Waits until the proposal is in one of the states. */
  until(proposal: string, ...states: string[]): Promise<string>;
  close(): Promise<void>;
}

const label = { readers: 'org', integrity: 'untrusted' } as const;
const operation: Operation = {
  name: 'post_message',
  title: 'Post',
  description: 'Posts.',
  class: 'publish',
  input: {
    type: 'object',
    properties: { channel: { type: 'string' }, text: { type: 'string' } },
    required: ['channel', 'text'],
    additionalProperties: false,
  },
  targetType: 'channel',
  content: ['text'],
  scopes: [],
  reversible: false,
  fourEyes: false,
  label,
  handle: 'marker',
  derive: (args) =>
    ok({
      class: 'publish',
      fourEyes: false,
      reversible: false,
      arguments: args,
      target: { type: 'channel', ref: typeof args['channel'] === 'string' ? args['channel'] : '' },
    }),
};
const catalogue: Catalogue = {
  system: 'slack',
  connector: 'slack',
  tenant: 'T1',
  digest: digest('catalogue', 'lab'),
  operations: new Map([['post_message', operation]]),
};

function engineOf(text: string): Execution['engine'] {
  const policies = new Map(text.split('\n').map((policy, i) => [`lab${i}`, policy]));
  const engine = createEngine(policySet(policies, [catalogue]), [catalogue]);
  if (!engine.ok) throw new Error(engine.message);
  return () => engine.value;
}

/** The policy of most of these tests: a publish asks its requester. */
export const asksRequester =
  'permit (principal, action in Action::"publish", resource) when { context.countersignatures.contains("requester") };';

/** Opens the lab. */
export async function openLab(policy: string = asksRequester): Promise<Lab> {
  const house = await openHouse();
  const alice = person('alice', 'alice');
  await house.enrol({ approver: 'alice', user: 'alice', key: alice.publicKey });
  const calls: Third['calls'] = [];
  const third: Third = {
    calls,
    checks: async () => ok(null),
    performs: async () => ({ outcome: 'done', receipt: { ts: '1' }, content: null }),
    finds: async () => ({ found: 'cannot-tell' }),
    check: () => third.checks(),
    perform: (_operation, action, marker) => {
      calls.push({ marker, action });
      return third.performs();
    },
    find: () => third.finds(),
    close: async () => undefined,
  };
  const { store, trust } = house;
  const execution: Execution = {
    ...house.context,
    spent: new Set(),
    alarm: () => undefined,
    recorder: house.recorders.executor,
    derive: deriver(new Map([['slack', catalogue]])),
    engine: engineOf(policy),
    hands: new Map([['slack', third]]),
    runs: runRecords(store, trust),
    guarded: () => [],
    links: { allowed: [], restrict: false },
    personal: false,
    configuredTargets: () => [],
    proposalTtlMs: 24 * 60 * 60_000,
    now: () => house.clock,
  };
  const handlers = consoleHandlers(house.context);
  const countersignature: Lab['countersignature'] = (opened, change = {}) =>
    signEnvelope(alice.key, house.envelope(opened, 'alice', change));
  return {
    house,
    third,
    execution,
    alice,
    start: () =>
      startExecutor(execution, (error) => {
        throw error;
      }),
    countersignature,
    sign: async (opened) =>
      (await handlers.countersign?.({ countersignature: countersignature(opened) })) ?? { ok: false, code: 'none', message: '' },
    until: async (proposal, ...states) => {
      let state = '';
      for (const deadline = Date.now() + 15_000; Date.now() < deadline; await new Promise((done) => setTimeout(done, 20))) {
        state = (await store.proposal(proposal))?.state ?? 'none';
        if (states.includes(state)) return state;
      }
      return state;
    },
    close: () => house.close(),
  };
}
