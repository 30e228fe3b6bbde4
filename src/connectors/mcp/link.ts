import { isAbsolute, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import type { Tool } from '@modelcontextprotocol/client';
import type { Json, JsonObject } from '../../action/json.ts';
import { refuse, ok } from '../../errors.ts';
import type { Result } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { CredentialRef, Upstream } from '../settings.ts';
import { httpTransport } from './http.ts';
import { failureOf, returned, tooLate } from './outcome.ts';
import type { CallOutcome } from './outcome.ts';
import type { LiveTool } from './pin.ts';
import { stdioTransport } from './stdio.ts';
import type { Fault } from './stdio.ts';

/** Who the server says it is. Untrusted. */
export interface ServerIdentity {
  readonly name: string;
  readonly version: string;
  readonly instructions: string | null;
}

/** Where and as whom to connect, with the credentials already found. */
export type Address =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
    }
  | { readonly kind: 'http'; readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** One living connection to an upstream server. */
export interface Link {
  readonly server: ServerIdentity;
  /** Lists every tool, within bounds. */
  list(): Promise<Result<readonly LiveTool[]>>;
  /** Calls a tool. Nothing is sent once `signal` has ended; if it ends later, what became of the call is not known. */
  call(tool: LiveTool, args: JsonObject, signal?: AbortSignal): Promise<CallOutcome>;
  close(): Promise<void>;
}

/** What a link tells its owner. */
export interface LinkEvents {
  readonly onListChanged: () => void;
  readonly onClose: () => void;
}

/**
 * Finds the credentials that a connection names, at once, so that a missing one is known before anything is tried.
 * @throws whatever `credential` throws
 */
export function addressOf(upstream: Upstream, folder: string, credential: (ref: CredentialRef) => string): Address {
  if ('url' in upstream) {
    const bearer = upstream.credential === undefined ? {} : { authorization: `Bearer ${credential(upstream.credential)}` };
    return { kind: 'http', url: upstream.url, headers: { ...upstream.headers, ...bearer } };
  }
  const env = Object.entries(upstream.env).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : credential(value),
  ]);
  const cwd = upstream.cwd === undefined ? folder : isAbsolute(upstream.cwd) ? upstream.cwd : resolve(folder, upstream.cwd);
  return { kind: 'stdio', command: upstream.command, args: upstream.args, env: Object.fromEntries(env), cwd };
}

function liveTool(tool: Tool): LiveTool {
  return {
    name: tool.name,
    title: tool.title ?? tool.annotations?.title ?? null,
    description: tool.description ?? '',
    inputSchema: tool.inputSchema as JsonObject,
    outputSchema: (tool.outputSchema ?? null) as JsonObject | null,
    annotations: (tool.annotations ?? null) as JsonObject | null,
  };
}

/** Walks the pages of `tools/list`: so many tools, so many bytes, so many pages, and one time for all of them together. */
async function listAll(client: Client, fault: AbortSignal): Promise<Result<readonly LiveTool[]>> {
  const signal = AbortSignal.any([fault, AbortSignal.timeout(limits.thirdPartyCallMs)]);
  const tools: LiveTool[] = [];
  let bytes = 0;
  let cursor: string | undefined;
  for (let page = 0; page < limits.mcpListPagesMax; page++) {
    const params: { [key: string]: Json } = cursor === undefined ? {} : { cursor };
    const result = await client.request({ method: 'tools/list', params }, { timeout: limits.thirdPartyCallMs, signal });
    bytes += Buffer.byteLength(JSON.stringify(result.tools));
    tools.push(...result.tools.map(liveTool));
    if (bytes > limits.mcpToolListBytesMax || tools.length > limits.mcpToolsMax)
      return refuse('too-large', 'the server lists more tools than are accepted');
    if (result.nextCursor === undefined) return ok(tools);
    cursor = result.nextCursor;
  }
  return refuse('too-large', `the list of tools has more than ${limits.mcpListPagesMax} pages`);
}

/** A fault of the connection ends every call that waits: whose reply it was cannot be known. */
function watcher(): {
  readonly raise: (fault: Fault) => void;
  readonly during: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<{ value: T } | { error: unknown; fault: Fault | null }>;
} {
  const waiting = new Set<(fault: Fault) => void>();
  return {
    raise: (fault) => {
      for (const tell of waiting) tell(fault);
    },
    during: async (work) => {
      const controller = new AbortController();
      let seen: Fault | null = null;
      const tell = (fault: Fault): void => {
        seen ??= fault;
        controller.abort();
      };
      waiting.add(tell);
      try {
        return { value: await work(controller.signal) };
      } catch (error) {
        return { error, fault: seen };
      } finally {
        waiting.delete(tell);
      }
    },
  };
}

/** What went wrong while connecting. `complaints` are the child's last words: untrusted, for a person only. */
export class ConnectFailed extends Error {
  readonly complaints: string;

  constructor(complaints: string, cause: unknown) {
    super('the server could not be started or reached', { cause });
    this.complaints = complaints;
  }
}

/**
 * Connects: starts the server or opens a session, and says hello. We offer no capability (no sampling, no roots, no
 * elicitation): a server that asks is refused, and whatever it then does of its own accord is judged by its result.
 * @throws ConnectFailed
 */
export async function openLink(address: Address, events: LinkEvents): Promise<Link> {
  const watch = watcher();
  const transport = address.kind === 'stdio' ? stdioTransport(address, watch.raise) : httpTransport(address, watch.raise);
  const client = new Client(
    { name: 'countersign', version: '0.1.0' },
    {
      // A legacy server need not answer a probe on stdio; over HTTP the probe costs one round trip and finds both eras.
      versionNegotiation: { mode: address.kind === 'stdio' ? 'legacy' : 'auto' },
      inputRequired: { autoFulfill: false },
      listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: events.onListChanged } },
    },
  );
  Object.assign(client, {
    onclose: events.onClose,
    onerror: (error: Error) => {
      if (error instanceof SyntaxError || error.name.endsWith('ZodError')) watch.raise('broken-reply');
    },
  });
  const greeted = await watch.during((signal) => client.connect(transport, { timeout: limits.mcpStartMs, signal }));
  if ('error' in greeted) {
    Object.assign(client, { onclose: () => undefined });
    await transport.close().catch(() => undefined);
    throw new ConnectFailed('complaints' in transport ? transport.complaints() : '', greeted.error);
  }
  // Also from a server that did not say that it would: one that changes its tools unannounced is looked at all the more.
  client.setNotificationHandler('notifications/tools/list_changed', events.onListChanged);
  const about = client.getServerVersion();
  return {
    server: { name: about?.name ?? '', version: about?.version ?? '', instructions: client.getInstructions() ?? null },
    list: async () => {
      const listed = await watch.during((signal) => listAll(client, signal));
      if ('value' in listed) return listed.value;
      const { code, message } = failureOf(listed.error, listed.fault);
      return refuse(code, message);
    },
    call: async (tool, args, signal) => {
      // The last moment at which it is certain that nothing was sent: from here to the transport, nothing waits.
      if (signal?.aborted === true) return tooLate;
      // The definition is given so that the SDK neither looks one up nor checks the result: a write whose result has an odd shape has still happened.
      const toolDefinition = { name: tool.name, inputSchema: tool.inputSchema as Tool['inputSchema'] };
      const done = await watch.during((fault) =>
        client.callTool(
          { name: tool.name, arguments: { ...args } },
          { timeout: limits.thirdPartyCallMs, signal: signal === undefined ? fault : AbortSignal.any([fault, signal]), toolDefinition },
        ),
      );
      return 'value' in done ? returned(done.value) : failureOf(done.error, done.fault);
    },
    close: async () => {
      Object.assign(client, { onclose: () => undefined });
      await client.close().catch(() => undefined);
    },
  };
}
