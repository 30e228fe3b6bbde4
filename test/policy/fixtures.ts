import { readFileSync } from 'node:fs';
import { classes } from '../../src/action/class.ts';
import type { Class } from '../../src/action/class.ts';
import { digest } from '../../src/action/digest.ts';
import type { Catalogue, Operation } from '../../src/action/operation.ts';
import { createEngine } from '../../src/decide/engine.ts';
import type { Engine } from '../../src/decide/engine.ts';
import { inspectPolicies } from '../../src/decide/inspect.ts';
import { policySet } from '../../src/decide/policy-set.ts';
import type { DecisionRequest } from '../../src/decide/request.ts';
import { ok } from '../../src/errors.ts';

/** An operation whose argument `as` raises its class. */
function operation(name: string, klass: Class): Operation {
  return {
    name,
    title: name,
    description: name,
    class: klass,
    input: { type: 'object', properties: { as: { enum: [...classes] }, to: { type: 'string' } }, additionalProperties: false },
    targetType: 'thing',
    content: [],
    scopes: [],
    reversible: true,
    fourEyes: false,
    label: { readers: 'team', integrity: 'untrusted' },
    handle: 'none',
    derive: (args) =>
      ok({
        class: classes.find((one) => one === args['as']) ?? klass,
        fourEyes: false,
        reversible: true,
        arguments: args,
        target: { type: 'thing', ref: typeof args['to'] === 'string' ? args['to'] : 'T1' },
      }),
  };
}

/** Two systems with one operation of each class, called after it: `desk.publish`. */
export const catalogues: readonly Catalogue[] = ['desk', 'shop'].map((system) => ({
  system,
  connector: 'mcp',
  tenant: `${system}-tenant`,
  digest: digest('catalogue', system),
  operations: new Map(classes.map((klass) => [klass, operation(klass, klass)])),
}));

/** A request about `desk`, with what matters to a test put in. */
export function request(over: Partial<DecisionRequest> = {}): DecisionRequest {
  return {
    principal: { user: 'alice', agent: 'assistant' },
    system: 'desk',
    tenant: 'desk-tenant',
    operation: over.class ?? 'publish',
    class: 'publish',
    target: { type: 'thing', id: 'T1', name: 'the thing' },
    fourEyes: false,
    reversible: false,
    binding: 'none',
    leaks: false,
    outsidersNamed: false,
    restricted: false,
    tainted: false,
    scope: 'undeclared',
    content: 'none',
    origin: null,
    egress: [],
    reach: 'team',
    count: 3,
    externals: 0,
    joinable: false,
    ...over,
  };
}

/** The text of a preset as it is shipped. */
export function presetText(preset: 'strict' | 'balanced'): string {
  return readFileSync(new URL(`../../policies/${preset}.cedar`, import.meta.url), 'utf8');
}

/** An engine for policy text that a test trusts. */
export function engineOf(text: string, over: readonly Catalogue[] = catalogues): Engine {
  const inspected = inspectPolicies([{ file: 'test.cedar', text }], over);
  if (!inspected.ok) throw new Error(`${inspected.line}: ${inspected.message}`);
  const engine = createEngine(policySet(inspected.policies, over), over);
  if (!engine.ok) throw new Error(engine.message);
  return engine.value;
}
