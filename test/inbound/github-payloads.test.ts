// verifies: hooks.payloads
import { sign } from '@octokit/webhooks-methods';
import { expect, test } from 'vitest';
import type { Json } from '../../src/action/json.ts';
import { githubWebhook } from '../../src/connectors/github/webhook.ts';
import { nameEvents } from '../../src/inbound/binding.ts';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { payloads, serverPayloads } from './github-payloads.ts';
import type { Payload } from './github-payloads.ts';
import { delivery, github, judge, shared } from './senders.ts';

/*
 * GitHub does not sign the name of an event. What it has really sent must be taken as what it is, and under no other name:
 * nobody may turn a captured comment into an installation.
 */

const key = Buffer.from(shared.key).toString();
const shapes = githubWebhook.event.kind === 'shapes' ? Object.keys(githubWebhook.event.shapes) : [];
const names: readonly string[] = [...new Set([...payloads, ...serverPayloads].map(({ event }) => event).concat(shapes))];

/** Events of Enterprise Servers whose bodies we have no shape for. */
const unknown: ReadonlySet<string> = new Set(['cache_sync', 'content_reference', 'enterprise', 'user']);

/** What a proof of the event says, without the signature: that is checked once for each payload, above. */
const proofs = new Map(names.map((name) => [name, delivery({ 'x-github-event': name }, '')] as const));
function provedAs({ content }: Payload, name: string): boolean {
  const named = nameEvents(github.endpoint, content as Json, proofs.get(name) as Delivery);
  return named.ok && named.value.doubts.length === 0;
}

test('E1d all 329 real payloads, signed by Octokit, are events with their own names', async () => {
  expect(payloads).toHaveLength(329);
  for (const { event, body } of payloads) {
    const given = delivery({ 'x-hub-signature-256': await sign(key, body), 'x-github-event': event }, body);
    const expected =
      event === 'ping' ? { outcome: 'handshake' } : { outcome: 'accepted', trust: 'event', events: [event], schemaId: `github/${event}/1` };
    expect([event, judge(github.endpoint, given)]).toMatchObject([event, expected]);
  }
});

test('E1e no real payload is proved under the name of another event', () => {
  let swaps = 0;
  const wrong: string[] = [];
  for (const payload of [...payloads, ...serverPayloads]) {
    for (const name of names) {
      if (name === payload.event) continue;
      swaps++;
      if (provedAs(payload, name)) wrong.push(`${payload.event} as ${name}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(swaps).toBe((payloads.length + serverPayloads.length) * (names.length - 1));
  expect(swaps).toBeGreaterThan(14_521);
});

test('E1f payloads of older Enterprise Servers are proved, or nobody knows their event', () => {
  for (const payload of serverPayloads)
    expect([payload.event, provedAs(payload, payload.event)]).toEqual([payload.event, !unknown.has(payload.event)]);
});
