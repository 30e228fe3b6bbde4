import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import type { Delivery, Endpoint } from '../../src/inbound/delivery.ts';
import { takenAnswer } from '../../src/inbound/intake.ts';
import { readBody } from '../../src/inbound/read-body.ts';
import { startHooks } from '../../src/inbound/server.ts';
import type { HooksDoor } from '../../src/inbound/server.ts';
import { limits } from '../../src/limits.ts';
import { dial, headersOf, listen, ranges, wire } from './door.ts';
import { endpointOf, github, other, shared } from './senders.ts';

/* What happens while a body is on its way. */

let door: HooksDoor | null = null;
afterEach(async () => {
  await door?.close();
  door = null;
});

test('S9c a secret that ends while a body comes proves nothing of it', async () => {
  let current = endpointOf(github.endpoint.provider, [shared, other]);
  const judged: [Endpoint, Delivery][] = [];
  door = await startHooks({
    port: 0,
    endpoints: new Map([['/in/one', { endpoint: () => current, source: { ranges: () => null, certificate: null } }]]),
    proxies: { ranges: ranges(), forwardedHeader: 'x-forwarded-for', certificateHeader: null },
    take: async (...of) => {
      judged.push(of);
      return takenAnswer;
    },
    refusals: { count: () => {} },
    onError: () => {},
  });
  const request = wire(github.send());
  const socket = await dial(door.port);
  const answer = listen(socket);
  // The door has asked for the endpoint when it says that the sender may go on.
  socket.write(request.slice(0, -9).replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'));
  await new Promise((goOn) => socket.once('data', goOn));
  current = { ...current, secrets: [other] };
  socket.write(request.slice(-9));
  expect((await answer).status).toBe(200);
  expect(judged.map(([{ secrets }, { body, headers }]) => [secrets, String(body), headers['x-hub-signature-256']])).toEqual([
    [[other], github.body, [new Map(headersOf(github.send())).get('x-hub-signature-256')]],
  ]);
  socket.destroy();
});

test('B8g a body in very many pieces asks for the room that they take, and not for its bytes alone', async () => {
  const asked: number[] = [];
  const request = new PassThrough();
  const place = { grow: (bytes: number) => asked.push(bytes) < 1000, leave: () => {} };
  const body = readBody(request, limits.webhookBodyBytesMax, place);
  for (let i = 0; i < 1000; i++) request.write('x');
  expect(await body).toBe('busy');
  expect(asked).toEqual(Array.from({ length: 1000 }, () => 1 + limits.hooksPieceBytes));
  // So whatever the pieces are, what one address holds in them is bounded by what it may hold.
  expect(limits.hooksPieceBytes).toBeGreaterThanOrEqual(400);
});
