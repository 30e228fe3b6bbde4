// verifies: hooks.claim
import { createHash, createHmac } from 'node:crypto';
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Delivery, Endpoint } from '../../src/inbound/delivery.ts';
import { httpSignatures } from '../../src/inbound/providers/generic.ts';
import { newFolder, openDoor, talk, wire } from './door.ts';
import type { Door, DoorWish } from './door.ts';
import { graph, graphBody } from './hint-senders.ts';
import {
  delivery,
  endpointOf,
  github,
  linearBody,
  linearSender,
  nowMs,
  sendgridSender,
  shared,
  standard,
  token,
  withHeaders,
} from './senders.ts';

/* What the door makes of deliveries that come more than once, with real stores and, where it matters, several of them. */

const at = (endpoint: Endpoint, id: string): Endpoint => ({ ...endpoint, id, publicUrl: `https://hooks.test/in/${id}` });
const endpoints = {
  git: at(github.endpoint, 'git'),
  std: at(standard.endpoint, 'std'),
  linear: at(linearSender.endpoint, 'linear'),
  batch: at(sendgridSender.endpoint, 'batch'),
  graph: at(graph, 'graph'),
  signed: at(endpointOf(httpSignatures, [shared]), 'signed'),
};
const to = (id: keyof typeof endpoints, given: Delivery): Delivery => ({ ...given, target: `/in/${id}` });

const doors: Door[] = [];
const open = async (wish: Omit<DoorWish, 'endpoints'> = {}): Promise<Door> => {
  const door = await openDoor({ endpoints: Object.values(endpoints), now: () => nowMs, ...wish });
  doors.push(door);
  return door;
};
const folders: string[] = [];
const folder = (): string => {
  const made = newFolder();
  folders.push(made);
  return made;
};
afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});
const send = async (door: Door, given: Delivery): Promise<number> => (await talk(door.port, wire(given))).status;
const queued = async (door: Door): Promise<number> =>
  (await door.store.queueIn('waiting', { endpoint: null, consumer: null }, 1000)).length;
/** What is in the tables, by their names. */
function rows(door: Door): Record<string, number> {
  const db = new DatabaseSync(join(door.folder, 'store.db'), { readOnly: true });
  const counts = ['claims', 'events', 'queue'].map(
    (table) => [table, Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])] as const,
  );
  db.close();
  return Object.fromEntries(counts);
}

test('R1 R12a the same bytes again are answered like the first time, and nothing happens', async () => {
  const door = await open();
  const given = to('git', github.send());
  for (let i = 0; i < 3; i++) expect(await send(door, given)).toBe(200);
  // R4: under another delivery id, and as a resend of the same event.
  expect(await send(door, withHeaders(given, { 'x-github-delivery': 'd2', 'x-github-event': 'issue_comment' }))).toBe(200);
  expect([(await door.events()).length, await queued(door)]).toEqual([1, 1]);
  const log = await door.log();
  expect(log.filter((bytes) => bytes.includes('"event-received"'))).toHaveLength(1);
  expect(
    log.filter((bytes) => bytes.includes('"deliveries-refused"')).map((bytes) => (JSON.parse(bytes) as { body: unknown }).body),
  ).toEqual([expect.objectContaining({ endpoint: 'git', reason: 'duplicate', count: 3 })]);
  expect(door.alarms).toEqual([]);
});

/** A delivery under RFC 9421 with a signature for each of these times, each with a nonce of its own. */
function signedAt(timesMs: readonly number[], type = 'a.b'): Delivery {
  const body = `{"type":"${type}"}`;
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  const [inputs, signatures]: [string[], string[]] = [[], []];
  for (const timeMs of timesMs) {
    const params = `("@method" "@target-uri" "content-digest");created=${timeMs / 1000};nonce="n${timeMs}${type}"`;
    const base = `"@method": POST\n"@target-uri": ${endpoints.signed.publicUrl}\n"content-digest": ${digest}\n"@signature-params": ${params}`;
    inputs.push(`s${timeMs}=${params}`);
    signatures.push(`s${timeMs}=:${createHmac('sha256', shared.key).update(base).digest('base64')}:`);
  }
  const headers = { 'content-digest': digest, 'signature-input': inputs.join(', '), signature: signatures.join(', ') };
  return to('signed', delivery(headers, body));
}

test('R7i of a delivery with two signatures of different times each alone is that delivery, whichever comes first', async () => {
  const [early, late] = [nowMs - 2000, nowMs];
  for (const order of [
    [[early, late], [early], [late]],
    [[late, early], [late], [early]],
    [[late], [early, late], [early]],
  ]) {
    const door = await open();
    const answers = [];
    for (const times of order) answers.push(await send(door, signedAt(times)));
    expect([order, answers, (await door.events()).length, door.alarms]).toEqual([order, [200, 200, 200], 1, []]);
    // Another delivery of the same times is another delivery.
    expect([await send(door, signedAt([early, late], 'a.c')), (await door.events()).length]).toEqual([200, 2]);
  }
  // The last that is alone could come when the claim is forgotten.
  const door = await open();
  expect(await send(door, signedAt([late, nowMs + 3_600_000]))).toBe(401);
  expect([await send(door, signedAt([late, nowMs - 3_600_000])), (await door.events()).length]).toEqual([200, 1]);
});

test('R12c copies of a ping are answered like the first one, and fill no log', async () => {
  const ping = withHeaders(github.send({ body: '{"zen":"z","hook":{},"hook_id":1}' }), { 'x-github-event': 'ping' });
  const door = await open();
  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await door.take(github.endpoint, ping));
  expect(answers).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ status: 200, body: '{}' })));
  const log = await door.log();
  expect(log.filter((entry) => entry.includes('"kind":"handshake"'))).toHaveLength(1);
  expect(log.filter((entry) => entry.includes('"reason":"handshake"') && entry.includes('"count":3'))).toHaveLength(1);
  expect(await door.events()).toEqual([]);
});

test('R11c an attempt that is signed anew is the delivery that was taken hours ago, if the answer to that was lost', async () => {
  let clock = nowMs;
  const door = await open({ now: () => clock });
  for (const hours of [0, 0.5, 10, 72]) {
    clock = nowMs + hours * 3_600_000;
    await door.store.forgetClaims(clock, 100);
    expect(await send(door, to('std', standard.send({ id: 'msg_7', timeMs: clock })))).toBe(200);
  }
  expect(await door.events()).toHaveLength(1);
  expect(door.alarms).toEqual([]);
});

test('R5b another body under the id of an earlier one is refused, and is an alarm', async () => {
  const door = await open();
  expect(await send(door, to('std', standard.send()))).toBe(200);
  expect(await send(door, to('std', standard.send({ body: '{"type":"user.deleted"}' })))).toBe(401);
  // The same message, signed again a minute later: no conflict, and no second event.
  expect(await send(door, to('std', standard.send({ timeMs: nowMs - 60_000 })))).toBe(200);
  expect([(await door.events()).length, await queued(door)]).toEqual([1, 1]);
  expect(door.alarms).toHaveLength(1);
  expect(door.alarms[0]).toMatch(/^webhook-conflict std /);
  expect(door.alarms[0]).not.toMatch(/msg_1|user/);
});

test('R2 however deliveries reach two processes, and in whatever order, each is taken exactly once', { timeout: 60_000 }, async () => {
  const where = folder();
  const pair = [await open({ folder: where }), await open({ folder: where })] as const;
  let run = 0;
  const step = fc.record({ body: fc.nat(3), door: fc.nat(1), turns: fc.nat(6), byId: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), async (steps) => {
      const mine = run++;
      const before = await pair[0].events();
      const answers = await Promise.all(
        steps.map(async ({ body, door, turns, byId }) => {
          for (let i = 0; i < turns; i++) await new Promise((resume) => setImmediate(resume));
          // The same message again is the same bytes, or the same id with a new time.
          const given = standard.send({ id: `m_${mine}_${body}`, timeMs: nowMs - (byId ? 1000 : 0), body: `{"type":"a","n":${body}}` });
          return (await pair[door]?.take(endpoints.std, to('std', given)))?.status;
        }),
      );
      expect(new Set(answers)).toEqual(new Set([200]));
      expect((await pair[1].events()).length - before.length).toBe(new Set(steps.map(({ body }) => body)).size);
    }),
    { numRuns: 25 },
  );
  const counts = rows(pair[0]);
  expect(counts['claims']).toBe(counts['events']);
  expect(counts['queue']).toBe(counts['events']);
  expect([...pair[0].alarms, ...pair[1].alarms]).toEqual([]);
});

test('R11b a retry with identical bytes hours later is taken once, if the first attempt was never durable', async () => {
  const where = folder();
  let clock = nowMs;
  // Large enough that it needs room which a full store does not have.
  const body = linearBody(nowMs) + ' '.repeat(40_000);
  await open({ folder: where });
  const full = await open({ folder: where, pagesMax: 1, now: () => clock });
  const given = to('linear', linearSender.send({ body }));
  const answer = await talk(full.port, wire(given));
  expect(answer).toMatchObject({ status: 503 });
  clock += 6 * 60 * 60_000;
  const door = await open({ folder: where, now: () => clock });
  expect(await send(door, given)).toBe(200);
  expect(await send(door, given)).toBe(200);
  expect((await door.events()).length).toBe(1);
});

test('R8b with a full store nothing is taken, nothing is forgotten, and the retry is the first once there is room', async () => {
  const where = folder();
  const roomy = await open({ folder: where });
  const taken = to('git', github.send());
  expect(await send(roomy, taken)).toBe(200);
  const full = await open({ folder: where, pagesMax: 1 });
  const waits = to('git', github.send({ body: github.body.replace('Hi', 'waits'.repeat(8000)) }));
  const answer = await talk(full.port, wire(waits));
  expect(answer.status).toBe(503);
  expect(answer.text).toContain('\r\nretry-after: 5\r\n');
  expect(answer.text.endsWith('\r\n\r\nlater\n')).toBe(true);
  expect(rows(full)).toEqual({ claims: 1, events: 1, queue: 1 });
  // Even with a full disk what was taken is known.
  expect(await send(full, taken)).toBe(200);
  expect(await send(roomy, waits)).toBe(200);
  expect(await send(full, waits)).toBe(200);
  expect(rows(roomy)).toEqual({ claims: 2, events: 2, queue: 2 });
  expect(full.errors).toEqual([]);
});

test('R9 without a store nobody is told that anything was taken, and strangers learn nothing of it', async () => {
  const where = folder();
  const door = await open({ folder: where });
  await door.store.close();
  const given = to('git', github.send());
  const answer = await talk(door.port, wire(given));
  expect(answer.status).toBe(503);
  expect(answer.text).toContain('\r\nretry-after: 5\r\n');
  expect(await send(door, withHeaders(given, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }))).toBe(401);
  const again = await open({ folder: where });
  expect((await again.events()).length).toBe(0);
  expect(await send(again, given)).toBe(200);
  expect(JSON.stringify(door.errors)).not.toContain('store.db');
  doors.splice(doors.indexOf(door), 1);
});

test('R13d whoever proves nothing leaves no claim and no event, and cannot stand in the way of the right one', async () => {
  const door = await open();
  const given = to('std', standard.send());
  const forged = withHeaders(given, { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` });
  const copied = { ...given, body: Buffer.from('{"type":"x"}') };
  for (let i = 0; i < 20; i++) expect(await send(door, i % 2 === 0 ? forged : copied)).toBe(401);
  expect(rows(door)).toEqual({ claims: 0, events: 0, queue: 0 });
  expect(await door.log()).toHaveLength(1);
  expect(await send(door, given)).toBe(200);
  expect(rows(door)).toEqual({ claims: 1, events: 1, queue: 1 });
});

test('R14b a batch with one forged, repeated or nameless item is refused whole', async () => {
  const door = await open();
  const batch = (items: readonly unknown[]): Delivery => to('batch', sendgridSender.send({ body: JSON.stringify(items) }));
  const item = (id: string, event: unknown = 'open'): unknown => ({ event, sg_event_id: id });
  for (const items of [[item('e1'), item('e1')], [item('e1'), item('e2', null)], [item('e1'), item('')], [item('e1'), 'x'], []])
    expect(await send(door, batch(items))).toBe(401);
  const secret = Buffer.from(token.key).toString();
  const honest = (JSON.parse(graphBody(secret)) as { value: unknown[] }).value;
  const mixed = (states: readonly string[]): Delivery =>
    to('graph', delivery({}, JSON.stringify({ value: states.map((clientState) => ({ ...(honest[0] as object), clientState })) })));
  for (const states of [
    [secret, 'forged'],
    ['forged', secret],
    [secret, secret, ''],
  ])
    expect(await send(door, mixed(states))).toBe(401);
  expect(rows(door)).toEqual({ claims: 0, events: 0, queue: 0 });
  expect(await send(door, batch([item('e1'), item('e2')]))).toBe(200);
  expect(await send(door, mixed([secret, secret]))).toBe(200);
  expect((await door.events()).length).toBe(2);
});

test('a delivery that is signed for one endpoint is another one at another endpoint, and counts there for itself', async () => {
  const door = await openDoor({ endpoints: [endpoints.git, at(github.endpoint, 'twin')], now: () => nowMs });
  doors.push(door);
  const given = github.send();
  for (const id of ['git', 'twin', 'git', 'twin']) expect(await send(door, { ...given, target: `/in/${id}` })).toBe(200);
  expect((await door.events()).length).toBe(2);
});
