import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What a load did. */
export interface Sent {
  readonly accepted: number;
  readonly other: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Senders that are connected and wait. */
export interface Senders {
  /** Sends these requests in a closed loop, all senders together. They are made before, so that the senders are no bottleneck. */
  send(requests: readonly Buffer[]): Promise<Sent>;
  close(): void;
}

const headEnd = Buffer.from('\r\n\r\n');

/** One exchange on a connection that stays open: the bytes, and the status of the answer. */
function exchange(socket: Socket, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let held: Buffer = Buffer.alloc(0);
    const done = (result: number | Error): void => {
      socket.off('data', read).off('error', fail).off('close', fail);
      if (typeof result === 'number') resolve(result);
      else reject(result);
    };
    const fail = (): void => done(new Error('the connection broke off'));
    const read = (chunk: Buffer): void => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const end = held.indexOf(headEnd);
      if (end < 0) return;
      const head = held.subarray(0, end).toString('latin1');
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (held.length >= end + headEnd.length + length) done(Number(head.slice(9, 12)));
    };
    socket.on('data', read).on('error', fail).on('close', fail);
    socket.write(bytes);
  });
}

/** Opens so many senders to a port. */
export async function openSenders(port: number, count: number): Promise<Senders> {
  const sockets = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
        }),
    ),
  );
  return {
    send: async (requests) => {
      const times: number[] = [];
      let [next, accepted, other] = [0, 0, 0];
      const begun = performance.now();
      await Promise.all(
        sockets.map(async (socket) => {
          for (let bytes = requests[next++]; bytes !== undefined; bytes = requests[next++]) {
            const at = performance.now();
            const status = await exchange(socket, bytes);
            times.push(performance.now() - at);
            if (status >= 200 && status < 300) accepted++;
            else other++;
          }
        }),
      );
      const sorted = times.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
      return { accepted, other, seconds: (performance.now() - begun) / 1000, p50Ms: at(0.5), p99Ms: at(0.99) };
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
