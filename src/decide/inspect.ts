import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Class } from '../action/class.ts';
import type { PolicyJson } from './cedar.ts';
import { policyParts, policyProblems, splitPolicies } from './cedar.ts';
import { createEngine } from './engine.ts';
import { policySet } from './policy-set.ts';
import type { DecisionRequest } from './request.ts';
import { lineAt, scanPolicy } from './scan.ts';
import { cedarSchema } from './schema.ts';
import type { Outline } from './schema.ts';
import { tooDeep, unknownWord } from './shape.ts';
import { limits } from '../limits.ts';

/** The text of one policy file, and how it is called in messages and ids. */
export interface PolicySource {
  readonly file: string;
  readonly text: string;
}

/** What came of looking at policy text: the policies by id, or the first thing that is wrong, and where. */
export type Inspected =
  | { readonly ok: true; readonly policies: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly file: string; readonly line: number | null; readonly message: string };

interface Found {
  readonly id: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

type Wrong = Extract<Inspected, { ok: false }>;

/**
 * Looks at policy text with everything that Cedar and we have: splits it, validates it strictly, bounds its depth, names
 * each policy, and makes trial decisions with the engine that will decide. The text may be hostile: run this only in a
 * thread that can be thrown away, and believe it only if it comes back.
 */
export function inspectPolicies(sources: readonly PolicySource[], catalogues: readonly Outline[]): Inspected {
  const schema = cedarSchema(catalogues);
  const all = new Map<string, string>();
  for (const source of sources) {
    const finding = scanPolicy(source.text);
    if (finding !== null) return { ok: false, file: source.file, ...finding };
    const found = inspectFile(source, schema, catalogues);
    if ('ok' in found) return found;
    for (const policy of found) {
      if (all.has(policy.id))
        return { ok: false, file: policy.file, line: policy.line, message: `another policy is called ${policy.id}: choose another @id` };
      all.set(policy.id, policy.text);
    }
    if (all.size > limits.policiesMax)
      return { ok: false, file: source.file, line: null, message: `there are more than ${limits.policiesMax} policies` };
  }
  const trial = tryOut(all, catalogues);
  return trial === null ? { ok: true, policies: all } : { ok: false, file: sources[0]?.file ?? '', line: null, message: trial };
}

/** The line of a byte offset, which is how Cedar counts. */
function lineOfByte(text: string, at: number): number {
  return utf8ToBytes(text)
    .subarray(0, at)
    .reduce((line, byte) => (byte === 0x0a ? line + 1 : line), 1);
}

function inspectFile(source: PolicySource, schema: string, catalogues: readonly Outline[]): readonly Found[] | Wrong {
  const { file, text } = source;
  const wrong = (line: number | null, message: string): Wrong => ({ ok: false, file, line, message });
  const parts = splitPolicies(text);
  if (!('policies' in parts)) return wrong(parts.at === null ? null : lineOfByte(text, parts.at), parts.message);
  if (parts.templates > 0) return wrong(null, 'templates are not supported: write the user or the target out');
  const found: Found[] = [];
  let from = 0;
  for (const [i, policy] of parts.policies.entries()) {
    const start = Math.max(text.indexOf(policy, from), from);
    from = start + policy.length;
    const line = lineAt(text, start);
    const taken = policyParts(policy);
    if (!taken.ok) return wrong(line, taken.message);
    const id = idOf(taken.value, `${file}#${i + 1}`);
    if (id === null)
      return wrong(line, 'an @id has 1 to 128 letters, digits and . _ : / # - characters, and begins with a letter or digit');
    if (tooDeep(taken.value))
      return wrong(
        line,
        `policy ${id} is nested, or chained with && and ||, more than ${limits.policyDepthMax} deep: use sets and contains`,
      );
    const word = unknownWord(taken.value, catalogues);
    if (word !== null) return wrong(line, word);
    found.push({ id, text: policy, file, line });
  }
  const [problem] = policyProblems(schema, text);
  return problem === undefined ? found : wrong(problem.at === null ? null : lineOfByte(text, problem.at), problem.message);
}

/** The name of a policy: its `@id`, or where it stands. Names are shown to people and stand in the log. */
function idOf(policy: PolicyJson, place: string): string | null {
  const annotation = policy.annotations?.['id'];
  if (annotation === undefined) return place.slice(-128);
  return typeof annotation === 'string' && /^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,127}$/.test(annotation) ? annotation : null;
}

const trial: Omit<DecisionRequest, 'system' | 'tenant' | 'operation' | 'class'> = {
  principal: { user: 'trial', agent: 'trial' },
  target: { type: 'trial', id: 'trial', name: 'trial' },
  fourEyes: false,
  reversible: true,
  binding: 'none',
  leaks: true,
  outsidersNamed: false,
  restricted: true,
  tainted: true,
  scope: 'outside',
  content: 'suspicious',
  origin: { endpoint: 'trial', bodyIntegrity: 'none', freshness: 'none', source: 'none', trust: 'hint' },
  egress: ['secret'],
  reach: 'unknown',
  count: -1,
  externals: -1,
  joinable: true,
};

/** One decision for each class that is in use: what survives here has been through everything that deciding does. */
function tryOut(policies: ReadonlyMap<string, string>, catalogues: readonly Outline[]): string | null {
  const engine = createEngine(policySet(policies, catalogues), catalogues);
  if (!engine.ok) return engine.message;
  const tried = new Set<Class>();
  for (const { system, tenant, operations } of catalogues) {
    for (const [operation, { class: klass }] of operations) {
      if (tried.has(klass)) continue;
      tried.add(klass);
      const permission = engine.value.permits({ ...trial, system, tenant, operation, class: klass }, []);
      // A policy that cannot be evaluated is a deny, not a reason to refuse the file: it may be meant for other requests.
      if (permission.errors.length > 0 && permission.policies.length === 0)
        return `a trial decision failed: ${permission.errors.join(', ')}`;
    }
  }
  return null;
}
