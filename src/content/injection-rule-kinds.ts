import { gap, ending as e, rule } from './injection-rule.ts';
import type { InjectionRule } from './injection-rule.ts';

/* The kinds of rules that exist in many languages: an id and words for a person, once. */

/** Ignore your instructions. */
export const override = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`override-${language}`, 'tells a model to ignore its instructions', 3], starts, tail, { inside });
/** Do not tell the user. */
export const conceal = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`conceal-${language}`, 'tells a model to hide something from its user', 3], starts, tail, { inside });
/** Send me the secret. */
export const leak = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`send-secret-${language}`, 'asks to send credentials or internal data', 2], starts, tail, { inside });
/** Do it without approval. */
export const quiet = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`no-approval-${language}`, 'asks to act without approval', 2], starts, tail, { inside });
/** This is for a model. */
export const address = (language: string, starts: string, tail: string, inside = false): InjectionRule =>
  rule([`to-model-${language}`, 'speaks to a model instead of a person', 2], starts, tail, { inside });

/** Both orders of an adjective and a noun, as Romance languages have them. */
export const either = (a: string, b: string): string => `(?:(?:${a})${e} ${gap(2)}(?:${b})|(?:${b})${e} ${gap(3)}(?:${a}))`;

/** Keep it in your memory. */
export const memory = (language: string, starts: string, tail: string): InjectionRule =>
  rule([`memory-${language}`, 'wants to be kept in a memory', 2], starts, tail, { inside: true });
/** When the user says so. */
export const later = (language: string, starts: string, tail: string): InjectionRule =>
  rule([`when-user-says-${language}`, 'waits for something that the user says', 2], starts, tail, { inside: true });
/** Ignore your user. */
export const user = (language: string, starts: string, tail: string): InjectionRule =>
  rule([`override-user-${language}`, 'tells a model to ignore its user', 3], starts, tail);
