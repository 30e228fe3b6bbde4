import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import type { Freshness, TimeForm } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import { timeOf } from './grammar.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/** A signed time against the clock: at most the class's window old, at most `limits.webhookResignedMs` ahead. */
export function checkTime(timeMs: number, rule: Freshness & { readonly windowMs: number }, nowMs: number): Step<null> {
  if (timeMs < nowMs - rule.windowMs) return stop('time-past');
  return timeMs > nowMs + limits.webhookResignedMs ? stop('time-future') : go(null);
}

/**
 * The signed time of a body, in milliseconds: text of a form, or a plain integer of 13 digits, so that seconds cannot pass for
 * milliseconds.
 */
export function bodyTime(content: Json, path: string, form?: TimeForm): Step<number> {
  const value = isObject(content) && Object.hasOwn(content, path) ? content[path] : undefined;
  if (value === undefined) return stop('time-missing');
  if (form !== undefined) {
    const timeMs = typeof value === 'string' ? timeOf(value, form) : null;
    return timeMs === null ? stop('time-grammar') : go(timeMs);
  }
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1e12 && value < 1e13 ? go(value) : stop('time-grammar');
}

/**
 * Until when the row of a replay must be kept: past the moment at which the time alone refuses the delivery. `named`: it has an id
 * of its own. Then it is kept past the sender's last attempt, too: each is signed anew, and the answer to the one that was taken
 * may have been lost.
 */
export function keepUntil(rule: Freshness, named: boolean, nowMs: number): number {
  if (rule.kind === 'unsigned' || rule.kind === 'none') return nowMs + limits.webhookKeepMs;
  return nowMs + Math.max(2 * (rule.windowMs + limits.webhookResignedMs), named ? limits.webhookRetriedMs : 0);
}

/** The grade of a class. */
export function freshnessGrade(rule: Freshness): 'signed' | 'stored' | 'none' {
  if (rule.kind === 'none') return 'none';
  return rule.kind === 'unsigned' ? 'stored' : 'signed';
}
