// verifies: hands.typed-words
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CountersignError, ok } from '../errors.ts';
import { limits } from '../limits.ts';
import { peer } from './client.ts';
import { listen } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'cs-wire-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const proposal = `p_${'A'.repeat(22)}`;

test('a question is answered, and questions that overlap keep their own answers', async () => {
  const path = join(folder, 'a.sock');
  const server = await listen(path, 'console', { show: async ({ proposal: id }) => ok({ id }), proposals: async ({ all }) => ok(all) });
  const client = peer(path);
  const [one, two] = await Promise.all([client.ask('show', { proposal }), client.ask('proposals', { all: true })]);
  expect(one).toEqual({ ok: true, value: { id: proposal } });
  expect(two).toEqual({ ok: true, value: true });
  client.close();
  await server.close();
});

test('a process answers only the messages of its row, and only in their shape', async () => {
  const path = join(folder, 'b.sock');
  const server = await listen(path, 'reader', { wake: async () => ok('never'), resolve: async () => ok('never') });
  const client = peer(path);
  expect(await client.ask('wake', { proposal })).toMatchObject({ ok: false, code: 'not-allowed' });
  expect(await client.ask('resolve', { proposed: 'not signed', arguments: '' } as never)).toMatchObject({ ok: false, code: 'bad-message' });
  expect(await client.ask('toString' as never, {} as never)).toMatchObject({ ok: false, code: 'not-allowed' });
  client.close();
  await server.close();
});

test('a peer that is not there is told apart from one that broke off', async () => {
  const path = join(folder, 'c.sock');
  const client = peer(path);
  expect(await client.ask('health', {})).toMatchObject({ ok: false, code: 'not-reachable' });
  const server = await listen(path, 'ledger', { health: () => new Promise(() => undefined) });
  const pending = client.ask('health', {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.close();
  expect(await pending).toMatchObject({ ok: false, code: 'no-answer' });
  client.close();
});

test('a connection that ends late takes no newer one with it', async () => {
  const path = join(folder, 'e.sock');
  const server = await listen(path, 'ledger', { health: async () => ok('well') });
  let opened = 0;
  const counted = createServer((from) => {
    opened++;
    from
      .pipe(connect(path))
      .pipe(from)
      .on('error', () => from.destroy());
  });
  const door = join(folder, 'f.sock');
  await new Promise<void>((resolve) => counted.listen(door, resolve));
  const client = peer(door);
  await client.ask('health', {});
  client.close();
  for (let i = 0; i < 3; i++) {
    expect(await client.ask('health', {})).toMatchObject({ ok: true });
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(opened).toBe(2);
  client.close();
  counted.close();
  await server.close();
});

test('a handler that throws is a refusal without the error text of a stranger', async () => {
  const path = join(folder, 'd.sock');
  const server = await listen(path, 'ledger', {
    health: async () => {
      throw new Error('secret-in-a-library-message');
    },
  });
  const client = peer(path);
  const answer = await client.ask('health', {});
  expect(answer).toMatchObject({ ok: false, code: 'bug' });
  expect(JSON.stringify(answer)).not.toContain('secret-in');
  client.close();
  await server.close();
});

test('a line beyond the bound, and bytes that are not a message, end the connection', async () => {
  const path = join(folder, 'e.sock');
  const server = await listen(path, 'ledger', { health: async () => ok(null) });
  for (const bytes of ['not json\n', '{"id":1}\n', 'x'.repeat(limits.wireMessageBytesMax + 1)]) {
    const socket = connect(path);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.write(bytes);
    await closed;
  }
  const client = peer(path);
  expect(await client.ask('health', {})).toEqual({ ok: true, value: null });
  client.close();
  await server.close();
});

test('a second listener is refused while the first one lives, and replaces a dead socket', async () => {
  const path = join(folder, 'f.sock');
  const first = await listen(path, 'ledger', {});
  await expect(listen(path, 'ledger', {})).rejects.toThrow(CountersignError);
  await first.close();
  const second = await listen(path, 'ledger', {});
  await second.close();
});
