import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { z } from 'zod';
import type { Json } from '../action/json.ts';
import { parseJson } from '../action/parse-json.ts';
import { refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { limits } from '../limits.ts';
import { lineReader } from './frame.ts';
import type { MessageName, Question } from './messages.ts';

/** A connection to one process, made when it is needed and made again when it broke. */
export interface Peer {
  /**
   * Asks and waits for the answer. A peer that is not there is `not-reachable` (nothing was sent); one that does not
   * answer in time or whose connection breaks is `no-answer` (it may have acted).
   */
  ask<M extends MessageName>(message: M, question: Question<M>): Promise<Result<unknown>>;
  close(): void;
}

interface Pending {
  readonly settle: (result: Result<unknown>) => void;
  readonly timer: NodeJS.Timeout;
}

const reply = z.strictObject({
  id: z.int(),
  answer: z.union([
    z.strictObject({ ok: z.literal(true), value: z.unknown() }),
    z.strictObject({ ok: z.literal(false), code: z.string(), message: z.string() }),
  ]),
});

interface Line {
  readonly socket: Socket;
  readonly pending: Map<number, Pending>;
}

function open(path: string, gone: () => void): Promise<Line | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const line: Line = { socket, pending: new Map() };
    const lines = lineReader();
    const timer = setTimeout(() => socket.destroy(), limits.wireConnectMs);
    socket.once('connect', () => (clearTimeout(timer), resolve(line)));
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      gone();
      for (const waiting of line.pending.values()) waiting.settle(refuse('no-answer', 'the connection broke before the answer came'));
      resolve(null);
    });
    socket.on('data', (chunk: Buffer) => {
      const got = lines.push(chunk);
      if (got === null) return void socket.destroy();
      for (const text of got) take(text, line);
    });
  });
}

function take(text: string, line: Line): void {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return void line.socket.destroy();
  }
  const parsed = reply.safeParse(value);
  if (!parsed.success) return void line.socket.destroy();
  line.pending.get(parsed.data.id)?.settle(parsed.data.answer);
}

/** A peer behind a socket file. */
export function peer(path: string): Peer {
  let current: Promise<Line | null> | null = null;
  let next = 0;
  /** Forgets a connection that is no more, and no later one. */
  const forget = (gone: Promise<Line | null>): void => {
    if (current === gone) current = null;
  };
  const begin = (): Promise<Line | null> => {
    const begun: Promise<Line | null> = open(path, () => forget(begun));
    return begun;
  };
  return {
    ask: async (message, question) => {
      const asked = (current ??= begin());
      const line = await asked;
      if (line === null) {
        forget(asked);
        return refuse('not-reachable', 'the process that should answer is not running');
      }
      const id = next++;
      return new Promise((resolve) => {
        const settle = (result: Result<unknown>): void => {
          clearTimeout(timer);
          line.pending.delete(id);
          resolve(result);
        };
        const timer = setTimeout(() => settle(refuse('no-answer', 'the answer did not come in time')), limits.wireCallMs);
        line.pending.set(id, { settle, timer });
        line.socket.write(`${JSON.stringify({ id, message, question })}\n`);
      });
    },
    close: () => {
      void current?.then((line) => line?.socket.destroy());
      current = null;
    },
  };
}
