import type { Source } from '../../src/action/audience.ts';
import { zoneOf } from '../../src/action/class.ts';
import type { JsonObject } from '../../src/action/json.ts';
import { audienceOf, cut, mcpCatalogue, resolvedTarget, toolOf } from '../../src/connectors/mcp/catalog.ts';
import { mcpShape } from '../../src/connectors/settings.ts';
import { deriver, readTarget } from '../../src/decide/call.ts';
import type { DeriveCall, DerivedCall } from '../../src/decide/call.ts';
import { createEngine } from '../../src/decide/engine.ts';
import type { Engine } from '../../src/decide/engine.ts';
import { decisionRequest, distinctSources, readRequest } from '../../src/decide/flow.ts';
import type { DecisionRequest } from '../../src/decide/request.ts';
import { loadPolicy } from '../../src/processes/policy.ts';
import { limits } from '../../src/limits.ts';
import { catalogueFile, configuredTargets } from './catalogue.ts';
import type { Suite } from './data.ts';
import { systemOf } from './house.ts';
import type { Preset } from './house.ts';
import type { Done, Place, Session, Trace } from './trace.ts';

/*
 * The same traces decided by the pure functions alone, without a process: quick enough to look at a rule's effect while it is
 * written. It proves nothing of the house. What a run knows is kept in `Memory`; whatever the house comes to know of a run
 * (its words, its records, its scope) is put there and handed on in `requestOf`.
 */

/** What a run knows so far. */
interface Memory {
  readonly text: string;
  readonly scope: readonly string[] | null;
  readonly sources: Source[];
}

interface Parts {
  readonly derive: DeriveCall;
  readonly engine: Engine;
  readonly files: ReadonlyMap<string, ReturnType<typeof catalogueFile>>;
  readonly configured: ReadonlyMap<string, readonly string[]>;
}

const principal = { user: 'alice', agent: 'assistant' };

/** What the policy is asked about a call, as the gateway would ask it. */
function requestOf(parts: Parts, derived: DerivedCall, memory: Memory): DecisionRequest {
  const { system } = derived.catalogue;
  const sources = distinctSources(memory.sources);
  if (zoneOf(derived.derived.class) === 'read') return readRequest(derived, principal, readTarget(derived), sources.length > 0);
  const file = parts.files.get(system);
  const found = file === undefined ? undefined : toolOf(file, derived.operation.name);
  if (found === undefined) throw new Error(`${derived.operation.name} is in no catalogue`);
  return decisionRequest(derived, {
    principal,
    target: resolvedTarget(system, derived.derived),
    audience: audienceOf(found.entry),
    sources,
    configured: parts.configured.get(system) ?? [],
  });
}

function remember(memory: Memory, derived: DerivedCall): void {
  memory.sources.push({
    system: derived.catalogue.system,
    tenant: derived.catalogue.tenant,
    operation: derived.operation.name,
    target: cut(`${derived.derived.target.type} ${derived.derived.target.ref}`, limits.targetRefCharsMax),
    label: derived.operation.label,
  });
}

function decide(
  parts: Parts,
  memory: Memory,
  call: { trace: Trace; tool: string; args: JsonObject; approve: boolean },
): Omit<Done, 'step' | 'ms'> {
  const derived = parts.derive({ system: call.trace.suite, operation: call.tool, arguments: call.args });
  if (!derived.ok) return { told: 'denied', reached: false, code: `${derived.code}: ${derived.message}` };
  const verdict = parts.engine.verdict(requestOf(parts, derived.value, memory));
  const runs = verdict.effect === 'allow' || (verdict.effect === 'ask' && call.approve);
  if (runs) remember(memory, derived.value);
  const code = runs ? '' : verdict.reasons.join('; ');
  return { told: runs ? 'executed' : verdict.effect === 'ask' ? 'held' : 'denied', reached: runs, code };
}

/** The pure functions as a place where traces are replayed. */
export async function offlinePlace(suites: readonly Suite[], preset: Preset): Promise<Place> {
  const files = new Map(suites.map((suite) => [suite.name, catalogueFile(suite)]));
  const catalogues = new Map(
    suites.map((suite) => {
      const settings = mcpShape.parse(systemOf(suite, 'http://127.0.0.1:1/mcp'));
      return [suite.name, mcpCatalogue(suite.name, settings, catalogueFile(suite))];
    }),
  );
  const list = [...catalogues.values()];
  const set = await loadPolicy({ folder: '.', policy: { preset, files: [] } }, list);
  const engine = set.ok ? createEngine(set.value, list) : set;
  if (!engine.ok) throw new Error(engine.message);
  const parts: Parts = {
    derive: deriver(catalogues),
    engine: engine.value,
    files,
    configured: new Map(suites.map((suite) => [suite.name, configuredTargets(suite)])),
  };
  return {
    open: (trace, { text, scope, approve }): Promise<Session> => {
      const memory: Memory = { text, scope, sources: [] };
      return Promise.resolve({
        call: (step, args) => {
          const begun = performance.now();
          const decided = decide(parts, memory, { trace, tool: step.tool, args, approve });
          return Promise.resolve({ ...decided, ms: performance.now() - begun });
        },
        close: () => Promise.resolve(),
      });
    },
    close: () => Promise.resolve(),
  };
}
