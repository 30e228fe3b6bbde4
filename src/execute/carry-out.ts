import type { Source } from '../action/audience.ts';
import { cut } from '../action/cut.ts';
import { digestText } from '../action/digest.ts';
import type { Digest } from '../action/digest.ts';
import type { JsonObject } from '../action/json.ts';
import type { Body } from '../action/statement.ts';
import { visible } from '../action/visible.ts';
import type { Performed } from '../connectors/connector.ts';
import { takeIn } from '../content/take-in.ts';
import type { TakenIn } from '../content/take-in.ts';
import { runFacts } from '../decide/run.ts';
import { limits } from '../limits.ts';
import type { Write } from '../store/store.ts';
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
          policy: permit.policy,
        },
      },
    ],
    changes: [
      { change: 'reserve', effect: permit.effect, proposal: permit.proposal, action: permit.digest },
      { change: 'state', proposal: permit.proposal, from: ['ready', 'open'], to: 'executing', atMs: e.now() },
    ],
  });
  if (!written.ok) return false;
  e.spent.add(permit.effect);
  // The store is not trusted: what it says it has kept is looked at before anything is sent.
  const [intent] = written.signed;
  const kept = (await e.store.statementsOf(permit.proposal)).some(({ bytes, sig }) => bytes === intent?.bytes && sig === intent.sig);
  if (!kept) e.alarm('store-forgets', 'an intent was committed and is not in the store: nothing was sent', permit.proposal);
  return kept;
}

/** What is known of an effect afterwards. */
export interface Outcome {
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly code: string;
  readonly message: string;
  readonly receipt: JsonObject;
  readonly basis: Body<'outcome'>['basis'];
  /** Where what was returned comes from and who may read it: what a write returns has been read by the run. */
  readonly source: Source | null;
  /** What was returned, as it may be passed on; null if nothing was. */
  readonly taken: TakenIn | null;
}

/** The part of an outcome that nothing was returned with. */
export const nothingRead = { source: null, taken: null } as const;

/** Which effect an outcome is about. */
export type Effect = Pick<Body<'outcome'>, 'proposal' | 'run' | 'action' | 'effect'>;

/**
 * Records how an execution ended, and does not give up at the first failure of the store: what is known must not be lost.
 * A crash before it leaves the intent, which is reported as `unknown`.
 */
export async function recordOutcome(e: Execution, about: Effect, outcome: Outcome): Promise<boolean> {
  const { outcome: how, code, receipt, basis, source, taken } = outcome;
  const text = taken?.text ?? null;
  const kept = text !== null && Buffer.byteLength(text) <= limits.thirdPartyResultBytesMax ? text : null;
  const result = kept === null ? null : digestText('body', kept);
  const write: Partial<Write> = {
    statements: [
      {
        kind: 'outcome',
        body: {
          ...about,
          outcome: how,
          code,
          message: cut(outcome.message, limits.lineCharsMax),
          receipt,
          result,
          basis,
          source: taken === null ? null : source,
          content: taken?.content ?? null,
          facts: taken?.facts?.digest ?? null,
        },
      },
    ],
    changes: [
      { change: 'settle', effect: about.effect, from: ['reserved', 'unknown'], to: how },
      { change: 'state', proposal: about.proposal, from: ['executing', 'unknown'], to: how, atMs: e.now() },
    ],
    bodies: [
      ...(result === null || kept === null ? [] : [{ digest: result, text: kept }]),
      ...[taken?.facts, taken?.original].filter((body) => body !== null && body !== undefined),
    ],
  };
  for (let tries = 1; ; tries++) {
    try {
      const written = await e.recorder.record(write);
      if (!written.ok)
        e.alarm(
          'outcome-refused',
          `an outcome (${how}) could not be recorded, because the store says that it was settled already`,
          about.proposal,
        );
      return written.ok;
    } catch (error) {
      if (tries >= limits.recordTriesMax) throw error;
      await new Promise((resolve) => setTimeout(resolve, limits.recordRetryMs));
    }
  }
}

/** The outcome of a call whose connector threw: it cannot be known whether it took effect. */
export const unknownOutcome: Outcome = {
  outcome: 'unknown',
  code: 'unknown',
  message: 'it is not known whether this took effect: do not repeat it; a person must run `countersign reconcile`',
  receipt: {},
  basis: 'call',
  ...nothingRead,
};

/** Runs the call until it ends or the time is over; after that the hand may send nothing any more. */
async function within(work: (signal: AbortSignal) => Promise<Performed>): Promise<Performed | null> {
  const gone = new AbortController();
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => {
    gone.abort();
    late.resolve(null);
  }, limits.performMs);
  try {
    return await Promise.race([work(gone.signal), late.promise]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

async function outcomeOf(e: Execution, permit: Permit, performed: Performed | null): Promise<Outcome> {
  if (performed === null) return unknownOutcome;
  if (performed.outcome === 'failed')
    return { outcome: 'failed', code: performed.code, message: performed.message, receipt: {}, basis: 'call', ...nothingRead };
  const { catalogue, operation } = permit.call;
  const target = cut(visible(permit.action.target.name, 'escaped'), limits.shownNameCharsMax);
  const source = { system: catalogue.system, tenant: catalogue.tenant, operation: operation.name, target, label: operation.label };
  return {
    outcome: 'done',
    code: 'done',
    message: 'executed',
    receipt: performed.receipt,
    basis: 'call',
    source,
    taken: await returnedBy(e, permit, performed),
  };
}

/** What the model may see of what came back, and what the run has learned and made with it. */
async function returnedBy(e: Execution, permit: Permit, performed: Extract<Performed, { outcome: 'done' }>): Promise<TakenIn | null> {
  const { content, seen, fields, made } = performed;
  if (content === null && made === undefined) return null;
  try {
    const known = runFacts(await e.runs.of(permit.evidence.proposed.body.run)).references;
    return takeIn(
      { content, seen, fields, made },
      {
        form: permit.call.operation.form ?? 'prose',
        firstReference: 1 + known.reduce((most, { number }) => Math.max(most, number), 0),
        personal: e.personal,
        ...(e.classifier === undefined ? {} : { classifier: e.classifier }),
      },
    );
  } catch {
    // The call has been made: what it returned may be lost, that it was made may not.
    e.alarm('result-lost', 'what a write returned could not be looked at, so nobody gets to see it', permit.proposal);
    return null;
  }
}

/** Makes the call of a reserved permit and records what became of it. */
export async function carryOut(e: Execution, permit: Permit): Promise<void> {
  const { call, action, effect, proposal } = permit;
  const performed = await within((signal) => permit.hand.perform(call.operation, action, markerOf(effect), signal));
  const outcome = await outcomeOf(e, permit, performed);
  await recordOutcome(e, { proposal, run: permit.evidence.proposed.body.run, action: permit.digest, effect }, outcome);
}
