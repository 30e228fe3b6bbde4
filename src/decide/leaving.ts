import { leaksTo } from '../action/audience.ts';
import type { Audience } from '../action/audience.ts';
import { isObject } from '../action/json.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { egressFindings } from '../content/egress.ts';
import type { EgressFinding } from '../content/egress.ts';
import { limits } from '../limits.ts';
import type { DerivedCall } from './call.ts';
import { mentionsOf } from './mentions.ts';
import type { RunFacts } from './run.ts';

/** A host, and the beginning of the path, that links may lead to. */
export interface AllowedLink {
  readonly host: string;
  readonly path?: string | undefined;
}

/** What the operator says about links that go out. */
export interface LinkRules {
  readonly allowed: readonly AllowedLink[];
  /** Only those that are allowed; otherwise also hosts that the user's own words name. */
  readonly restrict: boolean;
}

/** What the look at a write needs to know. The reader and the executor each make it themselves, with the credentials that they hold. */
export interface Leaving {
  readonly audience: Audience;
  readonly run: RunFacts;
  /** The arguments of the run's earlier writes to the same system, oldest first. */
  readonly earlier: readonly JsonObject[];
  /** Values that must never leave, with our own name for each. */
  readonly guarded: readonly { readonly name: string; readonly value: string }[];
  readonly links: LinkRules;
}

/** Hosts that the user's own words name as addresses. That of an e-mail address is none: who may get a mail need not learn who opens it. */
function hostsIn(run: RunFacts): readonly string[] {
  return [...mentionsOf(run.texts).atoms].flatMap((atom) => {
    const host = /^(?:[a-z][a-z0-9+.-]*:\/\/)?((?:[a-z0-9-]+\.)+[a-z0-9-]{2,})(?:[:/?#].*)?$/.exec(atom)?.[1];
    return host === undefined ? [] : [host];
  });
}

/** The texts of a write, without the names of its fields: those stand between the parts of what was cut up. */
function strings(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap((item: Json) => strings(item));
  return isObject(value) ? Object.values(value).flatMap(strings) : [];
}

/** What would leave with a write that should not, or not without being looked at. */
export function leaving(call: DerivedCall, args: JsonObject, about: Leaving): readonly EgressFinding[] {
  const { audience, run, links } = about;
  const alone = audience.kind === 'self';
  return egressFindings({
    arguments: args,
    content: call.operation.content,
    earlier: about.earlier.slice(-limits.egressEarlierWritesMax).flatMap(strings),
    guarded: about.guarded,
    // What only the user who asked will see tells nobody else anything.
    links: alone
      ? { allowed: [{ host: '*' }], known: [], restrict: false }
      : {
          allowed: links.allowed.map(({ host, path }) => (path === undefined ? { host } : { host, path })),
          known: hostsIn(run),
          restrict: links.restrict,
        },
    sources: run.prints
      .filter(({ source }) => leaksTo(source.label, audience))
      .map(({ source, prints }) => ({ name: `${source.system}: ${source.target}`, prints })),
  });
}
