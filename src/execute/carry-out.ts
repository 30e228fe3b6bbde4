import { canonical } from '../action/canonical.ts';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import type { JsonObject, Json } from '../action/json.ts';
import type { Body } from '../action/statement.ts';
import type { Performed } from '../connectors/connector.ts';
import { limits } from '../limits.ts';
import type { Execution } from './context.ts';
import type { Permit } from './admit.ts';

/** The mark that this one execution leaves in the third party, where there is room for it. */
export function markerOf(effect: Digest): string {
  return `cs-${effect.slice('sha256:'.length, 'sha256:'.length + 32)}`;
}

/**
 * Reserves the effect and writes the intent, in one durable transaction. False if somebody else was first.
 *
 * A crash before it: nothing was sent, the proposal is looked at again. A crash after it: the intent stands without an
 * outcome, and the next life of the executor records `unknown`.
 */
export async function reserve(e: Execution, permit: Permit): Promise<boolean> {
  const written = await e.recorder.record({
    statements: [
      {
        kind: 'intent',
        body: {
          proposal: permit.proposal,
          action: permit.digest,
          effect: permit.effect,
          signers: permit.signers.map((signer) => signer.approver),
          roles: [...permit.roles],
          policy: e.engine().policy,
        },
      },
    ],
    changes: [
      { change: 'reserve', effect: permit.effect, proposal: permit.proposal, action: permit.digest },
      { change: 'state', proposal: permit.proposal, from: ['ready', 'open'], to: 'executing', atMs: e.now() },
    ],
  });
  return written.ok;
}

/** What is known of an effect afterwards. */
export interface Outcome {
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly code: string;
  readonly message: string;
  readonly receipt: JsonObject;
  readonly content: Json;
  readonly basis: Body<'outcome'>['basis'];
}

/** Records how an execution ended. A crash before it leaves the intent, which is reported as `unknown`. */
export async function recordOutcome(
  e: Execution,
  about: { readonly proposal: string; readonly action: Digest; readonly effect: Digest },
  outcome: Outcome,
): Promise<boolean> {
  const text = outcome.content === null ? null : canonical(outcome.content);
  const kept = text !== null && Buffer.byteLength(text) <= limits.thirdPartyResultBytesMax ? text : null;
  const result = kept === null ? null : digestText('body', kept);
  const written = await e.recorder.record({
    statements: [
      {
        kind: 'outcome',
        body: {
          ...about,
          outcome: outcome.outcome,
          code: outcome.code,
          message: outcome.message.slice(0, 500),
          receipt: outcome.receipt,
          result,
          basis: outcome.basis,
        },
      },
    ],
    changes: [
      { change: 'settle', effect: about.effect, from: ['reserved', 'unknown'], to: outcome.outcome },
      { change: 'state', proposal: about.proposal, from: ['executing', 'unknown'], to: outcome.outcome, atMs: e.now() },
    ],
    bodies: result === null || kept === null ? [] : [{ digest: result, text: kept }],
  });
  return written.ok;
}

/** The outcome of a call whose connector threw: it cannot be known whether it took effect. */
export const unknownOutcome: Outcome = {
  outcome: 'unknown',
  code: 'unknown',
  message: 'it is not known whether this took effect: do not repeat it; a person must run `countersign reconcile`',
  receipt: {},
  content: null,
  basis: 'call',
};

async function within(work: Promise<Performed>): Promise<Performed | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limits.performMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Makes the call of a reserved permit and records what became of it. */
export async function carryOut(e: Execution, permit: Permit): Promise<Outcome> {
  const performed = await within(permit.hand.perform(permit.call.operation, permit.action, markerOf(permit.effect)));
  const outcome: Outcome =
    performed === null
      ? unknownOutcome
      : performed.outcome === 'done'
        ? { outcome: 'done', code: 'done', message: 'executed', receipt: performed.receipt, content: performed.content, basis: 'call' }
        : { outcome: 'failed', code: performed.code, message: performed.message, receipt: {}, content: null, basis: 'call' };
  await recordOutcome(e, { proposal: permit.proposal, action: permit.digest, effect: permit.effect }, outcome);
  return outcome;
}
