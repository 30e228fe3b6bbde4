// verifies: hooks.slow
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { openGate } from '../../src/inbound/gate.ts';
import { networkOf } from '../../src/inbound/source.ts';
import { limits } from '../../src/limits.ts';
import { dial, head, headersOf, listen, openDoor, talk, wire } from './door.ts';
import type { Door } from './door.ts';
import { github, withHeaders } from './senders.ts';

/* Senders that take their time, or take all they can, beside honest ones. */

let door: Door | null = null;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door?.close();
  door = null;
});
let made = 0;
const honest = async (port: number): Promise<{ status: number; ms: number }> => {
  const at = performance.now();
  const { status } = await talk(port, wire(github.send({ body: github.body.replace('"Hi"', `"${made++}"`) })));
  return { status, ms: performance.now() - at };
};
const proxy = { proxies: ['127.0.0.1'] };
const from = (address: string): readonly [string, string] => ['x-forwarded-for', address];
const start = (length: number, address: string): string =>
  head('POST /in/one HTTP/1.1', [...headersOf(github.send()), ['content-length', String(length)], from(address)]);

test('B8a heads and bodies that come drop by drop end in time, idle connections too, and honest senders are served meanwhile', async () => {
  door = await openDoor({ endpoints: [github.endpoint], headerMs: 250, requestMs: 400, ...proxy });
  const { port } = door;
  const beside = new Promise((done) => setTimeout(done, 200)).then(() => honest(port));
  const slow = await Promise.all(
    Array.from({ length: 240 }, async (_, i) => {
      const socket = await dial(port);
      sockets.push(socket);
      // A third says nothing, a third never ends its head, a third never ends its body.
      if (i % 3 === 1) socket.write('POST /in/one HTTP/1.1\r\nHost: x\r\n');
      if (i % 3 === 2) socket.write(start(1000, `203.0.113.${i % 8}`));
      const drops = setInterval(() => {
        if (i % 3 !== 0 && socket.writable) socket.write(i % 3 === 1 ? 'X-A: b\r\n' : 'x');
      }, 60);
      return listen(socket).finally(() => clearInterval(drops));
    }),
  );
  expect(await beside).toMatchObject({ status: 200 });
  // All of them were ended by the door, and nobody was heard.
  expect(new Set(slow.map(({ status }) => status))).toEqual(new Set([401]));
  const log = (await door.log()).join('\n');
  expect(log).toContain('"reason":"slow"');
  expect(await door.events()).toHaveLength(1);
});

test('B8b while many half-open connections are held, an honest sender is answered at once', async () => {
  door = await openDoor({ endpoints: [github.endpoint], ...proxy });
  const { port } = door;
  for (let i = 0; i < 400; i++) {
    const socket = await dial(port);
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(i % 2 === 0 ? 'POST /in/one HTTP/1.1\r\nHost:' : start(900, `203.0.113.${i % 16}`));
  }
  for (let i = 0; i < 5; i++) {
    const { status, ms } = await honest(port);
    expect(status).toBe(200);
    expect(ms).toBeLessThan(10_000);
  }
});

test('B8f one address holds so many connections and no more, and leaves room for another; a listed proxy holds what it needs', async () => {
  const many = 20;
  for (const proxies of [[], ['127.0.0.1']]) {
    door = await openDoor({ endpoints: [github.endpoint], proxies, connectionsPerPeerMax: many });
    const { port } = door;
    const held = await Promise.all(
      Array.from({ length: many }, async (_, i) => {
        const socket = await dial(port);
        sockets.push(socket);
        socket.on('error', () => {});
        if (i % 2 === 0) socket.write('POST /in/one HTTP/1.1\r\nHost:'); // the others say nothing at all
        return socket;
      }),
    );
    const one = async (from: string): Promise<number> => {
      const socket = await dial(port, from);
      const answer = listen(socket);
      socket.write(wire(github.send({ body: github.body.replace('"Hi"', `"${made++}"`) })));
      return (await answer.finally(() => socket.destroy())).status;
    };
    expect(await one('127.0.0.2')).toBe(200);
    expect(await one('127.0.0.1')).toBe(proxies.length === 0 ? 0 : 200);
    expect((await door.log()).some((line) => line.includes('"reason":"connections"'))).toBe(proxies.length === 0);
    for (const socket of held.slice(0, 3)) socket.destroy();
    await new Promise((done) => setTimeout(done, 30));
    expect(await one('127.0.0.1')).toBe(200); // what was given back is there again
    for (const socket of sockets.splice(0)) socket.destroy();
    await door.close();
  }
  door = null;
});

test('B8c one address has so many places and no more, and gives them back', async () => {
  door = await openDoor({ endpoints: [github.endpoint], ...proxy });
  const { port } = door;
  const held: Socket[] = [];
  for (let i = 0; i < limits.hooksInFlightPerSourceMax; i++) {
    const socket = await dial(port);
    held.push(socket);
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(start(900, '203.0.113.9'));
  }
  await new Promise((done) => setTimeout(done, 50));
  const crowded = await talk(port, start(5, '203.0.113.9'), 'hello');
  expect(crowded.status).toBe(503);
  expect(crowded.text).toContain('\r\nretry-after: 5\r\n');
  expect((await talk(port, wire(github.send({ body: `${github.body} ` }), [from('203.0.113.10')]))).status).toBe(200);
  for (const socket of held) socket.destroy();
  await new Promise((done) => setTimeout(done, 50));
  expect((await talk(port, wire(github.send({ body: `${github.body}  ` }), [from('203.0.113.9')]))).status).toBe(200);
});

test('B8h whoever has a network of IPv6 has no more places for its many addresses, and leaves the other networks theirs', async () => {
  door = await openDoor({ endpoints: [github.endpoint], ...proxy });
  const { port } = door;
  for (let i = 0; i < limits.hooksInFlightPerSourceMax; i++) {
    const socket = await dial(port);
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(start(900, `2001:db8:1:2:${i.toString(16)}::1`));
  }
  await new Promise((done) => setTimeout(done, 50));
  expect((await talk(port, start(5, '2001:DB8:1:2::ffff'), 'hello')).status).toBe(503);
  expect((await talk(port, wire(github.send({ body: `${github.body} ` }), [from('2001:db8:1:3::1')]))).status).toBe(200);
});

test('an address of IPv6 is of its first 64 bits in every spelling, and one of IPv4 is itself', () => {
  for (const address of [
    '2001:db8::1',
    '2001:0DB8:0:0:ffff::',
    '2001:db8::',
    '2001:db8:0:0:1:2:3:4',
    '2001:db8::1:2:3:4',
    '2001:db8::192.0.2.1',
  ])
    expect([address, networkOf(address)]).toEqual([address, '2001:db8:0:0::/64']);
  expect(['::1', '1::2:3:4:5:6:7', '::2:3:4:5:6:7:8', 'fe80::1%lo', '192.0.2.1', ''].map(networkOf)).toEqual([
    '0:0:0:0::/64',
    '1:0:2:3::/64',
    '0:2:3:4::/64',
    'fe80:0:0:0::/64',
    '192.0.2.1',
    '',
  ]);
});

test('S8c bodies of 25 MB that nobody signed do not keep honest senders out', async () => {
  door = await openDoor({ endpoints: [github.endpoint], ...proxy });
  const { port } = door;
  const large = Buffer.alloc(limits.webhookBodyBytesMax, 0x20);
  const forged = [0, 1].map(
    (i) =>
      new Promise<number>((resolve) => {
        const headers = Object.fromEntries([
          ...headersOf(withHeaders(github.send(), { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })),
          from(`203.0.113.${i}`),
        ]);
        request({ port, method: 'POST', path: '/in/one', headers: { ...headers, 'content-length': large.length } }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        }).end(large);
      }),
  );
  const answers = [];
  for (let i = 0; i < 8; i++) answers.push(await honest(port));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(10_000);
  expect(await Promise.all(forged)).toEqual([401, 401]);
  expect((await door.events()).length).toBe(8);
});

test('S8d whoever holds all room for large bodies leaves the first bytes of every other to be read', () => {
  const gate = openGate();
  const megabyte = 1024 * 1024;
  const places = Array.from({ length: 40 }, (_, i) => gate.enter(`203.0.113.${i % 4}`));
  const granted = places.map((place) => {
    let bytes = 0;
    while (bytes < 25 * megabyte && place?.grow(megabyte) === true) bytes += megabyte;
    return bytes;
  });
  expect(granted.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(limits.hooksSharedBytesMax + 40 * limits.hooksOwnBytes);
  // The room is gone; an ordinary delivery of a stranger still has its own.
  const ordinary = gate.enter('198.51.100.1');
  expect([ordinary?.grow(30_000), ordinary?.grow(30_000), ordinary?.grow(megabyte)]).toEqual([true, true, false]);
  for (const place of places) {
    place?.leave();
    place?.leave();
  }
  expect(ordinary?.grow(20 * megabyte)).toBe(true);
  for (let i = 0; i < limits.hooksInFlightPerSourceMax - 1; i++) expect(gate.enter('198.51.100.1')).not.toBeNull();
  expect(gate.enter('198.51.100.1')).toBeNull();
});

test('one address alone is given half of the room for large bodies, and another still gets its own', () => {
  const gate = openGate();
  const takeAll = (address: string): number => {
    let bytes = 0;
    for (let i = 0; i < limits.hooksInFlightPerSourceMax; i++) {
      const place = gate.enter(address);
      for (
        let length = 0;
        length < limits.webhookBodyBytesMax && place?.grow(limits.hooksOwnBytes) === true;
        length += limits.hooksOwnBytes
      )
        bytes += limits.hooksOwnBytes;
    }
    return bytes - limits.hooksInFlightPerSourceMax * limits.hooksOwnBytes;
  };
  expect([takeAll('203.0.113.1'), takeAll('203.0.113.2')]).toEqual([
    limits.hooksSharedPerSourceBytesMax,
    Math.min(limits.hooksSharedPerSourceBytesMax, limits.hooksSharedBytesMax - limits.hooksSharedPerSourceBytesMax),
  ]);
});

test('an address that holds all its connections leaves more than nine tenths of them to others', () => {
  const gate = openGate();
  const held = Array.from({ length: limits.hooksConnectionsPerPeerMax }, () => gate.connect('203.0.113.1'));
  expect([held.includes(null), gate.connect('203.0.113.1'), gate.connect('203.0.113.2')]).toEqual([false, null, expect.any(Function)]);
  held[0]?.();
  expect([gate.connect('203.0.113.1'), gate.connect('203.0.113.1')]).toEqual([expect.any(Function), null]);
  expect(limits.hooksConnectionsPerPeerMax * 10).toBeLessThan(limits.hooksConnectionsMax);
});

test('S8e all places together have a bound, whatever addresses are claimed', () => {
  const gate = openGate();
  const places = Array.from({ length: limits.hooksInFlightMax }, (_, i) => gate.enter(String(i)));
  expect(places.every((place) => place !== null)).toBe(true);
  expect(gate.enter('another')).toBeNull();
  places[7]?.leave();
  expect(gate.enter('another')).not.toBeNull();
  expect(gate.enter('one more')).toBeNull();
});
