import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { post } from './post.ts';

const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  if (request.url === '/moved') response.writeHead(307, { location: '/elsewhere' });
  else response.statusCode = request.url === '/full' ? 500 : 204;
  response.end();
});
let base = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const key = Buffer.alloc(32, 7);
const to = (url: string): ReturnType<typeof post> => post({ url, key }, { id: 'm_1', body: '{}', atMs: 1_700_000_000_000 });

test('a 2xx is taken, and any other answer is not', async () => {
  expect(await to(`${base}/events`)).toEqual({ ok: true });
  expect(await to(`${base}/full`)).toEqual({ ok: false, note: 'the answer was 500' });
});

test('an event is posted to the address of the configuration and to no other: a redirect is a failure', async () => {
  asked.length = 0;
  expect(await to(`${base}/moved`)).toEqual({ ok: false, note: 'the answer was 307' });
  expect(asked).toEqual(['POST /moved']);
});
