import type { Action } from '../../action/action.ts';
import { widened } from '../../action/audience.ts';
import type { Audience } from '../../action/audience.ts';
import { zoneOf } from '../../action/class.ts';
import type { Operation } from '../../action/operation.ts';
import { CountersignError, ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { Performed, WriteHand } from '../connector.ts';
import type { McpSettings } from '../settings.ts';
import { realClass, resolvedTarget, sentArguments, toolOf } from './catalog.ts';
import type { McpCatalogueFile } from './catalog.ts';
import { resolvedAudience } from './oracle.ts';
import { toldBy } from './records.ts';
import { openUpstream } from './upstream.ts';
import type { Upstream, UpstreamOptions } from './upstream.ts';

/** A tool and its entry. */
type Found = NonNullable<ReturnType<typeof toolOf>>;

/** The entry behind an action, if this hand may carry it out: from its own file, whatever the action says of itself. */
function mine(file: McpCatalogueFile, operation: Operation, action: Action): Result<Found> {
  const found = toolOf(file, operation.name);
  if (found === undefined || action.operation !== operation.name) return refuse('not-supported', 'there is no such tool in the catalogue');
  const real = realClass(found.entry, action.arguments);
  if (zoneOf(real.class) !== 'write' || real.class !== action.class)
    return refuse('not-supported', 'this is not a write of the class that was approved');
  return ok(found);
}

async function check(
  system: string,
  upstream: Upstream,
  { file, ...found }: Found & { readonly file: McpCatalogueFile },
  about: { readonly operation: Operation; readonly action: Action; readonly audience: Audience },
): Promise<Result<null>> {
  const derived = about.operation.derive(about.action.arguments);
  if (!derived.ok) return derived;
  // The whole of it: the name is what the approver has read.
  const [own, given] = [resolvedTarget(system, derived.value), about.action.target];
  if (own.type !== given.type || own.id !== given.id || own.name !== given.name)
    return refuse('target-changed', 'the target is not the one that was approved');
  const now = await resolvedAudience(upstream, file, found.entry, about.action.arguments);
  if (!now.ok) return now;
  if (widened(about.audience, now.value)) return refuse('audience-widened', 'more people can see this than when it was approved');
  return upstream.confirm(found.tool);
}

async function perform(upstream: Upstream, found: Found, action: Action, signal?: AbortSignal): Promise<Performed> {
  const outcome = await upstream.call(found.tool, sentArguments(found.entry, action.arguments), signal);
  // Servers report errors after effects and effects as errors: only a reviewed entry may say that this one does not.
  const believed = found.entry.errorMeans === 'refused';
  if (!outcome.ok) {
    if (outcome.effect === 'not-sent' || (outcome.effect === 'refused' && believed))
      return { outcome: 'failed', code: outcome.code, message: outcome.message };
    throw new CountersignError('not-reachable', `it cannot be known whether the call took effect: ${outcome.message}`);
  }
  if (outcome.isError) {
    if (believed) return { outcome: 'failed', code: 'third-party-error', message: 'the tool refused the call' };
    throw new CountersignError('not-reachable', 'it cannot be known whether the call took effect: the tool answered with an error');
  }
  const receipt = { tool: found.tool, resultBytes: outcome.bytes };
  if (outcome.content === null)
    return { outcome: 'done', receipt: { ...receipt, note: 'the result was too large to be kept' }, content: null };
  const { content, seen, fields, made } = toldBy(found.entry.records, outcome.content);
  return { outcome: 'done', receipt, content, seen, fields, made };
}

/**
 * Opens the writing hand of an upstream MCP server: its own connection, with the writing credential. It calls no tool whose
 * real class is a read. MCP has no idempotency keys, so nothing can be found out later: `find` always says so.
 *
 * @throws CountersignError `bad-config` if the system has no writing connection, and what `options.credential` throws
 */
export function openMcpWriter(system: string, settings: McpSettings, file: McpCatalogueFile, options: UpstreamOptions): WriteHand {
  if (settings.write === undefined)
    throw new CountersignError('bad-config', `systems.${system}.write is missing: without it the system can only be read`);
  const upstream = openUpstream(system, settings.write, file, { ...options, zone: 'write' });
  return {
    check: async (operation, action, audience) => {
      const found = mine(file, operation, action);
      return found.ok ? check(system, upstream, { ...found.value, file }, { operation, action, audience }) : found;
    },
    perform: async (operation, action, _marker, signal) => {
      const found = mine(file, operation, action);
      return found.ok
        ? perform(upstream, found.value, action, signal)
        : { outcome: 'failed', code: 'not-supported', message: found.message };
    },
    find: () => Promise.resolve({ found: 'cannot-tell' }),
    close: () => upstream.close(),
  };
}
