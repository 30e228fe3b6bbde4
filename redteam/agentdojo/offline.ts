import { cutWith } from '../../src/action/cut.ts';
import { zoneOf } from '../../src/action/class.ts';
import { noFacts } from '../../src/action/facts.ts';
import type { Json, JsonObject } from '../../src/action/json.ts';
import { mcpCatalogue, resolvedTarget, toolOf } from '../../src/connectors/mcp/catalog.ts';
import { audienceBy, bindsOf } from '../../src/connectors/mcp/named.ts';
import { toldBy } from '../../src/connectors/mcp/records.ts';
import { fingerprintJson } from '../../src/content/overlap.ts';
import { mcpShape } from '../../src/connectors/settings.ts';
import { deriver, readTarget } from '../../src/decide/call.ts';
import type { DeriveCall, DerivedCall } from '../../src/decide/call.ts';
import { createEngine } from '../../src/decide/engine.ts';
import type { Engine } from '../../src/decide/engine.ts';
import { leaving } from '../../src/decide/leaving.ts';
import { considered, readRequest } from '../../src/decide/request.ts';
import type { DecisionRequest } from '../../src/decide/request.ts';
import { runFacts } from '../../src/decide/run.ts';
import type { Reading } from '../../src/decide/run.ts';
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
  readonly readings: Reading[];
}

interface Parts {
  readonly derive: DeriveCall;
  readonly engine: Engine;
  readonly files: ReadonlyMap<string, ReturnType<typeof catalogueFile>>;
  readonly configured: ReadonlyMap<string, readonly string[]>;
}

// The benchmark's frozen clock.
const now = Date.UTC(2024, 4, 15, 12);
const principal = { user: 'alice', agent: 'assistant' };

/** What the policy is asked about a call, as the gateway would ask it. */
function requestOf(parts: Parts, derived: DerivedCall, memory: Memory): DecisionRequest {
  const { system } = derived.catalogue;
  const run = runFacts({ readings: memory.readings, words: [{ text: memory.text, atMs: now }], scope: memory.scope, origin: null });
  if (zoneOf(derived.derived.class) === 'read')
    return readRequest(derived, principal, readTarget(derived), { tainted: run.sources.length > 0, content: run.content, origin: null });
  const file = parts.files.get(system);
  const found = file === undefined ? undefined : toolOf(file, derived.operation.name);
  if (found === undefined) throw new Error(`${derived.operation.name} is in no catalogue`);
  const audience = audienceBy(found.entry, derived.derived.arguments);
  const links = { allowed: [], restrict: false };
  const egress = leaving(derived, derived.derived.arguments, { audience, run, earlier: [], guarded: [], links });
  return considered(derived, {
    principal,
    target: resolvedTarget(system, derived.derived),
    audience,
    binds: bindsOf(found.entry, derived.derived),
    egress: egress.map(({ kind }) => kind),
    run,
    configured: parts.configured.get(system) ?? [],
  }).request;
}

function remember(parts: Parts, memory: Memory, derived: DerivedCall, output: Json): void {
  const source = {
    system: derived.catalogue.system,
    tenant: derived.catalogue.tenant,
    operation: derived.operation.name,
    target: cutWith(`${derived.derived.target.type} ${derived.derived.target.ref}`, limits.targetRefCharsMax),
    label: derived.operation.label,
  };
  const file = parts.files.get(derived.catalogue.system);
  const rules = (file === undefined ? undefined : toolOf(file, derived.operation.name)?.entry.records) ?? [];
  const { seen, fields, made } = toldBy(rules, { text: '', structured: { result: output } });
  const facts = {
    ...noFacts,
    seen: seen.map((one) => ({ ...one, names: [...one.names] })),
    fields: [...fields],
    made: [...made],
    prints: [...fingerprintJson(output)],
  };
  memory.readings.push({ source, content: 'none', facts });
}

function decide(
  parts: Parts,
  memory: Memory,
  call: { trace: Trace; tool: string; args: JsonObject; approve: boolean; output: Json },
): Omit<Done, 'step' | 'ms'> {
  const derived = parts.derive({ system: call.trace.suite, operation: call.tool, arguments: call.args });
  if (!derived.ok) return { told: 'denied', reached: false, code: `${derived.code}: ${derived.message}` };
  const verdict = parts.engine.verdict(requestOf(parts, derived.value, memory));
  const runs = verdict.effect === 'allow' || (verdict.effect === 'ask' && call.approve);
  if (runs) remember(parts, memory, derived.value, call.output);
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
      const memory: Memory = { text, scope, readings: [] };
      return Promise.resolve({
        call: (step, args) => {
          const begun = performance.now();
          const decided = decide(parts, memory, { trace, tool: step.tool, args, approve, output: step.output ?? null });
          return Promise.resolve({ ...decided, ms: performance.now() - begun });
        },
        close: () => Promise.resolve(),
      });
    },
    close: () => Promise.resolve(),
  };
}
