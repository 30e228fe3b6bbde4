import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { z } from 'zod';
import type { Json } from '../action/json.ts';
import { parseJson } from '../action/parse-json.ts';
import { CountersignError, refuse } from '../errors.ts';
import type { Result } from '../errors.ts';
import { lineReader } from './frame.ts';
import { messages } from './messages.ts';
import type { Listener, MessageName, Question } from './messages.ts';

/** The answers of one process: a handler for each message that its row of the table gives it. */
export type Handlers = { readonly [M in MessageName]?: (question: Question<M>) => Promise<Result<unknown>> };

const request = z.strictObject({ id: z.int().min(0), message: z.string(), question: z.unknown() });

/** Answers one line. Whatever is wrong with it becomes a refusal: a peer cannot make a process throw. */
async function answer(line: string, me: Listener, handlers: Handlers): Promise<{ id: number; answer: Result<unknown> } | null> {
  let value: Json;
  try {
    value = parseJson(line);
  } catch {
    return null;
  }
  const asked = request.safeParse(value);
  if (!asked.success) return null;
  const { id, message, question } = asked.data;
  const row = Object.hasOwn(messages, message) ? messages[message as MessageName] : undefined;
  const handler = handlers[message as MessageName] as ((question: unknown) => Promise<Result<unknown>>) | undefined;
  if (row === undefined || handler === undefined || !(row.to as readonly string[]).includes(me))
    return { id, answer: refuse('not-allowed', `the ${me} does not answer \`${message.slice(0, 40)}\``) };
  const parsed = row.shape.safeParse(question);
  if (!parsed.success) return { id, answer: refuse('bad-message', `the question of \`${message}\` does not have its shape`) };
  try {
    return { id, answer: await handler(parsed.data) };
  } catch (error) {
    const code = error instanceof CountersignError ? error.code : 'bug';
    return { id, answer: refuse(code, error instanceof CountersignError ? error.message : `the ${me} failed on \`${message}\``) };
  }
}

function serve(socket: Socket, me: Listener, handlers: Handlers): void {
  const lines = lineReader();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const got = lines.push(chunk);
    if (got === null) return void socket.destroy();
    for (const line of got) {
      void answer(line, me, handlers).then((reply) => {
        if (reply === null) return socket.destroy();
        if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`);
        return undefined;
      });
    }
  });
}

/** True if somebody answers on the socket file. */
function alive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => (probe.destroy(), resolve(true)));
    probe.once('error', () => resolve(false));
  });
}

/**
 * Listens on a Unix socket (mode 0600), replacing a dead one.
 * @throws CountersignError `not-reachable` if another process is already listening there.
 */
export async function listen(path: string, me: Listener, handlers: Handlers): Promise<{ close(): Promise<void> }> {
  if (existsSync(path)) {
    if (await alive(path)) throw new CountersignError('not-reachable', `another ${me} already listens on ${path}: stop it first`);
    unlinkSync(path);
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, me, handlers);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
