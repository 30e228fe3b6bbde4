import type { Result } from '../errors.ts';
import type { Label } from './audience.ts';
import type { Class } from './class.ts';
import type { Digest } from './digest.ts';
import type { JsonObject } from './json.ts';

/** How the executor can find out later whether a write took effect. */
export type Handle =
  /** there is no way to tell */
  | 'none'
  /** our marker is put into the written object and can be searched for */
  | 'marker'
  /** the state of the target itself tells (a merged pull request, an existing branch) */
  | 'natural';

/** What the arguments of one call make of an operation. Pure: the gateway, the reader and the executor each compute it. */
export interface Derived {
  /** Never lighter than the operation's own class. */
  readonly class: Class;
  readonly fourEyes: boolean;
  readonly reversible: boolean;
  /** The arguments that will really be used: defaults filled in, unsafe options forced off. */
  readonly arguments: JsonObject;
  /** The target as the caller names it: the reader turns it into an immutable id. */
  readonly target: { readonly type: string; readonly ref: string };
}

/** One operation of a system, as we describe it. Nothing here is taken from a server at run time. */
export interface Operation {
  readonly name: string;
  readonly title: string;
  /** Our own words; shown to the model. */
  readonly description: string;
  readonly class: Class;
  /** JSON Schema 2020-12 of the arguments, closed (`additionalProperties: false`). */
  readonly input: JsonObject;
  readonly targetType: string;
  /** Names of the arguments that carry text which others will see. */
  readonly content: readonly string[];
  /** The vendor's own names of the permissions that it needs. */
  readonly scopes: readonly string[];
  readonly reversible: boolean;
  /** Two different people must sign. */
  readonly fourEyes: boolean;
  /** `source`: it returns a file in which a person sees all markup; otherwise its text is taken for prose. */
  readonly form?: 'prose' | 'source' | undefined;
  /** The label of what it returns, unless the connector finds a narrower one. */
  readonly label: Label;
  readonly handle: Handle;
  /** The arguments have passed `input` before this is called. */
  readonly derive: (args: JsonObject) => Result<Derived>;
}

/** The operations of one configured system, pinned by `digest` (everything above but the functions, and the code's own revision). */
export interface Catalogue {
  /** The name that the configuration gives to the system: the prefix of its tools. */
  readonly system: string;
  readonly connector: string;
  /** Pinned by the configuration, never by the model. */
  readonly tenant: string;
  readonly digest: Digest;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Other words that people use for a type of thing (`file`: document, doc), for finding it in what they say. */
  readonly typeWords?: ReadonlyMap<string, readonly string[]> | undefined;
}
