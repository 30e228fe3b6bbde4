import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { readApproverKey } from '../../src/approve/key-file.ts';
import { keyFileOf } from '../../src/processes/cli/people-approvers.ts';
import { paths } from '../../src/processes/paths.ts';
import type { Config } from '../../src/processes/config.ts';
import { makeEnvelope, signEnvelope } from '../../src/record/countersignature.ts';
import { trustOf } from '../../src/record/identity.ts';
import { openProposal } from '../../src/record/opened.ts';
import { peer } from '../../src/wire/client.ts';

/*
 * The people who grant everything: what they do at the command line, without a process for each signature.
 */

const shownShape = z.object({
  statements: z.array(z.strictObject({ bytes: z.string(), key: z.string(), sig: z.string() })),
  arguments: z.string().nullable(),
});

/** People who sign whatever waits. */
export interface Approvers {
  /** Has so many of them sign a proposal, in the order of the roles: who asked, an owner, anybody else. */
  grant(proposal: string, people: number): Promise<void>;
  close(): void;
}

/** Opens the keys of the approvers of a house. */
export function openApprovers(config: Config, names: readonly string[], passphrase: string): Approvers {
  const keys = new Map<string, KeyObject>();
  for (const name of names) {
    const key = readApproverKey(keyFileOf(config, name, undefined)).unlock(passphrase);
    if (!key.ok) throw new Error(key.message);
    keys.set(name, key.value);
  }
  const console = peer(paths(config).socket('console'));
  const sign = async (proposal: string, approver: string, key: KeyObject): Promise<void> => {
    const answer = await console.ask('show', { proposal });
    if (!answer.ok) throw new Error(`the console does not show what waits: ${answer.message}`);
    const shown = shownShape.parse(answer.value);
    const opened = await openProposal(trustOf(config.trust), proposal, shown.statements, () => shown.arguments);
    if (!opened.ok) throw new Error(opened.message);
    const issuedAtMs = Date.now();
    const envelope = makeEnvelope({
      purpose: 'countersign/approval',
      decision: 'sign',
      installation: config.installation,
      facts: opened.value.facts,
      policy: opened.value.policy,
      approver,
      note: '',
      issuedAtMs,
      expiresAtMs: issuedAtMs + 10 * 60_000,
    });
    const taken = await console.ask('countersign', { countersignature: signEnvelope(key, envelope) });
    if (!taken.ok) throw new Error(`the console does not take a signature: ${taken.message}`);
  };
  return {
    grant: async (proposal, people) => {
      for (const [name, key] of [...keys].slice(0, people)) await sign(proposal, name, key);
    },
    close: () => console.close(),
  };
}
