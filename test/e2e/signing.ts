import type { KeyObject } from 'node:crypto';
import type { Countersignature, Envelope } from '../../src/action/statement.ts';
import { readApproverKey } from '../../src/approve/key-file.ts';
import type { Result } from '../../src/errors.ts';
import { keyFileOf } from '../../src/processes/cli/people-approvers.ts';
import { loadConfig } from '../../src/processes/config.ts';
import { paths } from '../../src/processes/paths.ts';
import { makeEnvelope, signEnvelope } from '../../src/record/countersignature.ts';
import { trustOf } from '../../src/record/identity.ts';
import { openProposal } from '../../src/record/opened.ts';
import type { OpenedProposal } from '../../src/record/opened.ts';
import type { Store } from '../../src/store/store.ts';
import { peer } from '../../src/wire/client.ts';
import type { Listener, MessageName, Question } from '../../src/wire/messages.ts';
import type { World } from '../../fakes/world.ts';

/** What a person does at the command line, without starting a process for it; and what a dishonest one could do. */
export interface Signing {
  key(approver: string): KeyObject;
  open(proposal: string): Promise<OpenedProposal>;
  /** A countersignature with the approver's real key. `change` makes the envelope another one than an honest command would make. */
  countersignature(proposal: string, approver: string, change?: Partial<Envelope>): Promise<Countersignature>;
  /** Signs, and hands it to the console. */
  sign(proposal: string, approver: string): Promise<Result<unknown>>;
  /** Asks any process over its socket. */
  ask<M extends MessageName>(to: Listener, message: M, question: Question<M>): Promise<Result<unknown>>;
}

/** Opens the keys of the approvers of a world. */
export function openSigning(world: World, store: Store): Signing {
  const config = loadConfig(world.configFile);
  const keys = new Map<string, KeyObject>();
  const key: Signing['key'] = (approver) => {
    const known = keys.get(approver);
    if (known !== undefined) return known;
    const unlocked = readApproverKey(keyFileOf(config, approver, undefined)).unlock(world.env['COUNTERSIGN_PASSPHRASE'] ?? '');
    if (!unlocked.ok) throw new Error(unlocked.message);
    keys.set(approver, unlocked.value);
    return unlocked.value;
  };
  const open: Signing['open'] = async (proposal) => {
    const rows = await store.statementsOf(proposal);
    const opened = await openProposal(trustOf(config.trust), proposal, rows, (digest) => store.body(digest));
    if (!opened.ok) throw new Error(opened.message);
    return opened.value;
  };
  const ask: Signing['ask'] = async (to, message, question) => {
    const line = peer(paths(config).socket(to));
    const answer = await line.ask(message, question);
    line.close();
    return answer;
  };
  const countersignature: Signing['countersignature'] = async (proposal, approver, change = {}) => {
    const { facts, policy } = await open(proposal);
    const issuedAtMs = Date.now();
    const honest = makeEnvelope({
      purpose: 'countersign/approval',
      decision: 'sign',
      installation: config.installation,
      facts,
      policy,
      approver,
      note: '',
      issuedAtMs,
      expiresAtMs: issuedAtMs + 10 * 60_000,
    });
    return signEnvelope(key(approver), { ...honest, ...change });
  };
  return {
    key,
    open,
    ask,
    countersignature,
    sign: async (proposal, approver) => ask('console', 'countersign', { countersignature: await countersignature(proposal, approver) }),
  };
}
