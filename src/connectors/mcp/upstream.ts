import type { JsonObject } from '../../action/json.ts';
import { zoneOf } from '../../action/class.ts';
import type { Zone } from '../../action/class.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { handCodes } from '../connector.ts';
import type { HandCode } from '../connector.ts';
import type { CredentialRef, Upstream as UpstreamSettings } from '../settings.ts';
import type { McpCatalogueFile, McpEntry } from './catalog.ts';
import { holdLink } from './hold.ts';
import { addressOf, openLink } from './link.ts';
import type { Link } from './link.ts';
import { failed, tooLate } from './outcome.ts';
import type { CallOutcome } from './outcome.ts';
import { skeleton } from './names.ts';
import { changedFields, pinOf } from './pin.ts';
import type { LiveTool } from './pin.ts';
import { sameInstructions, serverRecord } from './server.ts';

/** Why an operator is told about an upstream server. */
export type AlarmCode = 'tool-changed' | 'tool-gone' | 'tool-shadowed' | 'tools-added' | 'server-changed' | 'alarms-left-out';

/** What a hand of an MCP system is given beside its settings. */
export interface UpstreamOptions {
  /** Finds a credential of this hand's own zone. Called once for each when the hand is opened. */
  readonly credential: (ref: CredentialRef) => string;
  /** The folder of the configuration: what a relative `cwd` is relative to, and the working folder if there is none. */
  readonly folder: string;
  /**
   * Told when a server is not what was reviewed: once of each code about each thing, and `limits.mcpAlarmsMax` times in all,
   * because it is the server who causes it. `about` is the system, or `<system>.<tool>` with a reviewed name. No message holds
   * a word of the server; `countersign catalog diff` shows what it says now.
   */
  readonly onAlarm: (code: AlarmCode, message: string, about: string) => void;
}

/** The connection of one hand to its upstream server: made when it is first needed, and made again when it broke. */
export interface Upstream {
  /** Calls a tool that is still the one that was reviewed; any other is refused, with nothing sent. Nothing is sent once `signal` has ended. */
  call(tool: string, args: JsonObject, signal?: AbortSignal): Promise<CallOutcome>;
  /** Connects if need be, lists the tools again, and says whether this one is still the one that was reviewed. */
  confirm(tool: string): Promise<Result<null>>;
  close(): Promise<void>;
}

const handCode = (code: string): HandCode => handCodes.find((known) => known === code) ?? 'third-party-error';

/** The pinned tools of one zone: those of whose classes it may have to carry out some. */
function pinned(file: McpCatalogueFile, zone: Zone): ReadonlyMap<string, McpEntry> {
  const mine = (entry: McpEntry): boolean =>
    [entry.class, ...entry.raise.map((rule) => rule.class)].some((klass) => zoneOf(klass) === zone);
  return new Map(Object.entries(file.tools).filter(([, entry]) => entry.enabled && mine(entry)));
}

/** What changed, without a word of the server: the names are ours, and of what it says there is only the digest. */
function changeOf(entry: McpEntry, live: LiveTool): string {
  const now = pinOf(live);
  const fields = now === null ? 'into what cannot be hashed' : changedFields(entry, live).join(', ');
  return [
    'the tool is not the one that was reviewed: it is disabled until `countersign catalog add --update --accept` names it',
    `changed: ${fields}; reviewed: ${entry.pin.hash}; now: ${now ?? 'none'}; see \`countersign catalog diff\``,
  ].join('\n');
}

/** Compares what a server offers with what was reviewed. Returns the tools that may be used, and tells what is wrong with the others. */
function verify(
  file: McpCatalogueFile,
  pins: ReadonlyMap<string, McpEntry>,
  live: readonly LiveTool[],
  tell: (code: AlarmCode, message: string, tool?: string) => void,
): ReadonlyMap<string, LiveTool> {
  const usable = new Map<string, LiveTool>();
  // A server may be less exact about names than we are: one that nobody has reviewed and that looks like a reviewed one takes both away.
  const strange = new Set(live.filter((tool) => !Object.hasOwn(file.tools, tool.name)).map((tool) => skeleton(tool.name)));
  for (const [name, entry] of pins) {
    const [found, ...shadows] = live.filter((tool) => tool.name === name);
    if (found === undefined) tell('tool-gone', 'the server does not offer this tool any more', name);
    else if (shadows.length > 0) tell('tool-shadowed', 'the server offers two tools of this name: it is disabled', name);
    else if (strange.has(skeleton(name)))
      tell('tool-shadowed', 'the server offers another tool whose name looks like this one: it is disabled', name);
    else if (pinOf(found) === entry.pin.hash) usable.set(name, found);
    else tell('tool-changed', changeOf(entry, found), name);
  }
  const added = live.filter((tool) => !Object.hasOwn(file.tools, tool.name)).length;
  if (added > 0)
    tell('tools-added', `the server offers ${added} ${added === 1 ? 'tool' : 'tools'} that nobody has reviewed; they cannot be used`);
  return usable;
}

/**
 * Whether a server is the one that was reviewed. A new version alone is told and no more: each tool has its own pin. Another
 * name or other instructions are another server, or one that has begun to talk to the model: its tools wait for a review.
 */
function serverIs(file: McpCatalogueFile, link: Link): 'the same' | 'a new version' | 'another' {
  const { server: now } = serverRecord(link.server);
  if (now.name !== file.server.name || !sameInstructions(file, link.server)) return 'another';
  return now.version === file.server.version ? 'the same' : 'a new version';
}

/**
 * Says each thing once in the life of a connection's owner, however often the server is started again, and not without end:
 * the last alarm that there is room for says that others were left out.
 */
function teller(system: string, onAlarm: UpstreamOptions['onAlarm']): (code: AlarmCode, message: string, tool?: string) => void {
  const told = new Set<string>();
  return (code, message, tool) => {
    const about = tool === undefined ? system : `${system}.${tool}`;
    const key = `${code}\n${about}`;
    if (told.has(key) || told.size >= limits.mcpAlarmsMax) return;
    told.add(key);
    if (told.size < limits.mcpAlarmsMax) onAlarm(code, message, about);
    else
      onAlarm('alarms-left-out', 'there is more than is told here: see `countersign catalog diff`, and restart when it is settled', system);
  };
}

const anotherServer = refuse(
  'tool-changed',
  'the server has another name or gives other instructions than when it was reviewed: all its tools are disabled; see `countersign catalog diff`, and take it over with `countersign catalog add --update --accept-server`',
);

type Usable = Promise<Result<ReadonlyMap<string, LiveTool>>>;

/** Waits for what others may wait for too, no longer than the signal allows. What was begun goes on without us. */
async function waitFor<T>(begin: () => Promise<Result<T>>, signal: AbortSignal | undefined): Promise<Result<T>> {
  if (signal === undefined) return begin();
  if (signal.aborted) return tooLate;
  const given = Promise.withResolvers<Result<T>>();
  const giveUp = (): void => given.resolve(tooLate);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([begin(), given.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/** Remembers which tools may be used, for as long as neither the connection nor the server's list has changed. */
function pinKeeper(list: (link: Link) => Usable): { readonly stale: () => void; readonly usable: (link: Link) => Usable } {
  let known: { readonly link: Link; readonly usable: Usable } | null = null;
  return {
    stale: () => {
      known = null;
    },
    usable: async (link) => {
      // A change that is announced while the list is being read makes it be read again, a few times.
      for (let round = 0; round < 3; round++) {
        if (known?.link !== link) known = { link, usable: list(link) };
        const asked = known;
        const usable = await asked.usable;
        if (!usable.ok && known === asked) known = null;
        if (!usable.ok || known === asked) return usable;
      }
      return refuse('tool-changed', 'the server keeps changing its tools');
    },
  };
}

/**
 * Opens the connection of one zone. Nothing is started before the first call.
 * @throws what `options.credential` throws
 */
export function openUpstream(
  system: string,
  settings: UpstreamSettings,
  file: McpCatalogueFile,
  options: UpstreamOptions & { readonly zone: Zone },
): Upstream {
  const address = addressOf(settings, options.folder, options.credential);
  const pins = pinned(file, options.zone);
  const tell = teller(system, options.onAlarm);
  const keeper = pinKeeper(async (link) => {
    const listed = await link.list();
    if (!listed.ok) return listed;
    const usable = verify(file, pins, listed.value, tell);
    return serverIs(file, link) === 'another' ? anotherServer : ok(usable);
  });
  const held = holdLink(async (onClose) => {
    const link = await openLink(address, { onListChanged: keeper.stale, onClose });
    const now = serverIs(file, link);
    if (now === 'a new version')
      tell('server-changed', 'the server has another version than when it was reviewed; tools that are as they were can be used');
    if (now === 'another') tell('server-changed', anotherServer.message);
    return link;
  });

  const find = async (tool: string, signal?: AbortSignal): Promise<Result<{ readonly link: Link; readonly live: LiveTool }>> => {
    const link = await waitFor(() => held.get(), signal);
    if (!link.ok) return link;
    // The server decides how often it is asked for its tools, and how long it takes: there is one time for all of it.
    const patience = AbortSignal.timeout(limits.thirdPartyCallMs);
    const usable = await waitFor(() => keeper.usable(link.value), signal === undefined ? patience : AbortSignal.any([patience, signal]));
    if (!usable.ok) {
      if (usable.code === 'not-reachable') await held.drop(link.value);
      return usable;
    }
    const live = usable.value.get(tool);
    return live === undefined
      ? refuse('tool-changed', 'the tool is not the one that was reviewed: it is disabled; see `countersign catalog diff`')
      : ok({ link: link.value, live });
  };

  return {
    call: async (tool, args, signal) => {
      const found = await find(tool, signal);
      if (!found.ok) return failed(handCode(found.code), found.message, 'not-sent');
      const outcome = await found.value.link.call(found.value.live, args, signal);
      if (outcome.ok) held.worked();
      // A session that an HTTP server has forgotten is of no more use; the next call opens another.
      else if (outcome.code === 'not-reachable') await held.drop(found.value.link);
      return outcome;
    },
    confirm: async (tool) => {
      keeper.stale();
      const found = await find(tool);
      return found.ok ? ok(null) : found;
    },
    close: () => held.close(),
  };
}
