// verifies: hooks.refusals
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { githubWebhook } from '../../src/connectors/github/webhook.ts';
import { nodeCrypto } from '../../src/inbound/crypto.ts';
import type { Endpoint } from '../../src/inbound/delivery.ts';
import { discordEvents } from '../../src/inbound/providers/signed-time.ts';
import { dial, head, headersOf, listen, openDoor, talk, wire } from './door.ts';
import type { Door } from './door.ts';
import { discord, edPublic, endpointOf, github, mac, pagerdutySender, shared, standard, withHeaders } from './senders.ts';

/* What HTTP lets a stranger write, on real sockets. Refused means: the same answer as to everybody, and nothing stored. */

const at = (endpoint: Endpoint, id: string): Endpoint => ({ ...endpoint, id, publicUrl: `https://hooks.test/in/${id}` });
const small = at(endpointOf({ ...githubWebhook, bodyBytesMax: 2000 }, [shared]), 'small');
const [git, std, pager] = [at(github.endpoint, 'git'), at(standard.endpoint, 'std'), at(pagerdutySender.endpoint, 'pager')];
const disc = at(endpointOf(discordEvents, [edPublic]), 'disc');
const hashed: string[] = [];
let door: Door;
let made = 0;

beforeAll(async () => {
  door = await openDoor({
    endpoints: [git, std, small, pager, disc, { ...at(github.endpoint, 'near'), source: 'ip' }],
    crypto: {
      ...nodeCrypto,
      hmac: (...of) => {
        hashed.push('hmac');
        return nodeCrypto.hmac(...of);
      },
    },
  });
});
afterAll(() => door.close());

test('an answer without content says nothing of its length', async () => {
  const ping = discord.send({ body: '{"version":1,"application_id":"99","type":0}', timeMs: Date.now() });
  const { text } = await talk(door.port, wire({ ...ping, target: '/in/disc' }, [['connection', 'close']]));
  expect(text).toMatch(/^HTTP\/1\.1 204 No Content\r\ncontent-type: /);
  expect(text.toLowerCase()).not.toContain('content-length');
});

/** A body that nobody has sent before. */
const fresh = (): string => github.body.replace('"Hi"', `"Hi ${made++}"`);
const good = (target = '/in/git') => ({ ...github.send({ body: fresh() }), target });
const goodStandard = () => ({ ...standard.send({ id: `msg_${made++}`, timeMs: Date.now() }), target: '/in/std' });
let refusal: string;

/** Sends, and says what is new in the store. */
async function sent(...pieces: readonly (string | Buffer)[]): Promise<{ status: number; text: string; stored: number }> {
  const before = (await door.events()).length;
  const { status, text } = await talk(door.port, ...pieces);
  return { status, text, stored: (await door.events()).length - before };
}
const refused = async (...pieces: readonly (string | Buffer)[]): Promise<void> => {
  refusal ??= (await talk(door.port, wire(withHeaders(good(), { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` })))).text;
  expect(await sent(...pieces)).toEqual({ status: 401, text: refusal, stored: 0 });
};

test('what is signed right is taken, and what is not is refused: the measure for all that follows', async () => {
  expect(await sent(wire(good()))).toMatchObject({ status: 200, stored: 1 });
  expect(await sent(wire(goodStandard()))).toMatchObject({ status: 200, stored: 1 });
  await refused(wire(good('/in/git2')));
  expect(refusal).toBe(
    'HTTP/1.1 401 Unauthorized\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 8\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n\r\nrefused\n',
  );
});

test('H1a a second signature header is refused, whichever of the two is right', async () => {
  const right = good();
  const wrong = ['X-Hub-Signature-256', `sha256=${'0'.repeat(64)}`] as const;
  await refused(wire(right, [wrong]));
  await refused(
    head('POST /in/git HTTP/1.1', [wrong, ...headersOf(right), ['content-length', String(right.body.length)]]),
    Buffer.from(right.body),
  );
  await refused(
    wire(
      right,
      headersOf(right).filter(([name]) => name === 'x-hub-signature-256'),
    ),
  );
});

test('H2c a second id, time, event or content type is refused', async () => {
  for (const name of ['webhook-id', 'webhook-timestamp', 'content-type']) {
    const given = goodStandard();
    await refused(
      wire(
        given,
        headersOf(given).filter(([one]) => one === name),
      ),
    );
  }
  await refused(wire(good(), [['X-GitHub-Event', 'ping']]));
});

test('H3b the case of a header and space around its value mean nothing; folded, split and very long ones are refused', async () => {
  const given = good();
  const shouted = headersOf(given).map(([name, value]) => [name.toUpperCase(), `  ${value}\t `] as const);
  const start = 'POST /in/git HTTP/1.1\r\nHost: hooks.test\r\n';
  const rest = `content-length: ${given.body.length}\r\n\r\n`;
  expect(
    await sent(head('POST /in/git HTTP/1.1', [...shouted, ['Content-Length', String(given.body.length)]]), Buffer.from(given.body)),
  ).toMatchObject({ status: 200, stored: 1 });
  const lines = (join: string): string =>
    headersOf(good())
      .map(([name, value]) => `${name}:${join}${value}\r\n`)
      .join('');
  for (const join of ['\r\n ', ' \r\n\t', ' \0']) await refused(start + lines(join) + rest);
  await refused(
    start +
      headersOf(good())
        .map(([name, value]) => `${name} : ${value}\r\n`)
        .join('') +
      rest,
  );
  await refused(wire(goodStandard(), [['webhook-note', 'x'.repeat(16 * 1024)]]));
  await refused(wire(withHeaders(goodStandard(), { 'webhook-signature': `v1,${'x'.repeat(8190)}` })));
  await refused(wire(goodStandard()).replace('webhook-id', 'webhook\nid'));
});

test('H7e so many headers that some could be left out are refused', async () => {
  const given = good();
  const many = (all: number) =>
    wire(
      given,
      Array.from({ length: all - headersOf(given).length - 2 }, (_, i) => [`x-${i}`, 'x'] as const),
    );
  for (const all of [100, 101, 150]) await refused(many(all));
  expect(await sent(many(99))).toMatchObject({ status: 200, stored: 1 });
});

test('H6c no other method and no other path is a delivery', async () => {
  for (const line of [
    'PUT /in/git',
    'GET /in/git',
    'DELETE /in/git',
    'POST /in/git/',
    'POST /in/../in/git',
    'POST //in/git',
    'POST /in/gi%74',
    'POST /IN/GIT',
    'POST http://hooks.test/in/git',
    'POST *',
  ])
    await refused(wire(good(), [], `${line} HTTP/1.1`));
  await refused(wire(good(), [], 'POST /in/git HTTP/9.9'));
  await refused('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  await refused('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
});

test('H9a what two readers could take for two requests is refused, and a smuggled one is never looked at', async () => {
  const given = good();
  const chunked = `${given.body.length.toString(16)}\r\n${Buffer.from(given.body).toString('latin1')}\r\n0\r\n\r\n`;
  const length = ['content-length', String(given.body.length)] as const;
  const chunks = ['transfer-encoding', 'chunked'] as const;
  const start = (...more: readonly (readonly [string, string])[]): string => head('POST /in/git HTTP/1.1', [...headersOf(given), ...more]);
  await refused(start(chunks, length), chunked);
  await refused(start(length, chunks), chunked);
  await refused(start(length, ['content-length', '5']), Buffer.from(given.body));
  for (const bad of ['+5', '0x5', '5, 5', '-1', '5 5', '1e3']) await refused(start(['content-length', bad]), 'hello');
  for (const bad of ['chunked, identity', 'identity', 'xchunked', 'gzip, chunked, chunked', '\x0bchunked'])
    await refused(start(['transfer-encoding', bad]), chunked);
  await refused(start(chunks), `${given.body.length.toString(16)}g\r\n`);
  // A whole delivery behind one with a short length is the next request, and none here.
  const smuggled = wire(good());
  const before = (await door.events()).length;
  await talk(door.port, head('POST /in/git HTTP/1.1', [...headersOf(good()), ['content-length', '0']]) + smuggled);
  await new Promise((done) => setTimeout(done, 30));
  expect((await door.events()).length).toBe(before);
});

test('H9b chunks are the body whatever is written beside them, and a trailer is no header', async () => {
  const given = good();
  const text = Buffer.from(given.body).toString('latin1');
  const piece = (from: number, to: number, extension = ''): string =>
    `${(to - from).toString(16)}${extension}\r\n${text.slice(from, to)}\r\n`;
  const start = head('POST /in/git HTTP/1.1', [...headersOf(given), ['transfer-encoding', 'chunked']]);
  expect(await sent(start, piece(0, 9, ';a="b;c"'), piece(9, text.length), '0\r\n\r\n')).toMatchObject({ status: 200, stored: 1 });
  await refused(start, piece(0, 9, `;${'x'.repeat(20_000)}`));
  const unsigned = withHeaders(good(), { 'x-hub-signature-256': null });
  const signature = `x-hub-signature-256: sha256=${mac('hex', shared.key, unsigned.body)}\r\n`;
  const trailed = head('POST /in/git HTTP/1.1', [
    ...headersOf(unsigned),
    ['transfer-encoding', 'chunked'],
    ['trailer', 'x-hub-signature-256'],
  ]);
  await refused(
    trailed,
    `${unsigned.body.length.toString(16)}\r\n${Buffer.from(unsigned.body).toString('latin1')}\r\n0\r\n${signature}\r\n`,
  );
});

test('H9c whoever hangs up early has delivered nothing', async () => {
  const before = (await door.events()).length;
  const whole = wire(good());
  for (const share of [0.2, 0.7, 0.99])
    for (const how of ['end', 'resetAndDestroy'] as const) {
      const socket = await dial(door.port);
      socket.write(whole.slice(0, Math.floor(whole.length * share)));
      await new Promise((done) => setTimeout(done, 5));
      const gone = new Promise((done) => socket.once('close', done));
      socket.resume()[how]();
      await gone;
    }
  expect((await door.events()).length).toBe(before);
  expect(door.errors).toEqual([]);
});

test('H9d nobody is told to go on before route, source and size allow it', async () => {
  const expecting = async (target: string, length: number, value = '100-continue'): Promise<string> => {
    const given = good(target);
    return (
      await talk(door.port, head(`POST ${target} HTTP/1.1`, [...headersOf(given), ['content-length', String(length)], ['expect', value]]))
    ).text;
  };
  await refused(wire(good('/in/none')));
  expect(await expecting('/in/none', 10)).toBe(refusal);
  expect(await expecting('/in/near', 10)).toBe(refusal);
  expect(await expecting('/in/small', 2001)).toBe(refusal);
  expect(await expecting('/in/git', 10, 'something-else')).toBe(refusal);
  const given = good();
  const socket = await dial(door.port);
  const begun = new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  socket.write(
    head('POST /in/git HTTP/1.1', [...headersOf(given), ['content-length', String(given.body.length)], ['expect', '100-continue']]),
  );
  expect(await begun).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  const answer = listen(socket);
  socket.write(given.body);
  expect(await answer).toMatchObject({ status: 200 });
  socket.destroy();
});

test('H9e a sender of HTTP/1.0 is told nothing but the answer, whatever it expects', async () => {
  for (const line of ['POST /in/git HTTP/1.0', 'POST /in/none HTTP/1.0']) {
    const { text } = await sent(wire(good(), [['Expect', '100-continue']], line));
    expect([line, text.startsWith('HTTP/1.1 100')]).toEqual([line, false]);
  }
});

test('B6b a body over its cap is refused while it streams, and no byte of it is hashed', async () => {
  const body = Buffer.alloc(2001, 0x20);
  const given = { ...github.send({ body }), target: '/in/small' };
  hashed.length = 0;
  await refused(wire(given));
  await refused(head('POST /in/small HTTP/1.1', [...headersOf(given), ['content-length', '99999999999']]));
  const socket = await dial(door.port);
  const answer = listen(socket);
  socket.write(head('POST /in/small HTTP/1.1', [...headersOf(given), ['transfer-encoding', 'chunked']]));
  // It never ends, and is refused all the same.
  for (let i = 0; i < 3; i++) socket.write(`3e8\r\n${'x'.repeat(1000)}\r\n`);
  expect((await answer).text).toBe(refusal);
  socket.destroy();
  expect(hashed.length).toBe(0);
});

test('B6c a length that lies delivers nothing', async () => {
  const given = good();
  const start = (length: number): string => head('POST /in/git HTTP/1.1', [...headersOf(given), ['content-length', String(length)]]);
  await refused(start(given.body.length - 1), Buffer.from(given.body));
  const before = (await door.events()).length;
  const socket = await dial(door.port);
  socket.write(start(given.body.length + 1));
  socket.end(Buffer.from(given.body));
  await new Promise((done) => socket.resume().once('close', done));
  expect((await door.events()).length).toBe(before);
});

test('B7b nothing is decompressed: not a body that is signed as it is, and not a bomb', async () => {
  const packed = gzipSync(Buffer.from(fresh()));
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  for (const body of [packed, bomb])
    for (const coding of ['gzip', 'gzip, gzip', 'br', 'identity', 'x'])
      await refused(wire(withHeaders({ ...github.send({ body }), target: '/in/git' }, { 'content-encoding': coding })));
  await refused(wire({ ...github.send({ body: bomb }), target: '/in/git' }));
});

test('S8b many signatures in one header are refused before anything is hashed', async () => {
  const given = { ...pagerdutySender.send(), target: '/in/pager' };
  hashed.length = 0;
  const many = (count: number, one: string): string => Array.from({ length: count }, () => one).join(',');
  for (const value of [many(17, `v1=${'0'.repeat(64)}`), many(2000, 'v1=a'), many(4000, 'a=')])
    await refused(wire(withHeaders(given, { 'x-pagerduty-signature': value })));
  await refused(wire(withHeaders(given, { 'x-pagerduty-signature': many(10_000, `v1=${'0'.repeat(64)}`) })));
  expect(hashed.length).toBe(0);
});

test('E9b what was refused left one statement for each reason, and nothing of what was sent', async () => {
  const log = await door.log();
  const counted = log.filter((bytes) => bytes.includes('"deliveries-refused"'));
  const keys = counted.map((bytes) => {
    const { body } = JSON.parse(bytes) as { body: { endpoint: string; reason: string } };
    return `${body.endpoint} ${body.reason}`;
  });
  // One for each reason and flush, however many there were.
  expect(keys.length).toBeLessThan(new Set(keys).size * 4);
  expect(keys).toEqual(
    expect.arrayContaining([' http', ' target', 'git header-duplicate', 'small body-size', 'near source', 'pager signature-count']),
  );
  const all = log.join('\n');
  for (const secret of ['costs $$5', 'sha256=', Buffer.from(shared.key).toString(), 'Hi 1']) expect(all).not.toContain(secret);
  expect(door.errors).toEqual([]);
});
