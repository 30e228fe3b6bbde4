import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionDigest, sealAction } from '../../src/action/action.ts';
import type { Action } from '../../src/action/action.ts';
import { digestText } from '../../src/action/digest.ts';
import { signers } from '../../src/action/statement.ts';
import type { Body, Draft, Envelope, SignerName } from '../../src/action/statement.ts';
import { signEnvelope } from '../../src/record/countersignature.ts';
import { createIdentity, loadIdentity, publicText, trustOf } from '../../src/record/identity.ts';
import type { Identity, Trust } from '../../src/record/identity.ts';
import { openLedger } from '../../src/record/ledger.ts';
import type { Ledger } from '../../src/record/ledger.ts';
import type { LogFiles } from '../../src/record/log-files.ts';
import { ledgerVkey } from '../../src/record/note-keys.ts';
import { openRecorder } from '../../src/record/recorder.ts';
import type { GroupRecorder } from '../../src/record/recorder.ts';
import { verifyLog } from '../../src/record/verify-log.ts';
import type { LogReport } from '../../src/record/verify-log.ts';
import type { People } from '../../src/record/verify-people.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { uneventful } from '../people/house.ts';

/** The key of `alice-key`, who signs in these stories and is pinned as their only administrator. */
const pair = generateKeyPairSync('ed25519');
export const aliceKey: KeyObject = pair.privateKey;

/** Whose signatures count in these stories. */
export const people: People = {
  installation: 'cs_testtest',
  administrators: [{ approver: 'alice-key', user: 'alice', key: publicText(pair.publicKey), owns: [] }],
  owners: new Map([['slack', []]]),
};

/** When the stories are told. A signature is good for a quarter of an hour longer. */
export const storyMs = 1_700_000_000_000;

/** Keys, a store and a folder for a log, as an installation has them. */
export interface House {
  readonly folder: string;
  readonly log: string;
  readonly origin: string;
  readonly vkey: string;
  readonly trust: Trust;
  readonly trustTexts: Record<SignerName, string[]>;
  readonly store: Store;
  keyFile(name: SignerName): string;
  /** A new life of a process. */
  begin(name: SignerName, store?: Store): { readonly identity: Identity; readonly recorder: GroupRecorder };
  /** A new ledger on the log. */
  ledger(parts?: { readonly store?: Store; readonly files?: LogFiles }): Promise<Ledger>;
  verify(against?: string, folder?: string): Promise<LogReport>;
  /** A copy of the log's folder. */
  copy(name: string): string;
  close(): Promise<void>;
}

function newKeys(keyFile: House['keyFile']): House['trustTexts'] {
  return Object.fromEntries(signers.map((name) => [name, [createIdentity(keyFile(name))]])) as Record<SignerName, string[]>;
}

/** Makes a house in a new temporary folder, or a copy of one whose store is closed. */
export async function makeHouse(template?: House): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-log-'));
  if (template !== undefined) cpSync(template.folder, folder, { recursive: true });
  const log = join(folder, 'log');
  const origin = 'countersign.local/cs_testtest';
  mkdirSync(join(folder, 'keys'), { recursive: true });
  const keyFile = (name: SignerName): string => join(folder, 'keys', `${name}.key`);
  const trustTexts = template?.trustTexts ?? newKeys(keyFile);
  const trust = trustOf(trustTexts);
  const vkey = ledgerVkey(origin, trustTexts.ledger[0]!);
  const store = await openSqliteStore(join(folder, 'store.db'));
  const begin: House['begin'] = (name, into = store) => {
    const identity = loadIdentity(name, keyFile(name));
    return { identity, recorder: openRecorder(into, identity) };
  };
  return {
    folder,
    log,
    origin,
    vkey,
    trust,
    trustTexts,
    store,
    keyFile,
    begin,
    ledger: async (parts = {}) => openLedger({ store, folder: log, origin, trust, ...begin('ledger', parts.store ?? store), ...parts }),
    verify: (against, of = log) => verifyLog({ folder: of, origin, vkey, trust, people, ...(against === undefined ? {} : { against }) }),
    copy: (name) => {
      cpSync(log, join(folder, name), { recursive: true });
      return join(folder, name);
    },
    close: async () => {
      await store.close().catch(() => {});
      rmSync(folder, { recursive: true });
    },
  };
}

const hash = (text: string): ReturnType<typeof digestText> => digestText('body', text);
const id = (letter: 'p' | 'r', n: number): string => `${letter}_${String(n).padStart(22, '0')}`;
const principal = { user: 'alice', agent: 'assistant' };

/** The statements of one write, step by step, as the processes of a house make them. */
export function storyOf(n: number, text = `hello ${n}`): { readonly [step: string]: readonly [SignerName, Draft] } {
  const proposal = id('p', n);
  const run = id('r', 1);
  const target = { type: 'channel', id: 'C1', name: 'general\u202e' };
  const action: Action = {
    v: 1,
    system: 'slack',
    tenant: 'T1',
    operation: 'post_message',
    class: 'publish',
    target,
    arguments: { text },
    precondition: {},
  };
  const digest = actionDigest(action);
  const verdict: Body<'decided'>['verdict'] = {
    effect: 'ask',
    countersignatures: ['requester'],
    policies: ['p1'],
    reasons: [],
    waysOut: [],
  };
  const envelope: Envelope = {
    v: 1,
    purpose: 'countersign/approval',
    decision: 'sign',
    installation: 'cs_testtest',
    proposal,
    tenant: 'T1',
    system: 'slack',
    operation: 'post_message',
    target,
    action: digest,
    display: hash('display'),
    policy: hash('policy'),
    requester: 'alice',
    agent: 'assistant',
    approver: 'alice-key',
    note: 'fine \u202eenif',
    nonce: 'n'.repeat(22),
    issuedAtMs: storyMs,
    expiresAtMs: storyMs + 15 * 60_000,
  };
  const effect = { proposal, action: digest, effect: hash(`effect ${n}`) };
  const audience = { kind: 'org', summary: 'public channel #general', count: 12, externals: 0, joinable: true } as const;
  return {
    proposed: [
      'gateway',
      {
        kind: 'proposed',
        body: { proposal, run, principal, callId: `c${n}`, system: 'slack', operation: 'post_message', arguments: hash(text) },
      },
    ],
    resolved: [
      'reader',
      {
        kind: 'resolved',
        body: { proposal, run, action: sealAction(action), digest, audience, effect: ['posts a message'], binds: [], egress: [] },
      },
    ],
    decided: [
      'gateway',
      {
        kind: 'decided',
        body: {
          proposal,
          run,
          digest,
          class: 'publish',
          binding: 'none',
          ...uneventful,
          bindings: [],
          verdict,
          policy: hash('policy'),
          expiresAtMs: 9,
        },
      },
    ],
    signed: ['console', { kind: 'signed', body: { proposal, countersignature: signEnvelope(aliceKey, envelope) } }],
    intent: ['executor', { kind: 'intent', body: { ...effect, signers: ['alice-key'], roles: ['requester'], policy: hash('policy') } }],
    outcome: [
      'executor',
      {
        kind: 'outcome',
        body: {
          ...effect,
          run,
          outcome: 'done',
          code: 'done',
          message: '',
          receipt: { ts: '1.2' },
          result: null,
          basis: 'call',
          source: null,
          content: null,
          facts: null,
        },
      },
    ],
  };
}

/** The steps of a write that is asked for, signed and executed. */
export const steps = ['proposed', 'resolved', 'decided', 'signed', 'intent', 'outcome'] as const;

/** One life of each process, with the number of its next statement. */
export type Lives = Map<SignerName, { readonly identity: Identity; next: number }>;

/** Plays whole writes, in one commit that the lives of all processes sign together. */
export async function play(house: House, from: number, count: number, lives: Lives = new Map()): Promise<Lives> {
  const all = Array.from({ length: count }, (_, i) => steps.map((step) => storyOf(from + i)[step]!)).flat();
  const makers = new Map(all.map(([by, draft]) => [draft, by]));
  await house.store.commit([{ statements: all.map(([, draft]) => draft), changes: [], bodies: [] }], (drafts) =>
    drafts.flatMap((draft) => {
      const by = makers.get(draft)!;
      const life = lives.get(by) ?? { identity: house.begin(by).identity, next: 0 };
      lives.set(by, life);
      return life.identity.sign([draft], life.next++, storyMs + from);
    }),
  );
  return lives;
}
