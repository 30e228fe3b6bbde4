import { atPath } from '../action/json.ts';
import { limits } from '../limits.ts';

/*
 * What an issuer's answer says, judged: pure. Everything in it is a third party's.
 */

/** The scopes in a text. RFC 6749 puts blanks between them; GitHub and Slack put commas. */
export function scopesOf(text: string): readonly string[] {
  return [...new Set(text.split(/[ ,]+/).filter((scope) => scope !== ''))].toSorted();
}

/** How a grant stands to what was asked. What is both more and less counts as more. */
export function compareScopes(asked: readonly string[], granted: readonly string[]): 'same' | 'wider' | 'narrower' {
  if (granted.some((scope) => !asked.includes(scope))) return 'wider';
  return asked.some((scope) => !granted.includes(scope)) ? 'narrower' : 'same';
}

/**
 * The text or whole number at a dotted path. Null if there is none, or if it is one that cannot be compared or recorded
 * exactly: empty, longer than `limits.accountNameCharsMax`, half a surrogate pair, or a number beyond 2^53.
 */
export function valueAt(value: unknown, path: string): string | null {
  const at = atPath(value, path);
  const text = typeof at === 'number' && Number.isSafeInteger(at) ? String(at) : at;
  return typeof text === 'string' && text !== '' && text.length <= limits.accountNameCharsMax && text.isWellFormed() ? text : null;
}

/** True for a token that can stand in a header and in a file: printable ASCII without blanks (RFC 6750 allows less). */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text) && text.length <= limits.accountTokenCharsMax;
}
