import { zoneOf } from '../../action/class.ts';
import { lowered } from '../../action/audience.ts';
import { cutWith } from '../../action/cut.ts';
import type { Derived, Operation } from '../../action/operation.ts';
import type { JsonObject } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { ReadHand, ReadResult, Resolution } from '../connector.ts';
import type { McpSettings } from '../settings.ts';
import { effectLines, realClass, resolvedTarget, sentArguments, toolOf } from './catalog.ts';
import type { McpCatalogueFile } from './catalog.ts';
import { bindsOf } from './named.ts';
import { resolvedAudience } from './oracle.ts';
import { toldBy } from './records.ts';
import { openUpstream } from './upstream.ts';
import type { Upstream, UpstreamOptions } from './upstream.ts';

/** What a failed tool most likely meant. Its own words are a third party's and are not passed on. */
function toolError(content: JsonObject | null): Result<never> {
  const said = typeof content?.['text'] === 'string' ? content['text'].slice(0, 2000) : '';
  if (/\bENOENT\b|\b404\b|not found|no such|does not exist/i.test(said))
    return refuse('not-found', 'the tool answered with an error: most likely there is no such thing');
  if (/\bEACCES\b|\b403\b|denied|forbidden|not allowed|unauthori[sz]ed/i.test(said))
    return refuse('forbidden', 'the tool answered with an error: most likely the credential may not do this');
  if (/\b429\b|rate limit|too many requests/i.test(said))
    return refuse('rate-limited', 'the tool answered with an error: most likely there were too many calls');
  return refuse('third-party-error', 'the tool answered with an error');
}

async function read(upstream: Upstream, file: McpCatalogueFile, operation: Operation, derived: Derived): Promise<Result<ReadResult>> {
  const found = toolOf(file, operation.name);
  if (found === undefined) return refuse('not-supported', 'there is no such tool in the catalogue');
  // Its own word, from its own file: a call that is more than a read has no way out of this process.
  const real = realClass(found.entry, derived.arguments);
  if (zoneOf(real.class) !== 'read' || zoneOf(derived.class) !== 'read' || zoneOf(operation.class) !== 'read')
    return refuse('not-supported', 'this is not a read: the reader does not carry it out');
  const outcome = await upstream.call(found.tool, sentArguments(found.entry, derived.arguments));
  if (!outcome.ok) return refuse(outcome.code, outcome.message);
  if (outcome.isError) return toolError(outcome.content);
  if (outcome.content === null) return refuse('too-large', 'the result is larger than is accepted: ask for less at a time');
  const { content, seen, fields, foreign } = toldBy(found.entry.records, outcome.content);
  return ok({
    content,
    seen,
    fields,
    foreign,
    label: lowered(operation.label, outcome.ifc),
    target: cutWith(`${derived.target.type} ${derived.target.ref}`, limits.targetRefCharsMax),
  });
}

async function resolve(
  upstream: Upstream,
  about: { readonly system: string; readonly file: McpCatalogueFile },
  operation: Operation,
  derived: Derived,
): Promise<Result<Resolution>> {
  const { system, file } = about;
  const found = toolOf(file, operation.name);
  if (found === undefined) return refuse('not-supported', 'there is no such tool in the catalogue');
  // MCP knows no immutable ids: the id is the name that the arguments give, and means whatever the server takes it to mean.
  const target = resolvedTarget(system, derived);
  const audience = await resolvedAudience(upstream, file, found.entry, derived.arguments);
  if (!audience.ok) return audience;
  const binds = bindsOf(found.entry, derived);
  if (binds.length > limits.bindsMax) return refuse('bad-arguments', `it names more than ${limits.bindsMax} things at once: ask for fewer`);
  return ok({ target, precondition: {}, audience: audience.value, effect: effectLines(system, found, target), binds });
}

/**
 * Opens the reading hand of an upstream MCP server: its own connection, with the reading credential. It calls no tool whose
 * real class is more than a read, and resolves a write from the catalogue alone.
 *
 * @throws what `options.credential` throws
 */
export function openMcpReader(system: string, settings: McpSettings, file: McpCatalogueFile, options: UpstreamOptions): ReadHand {
  const upstream = openUpstream(system, settings.read, file, { ...options, zone: 'read' });
  return {
    read: (operation, derived) => read(upstream, file, operation, derived),
    resolve: (operation, derived) => resolve(upstream, { system, file }, operation, derived),
    close: () => upstream.close(),
  };
}
