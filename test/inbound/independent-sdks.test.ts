// verifies: hooks.independent
import { expect, test } from 'vitest';
import { cases } from '../../bench/hooks-cases.ts';
import { ours } from '../../bench/hooks-ours.ts';
import type { Delivery } from '../../src/inbound/delivery.ts';
import { peers } from './peers.ts';
import type { Peer } from './peers.ts';
import * as at from './senders.ts';
import type { Sender } from './senders.ts';

/*
 * Both directions between our verifier and the packages that vendors publish: what a package signs we take, and what the
 * senders of our own tests sign the package takes. Otherwise the two could agree with each other and with nobody else.
 */

const named = peers.map((peer) => [peer.name, peer] as const);
const signers = named.filter(([, { sign }]) => sign !== null);
const dayAndHalf = 37 * 60 * 60_000;

/** Text that a template, a replacement or a lenient decoder would change. */
const awkward = 'costs $$5, $& and $\' {body} é \u{1f600} \\u0041 " a=b&c%20+';

/** A second honest body of a sender, with awkward text in it. */
function otherBody({ body }: Sender): string {
  if (!/^[[{]/.test(body)) return at.formOf({ ...at.sms, Body: awkward });
  const value = JSON.parse(body) as object | object[];
  return JSON.stringify(Array.isArray(value) ? value.map((item) => ({ ...item, text: awkward })) : { ...value, text: awkward });
}

/** The delivery with one letter of a value in its body changed, so that only the signature can tell. */
function altered(given: Delivery): Delivery {
  const body = Buffer.from(given.body);
  const value = body.indexOf('Body='); // of a form: ids and numbers have a grammar of their own
  const letter = value >= 0 ? value + 5 : body.findLastIndex((byte) => byte >= 0x61 && byte < 0x7a);
  body[letter] = (body[letter] ?? 0) + 1;
  return { ...given, body };
}

/** An honest delivery of another time. */
const sentAt = ({ sender, sign }: Peer, timeMs: number): Promise<Delivery> => {
  const wish = sender === at.linearSender ? { body: at.linearBody(timeMs) } : { timeMs };
  return sign === null ? Promise.resolve(sender.send(wish)) : sign(wish);
};

/** No, in whichever way a package says it. */
const refuses = (peer: Peer, ...given: Parameters<Peer['verify']>): Promise<boolean> =>
  peer.verify(...given).then(
    (taken) => !taken,
    () => true,
  );

test.each(signers)('what %s signs is accepted, and only what it signed', async (_, { sender, sign }) => {
  for (const body of [sender.body, otherBody(sender)]) {
    const given = await sign!({ body });
    expect(at.judge(sender.endpoint, given)).toMatchObject({ outcome: 'accepted', bodyIntegrity: 'mac' });
    expect(at.says(sender.endpoint, altered(given))).toMatch(/^(?:signature-wrong|body-hash)$/);
    expect(at.says(sender.endpoint, await sign!({ body, secret: at.other }))).toBe('signature-wrong');
  }
});

test.each(named)('what our sender signs is accepted by %s, and only what it signed', async (_, peer) => {
  const { sender, verify } = peer;
  for (const body of [sender.body, otherBody(sender)]) {
    const given = sender.send({ body });
    expect(await verify(given)).toBe(true);
    expect(at.says(sender.endpoint, given)).toBe('accepted');
    expect(await refuses(peer, altered(given))).toBe(true);
    expect(at.says(sender.endpoint, altered(given))).toMatch(/^(?:signature-wrong|body-hash)$/);
    const secret = at.foreignTo(sender.endpoint);
    expect(await refuses(peer, given, at.nowMs, secret)).toBe(true);
    expect(at.says({ ...sender.endpoint, secrets: [secret] }, given)).toBe('signature-wrong');
  }
});

test.each(named)('a delivery of %s that is too old is refused by us wherever a time is signed', async (name, peer) => {
  const { sender, verify } = peer;
  const old = await sentAt(peer, at.nowMs - dayAndHalf);
  const timed = sender.endpoint.provider.freshness.kind !== 'unsigned';
  expect(at.says(sender.endpoint, old)).toBe(timed ? 'time-past' : 'accepted');
  expect(at.says(sender.endpoint, old, at.nowMs - dayAndHalf)).toBe('accepted');
  // These packages look at the clock as well.
  if (['standardwebhooks', 'svix', 'stripe', '@slack/bolt', '@linear/sdk'].includes(name)) expect(await refuses(peer, old)).toBe(true);
  expect(await verify(old, at.nowMs - dayAndHalf)).toBe(true);
});

test('every attack of the comparison with these packages ends for us as it should', () => {
  let asked = 0;
  for (const { code, what, wanted, attack } of cases) {
    for (const peer of peers) {
      const made = attack(peer);
      if (made === null) continue;
      asked++;
      expect([code, what, peer.name, ours(peer.sender, made)]).toEqual([code, what, peer.name, wanted]);
    }
  }
  expect(asked).toBeGreaterThan(180);
});
