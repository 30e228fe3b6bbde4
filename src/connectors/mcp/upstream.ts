import { digestText } from '../../action/digest.ts';
import type { JsonObject } from '../../action/json.ts';
import { zoneOf } from '../../action/class.ts';
import type { Zone } from '../../action/class.ts';
import { ok, refuse } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { handCodes } from '../connector.ts';
import type { HandCode } from '../connector.ts';
import type { CredentialRef, Upstream as UpstreamSettings } from '../settings.ts';
import type { McpCatalogueFile, McpEntry } from './catalog.ts';
import { holdLink } from './hold.ts';
import { addressOf, openLink } from './link.ts';
import type { Link } from './link.ts';
import { failed } from './outcome.ts';
import type { CallOutcome } from './outcome.ts';
import { pinOf, toolDiff } from './pin.ts';
import type { LiveTool } from './pin.ts';

/** Why an operator is told about an upstream server. */
export type AlarmCode = 'tool-changed' | 'tool-gone' | 'tool-shadowed' | 'tools-added' | 'server-changed';

/** What a hand of an MCP system is given beside its settings. */
export interface UpstreamOptions {
  /** Finds a credential of this hand's own zone. Called once for each when the hand is opened. */
  readonly credential: (ref: CredentialRef) => string;
  /** The folder of the configuration: what a relative `cwd` is relative to, and the working folder if there is none. */
  readonly folder: string;
  /**
   * Told when a server is not what was reviewed. `about` is the system, or `<system>.<tool>` with a reviewed name. After
   * its first line, the message of `tool-changed` quotes the difference: the server's words, with hidden characters shown.
   */
  readonly onAlarm: (code: AlarmCode, message: string, about: string) => void;
}

/** The connection of one hand to its upstream server: made when it is first needed, and made again when it broke. */
export interface Upstream {
  /** Calls a tool that is still the one that was reviewed; any other is refused, with nothing sent. */
  call(tool: string, args: JsonObject): Promise<CallOutcome>;
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

/** Compares what a server offers with what was reviewed. Returns the tools that may be used, and tells what is wrong with the others. */
function verify(
  file: McpCatalogueFile,
  pins: ReadonlyMap<string, McpEntry>,
  live: readonly LiveTool[],
  tell: (code: AlarmCode, message: string, tool?: string) => void,
): ReadonlyMap<string, LiveTool> {
  const usable = new Map<string, LiveTool>();
  for (const [name, entry] of pins) {
    const [found, ...shadows] = live.filter((tool) => tool.name === name);
    if (found === undefined) tell('tool-gone', 'the server does not offer this tool any more', name);
    else if (shadows.length > 0) tell('tool-shadowed', 'the server offers two tools of this name: it is disabled', name);
    else if (pinOf(found) === entry.pin.hash) usable.set(name, found);
    else {
      const diff = toolDiff({ description: entry.pin.description, input: entry.input }, found).join('\n').slice(0, 1500);
      tell(
        'tool-changed',
        `the tool is not the one that was reviewed: it is disabled until \`countersign catalog add --update --accept\` names it\n${diff}`,
        name,
      );
    }
  }
  const added = live.filter((tool) => !Object.hasOwn(file.tools, tool.name)).length;
  if (added > 0)
    tell('tools-added', `the server offers ${added} ${added === 1 ? 'tool' : 'tools'} that nobody has reviewed; they cannot be used`);
  return usable;
}

function serverDiffers(file: McpCatalogueFile, link: Link): boolean {
  const instructions = link.server.instructions === null ? undefined : digestText('tool', link.server.instructions);
  return link.server.name !== file.server.name || link.server.version !== file.server.version || instructions !== file.instructions;
}

/** Says each thing once in the life of a connection's owner. */
function teller(system: string, onAlarm: UpstreamOptions['onAlarm']): (code: AlarmCode, message: string, tool?: string) => void {
  const told = new Set<string>();
  return (code, message, tool) => {
    const about = tool === undefined ? system : `${system}.${tool}`;
    const key = `${code}\n${about}\n${message}`;
    if (told.has(key)) return;
    told.add(key);
    onAlarm(code, message, about);
  };
}

type Usable = Promise<Result<ReadonlyMap<string, LiveTool>>>;

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
    return listed.ok ? ok(verify(file, pins, listed.value, tell)) : listed;
  });
  const held = holdLink(async (onClose) => {
    const link = await openLink(address, { onListChanged: keeper.stale, onClose });
    if (serverDiffers(file, link))
      tell('server-changed', 'the server calls itself by another name or version, or gives other instructions, than when it was reviewed');
    return link;
  });

  const find = async (tool: string): Promise<Result<{ readonly link: Link; readonly live: LiveTool }>> => {
    const link = await held.get();
    if (!link.ok) return link;
    const usable = await keeper.usable(link.value);
    if (!usable.ok) return usable;
    const live = usable.value.get(tool);
    return live === undefined
      ? refuse('tool-changed', 'the tool is not the one that was reviewed: it is disabled; see `countersign catalog diff`')
      : ok({ link: link.value, live });
  };

  return {
    call: async (tool, args) => {
      const found = await find(tool);
      if (!found.ok) return failed(handCode(found.code), found.message, true);
      const outcome = await found.value.link.call(found.value.live, args);
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
