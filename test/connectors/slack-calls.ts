import type { Action } from '../../src/action/action.ts';
import type { JsonObject } from '../../src/action/json.ts';
import type { Catalogue, Derived, Operation } from '../../src/action/operation.ts';
import { compileSchema } from '../../src/action/schema.ts';
import { slackCatalogue } from '../../src/connectors/slack/catalog.ts';
import { slackShape } from '../../src/connectors/settings.ts';
import type { SlackSettings } from '../../src/connectors/settings.ts';
import type { ReadHand, ReadResult, Resolution } from '../../src/connectors/connector.ts';
import { refuse } from '../../src/errors.ts';
import type { Result } from '../../src/errors.ts';

/** The settings of a pretend workspace. */
export function settingsOf(url: string, team: string): SlackSettings {
  return slackShape.parse({ connector: 'slack', url, team, credentials: { read: { env: 'R' }, write: { env: 'W' } } });
}

/** A call as the zones see it: checked against the schema, then derived. */
interface Called {
  readonly operation: Operation;
  readonly derived: Derived;
}

/** Calls by name, the way the reader and the executor do it. */
export interface Calls {
  readonly catalogue: Catalogue;
  call(name: string, args: JsonObject): Result<Called>;
  /** As `call`, for arguments that must be good. */
  good(name: string, args: JsonObject): Called;
  read(hand: ReadHand, name: string, args: JsonObject): Promise<Result<ReadResult>>;
  resolve(hand: ReadHand, name: string, args: JsonObject): Promise<Result<Resolution>>;
  action(called: Called, resolution: Resolution): Action;
  /** A write, resolved by the reader: what would wait for signatures. */
  propose(hand: ReadHand, name: string, args: JsonObject): Promise<Proposed>;
}

/** A resolved write. */
export interface Proposed extends Called {
  readonly resolution: Resolution;
  readonly action: Action;
}

export function callsOf(settings: SlackSettings): Calls {
  const catalogue = slackCatalogue('slack', settings);
  const call = (name: string, args: JsonObject): Result<Called> => {
    const operation = catalogue.operations.get(name);
    if (operation === undefined) return refuse('unknown-operation', name);
    const checked = compileSchema(operation.input)(args);
    if (!checked.ok) return checked;
    const derived = operation.derive(checked.value);
    return derived.ok ? { ok: true, value: { operation, derived: derived.value } } : derived;
  };
  const good = (name: string, args: JsonObject): Called => {
    const called = call(name, args);
    if (!called.ok) throw new Error(`${called.code}: ${called.message}`);
    return called.value;
  };
  const action = ({ operation, derived }: Called, { target, precondition }: Resolution): Action => ({
    v: 1,
    system: 'slack',
    tenant: catalogue.tenant,
    operation: operation.name,
    class: derived.class,
    target,
    arguments: derived.arguments,
    precondition,
  });
  return {
    catalogue,
    call,
    good,
    read: (hand, name, args) => {
      const { operation, derived } = good(name, args);
      return hand.read(operation, derived);
    },
    resolve: (hand, name, args) => {
      const { operation, derived } = good(name, args);
      return hand.resolve(operation, derived);
    },
    action,
    propose: async (hand, name, args) => {
      const called = good(name, args);
      const resolution = value(await hand.resolve(called.operation, called.derived));
      return { ...called, resolution, action: action(called, resolution) };
    },
  };
}

/** The value of a result that must be good. */
export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
  return result.value;
}
