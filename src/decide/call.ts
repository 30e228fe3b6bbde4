import type { Action, Target } from '../action/action.ts';
import type { JsonObject } from '../action/json.ts';
import type { Catalogue, Derived, Operation } from '../action/operation.ts';
import { compileSchema } from '../action/schema.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';

/** The configured systems, by name. */
export type Catalogues = ReadonlyMap<string, Catalogue>;

/** A call whose operation is known, whose arguments fit, and whose real class is computed. */
export interface DerivedCall {
  readonly catalogue: Catalogue;
  readonly operation: Operation;
  readonly derived: Derived;
}

/** Turns a call into what it really is. The gateway, the reader and the executor each do it from their own catalogue. */
export type DeriveCall = (call: {
  readonly system: string;
  readonly operation: string;
  readonly arguments: JsonObject;
}) => Result<DerivedCall>;

/** Builds the deriving function of one process. Schemas are compiled once, when an operation is first called. */
export function deriver(catalogues: Catalogues): DeriveCall {
  const validators = new WeakMap<Operation, ReturnType<typeof compileSchema>>();
  return (call) => {
    const catalogue = catalogues.get(call.system);
    const operation = catalogue?.operations.get(call.operation);
    if (catalogue === undefined || operation === undefined)
      return refuse('unknown-operation', 'there is no such operation: list the tools to see what there is');
    const validate = validators.get(operation) ?? compileSchema(operation.input);
    validators.set(operation, validate);
    const args = validate(call.arguments);
    if (!args.ok) return args;
    const derived = operation.derive(args.value);
    return derived.ok ? ok({ catalogue, operation, derived: derived.value }) : derived;
  };
}

/** The canonical action of a derived call, with the target and the state that the reader found. */
export function actionOf(call: DerivedCall, target: Target, precondition: JsonObject): Action {
  return {
    v: 1,
    system: call.catalogue.system,
    tenant: call.catalogue.tenant,
    operation: call.operation.name,
    class: call.derived.class,
    target,
    arguments: call.derived.arguments,
    precondition,
  };
}

/** The target of a read, which is what the caller names: nothing changes, so no immutable id is needed. */
export function readTarget(call: DerivedCall): Target {
  return { type: call.derived.target.type, id: call.derived.target.ref, name: call.derived.target.ref };
}
