import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the gate knows of a request before it lets it through. */
export interface Knock {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** The bearer token, or null. */
  readonly token: string | null;
}

/** A break that is asked for: the connection is cut before the request reaches the system, or after it took effect. */
export interface Break {
  readonly when: 'before' | 'after';
  readonly path: RegExp;
}

/** A request that stands still: before it is delivered, or after it took effect and before the answer goes back. */
export interface Hold {
  /** Resolves when the request stands there. */
  readonly reached: Promise<void>;
  release(): void;
}

/** A reply that the gate gives instead of the system. */
export interface Refused {
  readonly status: number;
  readonly body: unknown;
}

/** A door in front of an emulator, on 127.0.0.1, that is as strict about tokens as the real system is. */
export interface Gate {
  readonly url: string;
  /** Every request that came, refused ones too, in order. */
  readonly seen: readonly Knock[];
  /** Where admitted requests go. Until it is called, everything is answered with 503. */
  lead(target: string): void;
  /** Cuts the next request whose path matches: before it is delivered, or after it took effect. */
  breakNext(fault: Break): void;
  /** Stops the next request whose path matches, until it is released. */
  holdNext(fault: Break): Hold;
  forget(): void;
  close(): Promise<void>;
}

async function bodyOf(req: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** What belongs to one connection, or describes the encoding that `fetch` has already undone. */
const ownHeaders = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-encoding', 'host', 'expect'];

function without(headers: Iterable<[string, string | string[] | undefined]>): [string, string][] {
  return [...headers].flatMap(([name, value]) => (value === undefined || ownHeaders.includes(name) ? [] : [[name, String(value)]]));
}

async function forward(target: string, knock: Knock, req: IncomingMessage): Promise<{ reply: Response; body: Buffer }> {
  const reply = await fetch(new URL(knock.path, target), {
    method: knock.method,
    headers: without(Object.entries(req.headers)),
    redirect: 'manual',
    ...(knock.method === 'GET' || knock.method === 'HEAD' ? {} : { body: await bodyOf(req) }),
  });
  return { reply, body: Buffer.from(await reply.arrayBuffer()) };
}

/** Opens a gate. `judge` sees each request first: null lets it through. */
export async function openGate(judge: (knock: Knock) => Refused | null): Promise<Gate> {
  const seen: Knock[] = [];
  const faults: Break[] = [];
  const holds: (Break & { readonly stand: () => Promise<void>; readonly release: () => void })[] = [];
  let target: string | null = null;

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const token = /^(?:Bearer|token)\s+(.+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? null;
    const knock: Knock = { method: req.method ?? 'GET', path: req.url ?? '/', token };
    seen.push(knock);
    const fault = faults.findIndex((each) => each.path.test(knock.path));
    const cut = fault < 0 ? undefined : faults.splice(fault, 1)[0]?.when;
    if (cut === 'before') return void req.socket.destroy();
    const hold = holds.findIndex((each) => each.path.test(knock.path));
    const held = hold < 0 ? undefined : holds.splice(hold, 1)[0];
    if (held?.when === 'before') await held.stand();
    const refused = target === null ? { status: 503, body: { message: 'starting' } } : judge(knock);
    if (refused !== null || target === null) {
      req.resume();
      res.writeHead(refused?.status ?? 503, { 'content-type': 'application/json' }).end(JSON.stringify(refused?.body));
      return;
    }
    const { reply, body } = await forward(target, knock, req);
    if (held?.when === 'after') await held.stand();
    if (cut === 'after') return void req.socket.destroy();
    res.writeHead(reply.status, without(reply.headers).flat()).end(body);
  };

  const server = createServer((req, res) => {
    answer(req, res).catch(() => req.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    lead: (to) => void (target = to),
    breakNext: (fault) => void faults.push(fault),
    holdNext: (fault) => {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const hold = { ...fault, stand: () => (reached.resolve(), released.promise), release: () => released.resolve() };
      holds.push(hold);
      return { reached: reached.promise, release: hold.release };
    },
    forget: () => {
      for (const hold of holds.splice(0)) hold.release();
      seen.length = 0;
      faults.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
