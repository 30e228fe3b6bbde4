import { limits } from '../limits.ts';
import type { PolicyJson } from './cedar.ts';
import { words } from './words.ts';
import type { Outline } from './schema.ts';

/*
 * What Cedar's own validation does not see in a policy that parses.
 */

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every object of a policy's conditions with its depth, without recursion: the text is not trusted to be shallow. */
function* nodes(policy: PolicyJson): Generator<readonly [Node, number]> {
  const open: [unknown, number][] = [[policy.conditions, 0]];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    const [value, depth] = item;
    // An expression is an object in an object or in a list: two levels of JSON for one of evaluation.
    if (Array.isArray(value)) for (const part of value) open.push([part, depth + 0.5]);
    else if (isNode(value)) {
      yield [value, depth];
      for (const part of Object.values(value)) open.push([part, depth + 0.5]);
    }
  }
}

/**
 * How deep evaluating a policy can go. Cedar folds `a && b && c` and several `when` clauses into one deep expression, and
 * evaluating about 360 levels overflows its stack (measured with 4.13.0) although parsing and validating them does not.
 * Which branch is evaluated depends on the request, so no trial can show it: the depth itself is bounded.
 */
export function policyDepth(policy: PolicyJson): number {
  let deepest = 0;
  for (const [node, depth] of nodes(policy)) {
    const path = Array.isArray(node['attr']) ? node['attr'].length : 0; // `has a.b.c` is one step for each name
    deepest = Math.max(deepest, depth + path);
  }
  return Math.ceil(deepest) + policy.conditions.length;
}

/** True if a policy could be too deep to be evaluated. */
export function tooDeep(policy: PolicyJson): boolean {
  return policyDepth(policy) > limits.policyDepthMax;
}

/** The attribute of the context that an expression names: `binding` for `context.binding`, `kind` for `context.audience.kind`. */
function attributeOf(expression: unknown): string | null {
  const access = isNode(expression) ? expression['.'] : null;
  if (!isNode(access) || typeof access['attr'] !== 'string' || !isNode(access['left'])) return null;
  const inner = access['left']['.'];
  const of = isNode(inner) && inner['attr'] === 'audience' ? inner['left'] : access['left'];
  return isNode(of) && of['Var'] === 'context' ? access['attr'] : null;
}

/** The strings that an expression writes out: one, or a set of them. */
function stringsOf(expression: unknown): readonly string[] {
  if (!isNode(expression)) return [];
  if (Array.isArray(expression['Set'])) return expression['Set'].flatMap(stringsOf);
  return typeof expression['Value'] === 'string' ? [expression['Value']] : [];
}

/**
 * Finds a word that can never be met: `context.binding == "nobody"`. In a `permit` it permits nothing, but in a `forbid` it
 * forbids nothing, and to Cedar it is a string like any other. Returns what to say about the first one, or null.
 */
export function unknownWord(policy: PolicyJson, catalogues: readonly Outline[]): string | null {
  const known = words(catalogues);
  for (const [node] of nodes(policy)) {
    for (const side of ['left', 'right'] as const) {
      const attribute = attributeOf(node[side]);
      const allowed = attribute === null ? undefined : known.get(attribute);
      if (allowed === undefined) continue;
      const bad = stringsOf(node[side === 'left' ? 'right' : 'left']).find((word) => !allowed.includes(word));
      if (bad !== undefined)
        return `context.${attribute === 'kind' ? 'audience.kind' : String(attribute)} is never ${JSON.stringify(bad)}: it knows ${allowed.map((word) => `"${word}"`).join(', ')}`;
    }
  }
  return null;
}
