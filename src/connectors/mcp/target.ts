import type { JsonObject } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';

/** How an entry says what a call is done to: by an argument's name or a template like `{owner}/{repo}`, or the same for every call. */
type TargetRule = { readonly from: string } | { readonly fixed: string };

/** The arguments that a template names. */
export function placeholders(from: string): readonly string[] {
  const parts = [...from.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? '');
  return parts.length === 0 ? [from] : parts;
}

/**
 * How the arguments name the target. MCP has no immutable ids, so the name is all there is. In a template, the characters
 * that join the parts are escaped inside of them: `{owner}/{repo}` gives `a%2Fb/c` and `a/b%2Fc` two names, not one.
 */
export function targetRef(target: TargetRule, args: JsonObject): Result<string> {
  if ('fixed' in target) return ok(target.fixed);
  const { from } = target;
  const names = placeholders(from);
  const joints = new Set(from === names[0] ? '' : `%${from.replaceAll(/\{[^{}]+\}/g, '')}`);
  const parts = new Map<string, string>();
  for (const name of names) {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    if ((typeof value !== 'string' && typeof value !== 'number') || value === '')
      return refuse('bad-arguments', `${name} must name what the call is about`);
    const text = String(value);
    if (!text.isWellFormed()) return refuse('bad-arguments', `${name} is not well-formed text`);
    parts.set(name, Array.from(text, (char) => (joints.has(char) ? encodeURIComponent(char) : char)).join(''));
  }
  const ref = from === names[0] ? (parts.get(from) ?? '') : from.replaceAll(/\{([^{}]+)\}/g, (_all, name: string) => parts.get(name) ?? '');
  return ref.length <= limits.targetRefCharsMax
    ? ok(ref)
    : refuse('bad-arguments', `${names.join(', ')}: longer than ${limits.targetRefCharsMax} characters`);
}
