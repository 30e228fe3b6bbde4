// verifies: people.envelope, hands.signature-expiry
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, person, start } from '../../test/people/house.ts';
import type { House } from '../../test/people/house.ts';
import { digest } from '../action/digest.ts';
import { envelopeShape } from '../action/statement.ts';
import type { Approver, Envelope } from '../action/statement.ts';
import type { OpenedProposal } from './opened.ts';
import { rolesFilled, signEnvelope, verifyCountersignature } from './countersignature.ts';

let house: House;
let opened: OpenedProposal;
beforeAll(async () => {
  house = await openHouse();
  opened = await house.propose();
});
afterAll(() => house.close());

const bob = person('bob', 'bob');
const eve = person('eve', 'eve');
const approver = (name: string, user: string, change: Partial<Approver> = {}): Approver => ({
  v: 1,
  purpose: 'countersign/approver',
  installation: 'cs_testhouse',
  approver: name,
  user,
  key: bob.publicKey,
  administrator: false,
  owns: [],
  withdrawn: false,
  issuedAtMs: 0,
  ...change,
});

function verify(change: Partial<Envelope>, key = bob.key, directory = new Map([['bob', approver('bob', 'bob')]])) {
  const envelope = house.envelope(opened, 'bob', change);
  return verifyCountersignature({
    countersignature: signEnvelope(key, envelope),
    purpose: 'countersign/approval',
    directory,
    installation: house.installation,
    facts: opened.facts,
    nowMs: start,
    signatureTtlMs: 15 * 60_000,
  });
}

test('an honest signature holds, and says which way it goes', () => {
  expect(verify({})).toMatchObject({ ok: true, value: { decision: 'sign', approver: { approver: 'bob' } } });
  expect(verify({ decision: 'refuse' })).toMatchObject({ ok: true, value: { decision: 'refuse' } });
  expect(envelopeShape.safeParse(house.envelope(opened, 'bob')).success).toBe(true);
});

const minute = 60_000;
test.each<[string, Partial<Envelope>]>([
  ['other-purpose', { purpose: 'countersign/settlement' }],
  ['other-installation', { installation: 'cs_otherhouse' }],
  ['other-proposal', { proposal: `p_${'x'.repeat(22)}` }],
  ['other-tenant', { tenant: 'T2' }],
  ['other-system', { system: 'github' }],
  ['other-operation', { operation: 'delete' }],
  ['other-target', { target: { type: 'channel', id: 'C2', name: '#general' } }],
  ['other-target', { target: { type: 'user', id: 'C1', name: '#general' } }],
  ['other-target', { target: { type: 'channel', id: 'C1', name: '#private' } }],
  ['other-action', { action: digest('action', 'another') }],
  ['other-display', { display: digest('display', 'another') }],
  ['other-requester', { requester: 'mallory' }],
  ['other-agent', { agent: 'other' }],
  ['other-approver', { approver: 'eve' }],
  ['signature-expired', { issuedAtMs: start - 20 * minute, expiresAtMs: start - 5 * minute }],
  ['signature-expired', { issuedAtMs: start, expiresAtMs: start }],
  ['signature-expired', { issuedAtMs: start + 10, expiresAtMs: start + 5 }],
  ['not-yet-valid', { issuedAtMs: start + minute + 1, expiresAtMs: start + 5 * minute }],
  ['too-long', { issuedAtMs: start, expiresAtMs: start + 15 * minute + 1 }],
])('a signature that really was made is refused with %s: %j', (code, change) => {
  const envelope = house.envelope(opened, 'bob', change);
  const result = verifyCountersignature({
    countersignature: { ...signEnvelope(bob.key, envelope), approver: 'bob' },
    purpose: 'countersign/approval',
    directory: new Map([
      ['bob', approver('bob', 'bob')],
      ['eve', approver('eve', 'eve', { key: eve.publicKey })],
    ]),
    installation: house.installation,
    facts: opened.facts,
    nowMs: start,
    signatureTtlMs: 15 * minute,
  });
  expect(result).toMatchObject({ ok: false, code });
});

test('the edges of time hold: a clock that is a minute behind, and the last moment', () => {
  expect(verify({ issuedAtMs: start + minute, expiresAtMs: start + 2 * minute }).ok).toBe(true);
  expect(verify({ issuedAtMs: start - 15 * minute, expiresAtMs: start }).ok).toBe(true);
});

test('every field is under the signature: none can be changed afterwards', () => {
  const countersignature = signEnvelope(bob.key, house.envelope(opened, 'bob', { decision: 'refuse' }));
  const changes: Partial<Envelope>[] = [
    { decision: 'sign' },
    { note: 'x' },
    { nonce: 'A'.repeat(22) },
    { policy: digest('policy', 'y') },
    { expiresAtMs: start + 1 },
    { agent: 'x' },
  ];
  for (const change of changes) {
    const changed = { ...countersignature, envelope: { ...countersignature.envelope, ...change } };
    const input = {
      countersignature: changed,
      purpose: 'countersign/approval',
      directory: new Map([['bob', approver('bob', 'bob')]]),
      installation: house.installation,
      facts: opened.facts,
      nowMs: start,
      signatureTtlMs: 15 * minute,
    } as const;
    expect(verifyCountersignature(input)).toMatchObject({ ok: false, code: 'bad-signature' });
  }
});

test('a foreign key, an unknown and a withdrawn approver sign nothing', () => {
  expect(verify({}, eve.key)).toMatchObject({ ok: false, code: 'bad-signature' });
  expect(verify({}, bob.key, new Map())).toMatchObject({ ok: false, code: 'unknown-approver' });
  expect(verify({}, bob.key, new Map([['bob', approver('bob', 'bob', { withdrawn: true })]]))).toMatchObject({
    ok: false,
    code: 'withdrawn-approver',
  });
});

const alice = approver('alice-key', 'alice');
const alice2 = approver('alice-laptop', 'alice', { owns: ['slack'] });
const ben = approver('ben', 'ben');
const ben2 = approver('ben-phone', 'ben', { owns: ['slack'] });
const olga = approver('olga', 'olga', { owns: ['slack/C1'] });
const elsewhere = approver('elsewhere', 'elsa', { owns: ['slack/C2', 'github'] });

test.each<[string, Approver[], string[], string[]]>([
  ['nobody', [], [], []],
  ['the requester', [alice], [], ['requester']],
  ['the requester with two keys, one of which owns the system', [alice, alice2], ['second', 'owner'], ['requester']],
  ['another person', [ben], [], ['second']],
  ['the requester and another', [alice, ben], [], ['requester', 'second']],
  ['one person with two keys', [ben, ben2], ['second', 'owner'], ['owner']],
  ['an owner alone, for whatever is asked', [olga], [], ['owner']],
  ['an owner alone, where a second is asked for', [olga], ['second'], ['second']],
  ['an owner alone, where both are asked for', [olga], ['second', 'owner'], ['owner']],
  ['an owner and another', [olga, ben], ['second', 'owner'], ['second', 'owner']],
  ['two who own something else', [elsewhere, ben], ['owner'], ['second']],
  ['all three', [alice, ben, olga], ['requester', 'second', 'owner'], ['requester', 'second', 'owner']],
  ['a withdrawn owner', [approver('olga', 'olga', { owns: ['slack'], withdrawn: true })], [], []],
  ['the requester, whose name is written otherwise', [approver('x', 'ALICE', { owns: ['slack'] })], ['second'], []],
])('%s fills the right roles', (_, signers, needed, filled) => {
  expect(rolesFilled(signers, 'alice', { system: 'slack', targetId: 'C1', needed: needed as ('second' | 'owner')[] })).toEqual(filled);
});

test('a user whom the configuration names as owner is one', () => {
  expect(rolesFilled([ben], 'alice', { system: 'slack', targetId: 'C1', owners: ['ben'] })).toEqual(['owner']);
  expect(rolesFilled([alice], 'alice', { system: 'slack', targetId: 'C1', owners: ['alice'] })).toEqual(['requester']);
});
