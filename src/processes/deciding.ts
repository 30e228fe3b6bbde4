import { deriver } from '../decide/call.ts';
import type { Catalogues, DeriveCall } from '../decide/call.ts';
import { createEngine } from '../decide/engine.ts';
import type { Engine } from '../decide/engine.ts';
import { CountersignError } from '../errors.ts';
import { alarmTo } from './alarms.ts';
import type { Process } from './boot.ts';
import { loadCatalogues } from './catalogues.ts';
import { loadPolicy, watchPolicy } from './policy.ts';

/** Everything that a process decides with: its own catalogues and its own policy. */
export interface Deciding {
  readonly catalogues: Catalogues;
  readonly derive: DeriveCall;
  /** The policy as it is now. A file that breaks while the process runs changes nothing but the alarms. */
  readonly engine: () => Engine;
  /** A word on the policy, for the health line. */
  state(): string;
  close(): void;
}

/**
 * Loads catalogues and policy, and follows the policy files.
 * @throws CountersignError `bad-policy` or `bad-catalogue`: a process that cannot decide does not begin.
 */
export async function openDeciding(p: Pick<Process, 'config' | 'recorder' | 'say'>): Promise<Deciding> {
  const catalogues = loadCatalogues(p.config);
  const list = [...catalogues.values()];
  const set = await loadPolicy(p.config, list);
  if (!set.ok) throw new CountersignError('bad-policy', set.message);
  const first = createEngine(set.value, list);
  if (!first.ok) throw new CountersignError('bad-policy', first.message);
  const alarm = alarmTo(p);
  let engine = first.value;
  let broken = '';
  const watch = watchPolicy({
    config: p.config,
    catalogues: list,
    current: set.value,
    onChange: (next) => {
      engine = next;
      broken = '';
      p.say('policy', { message: `another policy decides from now on: ${next.policy}` });
    },
    onBroken: (refusal) => {
      broken = ', the policy files are BROKEN: the last good policy decides';
      alarm('policy-broken', `the policy files cannot be used, the last good policy goes on deciding: ${refusal.message}`, 'policy');
    },
  });
  return {
    catalogues,
    derive: deriver(catalogues),
    engine: () => engine,
    state: () => `policy ${engine.policy.slice(0, 15)}${broken}`,
    close: () => watch.close(),
  };
}
