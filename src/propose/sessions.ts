import { randomBytes } from 'node:crypto';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { ok, refuse } from '../errors.ts';
import type { Refusal, Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { mcpServer } from './mcp-server.ts';
import type { McpParts } from './mcp-server.ts';

/** A session of a 2025 client. It carries no authority: every request in it is authorised by itself. */
interface Session {
  readonly key: string;
  readonly transport: NodeStreamableHTTPServerTransport;
  usedAtMs: number;
}

/** The sessions of one gateway: bounded, and each belongs to the credential (and run address) that opened it. */
export interface Sessions {
  /** Begins a session; it exists once its transport has handled the initialize request. */
  begin(key: string): Promise<Result<NodeStreamableHTTPServerTransport>>;
  /** Refuses somebody else's session with the words for one that does not exist. */
  find(id: string, key: string): Result<NodeStreamableHTTPServerTransport>;
  close(): Promise<void>;
}

const noSession: Refusal = refuse('no-such-session', 'Session not found');

/** Opens the table of sessions. */
export function openSessions(parts: McpParts): Sessions {
  const { now } = parts;
  const sessions = new Map<string, Session>();

  const drop = (id: string): void => {
    const session = sessions.get(id);
    sessions.delete(id);
    session?.transport.close().catch(parts.onError);
  };

  const oldest = (of: readonly (readonly [string, Session])[]): string | undefined =>
    of.toSorted(([, a], [, b]) => a.usedAtMs - b.usedAtMs)[0]?.[0];

  /** A client that opens many sessions loses its own oldest ones, never those of others. */
  const makeRoom = (key: string): boolean => {
    for (const [id, session] of sessions) if (now() - session.usedAtMs >= limits.mcpSessionIdleMs) drop(id);
    const own = [...sessions].filter(([, session]) => session.key === key);
    const first = own.length >= limits.mcpSessionsPerTokenMax ? oldest(own) : undefined;
    if (first !== undefined) drop(first);
    return sessions.size < limits.mcpSessionsMax;
  };

  return {
    begin: async (key) => {
      if (!makeRoom(key)) return refuse('too-many', 'there are too many open sessions: try again later');
      const transport = new NodeStreamableHTTPServerTransport({
        sessionIdGenerator: () => randomBytes(24).toString('base64url'),
        onsessioninitialized: (id) => {
          if (makeRoom(key)) sessions.set(id, { key, transport, usedAtMs: now() });
        },
        onsessionclosed: (id) => void sessions.delete(id),
        enableJsonResponse: true,
      });
      await mcpServer(parts).connect(transport);
      return ok(transport);
    },

    find: (id, key) => {
      const session = sessions.get(id);
      if (session === undefined || session.key !== key) return noSession;
      if (now() - session.usedAtMs >= limits.mcpSessionIdleMs) {
        drop(id);
        return noSession;
      }
      session.usedAtMs = now();
      return ok(session.transport);
    },

    close: async () => {
      const open = [...sessions.values()];
      sessions.clear();
      await Promise.all(open.map((session) => session.transport.close()));
    },
  };
}
