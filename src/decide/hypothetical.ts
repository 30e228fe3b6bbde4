import { z } from 'zod';
import { reaches } from '../action/audience.ts';
import { classes } from '../action/class.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { roles } from '../action/principal.ts';
import { egressKinds, levels, origin, scopes } from '../action/vocabulary.ts';
import type { Verdict } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { deriver } from './call.ts';
import type { Catalogues } from './call.ts';
import type { DecisionRequest } from './request.ts';
import { bindings } from './words.ts';

const name = z.string().min(1).max(limits.nameCharsMax);

/**
 * A call that nobody has made, for asking what would be decided about it. What is left out is what the operation itself
 * says, and otherwise what asks for most: a target that nothing names.
 */
export const hypotheticalShape = z.strictObject({
  system: name,
  operation: name,
  /** With them the class, `fourEyes` and `reversible` are computed as for a real call. */
  arguments: z
    .record(
      z.string(),
      z.custom<Json>((value) => value !== undefined),
    )
    .optional(),
  class: z.enum(classes).optional(),
  target: z.strictObject({ type: z.string().min(1), id: z.string().min(1) }).optional(),
  fourEyes: z.boolean().optional(),
  reversible: z.boolean().optional(),
  binding: z.enum(bindings).default('none'),
  leaks: z.boolean().default(false),
  outsidersNamed: z.boolean().default(false),
  restricted: z.boolean().default(false),
  tainted: z.boolean().default(false),
  scope: z.enum(scopes).default('undeclared'),
  content: z.enum(levels).default('none'),
  origin: origin.nullable().default(null),
  egress: z.array(z.enum(egressKinds)).default([]),
  reach: z.enum([...reaches, 'unknown']).default('unknown'),
  /** -1: not known. */
  count: z.int().min(-1).default(-1),
  externals: z.int().min(-1).default(-1),
  joinable: z.boolean().default(false),
  user: name.default('alice'),
  agent: name.default('assistant'),
});

/** A call that nobody has made. */
export type Hypothetical = z.infer<typeof hypotheticalShape>;

/** One case of a `policy test` file. */
export const caseShape = z.strictObject({
  name: z.string().min(1).max(300),
  request: hypotheticalShape,
  expect: z.union([z.enum(['allow', 'deny']), z.strictObject({ ask: z.array(z.enum(roles)).min(1).max(roles.length) })]),
});

/** One case of a `policy test` file. */
export type PolicyCase = z.infer<typeof caseShape>;

/** Makes the request of a hypothetical call, or says why there can be no such call. */
export function hypotheticalRequest(asked: Hypothetical, catalogues: Catalogues): Result<DecisionRequest> {
  const catalogue = catalogues.get(asked.system);
  const operation = catalogue?.operations.get(asked.operation);
  if (catalogue === undefined || operation === undefined)
    return refuse(
      'unknown-operation',
      `there is no operation ${JSON.stringify(asked.operation)} in a system ${JSON.stringify(asked.system)}`,
    );
  const args: JsonObject | undefined = asked.arguments;
  const call = args === undefined ? null : deriver(catalogues)({ system: asked.system, operation: asked.operation, arguments: args });
  if (call !== null && !call.ok) return call;
  const derived = call?.value.derived;
  const target = asked.target ?? { type: derived?.target.type ?? operation.targetType, id: derived?.target.ref ?? 'unnamed' };
  return ok({
    principal: { user: asked.user, agent: asked.agent },
    system: asked.system,
    tenant: catalogue.tenant,
    operation: asked.operation,
    class: asked.class ?? derived?.class ?? operation.class,
    target: { ...target, name: target.id },
    fourEyes: asked.fourEyes ?? derived?.fourEyes ?? operation.fourEyes,
    reversible: asked.reversible ?? derived?.reversible ?? operation.reversible,
    binding: asked.binding,
    leaks: asked.leaks,
    outsidersNamed: asked.outsidersNamed,
    restricted: asked.restricted,
    tainted: asked.tainted,
    scope: asked.scope,
    content: asked.content,
    origin: asked.origin,
    egress: asked.egress,
    reach: asked.reach,
    count: asked.count,
    externals: asked.externals,
    joinable: asked.joinable,
  });
}

/** What was decided, in one word or two: `allow`, `deny`, `ask requester+owner`. */
export function verdictWord(verdict: Pick<Verdict, 'effect' | 'countersignatures'>): string {
  return verdict.effect === 'ask' ? `ask ${verdict.countersignatures.join('+')}` : verdict.effect;
}

/** What a case expects, in the same words. The order of roles does not matter. */
export function expectedWord(expected: PolicyCase['expect']): string {
  if (typeof expected === 'string') return expected;
  return `ask ${roles.filter((role) => expected.ask.includes(role)).join('+')}`;
}
