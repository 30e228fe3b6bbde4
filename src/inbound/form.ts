import type { Json } from '../action/json.ts';
import type { FormRule } from '../connectors/webhook.ts';
import { limits } from '../limits.ts';
import { parseStrictJson } from './strict-json.ts';
import { go, stop } from './verdict.ts';
import type { Step } from './verdict.ts';

/** The parameters of a form, in the order in which they came. */
export type Form = ReadonlyMap<string, string>;

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' ')); // throws for a stray percent sign and for bytes that are not UTF-8
  } catch {
    return null;
  }
}

/**
 * Parses `application/x-www-form-urlencoded`: ASCII only, no name twice, no name of a prototype, every pair with its `=`. A bare
 * quotation mark is in no form (the URL standard has it escaped) and in every JSON that holds a name: so no signed JSON is a form as well.
 */
export function parseForm(text: string): Step<Form> {
  const form = new Map<string, string>();
  if (!/^[\x21\x23-\x7e]+$/.test(text)) return stop('body-syntax');
  const pairs = text.split('&', limits.webhookFormNamesMax + 1);
  if (pairs.length > limits.webhookFormNamesMax) return stop('body-names');
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = decoded(pair.slice(0, Math.max(at, 0)));
    const value = decoded(pair.slice(at + 1));
    if (at < 1 || name === null || value === null) return stop('body-syntax');
    if (form.has(name)) return stop('body-duplicate-name');
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') return stop('body-prototype-name');
    form.set(name, value);
  }
  return go(form);
}

/**
 * What a form says, by the sender's rule. A form that only wraps JSON holds nothing else, so that no parameter beside it
 * can change what is done with it.
 */
export function formContent(form: Form, rule: FormRule): Step<Json> {
  if (rule.jsonIn !== null && form.has(rule.jsonIn))
    return form.size === 1 ? parseStrictJson(form.get(rule.jsonIn) ?? '') : stop('form-name');
  if (rule.names === 'none' || rule.needed.some((name) => !form.has(name))) return stop('form-name');
  for (const [name, value] of rule.names === 'any' ? [] : form) {
    const grammar = rule.names !== 'any' && Object.hasOwn(rule.names, name) ? rule.names[name] : undefined;
    if (grammar?.test(value) !== true) return stop('form-name');
  }
  return go(Object.fromEntries(form));
}

/** The parameters by name, as name and value without separators: what Twilio signs behind the URL. */
export function sortedForm(form: Form): string {
  return [...form]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => name + value)
    .join('');
}
