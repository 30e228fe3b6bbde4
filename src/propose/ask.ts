import { CountersignError } from '../errors.ts';
import type { Refusal } from '../errors.ts';
import type { Answer, Mediator } from './answer.ts';
import type { Asker } from './runs.ts';
import type { Asked } from './tools.ts';

/** Hears of errors that a caller is told nothing about. */
export type OnError = (error: unknown) => void;

/** A refusal of a door as an answer. */
export function asAnswer(refusal: Refusal): Answer & { readonly kind: 'refused' } {
  return { kind: 'refused', proposal: null, code: refusal.code, message: refusal.message, reasons: [], waysOut: [] };
}

/** Asks the mediator on behalf of an asker. */
export async function ask(mediator: Mediator, asker: Asker, asked: Asked): Promise<Answer> {
  const caller = await asker.caller();
  return asked.ask === 'call' ? mediator.call(caller, asked.call) : mediator.status(caller, asked.proposal, asked.waitMs);
}

/**
 * What a caller is told of a broken contract: constant words, no cause. Whether the call took effect is open, so it is
 * not called a refusal anywhere that a model reads.
 */
export function failure(error: unknown): Refusal {
  const away = error instanceof CountersignError && (error.code === 'store-failed' || error.code === 'not-reachable');
  return away
    ? { ok: false, code: 'unavailable', message: 'a part of Countersign cannot be reached at the moment: try again later' }
    : { ok: false, code: 'failed', message: 'Countersign failed at this request; whoever runs it finds the cause in its output' };
}
