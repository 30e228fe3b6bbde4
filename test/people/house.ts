import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealAction } from '../../src/action/action.ts';
import type { Action } from '../../src/action/action.ts';
import { canonical } from '../../src/action/canonical.ts';
import { digest } from '../../src/action/digest.ts';
import type { Role } from '../../src/action/principal.ts';
import type { Approver, Binding, Body, Envelope, Verdict } from '../../src/action/statement.ts';
import type { ConsoleContext } from '../../src/approve/context.ts';
import { openProposal } from '../../src/record/opened.ts';
import type { OpenedProposal } from '../../src/record/opened.ts';
import { openDirectory, signEnrolment } from '../../src/record/approvers.ts';
import type { Administrator } from '../../src/record/approvers.ts';
import { makeEnvelope } from '../../src/record/countersignature.ts';
import { createIdentity, loadIdentity, publicText, trustOf } from '../../src/record/identity.ts';
import type { Trust } from '../../src/record/identity.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import type { GroupRecorder } from '../../src/record/recorder.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';

/** The processes that take part, by name. */
const names = ['gateway', 'reader', 'console', 'executor', 'operator', 'hooks'] as const;

/** A key pair of a person. */
export interface Person {
  readonly name: string;
  readonly user: string;
  readonly key: KeyObject;
  readonly publicKey: string;
}

/** Makes a person with a new key. */
export function person(name: string, user: string): Person {
  const pair = generateKeyPairSync('ed25519');
  return { name, user, key: pair.privateKey, publicKey: publicText(pair.publicKey) };
}

/** A book with real keys and a real store, as the processes would write it, and a clock that the test turns. */
export interface House {
  readonly folder: string;
  readonly installation: string;
  readonly keys: Readonly<Record<(typeof names)[number], string>>;
  readonly trust: Trust;
  readonly store: Store;
  readonly recorders: Readonly<Record<(typeof names)[number], GroupRecorder>>;
  readonly admin: Person;
  readonly context: ConsoleContext;
  clock: number;
  enrol(record: Partial<Approver> & Pick<Approver, 'approver' | 'user' | 'key'>, by?: Person): Promise<void>;
  propose(change?: Proposed): Promise<OpenedProposal>;
  /** An envelope as an honest command line would make it. */
  envelope(opened: OpenedProposal, approver: string, change?: Partial<Envelope>): Envelope;
  close(): Promise<void>;
}

/** What can be different about a proposal. */
export interface Proposed {
  readonly action?: Partial<Action>;
  readonly needs?: readonly Role[];
  readonly requester?: string;
  readonly expiresInMs?: number;
  readonly binding?: Binding;
}

const id = (letter: string): string => `${letter}_${randomBytes(16).toString('base64url')}`;
export const start: number = Date.UTC(2026, 10, 22, 7);
const minute = 60_000;

/** What is decided of a call in a run that has read nothing. */
export const uneventful = {
  leaks: false,
  leak: null,
  outsidersNamed: false,
  restricted: false,
  scope: 'undeclared',
  content: 'none',
  origin: null,
  sources: [],
  sourcesTotal: 0,
} as const satisfies Partial<Body<'decided'>>;

/** Opens a house in a temporary folder, with one pinned administrator: root, the key of alice. */
export async function openHouse(): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-people-'));
  const made = names.map((name) => [name, createIdentity(join(folder, `${name}.key`))] as const);
  const keys = Object.fromEntries(made) as House['keys'];
  const trust = trustOf(Object.fromEntries(made.map(([name, key]) => [name, [key]])));
  const store = await openSqliteStore(join(folder, 'store.db'));
  const now = (): number => house.clock;
  const recorders = Object.fromEntries(
    names.map((name) => [name, openRecorder(store, loadIdentity(name, join(folder, `${name}.key`)), now)]),
  ) as House['recorders'];
  const admin = person('root', 'alice');
  const installation = 'cs_testhouse';
  const administrators: Administrator[] = [{ approver: admin.name, user: admin.user, key: admin.publicKey, owns: [] }];
  const house: House = {
    folder,
    installation,
    keys,
    trust,
    store,
    recorders,
    admin,
    clock: start,
    context: {
      store,
      recorder: recorders.console,
      trust,
      installation,
      directory: openDirectory({ administrators, installation, store, trust }),
      ownersOf: (system) => (system === 'github' ? ['olga'] : []),
      signatureTtlMs: 15 * minute,
      now,
    },
    enrol: async (change, by = admin) => {
      const record: Approver = {
        v: 1,
        purpose: 'countersign/approver',
        installation,
        administrator: false,
        owns: [],
        withdrawn: false,
        issuedAtMs: ++house.clock,
        ...change,
      };
      const body = { record, by: by.name, signature: signEnrolment(by.key, record) };
      await recorders.operator.record({ statements: [{ kind: 'enrolled', body }] });
    },
    propose: (change = {}) => propose(house, change),
    envelope: (opened, approver, change = {}) => ({
      ...makeEnvelope({
        purpose: 'countersign/approval',
        decision: 'sign',
        installation,
        facts: opened.facts,
        policy: opened.policy,
        approver,
        note: '',
        issuedAtMs: house.clock,
        expiresAtMs: house.clock + 15 * minute,
      }),
      ...change,
    }),
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return house;
}

async function propose(
  house: House,
  { action: change, needs = ['requester'], requester = 'alice', expiresInMs = 60 * minute, binding = 'request' }: Proposed,
): Promise<OpenedProposal> {
  const [proposal, run] = [id('p'), id('r')];
  const action: Action = {
    v: 1,
    system: 'slack',
    tenant: 'T1',
    operation: 'post_message',
    class: 'publish',
    target: { type: 'channel', id: 'C1', name: '#general' },
    arguments: { channel: 'C1', text: 'hello' },
    precondition: {},
    ...change,
  };
  const sealed = sealAction(action);
  const actionDigest = digest('action', sealed);
  const principal = { user: requester, agent: 'assistant' };
  const text = canonical(action.arguments);
  const expiresAtMs = house.clock + expiresInMs;
  const { gateway, reader } = house.recorders;
  await gateway.record({
    statements: [
      {
        kind: 'proposed',
        body: { proposal, run, principal, callId: '', system: action.system, operation: action.operation, arguments: sealed.arguments },
      },
    ],
    bodies: [{ digest: sealed.arguments, text }],
  });
  const { target } = action;
  const binds = [{ type: target.type, id: target.id, names: [target.name] }];
  const audience = { kind: 'org', summary: 'public channel #general', count: 212, externals: 0, joinable: true } as const;
  await reader.record({
    statements: [
      {
        kind: 'resolved',
        body: { proposal, run, action: sealed, digest: actionDigest, audience, effect: ['a message appears'], binds, egress: [] },
      },
    ],
  });
  const verdict: Verdict = {
    effect: needs.length > 0 ? 'ask' : 'allow',
    countersignatures: [...needs],
    policies: ['strict'],
    reasons: ['every write asks'],
    waysOut: [],
  };
  await gateway.record({
    statements: [
      {
        kind: 'decided',
        body: {
          proposal,
          run,
          digest: actionDigest,
          class: action.class,
          binding,
          ...uneventful,
          bindings: [binding],
          verdict,
          policy: digest('policy', 'p'),
          expiresAtMs,
        },
      },
    ],
    changes: [
      {
        change: 'proposal',
        row: {
          id: proposal,
          run,
          ...principal,
          system: action.system,
          operation: action.operation,
          digest: actionDigest,
          callKey: digest('effect', proposal),
          state: 'open',
          createdAtMs: house.clock,
          expiresAtMs,
          updatedAtMs: house.clock,
        },
      },
    ],
  });
  const opened = await openProposal(house.trust, proposal, await house.store.statementsOf(proposal), (wanted) => house.store.body(wanted));
  if (!opened.ok) throw new Error(opened.message);
  return opened.value;
}
