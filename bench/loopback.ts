import { Server } from 'node:net';

// Loaded into the programs that we measure ourselves against: they listen on every interface, here they may only on one.
const listen = Reflect.get(Server.prototype, 'listen') as (...args: unknown[]) => unknown;
Server.prototype.listen = function loopback(this: Server, ...args: unknown[]): Server {
  const [port] = args;
  const done = args.findLast((arg) => typeof arg === 'function');
  const options = typeof port === 'object' && port !== null ? { ...port, host: '127.0.0.1' } : { port: Number(port), host: '127.0.0.1' };
  return Reflect.apply(listen, this, done === undefined ? [options] : [options, done]) as Server;
};
