import {
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { Context, DetailedError, EntityJson, PolicyJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs';
import { cut } from '../action/cut.ts';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';

/*
 * The only file that knows Cedar. Nothing that Cedar throws leaves it: once its stack has overflowed, every later call in
 * the thread throws, and each of them must be a refusal. Its cache of parsed sets and schemas is per thread and is never
 * emptied (measured: about 6 kB for a schema of one action, 1 kB for a small set), so what a reload replaces stays in
 * memory until the process ends: callers load only when the text has changed.
 */

/** One policy, taken apart. */
export type { PolicyJson };
/** What is asked about, in Cedar's own shape. */
export interface Question {
  /** Names that `loadSchema` and `loadPolicies` gave. */
  readonly schema: string;
  readonly policies: string;
  readonly principal: TypeAndId;
  readonly action: TypeAndId;
  readonly resource: TypeAndId;
  readonly context: Context;
  readonly entities: readonly EntityJson[];
}

/** What Cedar said. `failed`: nothing can be concluded. `broken`: the policies that could not be evaluated. */
export type Reply =
  | { readonly kind: 'decided'; readonly allowed: boolean; readonly policies: readonly string[]; readonly broken: readonly string[] }
  | { readonly kind: 'failed'; readonly why: 'request' | 'engine' };

/** Something that is wrong with policy text. `at` is a byte offset into it. */
export interface Problem {
  readonly message: string;
  readonly at: number | null;
}

let made = 0;

const lost = refuse('policy-engine-failed', 'the policy engine cannot process this text');

function problemOf(error: DetailedError): Problem {
  const place = error.sourceLocations?.[0];
  const hint = error.help ?? place?.label ?? null;
  const whole = hint === null ? error.message : `${error.message}: ${hint}`;
  // Cedar numbers policies by its own order; the caller knows their names. The text is the operator's own.
  const message = whole.replaceAll(/for policy `policy\d+`(?:[,:] )?/g, '').replaceAll(/[\p{C}\s]+/gu, ' ');
  return { message: cut(message.trim(), 400), at: place?.start ?? null };
}

function refusalOf(errors: readonly DetailedError[]): Refusal {
  const [first] = errors;
  return refuse('bad-policy', first === undefined ? 'Cedar refuses the text' : problemOf(first).message);
}

const schemas = new Map<string, string>();

/** Parses a schema and keeps it. Returns its name. The same text is parsed once, and has the same name in every engine. */
export function loadSchema(text: string): Result<string> {
  const known = schemas.get(text);
  if (known !== undefined) return ok(known);
  const name = `schema-${made++}`;
  try {
    const parsed = preparseSchema(name, text);
    if (parsed.type !== 'success') return refusalOf(parsed.errors);
    schemas.set(text, name);
    return ok(name);
  } catch {
    return lost;
  }
}

/** Parses a set of policies, by id, and keeps it. Returns its name, which is never given again in this thread. */
export function loadPolicies(policies: ReadonlyMap<string, string>): Result<string> {
  const name = `policies-${made++}`;
  try {
    const parsed = preparsePolicySet(name, { staticPolicies: Object.fromEntries(policies) });
    return parsed.type === 'success' ? ok(name) : refusalOf(parsed.errors);
  } catch {
    return lost;
  }
}

/** Asks. The request is validated against the schema first. Never throws. */
export function askCedar(question: Question): Reply {
  try {
    const answer = statefulIsAuthorized({
      principal: question.principal,
      action: question.action,
      resource: question.resource,
      context: question.context,
      entities: [...question.entities],
      preparsedSchemaName: question.schema,
      preparsedPolicySetId: question.policies,
      validateRequest: true,
    });
    if (answer.type !== 'success') return { kind: 'failed', why: 'request' };
    const { decision, diagnostics } = answer.response;
    return {
      kind: 'decided',
      allowed: decision === 'allow',
      policies: diagnostics.reason.toSorted(),
      broken: diagnostics.errors.map((error) => error.policyId).toSorted(),
    };
  } catch {
    return { kind: 'failed', why: 'engine' };
  }
}

/** Takes one policy apart. */
export function policyParts(text: string): Result<PolicyJson> {
  try {
    const parsed = policyToJson(text);
    return parsed.type === 'success' ? ok(parsed.json) : refusalOf(parsed.errors);
  } catch {
    return lost;
  }
}

/**
 * Splits the text of a file into policies, in the order of the file, and tells how many templates it holds. Only for a
 * thread that can be thrown away.
 */
export function splitPolicies(text: string): { readonly policies: readonly string[]; readonly templates: number } | Problem {
  try {
    const parts = policySetTextToParts(text);
    if (parts.type !== 'success') return parts.errors[0] === undefined ? { message: lost.message, at: null } : problemOf(parts.errors[0]);
    // Cedar returns them by the name that it gives them, as text: policy0, policy1, policy10, policy2.
    const named = parts.policies.map((_, i) => `policy${i}`).toSorted();
    const order = new Map(named.map((name, i) => [Number(name.slice('policy'.length)), parts.policies[i] ?? '']));
    return { policies: parts.policies.map((_, i) => order.get(i) ?? ''), templates: parts.policy_templates.length };
  } catch {
    return { message: lost.message, at: null };
  }
}

/**
 * Validates the text of a file, strictly. Warnings count: a policy that can never apply, or that hides characters, is not
 * what its author meant. Only for a thread that can be thrown away.
 */
export function policyProblems(schema: string, text: string): readonly Problem[] {
  try {
    const answer = validate({ schema, policies: { staticPolicies: text }, validationSettings: { mode: 'strict' } });
    if (answer.type !== 'success') return answer.errors.map(problemOf);
    const errors = answer.validationErrors.length > 0 ? answer.validationErrors : answer.validationWarnings;
    return [...errors.map((error) => problemOf(error.error)), ...answer.otherWarnings.map(problemOf)];
  } catch {
    return [{ message: lost.message, at: null }];
  }
}
