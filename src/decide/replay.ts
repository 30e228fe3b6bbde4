import { isObject } from '../action/json.ts';
import type { Json } from '../action/json.ts';
import { zoneOf } from '../action/class.ts';
import type { Statement } from '../action/statement.ts';
import { ok, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { deriver, readTarget } from './call.ts';
import type { Catalogues } from './call.ts';
import type { Engine } from './engine.ts';
import { verdictWord } from './hypothetical.ts';
import type { DecisionRequest } from './request.ts';

/** What is on record of a decision. `arguments` is null if the body was erased. */
export interface Recorded {
  readonly proposed: Statement<'proposed'>;
  readonly resolved: Statement<'resolved'> | null;
  readonly decided: Statement<'decided'>;
  readonly arguments: Json;
}

/**
 * The request that was decided about, rebuilt from the record with the catalogues of today. Binding and leak are as the
 * gateway found them then. Without arguments the operation itself says whether it can be undone and by how many it is signed.
 */
export function recordedRequest(recorded: Recorded, catalogues: Catalogues): Result<DecisionRequest> {
  const { proposed, resolved, decided } = recorded;
  if (decided.body.class === null) return refuse('not-decided', 'it was refused before the policy was asked');
  const { system, operation } = proposed.body;
  const catalogue = catalogues.get(system);
  const known = catalogue?.operations.get(operation);
  if (catalogue === undefined || known === undefined) return refuse('unknown-operation', 'the operation is in no catalogue any more');
  const args = recorded.arguments;
  const call = isObject(args) ? deriver(catalogues)({ system, operation, arguments: args }) : null;
  if (call !== null && !call.ok) return refuse('bad-arguments', 'the catalogue does not accept the arguments any more');
  const real = call?.value.derived;
  const klass = real?.class ?? decided.body.class ?? known.class;
  const unresolved = { type: known.targetType, id: 'unnamed', name: 'unnamed' };
  return ok({
    principal: proposed.body.principal,
    system,
    tenant: catalogue.tenant,
    operation,
    class: klass,
    target: resolved?.body.action.target ?? (call === null ? unresolved : readTarget(call.value)),
    fourEyes: real?.fourEyes ?? known.fourEyes,
    reversible: real?.reversible ?? known.reversible,
    binding: decided.body.binding,
    leaks: decided.body.leaks,
    outsidersNamed: decided.body.outsidersNamed,
    restricted: decided.body.restricted,
    scope: decided.body.scope,
    content: decided.body.content,
    origin: decided.body.origin,
    egress: [...new Set(resolved?.body.egress.map(({ kind }) => kind))],
    // The record names only the first sources. What it leaves out counts as untrusted.
    tainted:
      decided.body.sourcesTotal > decided.body.sources.length ||
      decided.body.sources.some((source) => source.label.integrity === 'untrusted'),
    reach: resolved?.body.audience.kind ?? (zoneOf(klass) === 'read' ? 'self' : 'unknown'),
    count: resolved?.body.audience.count ?? -1,
    externals: resolved?.body.audience.externals ?? -1,
    joinable: resolved?.body.audience.joinable ?? false,
  });
}

/** One decision on record, beside what another policy makes of the same request. */
export interface Replayed {
  readonly proposal: string;
  readonly atMs: number;
  readonly system: string;
  readonly operation: string;
  readonly user: string;
  readonly agent: string;
  readonly before: string;
  readonly after: string;
  readonly policies: readonly string[];
}

/** Decides a recorded request again. Null: it cannot be rebuilt, or the policy was never asked. */
export function replay(recorded: Recorded, engine: Engine, catalogues: Catalogues): Replayed | null {
  const request = recordedRequest(recorded, catalogues);
  if (!request.ok) return null;
  const { system, operation, principal } = request.value;
  const { body, atMs } = recorded.decided;
  const verdict = engine.verdict(request.value);
  const [before, after] = [verdictWord(body.verdict), verdictWord(verdict)];
  return { proposal: body.proposal, atMs, system, operation, ...principal, before, after, policies: verdict.policies };
}

/** What came of replaying the record. */
export interface Simulation {
  readonly replayed: number;
  readonly same: number;
  /** Decisions that could not be rebuilt: refused before the policy was asked, forged or cut off, or about what is in no catalogue any more. */
  readonly skipped: number;
  /** How often each change happens: `allow -> ask requester`. */
  readonly counts: Readonly<Record<string, number>>;
  readonly changes: readonly Replayed[];
}

/** Counts what would have been decided otherwise. */
export function tally(results: readonly (Replayed | null)[]): Simulation {
  const replayed = results.filter((result) => result !== null);
  const changes = replayed.filter((result) => result.before !== result.after);
  const counts: Record<string, number> = {};
  for (const { before, after } of changes) counts[`${before} -> ${after}`] = (counts[`${before} -> ${after}`] ?? 0) + 1;
  return { replayed: replayed.length, same: replayed.length - changes.length, skipped: results.length - replayed.length, counts, changes };
}
