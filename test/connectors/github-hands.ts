import type { Action } from '../../src/action/action.ts';
import type { Audience } from '../../src/action/audience.ts';
import type { JsonObject } from '../../src/action/json.ts';
import type { Catalogue, Derived, Operation } from '../../src/action/operation.ts';
import type { ReadHand, ReadResult, Resolution, WriteHand } from '../../src/connectors/connector.ts';
import { githubCatalogue } from '../../src/connectors/github/catalog.ts';
import { openGithubReader } from '../../src/connectors/github/read.ts';
import { openGithubWriter } from '../../src/connectors/github/write.ts';
import { githubShape } from '../../src/connectors/settings.ts';
import type { GithubSettings } from '../../src/connectors/settings.ts';
import { actionOf } from '../../src/decide/call.ts';
import type { Refusal, Result } from '../../src/errors.ts';

/** Settings of a pretend GitHub, as the configuration would give them. */
export function settingsOf(url: string, more: Readonly<Record<string, unknown>> = {}): GithubSettings {
  return githubShape.parse({
    connector: 'github',
    url,
    owner: 'acme',
    credentials: { read: { env: 'READ' }, write: { env: 'WRITE' } },
    ...more,
  });
}

/** A proposed write: what the reader found out, and the action that it makes. */
export interface Proposed {
  readonly operation: Operation;
  readonly action: Action;
  readonly resolution: Resolution;
  readonly audience: Audience;
}

/** Both hands of one system, and the steps that the processes take with them. */
export interface Hands {
  readonly catalogue: Catalogue;
  readonly reader: ReadHand;
  readonly writer: WriteHand;
  readonly derive: (name: string, args: JsonObject) => Result<Derived>;
  readonly read: (name: string, args: JsonObject) => Promise<Result<ReadResult>>;
  readonly resolve: (name: string, args: JsonObject) => Promise<Result<Resolution>>;
  /** Derives and resolves, and throws if either is refused. */
  readonly propose: (name: string, args: JsonObject) => Promise<Proposed>;
}

/** The value of a yes; a no fails the test with its reason. */
export function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`refused: ${result.code}: ${result.message}`);
}

/** The refusal of a no; a yes fails the test. */
export function no(result: Result<unknown>): Refusal {
  if (!result.ok) return result;
  throw new Error(`not refused: ${JSON.stringify(result.value)}`);
}

/** Opens both hands, each with its own token. */
export function openHands(settings: GithubSettings, tokens: { readonly read: string; readonly write: string }): Hands {
  const catalogue = githubCatalogue('github', settings);
  const reader = openGithubReader('github', settings, tokens.read);
  const writer = openGithubWriter('github', settings, tokens.write);
  const operationOf = (name: string): Operation => {
    const operation = catalogue.operations.get(name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    return operation;
  };
  const resolve: Hands['resolve'] = async (name, args) => {
    const derived = operationOf(name).derive(args);
    return derived.ok ? reader.resolve(operationOf(name), derived.value) : derived;
  };
  return {
    catalogue,
    reader,
    writer,
    derive: (name, args) => operationOf(name).derive(args),
    read: async (name, args) => {
      const derived = operationOf(name).derive(args);
      return derived.ok ? reader.read(operationOf(name), derived.value) : derived;
    },
    resolve,
    propose: async (name, args) => {
      const operation = operationOf(name);
      const resolution = must(await resolve(name, args));
      const derived = must(operation.derive(args));
      const action = actionOf({ catalogue, operation, derived }, resolution.target, resolution.precondition);
      return { operation, action, resolution, audience: resolution.audience };
    },
  };
}
