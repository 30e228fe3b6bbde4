import type { Audience } from '../../action/audience.ts';
import { zoneOf } from '../../action/class.ts';
import type { JsonObject } from '../../action/json.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import type { McpCatalogueFile, McpEntry } from './catalog.ts';
import { audienceBy, audienceTold, oracleArguments } from './named.ts';
import type { Upstream } from './upstream.ts';

/**
 * Who will see the result of a call, now: as the catalogue declares it, or as its oracle tool answers. Both hands ask, each
 * over its own connection. An oracle that cannot be asked refuses the call: an audience that was not looked at is none.
 */
export async function resolvedAudience(
  upstream: Upstream,
  file: McpCatalogueFile,
  entry: McpEntry,
  args: JsonObject,
): Promise<Result<Audience>> {
  const declared = audienceBy(entry, args);
  const oracle = entry.audience?.oracle;
  if (oracle === undefined || entry.audience === undefined) return ok(declared);
  const own = file.tools[oracle.tool];
  if (own === undefined || !own.enabled || zoneOf(own.class) !== 'read')
    return refuse('not-supported', 'the tool that tells who can see it is not an enabled read of the catalogue');
  const given = oracleArguments(oracle, args);
  if (given === null) return refuse('bad-arguments', 'the arguments do not say what it is about: who can see it cannot be found out');
  const answer = await upstream.call(oracle.tool, given);
  if (!answer.ok) return refuse(answer.code, `who can see it could not be found out: ${answer.message}`);
  if (answer.isError || answer.content === null)
    return refuse('third-party-error', 'who can see it could not be found out: the server answered with an error');
  const { structured } = answer.content;
  const told =
    typeof structured === 'object' && structured !== null && !Array.isArray(structured) ? (structured as JsonObject) : answer.content;
  return ok(audienceTold(oracle, told, entry.audience.summary));
}
