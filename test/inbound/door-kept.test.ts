import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestText } from '../../src/action/digest.ts';
import type { Delivery, Endpoint } from '../../src/inbound/delivery.ts';
import { openEvent } from '../../src/inbound/give.ts';
import { takenAnswer } from '../../src/inbound/intake.ts';
import { backoffMs } from '../../src/inbound/queue.ts';
import { limits } from '../../src/limits.ts';
import { openDoor } from './door.ts';
import type { Door } from './door.ts';
import { drive, driveDelivery } from './hint-senders.ts';
import { formOf, github, nowMs, slack, sms, twilioForm, withHeaders } from './senders.ts';

/* What an event holds later is what its sender signed, under the digest that the door's statement names. */

const endpoints = { git: github.endpoint, slack: slack.endpoint, sms: twilioForm.endpoint, drive };
let door: Door;
beforeAll(async () => {
  // One path is enough: deliveries are given to the intake directly.
  door = await openDoor({ endpoints: [], now: () => nowMs });
});
afterAll(() => door.close());

async function taken(endpoint: Endpoint, id: string, given: Delivery): Promise<{ id: string; text: string | null; content: unknown }> {
  const before = new Set(await door.events());
  expect(await door.take({ ...endpoint, id }, given)).toEqual(takenAnswer);
  const [event = '', ...more] = (await door.events()).filter((one) => !before.has(one));
  expect(more).toEqual([]);
  const opened = await openEvent(door, event);
  if (!opened.ok) throw new Error(opened.message);
  const { original } = opened.value.received.body;
  return { id: event, text: original === null ? null : await door.store.body(original), content: opened.value.content };
}

test('JSON is kept as it came, space and all, under the digest of its bytes', async () => {
  const body = `\n {"action" : "created", "issue":{"id": 7.0},"comment":{"id":9,"body":"caf\u00e9 \\u0041 \ud83d\ude00"},"repository":{"id":42},"sender":{"id":1}}\r\n`;
  const { id, text, content } = await taken(endpoints.git, 'git', github.send({ body }));
  expect(text).toBe(body);
  expect(content).toEqual(JSON.parse(body));
  const row = await door.store.event(id);
  const statement = JSON.parse(row?.statement.bytes ?? '') as { body: { original: string; body: string } };
  expect(statement.body.original).toBe(digestText('body', body));
  expect(`sha256:${statement.body.body}`).toBe(digestText('body', body));
});

test('of a form the JSON in it is kept, or its parameters, and of nothing nothing', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const wrapped = ` ${slack.body}`;
  const given = withHeaders(slack.send({ body: formOf({ payload: wrapped }) }), form);
  expect(await taken(endpoints.slack, 'slack', given)).toMatchObject({ text: wrapped, content: JSON.parse(wrapped) as unknown });
  expect(await taken(endpoints.sms, 'sms', twilioForm.send())).toMatchObject({ text: JSON.stringify(sms), content: sms });
  expect(await taken(endpoints.drive, 'drive', driveDelivery())).toMatchObject({ text: null, content: null });
});

test('the id of an event begins with its time, and no two are alike', async () => {
  const before = new Set(await door.events());
  const many = limits.eventIdsDrawn + 5;
  await Promise.all(Array.from({ length: many }, (_, i) => door.take({ ...endpoints.git, id: `git-${i}` }, github.send())));
  const ids = new Set((await door.events()).filter((id) => !before.has(id)));
  expect(ids.size).toBe(many);
  for (const id of ids) {
    expect(id).toMatch(/^e_[A-Za-z0-9_-]{22}$/);
    expect(Buffer.from(id.slice(2), 'base64url').readUIntBE(0, 6)).toBe(nowMs);
  }
});

test('an attempt that failed waits longer each time, up to a bound', () => {
  const waits = Array.from({ length: limits.eventTriesMax + 50 }, (_, i) => backoffMs(i));
  expect(waits.slice(0, 4)).toEqual([1, 1, 2, 4].map((times) => times * limits.eventBackoffMs));
  expect(waits.every((wait, i) => i === 0 || wait >= (waits[i - 1] ?? 0))).toBe(true);
  expect(waits.at(-1)).toBe(limits.eventBackoffMaxMs);
});
